//! Whether ports are free, found as kubeadm finds it: by listening for a moment.
#![expect(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use crate::causes::Listener;
use crate::facts::{PortHolder, PortQuestion, PortState, listening_inodes};
use crate::host::node::Node;

/// Whether a server could listen on the port, and who does where it could not.
pub fn state(node: &Node, question: &PortQuestion) -> PortState {
    match node.listen(question) {
        Ok(()) => PortState::Free,
        Err(error) if error.kind() == ErrorKind::AddrInUse => {
            PortState::InUse { holder: holder(node, &listening_sockets(node, question.port)) }
        }
        Err(error) => PortState::Unusable { why: error.to_string() },
    }
}

/// Who has one of these sockets open, where this user may see it.
fn holder(node: &Node, links: &[PathBuf]) -> Option<PortHolder> {
    processes(node).find(|process| has_open(node, *process, links)).map(|process| named(node, process))
}

/// Those that listen on `port`, as the folders of open files name them.
fn listening_sockets(node: &Node, port: u16) -> Vec<PathBuf> {
    let tables =
        ["/proc/net/tcp", "/proc/net/tcp6"].map(|table| node.text_or_empty(table).unwrap_or_default());
    let inodes = tables.iter().flat_map(|table| listening_inodes(table, port));
    inodes.map(|inode| PathBuf::from(format!("socket:[{inode}]"))).collect()
}

/// Who listens on `port`, at whatever address; nothing is listened on to find that out.
pub fn listener(node: &Node, port: u16) -> Option<Listener> {
    let links = listening_sockets(node, port);
    (!links.is_empty()).then(|| Listener { port, holder: holder(node, &links) })
}

fn processes(node: &Node) -> impl Iterator<Item = u32> {
    let entries = std::fs::read_dir(node.path("/proc")).into_iter().flatten().flatten();
    entries.filter_map(|entry| entry.file_name().to_str()?.parse().ok())
}

fn has_open(node: &Node, process: u32, links: &[PathBuf]) -> bool {
    let folder = node.path(Path::new(&format!("/proc/{process}/fd")));
    let files = std::fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| std::fs::read_link(file.path()).ok()).any(|link| links.contains(&link))
}

fn named(node: &Node, process: u32) -> PortHolder {
    let name = node.text_or_empty(format!("/proc/{process}/comm")).unwrap_or_default();
    PortHolder { process, name: name.trim().to_owned() }
}

#[cfg(test)]
mod tests {
    use std::net::TcpListener;

    use super::*;
    use crate::host::node::{Given, given};

    fn ask(address: Option<&str>, port: u16) -> PortState {
        state(&Node::this(), &PortQuestion { address: address.map(str::to_owned), port })
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

    #[test]
    fn who_has_a_port_is_read_from_the_node_s_own_files() {
        let folder = tempfile::tempdir().unwrap();
        let proc = folder.path().join("proc");
        std::fs::create_dir_all(proc.join("77/fd")).unwrap();
        std::fs::create_dir_all(proc.join("net")).unwrap();
        let heading = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n";
        let line = "   0: 00000000:192B 00000000:0000 0A 00000000:00000000 00:00000000 00000000     0        0 4711 1\n";
        std::fs::write(proc.join("net/tcp"), format!("{heading}{line}")).unwrap();
        std::fs::write(proc.join("77/comm"), "kube-apiserver\n").unwrap();
        std::os::unix::fs::symlink("socket:[4711]", proc.join("77/fd/3")).unwrap();
        let node = Node::given(folder.path(), Given { taken_ports: [6443].into(), ..given() });
        let at = |port| state(&node, &PortQuestion { address: None, port });
        let holder = PortHolder { process: 77, name: "kube-apiserver".to_owned() };
        assert_eq!((at(6443), at(6444)), (PortState::InUse { holder: Some(holder) }, PortState::Free));
    }
}
