//! Both programs at work on a file.

use std::path::Path;
use std::process::{Command, Output};

use crate::kubeadms::minor::Minor;

const KUBEWRIGHT: &str = env!("CARGO_BIN_EXE_kubewright");

/// What a program says to the file `text` at the place of `FILE` among its arguments.
fn run(program: &Path, arguments: &[&str], text: &str) -> Result<String, String> {
    let scratch = tempfile::tempdir().unwrap();
    let path = scratch.path().join("config.yaml");
    std::fs::write(&path, text).unwrap();
    let place = path.to_str().unwrap();
    let arguments = arguments.iter().map(|word| if *word == "FILE" { place } else { word });
    let output: Output = Command::new(program).args(arguments).output().unwrap();
    let [out, error] = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
    if output.status.success() { Ok(out) } else { Err(error) }
}

/// kubewright's.
pub fn migrate(text: &str, minor: Minor) -> Result<String, String> {
    let arguments = ["config", "migrate", "--old-config", "FILE", "--kubernetes-version", minor.version()];
    run(Path::new(KUBEWRIGHT), &arguments, text)
}

/// kubeadm's.
pub fn kubeadm_s(text: &str, minor: Minor) -> Result<String, String> {
    run(&minor.kubeadm(), &["config", "migrate", "--old-config", "FILE"], text)
}

/// By kubeadm's name: by its own it refuses arguments that no component takes.
pub fn is_valid(text: &str) -> Result<(), String> {
    let folder = tempfile::tempdir().unwrap();
    let name = folder.path().join("kubeadm");
    std::os::unix::fs::symlink(KUBEWRIGHT, &name).unwrap();
    run(&name, &["config", "validate", "--config", "FILE"], text).map(drop)
}

pub fn passes(text: &str, minor: Minor) -> bool {
    run(&minor.kubeadm(), &["config", "validate", "--config", "FILE"], text).is_ok()
}

pub fn knows(minor: Minor) -> bool {
    print_with("reset-defaults", &["--kubernetes-version", minor.version()]).is_ok()
}

fn print_with(defaults: &str, more: &[&str]) -> Result<String, String> {
    run(Path::new(KUBEWRIGHT), &[&["config", "print", defaults], more].concat(), "")
}

/// What both print of a command's defaults.
pub fn print(command: &str, minor: Minor) -> [Option<String>; 2] {
    let defaults = format!("{command}-defaults");
    let arguments = [&["config", "print", defaults.as_str()], components(command)].concat();
    [Some(our_print(command, minor)), run(&minor.kubeadm(), &arguments, "").ok()]
}

/// kubewright's; kubeadm prints those of the minor's first version.
pub fn our_print(command: &str, minor: Minor) -> String {
    let version = format!("{}.0", minor.number());
    let arguments = [&["--kubernetes-version", version.as_str()], components(command)].concat();
    print_with(&format!("{command}-defaults"), &arguments).unwrap()
}

fn components(command: &str) -> &'static [&'static str] {
    if command == "init" { &["--component-configs=KubeletConfiguration,KubeProxyConfiguration"] } else { &[] }
}
