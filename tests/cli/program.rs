//! What the tests share: runs of the program by any name, and a folder that stands for a host.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;

use assert_cmd::Command;
use tempfile::TempDir;

pub fn kubewright(arguments: &[&str]) -> Output {
    let mut command = Command::cargo_bin("kubewright").unwrap();
    command.args(arguments).env_clear().env("PATH", std::env::var("PATH").unwrap()).output().unwrap()
}

/// The same program by the name kubeadm.
pub fn kubeadm(arguments: &[&str]) -> Output {
    Caller::named("kubeadm").run(arguments)
}

/// Who calls the program by a name of his own, on a host where a kubelet may be installed.
pub struct Caller {
    /// Has the link, and is before all else on PATH.
    bin: TempDir,
    pub name: &'static str,
    pub variable: Option<&'static str>,
}

impl Caller {
    pub fn named(name: &'static str) -> Self {
        let bin = TempDir::new().unwrap();
        std::os::unix::fs::symlink(assert_cmd::cargo::cargo_bin("kubewright"), bin.path().join(name))
            .unwrap();
        Self { bin, name, variable: None }
    }

    pub fn with_kubelet(self, script: &str) -> Self {
        use std::os::unix::fs::PermissionsExt;
        let path = self.bin.path().join("kubelet");
        fs::write(&path, format!("#!/bin/sh\n{script}\n")).unwrap();
        fs::set_permissions(&path, fs::Permissions::from_mode(0o755)).unwrap();
        self
    }

    pub fn with_variable(self, version: &'static str) -> Self {
        Self { variable: Some(version), ..self }
    }

    /// The PATH with the kubelet before all else.
    pub fn path(&self) -> String {
        format!("{}:{}", self.bin.path().display(), std::env::var("PATH").unwrap())
    }

    pub fn program(&self) -> PathBuf {
        self.bin.path().join(self.name)
    }

    pub fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(self.program());
        command.args(arguments).env_clear().env("PATH", self.path());
        command.envs(self.variable.map(|version| ("KUBEWRIGHT_KUBERNETES_VERSION", version)));
        command.output().unwrap()
    }

    /// The version that it stands for: of the images, of the configuration that is printed, and of itself.
    pub fn versions(&self) -> [String; 3] {
        let images = text(&self.run(&["config", "images", "list"]).stdout);
        let image = images.lines().next().and_then(|line| line.rsplit_once(':'));
        let printed = text(&self.run(&["config", "print", "init-defaults"]).stdout);
        let line = printed
            .lines()
            .find_map(|line| line.strip_prefix("kubernetesVersion: "))
            .map(|line| line.trim_matches('"'));
        [
            image.map_or(images.clone(), |(_, tag)| tag.to_owned()),
            line.map_or(printed.clone(), str::to_owned),
            text(&self.run(&["version", "-o", "short"]).stdout).trim_end().to_owned(),
        ]
    }
}

pub const KUBELET: &str = "echo Kubernetes v1.35.2";

pub fn text(bytes: &[u8]) -> String {
    String::from_utf8_lossy(bytes).into_owned()
}

/// A dry run of `init`, as [`refusal_of`].
pub fn refusal(arguments: &[&str]) -> String {
    refusal_of("init", arguments)
}

/// A dry run into a folder that must stay absent; what it says on stderr.
pub fn refusal_of(command: &str, arguments: &[&str]) -> String {
    let scratch = TempDir::new().unwrap();
    let folder = scratch.path().join("cluster");
    let mut all = vec![command, "--dry-run", "--output-dir", folder.to_str().unwrap()];
    all.extend(arguments);
    let output = kubewright(&all);
    let said = text(&output.stderr);
    assert!(!output.status.success(), "{arguments:?} is accepted");
    assert_ne!(output.status.code(), Some(101), "{arguments:?} panics: {said}");
    assert!(!folder.exists(), "{arguments:?} is refused, but something was written");
    assert!(output.stdout.is_empty(), "{arguments:?} is refused on stdout: {}", text(&output.stdout));
    said
}

/// In what is said of a server that was asked in vain; all servers of the files are `127.0.0.1:1`.
pub const ELSEWHERE: &str = "127.0.0.1:1 cannot";

/// The address of a cluster that would be asked in vain, and a token for it.
pub const CLUSTER: &[&str] =
    &["127.0.0.1:1", "--token=abcdef.0123456789abcdef", "--discovery-token-unsafe-skip-ca-verification"];

/// What `init` writes below a folder that stands for a host.
pub fn laid_out() -> TempDir {
    let scratch = TempDir::new().unwrap();
    let folder = scratch.path().to_str().unwrap();
    let flags = ["init", "--dry-run", "--output-dir", folder, "--apiserver-advertise-address=10.0.0.1"];
    let output = kubewright(&flags);
    assert!(output.status.success(), "{}", text(&output.stderr));
    scratch
}

pub fn files_below(folder: &Path) -> Vec<PathBuf> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() && !path.is_symlink() {
            found.extend(files_below(&path));
        } else {
            found.push(path);
        }
    }
    found
}

/// What a command that succeeds prints.
pub fn text_of(output: &Output) -> String {
    assert!(output.status.success(), "{}", text(&output.stderr));
    text(&output.stdout)
}
