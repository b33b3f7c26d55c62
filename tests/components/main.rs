//! The tables of what components take, against the real components of the newest minor: they die of what the tables say is gone, and
//! of nothing that the tables have. They need the components that `tests/reference/build` makes.

use std::io::Read;
use std::path::PathBuf;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};
use std::{env, fs};

use kubewright::versions::facts::{self, Component, Presence};
use kubewright::versions::{MINORS, Minor, newest};
use tempfile::TempDir;

/// The patch that clusters are run of.
const VERSION: &str = "v1.37.1";
/// A component that takes what it is given tries to start: then it is ended.
const LIMIT: Duration = Duration::from_secs(20);

/// What a component said, and whether it ended by itself.
struct Said {
    text: String,
    died: bool,
}

fn program(name: &str) -> PathBuf {
    let home = || PathBuf::from(env::var("HOME").unwrap()).join(".cache/kubewright");
    let cache = env::var("KUBEWRIGHT_CACHE").map_or_else(|_| home(), PathBuf::from);
    cache.join("bin").join(VERSION).join(name)
}

fn start(name: &str, arguments: &[String]) -> Said {
    let folder = TempDir::new().unwrap();
    let mut command = Command::new(program(name));
    command.args(arguments).current_dir(&folder).stdin(Stdio::null());
    let file = folder.path().join("said");
    let output = fs::File::create(&file).unwrap();
    let child = command.stdout(output.try_clone().unwrap()).stderr(output).spawn().unwrap();
    let died = ends(child);
    let mut text = String::new();
    fs::File::open(&file).unwrap().read_to_string(&mut text).unwrap();
    Said { text, died }
}

fn ends(mut child: Child) -> bool {
    let begun = Instant::now();
    while begun.elapsed() < LIMIT {
        if let Some(status) = child.try_wait().unwrap() {
            return !status.success();
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    child.kill().unwrap();
    child.wait().unwrap();
    false
}

/// Dies of the arguments, in these words.
fn dies(name: &str, arguments: &[&str], words: &str) {
    let arguments: Vec<String> = arguments.iter().map(|word| (*word).to_owned()).collect();
    let said = start(name, &arguments);
    assert!(said.died && said.text.contains(words), "{name} {arguments:?}: {}", said.text);
}

fn gone_flags(component: Component) -> Vec<&'static str> {
    let all = MINORS.iter().flat_map(|minor: &&Minor| facts::flags(component, minor));
    let mut gone: Vec<&str> =
        all.filter(|name| matches!(facts::flag(component, name, newest()), Presence::Gone { .. })).collect();
    gone.sort_unstable();
    gone.dedup();
    gone
}

#[test]
fn each_flag_that_is_gone_ends_the_real_component() {
    let mut count = 0;
    // kube-proxy takes every flag that any package of its program has; that of the tests has the kubelet's packages too.
    for component in Component::ALL.into_iter().filter(|component| *component != Component::KubeProxy) {
        for flag in gone_flags(component) {
            dies(component.name(), &[&format!("--{flag}=1")], "unknown flag");
            count += 1;
        }
    }
    assert!(count >= 18, "{count}");
    eprintln!("{count} flags that are gone");
}

#[test]
fn a_flag_that_the_tables_have_is_known_to_the_real_component() {
    for component in Component::ALL {
        // Parsed in the order of the command line, until the first that does not fit; so each by itself, and of all of them some.
        for flag in facts::flags(component, newest()).step_by(12) {
            let said = start(component.name(), &[format!("--{flag}=\u{1}"), "--version".to_owned()]);
            assert!(!said.text.contains("unknown flag"), "{} --{flag}: {}", component.name(), said.text);
        }
    }
}

#[test]
fn gates_that_are_gone_or_locked_end_the_real_components_and_all_others_do_not() {
    let scratch = TempDir::new().unwrap();
    let certificates = format!("--cert-dir={}", scratch.path().display());
    for component in [Component::ApiServer, Component::ControllerManager, Component::Scheduler] {
        let own: &[&str] = if component == Component::Scheduler { &[] } else { &[&certificates] };
        let changes = facts::changes(component, newest());
        let locked = changes
            .locked_gates
            .iter()
            .map(|(name, on)| (format!("{name}={}", !on), "cannot set feature gate"));
        let gone =
            changes.gone_gates.iter().map(|name| (format!("{name}=true"), "unrecognized feature gate"));
        for (gate, words) in gone.step_by(8).chain(locked.step_by(5)) {
            let gates = format!("--feature-gates={gate}");
            dies(component.name(), &[own, &[&gates]].concat(), words);
        }
        let all: Vec<String> = facts::gates(component, newest())
            .filter_map(|name| match facts::gate(component, name, newest()) {
                facts::ComponentGate::Has(state) => Some(format!("{name}={}", state.default)),
                _ => None,
            })
            .collect();
        let said =
            start(component.name(), &[format!("--feature-gates={}", all.join(",")), "--version".to_owned()]);
        assert!(!said.died && said.text.contains(VERSION), "{}: {}", component.name(), said.text);
    }
}

#[test]
fn admission_plug_ins_and_group_versions_that_are_gone_end_the_real_api_server() {
    let scratch = TempDir::new().unwrap();
    let folder = format!("--cert-dir={}", scratch.path().display());
    for (argument, words) in [
        ("--enable-admission-plugins=SecurityContextDeny", "SecurityContextDeny"),
        ("--disable-admission-plugins=PersistentVolumeLabel", "PersistentVolumeLabel"),
        ("--runtime-config=nobody.example.org/v1=true", "unknown api groups"),
    ] {
        dies("kube-apiserver", &[&folder, "--etcd-servers=http://127.0.0.1:1", argument], words);
    }
}

#[test]
fn flags_of_etcd_that_are_gone_end_the_real_etcd() {
    for flag in ["experimental-compaction-batch-limit", "discovery", "enable-v2", "proxy"] {
        let etcd = semver::Version::new(3, 7, 0);
        assert!(matches!(facts::etcd_flag(flag, &etcd), Presence::Gone { .. }), "{flag}");
        dies("etcd", &[&format!("--{flag}=1")], "flag provided but not defined");
    }
}
