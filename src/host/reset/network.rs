//! Removing packet rules, services and interfaces, by the programs that keep them.
#![expect(clippy::disallowed_methods, reason = "this is the module that changes the network")]

use std::path::Path;
use std::thread::sleep;
use std::time::Duration;

use super::super::kill_point;
use super::super::node::{Call, ChildError, Node};
use crate::facts::{RuleSet, packet_rules};
use crate::plan::NetworkTeardown;

/// Why something of the pods' network stays.
#[derive(Debug, thiserror::Error)]
pub enum NetworkError {
    /// The program that keeps it was not run, or failed.
    #[error(transparent)]
    Program(#[from] ChildError),
    /// A bridge to which interfaces of the host are attached.
    #[error("the interface {name} stays: {} of the host are attached to it: {}", .ports.len(), .ports.join(", "))]
    InUse {
        /// The bridge.
        name: String,
        /// The interfaces.
        ports: Vec<String>,
    },
}

/// Removes one part: rules, a table, services, sets of addresses, or an interface.
pub fn tear_down(node: &Node, teardown: &NetworkTeardown) -> Result<(), NetworkError> {
    match teardown {
        NetworkTeardown::Rules(rules) => take_out(node, rules),
        NetworkTeardown::Table { family, name } => {
            change(node, "nft", &["delete", "table", family, name], "")
        }
        NetworkTeardown::VirtualServices(services) => services.iter().try_for_each(|service| {
            let words: Vec<&str> = ["-D"].into_iter().chain(service.split(' ')).collect();
            change(node, "ipvsadm", &words, "")
        }),
        NetworkTeardown::AddressSets(sets) => {
            sets.iter().try_for_each(|name| change(node, "ipset", &["destroy", name], ""))
        }
        NetworkTeardown::Interface(name) => delete_interface(node, name),
    }
}

/// The rules are read again: pods that ended meanwhile have taken some of them along.
fn take_out(node: &Node, rules: &RuleSet) -> Result<(), NetworkError> {
    let saved = run(node, &rules.save, &[], "")?;
    match packet_rules::without(&saved, &rules.of_pods) {
        None => Ok(()),
        Some(text) => change(node, &rules.restore, &["--wait", "10", "--noflush"], &text),
    }
}

/// To look, and to change: a lock of iptables is waited for ten seconds, and a node with many services has a hundred thousand rules.
const LIMIT: Duration = Duration::from_mins(1);

const NET: &str = "/sys/class/net";

/// A bridge that something is still attached to stays. The kernel takes a moment to detach what is gone.
fn delete_interface(node: &Node, name: &str) -> Result<(), NetworkError> {
    let interface = node.path(Path::new(NET).join(name));
    for _ in 0..20 {
        if !interface.exists() {
            return Ok(());
        }
        if ports(&interface).is_empty() {
            return change(node, "ip", &["link", "delete", "dev", name], "");
        }
        sleep(Duration::from_millis(100));
    }
    Err(NetworkError::InUse { name: name.to_owned(), ports: ports(&interface) })
}

fn ports(bridge: &Path) -> Vec<String> {
    let Ok(entries) = std::fs::read_dir(bridge.join("brif")) else { return Vec::new() };
    entries.filter_map(|entry| Some(entry.ok()?.file_name().to_string_lossy().into_owned())).collect()
}

fn change(
    node: &Node,
    program: impl AsRef<Path>,
    arguments: &[&str],
    input: &str,
) -> Result<(), NetworkError> {
    run(node, program, arguments, input)?;
    kill_point::passed("network", arguments.join(" "));
    Ok(())
}

/// What the program says, once it was given `input` and has ended well.
fn run(
    node: &Node,
    program: impl AsRef<Path>,
    arguments: &[&str],
    input: &str,
) -> Result<String, NetworkError> {
    Ok(node.output(&Call { program: program.as_ref(), arguments, input, limit: LIMIT })?)
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;
    use std::os::unix::fs::PermissionsExt;

    use super::*;

    /// Programs that keep their rules in a file, and note what they are given.
    fn rules(saved: &str) -> (tempfile::TempDir, RuleSet) {
        let folder = tempfile::tempdir().unwrap();
        std::fs::write(folder.path().join("rules"), saved).unwrap();
        let program = |name: &str, script: &str| {
            let path = folder.path().join(name);
            std::fs::write(&path, format!("#!/bin/sh\ncd {}\n{script}\n", folder.path().display())).unwrap();
            std::fs::set_permissions(&path, std::fs::Permissions::from_mode(0o755)).unwrap();
            path
        };
        let rules = RuleSet {
            save: program("save", "cat rules"),
            restore: program("restore", "echo \"$@\" >given; cat >>given"),
            of_pods: BTreeSet::new(),
            chains: BTreeSet::new(),
        };
        (folder, rules)
    }

    #[test]
    fn kubernetes_rules_are_handed_to_the_program_that_keeps_them() {
        let (folder, rules) = rules("*nat\n:KUBE-SERVICES - [0:0]\n-A OUTPUT -j KUBE-SERVICES\nCOMMIT\n");
        tear_down(&Node::this(), &NetworkTeardown::Rules(rules)).unwrap();
        let given = std::fs::read_to_string(folder.path().join("given")).unwrap();
        assert_eq!(
            given,
            "--wait 10 --noflush\n*nat\n:KUBE-SERVICES - [0:0]\n-D OUTPUT -j KUBE-SERVICES\n-X KUBE-SERVICES\nCOMMIT\n"
        );
    }

    #[test]
    fn where_nothing_is_left_nothing_is_called() {
        let (folder, rules) = rules("*nat\n:OUTPUT ACCEPT [0:0]\nCOMMIT\n");
        tear_down(&Node::this(), &NetworkTeardown::Rules(rules)).unwrap();
        assert!(!folder.path().join("given").exists());
    }

    #[test]
    fn a_failure_carries_the_program_s_own_words() {
        let error = run(&Node::this(), "/bin/sh", &["-c", "echo no such chain >&2; exit 2"], "").unwrap_err();
        assert!(error.to_string().ends_with("failed: no such chain"), "{error}");
        assert!(matches!(
            run(&Node::this(), "/no/such/program", &[], ""),
            Err(NetworkError::Program(ChildError::Start { .. }))
        ));
    }

    #[test]
    fn an_interface_that_is_gone_is_deleted() {
        assert!(tear_down(&Node::this(), &NetworkTeardown::Interface("no-such-if0".into())).is_ok());
    }
}
