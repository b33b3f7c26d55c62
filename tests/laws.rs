//! What holds for every configuration: the plan is drafted, rendered and carried out below a folder.
#![expect(clippy::disallowed_methods, reason = "a test looks at files by itself")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::time::Duration;

use kubewright::config::{
    Config, Flags, HostAddresses, HostDefaults, KeyAlgorithm, Need, Requested, TokenString, Unknown, resolve,
};
use kubewright::host::{
    FileChange, Folder, Host, Node, Outcome, PhaseFailed, Span, Tree, WaitWatcher, Watcher, apply,
};
use kubewright::pki::SystemKeys;
use kubewright::plan::{self, Action, ClusterState, Effect, Files, Inputs, Paths, Phase, Probe, Step, Wait};
use kubewright::secret::Secret;

#[path = "../fuzz/machine.rs"]
mod machine;

/// The comparison's configurations that are a file alone: no flags, patches or files beside them.
fn configurations() -> Vec<(String, Config)> {
    let mut all = Vec::new();
    for entry in fs::read_dir("tests/configs").unwrap() {
        let path = entry.unwrap().path();
        let Ok(text) = fs::read_to_string(&path) else { continue };
        if text.contains("#:") || text.contains("${HERE}") {
            continue;
        }
        let text = text.replace("${VERSION}", "v1.36.3");
        if let Some(config) = configuration(&text) {
            all.push((path.file_name().unwrap().to_string_lossy().into_owned(), config));
        }
    }
    all.sort_by(|one, other| one.0.cmp(&other.0));
    all
}

fn configuration(text: &str) -> Option<Config> {
    let requested =
        Requested::parse(Some(text), &Flags { unknown: Unknown::LeftOut, ..Flags::default() }).ok()?;
    let token = TokenString { id: "abcdef".into(), secret: Secret::new("0123456789abcdef") };
    let host = HostDefaults {
        node_name: Some("node-1".into()),
        addresses: HostAddresses { default_route: "10.20.30.40".parse().ok(), ..HostAddresses::default() },
        cri_sockets: Vec::new(),
        fresh_tokens: vec![token; 4],
    };
    let mut config = resolve(requested, &host, Need::Node).ok()?;
    // Which keys they are does not matter here; how long they take does.
    config.cluster.key_algorithm = KeyAlgorithm::EcdsaP256;
    config.run.patches = None;
    Some(config)
}

struct Silent;

impl WaitWatcher for Silent {
    fn waits(&mut self, _: &Wait) {}
    fn healthy(&mut self, _: &Probe, _: Duration) {}
}

impl Watcher for Silent {
    fn begins(&mut self, _: &Effect) {}
    fn done(&mut self, _: &Effect, _: &Outcome) {}
    fn rolled_back(&mut self, _: &Step) {}
    fn not_rolled_back(&mut self, _: &Step, failure: &PhaseFailed) {
        panic!("{failure}");
    }
    fn took(&mut self, _: Phase, _: Span) {}
}

/// The effects of `phases`, planned from what is below `folder`.
fn effects(config: &Config, folder: &Path, phases: &[Phase]) -> Vec<Effect> {
    let tree = Tree::new(folder);
    let found = tree.read(&plan::observed_paths(config.spec(), &Paths::default())).unwrap();
    let files: Files = found.into_iter().map(|(path, found)| (path, found.content)).collect();
    let now = "2026-11-21T12:00:00Z".parse().unwrap();
    machine::with(config, &files, now, |inputs| planned(inputs, phases))
}

fn planned(inputs: &Inputs<'_>, phases: &[Phase]) -> Vec<Effect> {
    let draft = plan::draft(inputs, phases).unwrap();
    let on_host = plan::host_effects(inputs, &draft, phases, &SystemKeys).unwrap();
    let mut all = on_host.effects;
    all.extend(plan::cluster_effects(inputs, &on_host.files, &ClusterState::default(), phases).unwrap());
    all
}

