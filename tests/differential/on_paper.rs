//! kubewright on a host that is the same wherever and whenever it runs: what it writes there can be told by digests (`digests.rs`).
//!
//! - `ON_PAPER_ROOT`: a folder with what the host has of files
//! - `ON_PAPER_KEYS`: a folder with two keys of each kind, which it takes in place of new ones
//! - `ON_PAPER_NOW`: its clock
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

use std::collections::BTreeSet;
use std::path::PathBuf;
use std::process::ExitCode;
use std::{env, fs};

use kubewright::cli;
use kubewright::config::KeyAlgorithm;
use kubewright::facts::Interface;
use kubewright::host::{Given, KernelNames, Node};
use kubewright::pki::{BadKey, KeySource, PrivateKey, Serial, SystemKeys};

fn main() -> ExitCode {
    cli::run_on(&Node::given(&folder("ON_PAPER_ROOT"), host()), env::args_os())
}

fn folder(variable: &str) -> PathBuf {
    env::var_os(variable).unwrap_or_else(|| panic!("{variable} names a folder")).into()
}

fn host() -> Given {
    let interface = |name: &str, addresses: &[&str]| Interface {
        name: name.to_owned(),
        up: true,
        loopback: name == "lo",
        addresses: addresses.iter().map(|address| address.parse().unwrap()).collect(),
    };
    Given {
        now: env::var("ON_PAPER_NOW").expect("a moment").parse().expect("a moment"),
        host_name: "paper".to_owned(),
        user: 0,
        processors: 2,
        memory: 2 << 30,
        kernel: KernelNames { system: "Linux".to_owned(), release: "6.1.0".to_owned() },
        interfaces: vec![
            interface("lo", &["127.0.0.1/8", "::1/128"]),
            interface("eth0", &["192.0.2.10/24", "2001:db8::10/64"]),
        ],
        names: [("paper".to_owned(), vec!["192.0.2.10".parse().unwrap()])].into(),
        taken_ports: BTreeSet::new(),
        variables: env::vars_os().collect(),
        keys: || Box::new(Known),
    }
}

/// A key for CAs, and one for all else.
struct Known;

impl KeySource for Known {
    fn key(&self, owner: &str, algorithm: KeyAlgorithm) -> Result<PrivateKey, BadKey> {
        let is_authority = owner == "ca" || owner.ends_with("-ca") || owner.ends_with("/ca");
        let owner = if is_authority { "ca" } else { "leaf" };
        let path = folder("ON_PAPER_KEYS").join(format!("{algorithm:?}-{owner}.key"));
        let text = fs::read(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
        PrivateKey::from_pem(&text)
    }

    fn serial(&self, owner: &str) -> Result<Serial, BadKey> {
        SystemKeys.serial(owner)
    }
}
