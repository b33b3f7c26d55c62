//! A node of tests: the files below a folder, and a small host's answers.

use std::path::Path;

use super::{Given, KernelNames, Node};
use crate::facts::Interface;
use crate::pki::SystemKeys;

/// Two processors, two GiB, one address, a fixed clock.
pub fn given() -> Given {
    let interface = |name: &str, address: &str| Interface {
        name: name.to_owned(),
        up: true,
        loopback: name == "lo",
        addresses: vec![address.parse().unwrap()],
    };
    Given {
        now: "2026-01-01T00:00:00Z".parse().unwrap(),
        host_name: "node-1".to_owned(),
        user: 0,
        processors: 2,
        memory: 2 << 30,
        kernel: KernelNames { system: "Linux".to_owned(), release: "6.1.0".to_owned() },
        interfaces: vec![interface("lo", "127.0.0.1/8"), interface("eth0", "192.0.2.10/24")],
        names: [("node-1".to_owned(), vec!["192.0.2.10".parse().unwrap()])].into(),
        taken_ports: [].into(),
        variables: [("PATH".into(), "/usr/bin".into())].into(),
        keys: || Box::new(SystemKeys),
    }
}

/// That host, with the files below `folder`.
pub fn fake_node(folder: &Path) -> Node {
    Node::given(folder, given())
}
