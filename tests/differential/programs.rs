//! The two programs, and how each is told to plan a case without touching the machine.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::case::{self, Ready};
use crate::kubeadms::minor::Minor;

/// kubeadm's dry run, into a folder of its own: its files there, its objects on stdout.
pub fn run_kubeadm(case: &Ready, into: &Path) -> Output {
    fs::create_dir_all(into).unwrap();
    let mut command = sheltered(&case.minor.kubeadm());
    command.args(["init", "--dry-run"]).args(arguments(case, reference_config(case).as_deref()));
    clean(&mut command, case).env("KUBEADM_INIT_DRYRUN_DIR", into);
    command.output().unwrap()
}

/// kubewright's, into a folder that mirrors the host: what the case prepared lies there too.
pub fn run_kubewright(case: &Ready, into: &Path) -> Output {
    let prepared = case.scratch.join("dir");
    case::copy(&prepared, &into.join(prepared.strip_prefix("/").unwrap()));
    let mut command = sheltered(&called(case, Path::new(env!("CARGO_BIN_EXE_kubewright"))));
    command
        .args(["init", "--dry-run", "--output-dir"])
        .arg(into)
        .args(arguments(case, case.config.as_deref()));
    clean(&mut command, case).output().unwrap()
}

/// The program by the name that the case wants.
pub fn called(case: &Ready, program: &Path) -> PathBuf {
    if !case.by_kubeadms_name {
        return program.to_owned();
    }
    let folder = case.scratch.join("by-name"); // of what the two make, each has the name of its program
    fs::create_dir_all(&folder).unwrap();
    let name = folder.join("kubeadm");
    match std::os::unix::fs::symlink(program, &name) {
        Err(error) if error.kind() != std::io::ErrorKind::AlreadyExists => {
            panic!("{}: {error}", name.display())
        }
        _ => name,
    }
}

/// Where this machine has a node's folders, they look empty to the program: each would take what is there into
/// account. A user namespace gives one who is not root the right to cover them.
fn sheltered(program: &Path) -> Command {
    let present = |folder: &&&str| Path::new(folder).exists();
    let covered: Vec<&str> = NODE_FOLDERS.iter().filter(present).copied().collect();
    if covered.is_empty() {
        return Command::new(program);
    }
    let mounts = covered.iter().map(|folder| format!("mount -t tmpfs none {folder} && "));
    let script = format!("{}exec \"$@\"", mounts.collect::<String>());
    let mut command = Command::new("unshare");
    command.args(["--map-root-user", "--mount", "sh", "-c", &script, "sh"]).arg(program);
    command
}

const NODE_FOLDERS: &[&str] = &["/etc/kubernetes", "/var/lib/kubelet", "/var/lib/etcd"];

/// Preflight has tests of its own; here the machine must not matter.
fn arguments(case: &Ready, config: Option<&Path>) -> Vec<String> {
    let mut arguments = vec!["--ignore-preflight-errors=all".to_owned()];
    arguments.extend(config.iter().map(|path| format!("--config={}", path.display())));
    arguments.extend(case.arguments.iter().cloned());
    arguments
}

fn clean<'a>(command: &'a mut Command, case: &Ready) -> &'a mut Command {
    without_environment(command).env("HOME", &case.scratch).envs(&case.environment)
}

/// Proxy variables and their like would go into manifests.
pub fn without_environment(command: &mut Command) -> &mut Command {
    let path = env::var("PATH").expect("PATH is set");
    command.env_clear().env("PATH", path)
}

/// kubeadm 1.37 refuses v1beta3, so it gets what 1.36's `config migrate` makes of such a file.
pub fn reference_config(case: &Ready) -> Option<PathBuf> {
    let given = case.config.clone()?;
    if case.minor != Minor::V1_37 || !case.text.contains("kubeadm.k8s.io/v1beta3") {
        return Some(given);
    }
    let [old, new] = ["v1beta3.yaml", "v1beta4.yaml"].map(|name| case.scratch.join(name));
    let at = |text: &str, from: Minor, to: Minor| text.replace(from.version(), to.version());
    fs::write(&old, at(&case.text, Minor::V1_37, Minor::V1_36)).unwrap();
    let mut command = Command::new(Minor::V1_36.kubeadm());
    command.args(["config", "migrate", "--old-config"]).arg(&old).arg("--new-config").arg(&new);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    let migrated = fs::read_to_string(&new).unwrap();
    fs::write(&new, at(&migrated, Minor::V1_36, Minor::V1_37)).unwrap();
    Some(new)
}
