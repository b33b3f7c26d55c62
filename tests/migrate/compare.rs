//! Both programs at work on a file, and what they make of it, value by value.

use std::collections::BTreeMap;
use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::case::Minor;
use crate::yaml;

const KUBEWRIGHT: &str = env!("CARGO_BIN_EXE_kubewright");

#[derive(Debug, Default)]
pub struct Comparison {
    pub properties: usize,
    /// Fields as in `InitConfiguration.timeouts.discovery`, and both values.
    pub differences: Vec<(String, String)>,
}

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
    let arguments = ["config", "migrate", "--old-config", "FILE", "--kubernetes-version", minor.version];
    run(Path::new(KUBEWRIGHT), &arguments, text)
}

/// kubeadm's.
pub fn kubeadm_s(text: &str, minor: Minor) -> Result<String, String> {
    run(&minor.kubeadm(), &["config", "migrate", "--old-config", "FILE"], text)
}

pub fn is_valid(text: &str) -> Result<(), String> {
    run(Path::new(KUBEWRIGHT), &["config", "validate", "--config", "FILE"], text).map(drop)
}

pub fn passes(text: &str, minor: Minor) -> bool {
    run(&minor.kubeadm(), &["config", "validate", "--config", "FILE"], text).is_ok()
}

pub fn knows(minor: Minor) -> bool {
    print_with("reset-defaults", &["--kubernetes-version", minor.version]).is_ok()
}

fn print_with(defaults: &str, more: &[&str]) -> Result<String, String> {
    run(Path::new(KUBEWRIGHT), &[&["config", "print", defaults], more].concat(), "")
}

/// What both print of a command's defaults; kubeadm prints those of the minor's first version.
pub fn print(command: &str, minor: Minor) -> [Option<String>; 2] {
    let defaults = format!("{command}-defaults");
    let components: &[&str] = if command == "init" {
        &["--component-configs=KubeletConfiguration,KubeProxyConfiguration"]
    } else {
        &[]
    };
    let version = format!("1.{}.0", minor.number());
    let ours = print_with(&defaults, &[&["--kubernetes-version", &version], components].concat());
    let theirs = run(&minor.kubeadm(), &[&["config", "print", &defaults], components].concat(), "");
    [Some(ours.unwrap()), theirs.ok()]
}

/// kubeadm's own and the components', by their kinds.
pub fn documents(text: &str) -> BTreeMap<String, Value> {
    let named = |document: Value| (document["kind"].as_str().unwrap().to_owned(), document);
    yaml::documents(text).into_iter().map(named).collect()
}

/// Values at equal places. A component's document that only kubewright keeps does not count, and a token that `given` does
/// not have is chance.
pub fn compare(ours: &BTreeMap<String, Value>, theirs: &BTreeMap<String, Value>, given: &str) -> Comparison {
    let mut comparison = Comparison::default();
    let is_kept = |kind: &String| !theirs.contains_key(kind) && kind.starts_with("Kube");
    let kinds: Vec<&String> =
        ours.keys().chain(theirs.keys().filter(|kind| !ours.contains_key(*kind))).collect();
    for kind in kinds.into_iter().filter(|kind| !is_kept(kind)) {
        comparison.values(kind, ours.get(kind), theirs.get(kind), given);
    }
    comparison
}

impl Comparison {
    fn values(&mut self, path: &str, ours: Option<&Value>, theirs: Option<&Value>, given: &str) {
        match (ours, theirs) {
            (Some(Value::Object(ours)), Some(Value::Object(theirs)))
                if !ours.is_empty() || !theirs.is_empty() =>
            {
                let names = ours.keys().chain(theirs.keys().filter(|name| !ours.contains_key(*name)));
                for name in names {
                    self.values(&format!("{path}.{name}"), ours.get(name), theirs.get(name), given);
                }
            }
            (Some(Value::Array(ours)), Some(Value::Array(theirs)))
                if !ours.is_empty() || !theirs.is_empty() =>
            {
                for index in 0..ours.len().max(theirs.len()) {
                    self.values(&format!("{path}[{index}]"), ours.get(index), theirs.get(index), given);
                }
            }
            (ours, theirs) => {
                self.properties += 1;
                if ours != theirs && !is_chance(path, [ours, theirs], given) {
                    self.differences.push((path.to_owned(), format!("{ours:?}, and kubeadm's {theirs:?}")));
                }
            }
        }
    }
}

fn is_chance(path: &str, values: [Option<&Value>; 2], given: &str) -> bool {
    let fresh = |value: Option<&Value>| {
        value.and_then(Value::as_str).is_some_and(|text| text.len() == 23 && !given.contains(text))
    };
    path.starts_with("InitConfiguration.bootstrapTokens[")
        && path.rsplit_once("].").is_some_and(|(_, field)| field == "token")
        && values.into_iter().all(fresh)
}
