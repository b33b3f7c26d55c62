//! The two programs, and how each is told to plan a case without touching the machine.

use std::env;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use crate::case::{self, Ready};

/// A Kubernetes minor, by the patch version whose kubeadm is the reference.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Minor {
    version: &'static str,
}

impl Minor {
    pub const V1_29: Self = Self { version: "v1.29.15" };
    pub const V1_30: Self = Self { version: "v1.30.4" };
    pub const V1_31: Self = Self { version: "v1.31.0" };
    pub const V1_32: Self = Self { version: "v1.32.2" };
    pub const V1_33: Self = Self { version: "v1.33.13" };
    pub const V1_34: Self = Self { version: "v1.34.4" };
    pub const V1_35: Self = Self { version: "v1.35.4" };
    pub const V1_36: Self = Self { version: "v1.36.3" };
    pub const V1_37: Self = Self { version: "v1.37.1" };

    pub const ALL: &[Self] = &[
        Self::V1_29,
        Self::V1_30,
        Self::V1_31,
        Self::V1_32,
        Self::V1_33,
        Self::V1_34,
        Self::V1_35,
        Self::V1_36,
        Self::V1_37,
    ];

    /// Those that are compared: all, or the ones that `MINORS` names, as in `MINORS='1.29 1.37'`.
    pub fn wanted() -> impl Iterator<Item = Self> {
        Self::ALL.iter().copied().filter(|minor| minor.is_wanted())
    }

    pub fn is_wanted(self) -> bool {
        env::var("MINORS").map_or(true, |named| named.split_whitespace().any(|name| name == self.number()))
    }

    /// As `1.36`.
    pub fn number(self) -> &'static str {
        &self.version[1..5]
    }

    pub fn version(self) -> &'static str {
        self.version
    }

    /// Whether v1beta3 is all that its kubeadm reads.
    pub fn is_of_v1beta3(self) -> bool {
        matches!(self, Self::V1_29 | Self::V1_30)
    }

    /// The real kubeadm: what `KUBEADM_1_36` names, else the cache's.
    pub fn kubeadm(self) -> PathBuf {
        let variable = format!("KUBEADM_{}", self.number().replace('.', "_"));
        let path =
            env::var(&variable).map_or_else(|_| cache().join(self.version()).join("kubeadm"), PathBuf::from);
        assert!(
            path.exists(),
            "there is no kubeadm {} at {}: `tests/run` builds it, or {variable} names one",
            self.version(),
            path.display()
        );
        path
    }
}

fn cache() -> PathBuf {
    let home = || Path::new(&env::var("HOME").expect("HOME is set")).join(".cache/kubewright");
    env::var("KUBEWRIGHT_CACHE").map_or_else(|_| home(), PathBuf::from).join("bin")
}

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
    let mut command = sheltered(Path::new(env!("CARGO_BIN_EXE_kubewright")));
    command
        .args(["init", "--dry-run", "--output-dir"])
        .arg(into)
        .args(arguments(case, case.config.as_deref()));
    clean(&mut command, case).output().unwrap()
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
