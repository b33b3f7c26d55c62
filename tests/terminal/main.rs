//! What is told while a command works, and how it looks on terminals: wide ones, narrow ones, and such as can do nothing.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

mod colours;
#[path = "../pty/mod.rs"]
mod pty;
mod telling;
mod waiting;
mod widths;

use std::fs;
use std::net::TcpListener;
use std::path::Path;
use std::process::Command;
use std::thread;

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

const TOKEN: &str = "abcdef.0123456789abcdef";

/// Looks at this host, whatever is wrong with it, and changes nothing.
const LOOK: &[&str] =
    &["init", "--dry-run", "--apiserver-advertise-address=10.0.0.1", "--kubernetes-version=v1.36.3"];

/// The program on a terminal that can do what terminals can, unless the variables say something else.
fn program(words: &[&str], variables: &[(&str, &str)]) -> Command {
    let mut command = Command::new(cargo_bin("kubewright"));
    let path = std::env::var("PATH").unwrap();
    command.args(words).env_clear().env("PATH", path).env("TERM", "xterm-256color");
    command.envs(variables.iter().copied());
    command
}

/// The address of a server that takes connections and says nothing.
fn silent_server() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let at = listener.local_addr().unwrap();
    // They stay open until the test program ends.
    thread::spawn(move || listener.incoming().flatten().collect::<Vec<_>>());
    at.to_string()
}

/// A join to a silent server, which is waited for as long as that.
fn join_configuration(timeout: &str) -> String {
    let at = silent_server();
    format!(
        "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\n\
         nodeRegistration: {{name: node-1, criSocket: 'unix:///nonexistent.sock'}}\n\
         timeouts: {{discovery: {timeout}}}\ndiscovery: {{bootstrapToken: {{token: {TOKEN}, apiServerEndpoint: '{at}', \
         unsafeSkipCAVerification: true}}}}\n"
    )
}

/// Files of a test, and their paths.
struct Scratch(TempDir);

impl Scratch {
    fn new() -> Self {
        Self(TempDir::new().unwrap())
    }

    fn path(&self, name: &str) -> String {
        self.0.path().join(name).display().to_string()
    }

    fn file(&self, name: &str, text: &str) -> String {
        let path = self.path(name);
        fs::write(&path, text).unwrap();
        path
    }
}

/// The certificates of a control plane below a folder. That of the API server has expired.
fn expired(scratch: &Scratch) -> String {
    let root = scratch.path("host");
    let mut init = program(
        &[
            "init",
            "phase",
            "certs",
            "all",
            "--dry-run",
            "--output-dir",
            &root,
            "--config",
            &scratch.file(
                "cluster.yaml",
                "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\nnodeRegistration: {name: node-1}\n\
                 localAPIEndpoint: {advertiseAddress: 10.1.2.3}\n---\napiVersion: kubeadm.k8s.io/v1beta4\n\
                 kind: ClusterConfiguration\nkubernetesVersion: v1.36.3\nencryptionAlgorithm: ECDSA-P256\n",
            ),
        ],
        &[],
    );
    let made = init.output().unwrap();
    assert!(made.status.success(), "{}", String::from_utf8_lossy(&made.stderr));
    let folder = format!("{root}/etc/kubernetes/pki");
    let mut parameters = rcgen::CertificateParams::new(vec!["node-1".to_owned()]).unwrap();
    parameters.not_before = rcgen::date_time_ymd(2019, 1, 1);
    parameters.not_after = rcgen::date_time_ymd(2020, 1, 1);
    let key = rcgen::KeyPair::generate().unwrap();
    let certificate = parameters.self_signed(&key).unwrap();
    fs::write(Path::new(&folder).join("apiserver.crt"), certificate.pem()).unwrap();
    folder
}