fn carry_out(config: &Config, folder: &Path, phases: &[Phase]) {
    apply(&Folder::new(&Node::this(), folder), &effects(config, folder, phases), &mut Silent).unwrap();
}

/// Every file below `folder`, with its mode and its bytes.
fn listing(folder: &Path) -> BTreeMap<PathBuf, (u32, Vec<u8>)> {
    let mut all = BTreeMap::new();
    let mut folders = vec![folder.to_owned()];
    while let Some(next) = folders.pop() {
        for entry in fs::read_dir(next).unwrap() {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let mode = fs::metadata(&path).unwrap().permissions().mode() & 0o777;
                all.insert(path.strip_prefix(folder).unwrap().to_owned(), (mode, fs::read(&path).unwrap()));
            }
        }
    }
    all
}

#[test]
fn there_are_configurations_to_hold_the_laws_against() {
    assert!(configurations().len() >= 30, "{}", configurations().len());
}

#[test]
fn no_file_is_written_twice() {
    let folder = tempfile::tempdir().unwrap();
    for (name, config) in configurations() {
        let mut seen = BTreeSet::new();
        for effect in effects(&config, folder.path(), &plan::INIT.all()) {
            if let Action::WriteFile(file) = effect.action {
                assert!(seen.insert(file.path.clone()), "{name}: {}", file.path.display());
            }
        }
        assert!(seen.len() >= 20, "{name}");
    }
}

#[test]
fn whatever_holds_a_key_is_its_owner_s_alone() {
    let (name, config) = configurations().swap_remove(0);
    let folder = tempfile::tempdir().unwrap();
    carry_out(&config, folder.path(), &plan::INIT.all());
    let mut keys = 0;
    for (path, (mode, bytes)) in listing(folder.path()) {
        let text = String::from_utf8_lossy(&bytes);
        if text.contains("PRIVATE KEY") || text.contains("client-key-data") || text.contains("token-secret") {
            assert_eq!(mode, 0o600, "{name}: {}", path.display());
            keys += 1;
        }
    }
    assert!(keys >= 15, "{keys}");
}

#[test]
fn a_second_run_changes_nothing() {
    for (name, config) in configurations() {
        let folder = tempfile::tempdir().unwrap();
        carry_out(&config, folder.path(), &plan::INIT.all());
        let first = listing(folder.path());
        let host = Folder::new(&Node::this(), folder.path());
        for effect in effects(&config, folder.path(), &plan::INIT.all()) {
            let outcome = host.carry_out(&effect.action, &mut Silent).unwrap();
            let kept = !matches!(outcome, Outcome::Changed(FileChange::Created | FileChange::Replaced));
            assert!(kept, "{name}: {:?} {outcome:?}", effect.action);
        }
        assert!(first == listing(folder.path()), "{name}");
    }
}

#[test]
fn phase_by_phase_comes_to_the_same_as_all_at_once() {
    // Each phase of each configuration is a plan of its own: a fifth of them is enough.
    for (name, config) in configurations().into_iter().step_by(5) {
        let (whole, single) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        carry_out(&config, whole.path(), &plan::INIT.all());
        for phase in plan::INIT.all() {
            carry_out(&config, single.path(), &[phase]);
        }
        let (whole, single) = (listing(whole.path()), listing(single.path()));
        assert_eq!(whole.keys().collect::<Vec<_>>(), single.keys().collect::<Vec<_>>(), "{name}");
        let same = whole.iter().filter(|(path, file)| single[*path] == **file).count();
        // Keys differ, and with them what holds one: certificates, kubeconfigs, cluster-info.
        let keyed = whole.keys().filter(|path| holds_a_key(path)).count();
        assert_eq!(same, whole.len() - keyed, "{name}");
    }
}

fn holds_a_key(path: &Path) -> bool {
    let text = path.to_string_lossy();
    ["crt", "key", "pub", "conf"].iter().any(|ending| text.ends_with(&format!(".{ending}")))
        || text.ends_with("cluster-info.yaml")
}
