//! Whether ports are free, found as kubeadm finds it: by listening for a moment.
#![allow(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::io::{self, ErrorKind};
use std::net::{IpAddr, Ipv4Addr, Ipv6Addr, TcpListener};
use std::path::{Path, PathBuf};

use super::root::Root;
use crate::causes::Listener;
use crate::facts::{Holder, PortQuestion, PortState, listening_inodes};

pub fn state(root: &Root, question: &PortQuestion) -> PortState {
    match listen(question) {
        Ok(_) => PortState::Free,
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            PortState::InUse { holder: holder(root, &listening_sockets(root, question.port)) }
        }
        Err(error) => PortState::Unusable { why: error.to_string() },
    }
}

/// Without an address, or at an unspecified one, on all addresses of both families, as Go's programs do.
fn listen(question: &PortQuestion) -> io::Result<TcpListener> {
    let port = question.port;
    match question.address.as_deref() {
        None => everywhere(port),
        Some(text) => match text.parse::<IpAddr>() {
            Ok(address) if address.is_unspecified() => everywhere(port),
            Ok(address) => TcpListener::bind((address, port)),
            Err(_) => TcpListener::bind((text, port)),
        },
    }
}

/// Hosts without IPv6 have only IPv4's addresses to listen on.
fn everywhere(port: u16) -> io::Result<TcpListener> {
    match TcpListener::bind((Ipv6Addr::UNSPECIFIED, port)) {
        Err(error) if !matches!(error.kind(), ErrorKind::AddrInUse | ErrorKind::PermissionDenied) => {
            TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))
        }
        other => other,
    }
}

/// Who has one of these sockets open, where this user may see it.
fn holder(root: &Root, links: &[PathBuf]) -> Option<Holder> {
    processes(root).find(|process| has_open(root, *process, links)).map(|process| named(root, process))
}

/// Those that listen on `port`, as the folders of open files name them.
fn listening_sockets(root: &Root, port: u16) -> Vec<PathBuf> {
    let tables =
        ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| root.text_or_empty(table).unwrap_or_default());
    let inodes = tables.iter().flat_map(|table| listening_inodes(table, port));
    inodes.map(|inode| PathBuf::from(format!("socket:[{inode}]"))).collect()
}

/// Who listens on `port`, at whatever address; nothing is listened on to find that out.
pub fn listener(root: &Root, port: u16) -> Option<Listener> {
    let links = listening_sockets(root, port);
    (!links.is_empty()).then(|| Listener { port, holder: holder(root, &links) })
}

fn processes(root: &Root) -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir(root.path(Path::new("/proc"))).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn has_open(root: &Root, process: u32, links: &[PathBuf]) -> bool {
    let folder = root.path(Path::new(&format!("/proc/{process}/fd")));
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| std::fs::read_link(file.path()).ok()).any(|link| links.contains(&link))
}

fn named(root: &Root, process: u32) -> Holder {
    let name = root.text_or_empty(format!("/proc/{process}/comm")).unwrap_or_default();
    Holder { process, name: name.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn ask(address: Option<&str>, port: u16) -> PortState {
        state(&Root::default(), &PortQuestion { address: address.map(str::to_owned), port })
    }

    #[test]
    fn a_port_is_taken_where_somebody_listens_and_that_is_this_process() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        for address in [None, Some("0.0.0.0"), Some("127.0.0.1")] {
            let PortState::InUse { holder: Some(holder) } = ask(address, port) else {
                panic!("{address:?} is not seen as taken");
            };
            assert_eq!(holder.process, std::process::id());
        }
        assert_eq!(ask(Some("127.0.0.2"), port), PortState::Free);
    }

    #[test]
    fn an_address_of_another_host_cannot_be_listened_on() {
        assert!(matches!(ask(Some("203.0.113.1"), 0), PortState::Unusable { .. }));
    }
}
