//! What a reset finds: static pods, mounts, pods, and what is in the folders that init and join fill.
#![expect(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::io::ErrorKind;
use std::path::{Path, PathBuf};
use std::time::Duration;

use nix::fcntl::{Flock, FlockArg};
use serde_json::Value;

use super::system_folders::SystemFolders;
use super::{files, services};
use crate::facts::{
    CriError, EtcdSeen, LinkTarget, LocalEtcd, Member, MembersSeen, PathState, PodSandbox, ResetFacts,
    ResetHost, ResetQuestions, Use, certificates_dir, parse_mountinfo,
};
use crate::host::cri::CriClient;
use crate::host::member::{self, MemberError};
use crate::host::node::{Node, unseen};
use crate::host::whole::open_file;
use crate::host::{EventLoop, Tree};
use crate::plan::MemberQuestion;
use crate::yaml;

const API_SERVER: &str = "/etc/kubernetes/manifests/kube-apiserver.yaml";
const ETCD: &str = "/etc/kubernetes/manifests/etcd.yaml";
/// etcd holds a lock on it for as long as it runs (bbolt's flock).
const ETCD_DATABASE: &str = "/var/lib/etcd/member/snap/db";
/// Where the kubelet's configuration may name its runtime, the file that counts first.
const KUBELET_FILES: [&str; 2] = ["/var/lib/kubelet/instance-config.yaml", "/var/lib/kubelet/config.yaml"];

/// Why nobody knows the members.
#[derive(Debug, thiserror::Error)]
pub enum NoMembers {
    /// The event loop of the calls cannot be started.
    #[error("cannot start the network runtime")]
    Runtime(#[source] std::io::Error),
    /// etcd was asked and does not tell.
    #[error(transparent)]
    Unseen(MemberError),
}

/// How long a runtime may take to answer that is busy.
const LIMIT: Duration = Duration::from_secs(10);

/// What a reset has to know before it can tell what else to look at.
pub fn host(node: &Node) -> ResetHost {
    ResetHost {
        certificates_dir: node.text(API_SERVER).ok().and_then(|text| certificates_dir(&text)),
        kubelet_socket: KUBELET_FILES.iter().find_map(|path| runtime_endpoint(&node.text(path).ok()?)),
        cri_sockets: files::cri_sockets(node),
        etcd: etcd(node),
        addresses: node.addresses().unwrap_or_default(),
    }
}

fn runtime_endpoint(kubelet: &str) -> Option<String> {
    let document: Value = yaml::from_str(kubelet).ok()?;
    let endpoint = document.get("containerRuntimeEndpoint")?.as_str()?;
    (!endpoint.is_empty()).then(|| endpoint.to_owned())
}

fn etcd(node: &Node) -> EtcdSeen {
    let there = |path: &str| fs::symlink_metadata(node.path(Path::new(path))).is_ok();
    match (there(ETCD), there(API_SERVER)) {
        (true, _) => match node.text(ETCD).and_then(|text| LocalEtcd::parse(&text)) {
            Ok(member) => EtcdSeen::Local(member),
            Err(unseen) => EtcdSeen::Unreadable(unseen),
        },
        (false, true) => EtcdSeen::External,
        (false, false) => EtcdSeen::None { usual_folder: in_use(&node.path(ETCD_DATABASE)) },
    }
}

/// Only a lock that another process holds says that the folder is in use.
fn in_use(database: &Path) -> Use {
    let Ok(file) = open_file(database) else { return Use::Free };
    match Flock::lock(file, FlockArg::LockExclusiveNonblock) {
        Err((_, nix::errno::Errno::EWOULDBLOCK)) => Use::InUse,
        Ok(_) | Err(_) => Use::Free,
    }
}

/// The answers of a host to `questions`.
pub fn answer(node: &Node, questions: &ResetQuestions) -> ResetFacts {
    let kubelet = "kubelet".to_owned();
    let services = services::observe(node, std::slice::from_ref(&kubelet));
    ResetFacts {
        kubelet: services.map(|found| found.is_active(&kubelet)),
        mounts: node.text("/proc/self/mountinfo").map(|text| parse_mountinfo(&text)),
        pods: pods(&questions.cri_socket),
        ..files_of(node, questions)
    }
}

/// The answers of a folder that stands for a host: files, and nothing that runs.
pub fn files_of(node: &Node, questions: &ResetQuestions) -> ResetFacts {
    let (folder, beginning) = &questions.leftovers;
    let places = questions.places.iter().map(|path| (path.clone(), path_state(node, path))).collect();
    ResetFacts {
        user: node.user(),
        kubelet: Ok(false),
        mounts: Ok(Vec::new()),
        pods: Ok(Vec::new()),
        leftovers: leftovers(node, folder, beginning),
        of_the_system: of_the_system(node, &places),
        passwd: node.bytes_or_empty("/etc/passwd"),
        group: node.bytes_or_empty("/etc/group"),
        places,
    }
}

/// By device and inode: a text may name `/etc` in any number of ways.
fn of_the_system(node: &Node, places: &BTreeMap<PathBuf, PathState>) -> BTreeSet<PathBuf> {
    let system = SystemFolders::of(node);
    let folder = |(path, state): (&PathBuf, &PathState)| match state {
        PathState::Folder(_) => Some(path.clone()),
        PathState::Link(target) => target.as_ref().map(|target| target.path.clone()),
        PathState::Missing | PathState::File | PathState::Unseen(_) => None,
    };
    places.iter().filter_map(folder).filter(|path| system.has(&node.path(path))).collect()
}

/// What the cluster's etcd says of its members.
pub fn members(tree: &Tree, asked: &MemberQuestion) -> Result<MembersSeen, NoMembers> {
    let event_loop = EventLoop::new().map_err(NoMembers::Runtime)?;
    event_loop.block_on(member::look_up(tree, asked)).map_err(NoMembers::Unseen)
}

/// What this host's own member remembers of them.
pub fn remembered(tree: &Tree, asked: &MemberQuestion) -> Vec<Member> {
    member::remembered(tree, asked)
}

fn pods(endpoint: &str) -> Result<Vec<PodSandbox>, CriError> {
    let event_loop = EventLoop::new();
    let event_loop = event_loop.map_err(|error| CriError::Failed {
        path: PathBuf::from(endpoint),
        call: "connect".into(),
        why: error.to_string(),
    })?;
    event_loop.block_on(async {
        let (client, _) = CriClient::connect(endpoint, LIMIT).await?;
        client.pods().await
    })
}

/// What is at `path`, its own last link not followed.
pub fn path_state(node: &Node, path: &Path) -> PathState {
    let place = node.path(path);
    let kind = match fs::symlink_metadata(&place) {
        Ok(metadata) => metadata.file_type(),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => {
            return PathState::Missing;
        }
        Err(error) => return PathState::Unseen(unseen(path, &error)),
    };
    if kind.is_symlink() {
        return PathState::Link(link_target(node, &place));
    }
    if !kind.is_dir() {
        return PathState::File;
    }
    names(&place).map_or_else(|error| PathState::Unseen(unseen(path, &error)), PathState::Folder)
}

/// A link that leads out of a folder that stands for the host leads to nothing of that host.
fn link_target(node: &Node, link: &Path) -> Option<LinkTarget> {
    let place = fs::canonicalize(link).ok().filter(|place| place.is_dir())?;
    let top = fs::canonicalize(node.path("/")).ok()?;
    Some(LinkTarget { names: names(&place).ok()?, path: Path::new("/").join(place.strip_prefix(top).ok()?) })
}

fn names(folder: &Path) -> std::io::Result<Vec<String>> {
    let name = |entry: fs::DirEntry| entry.file_name().to_string_lossy().into_owned();
    let mut all: Vec<String> =
        fs::read_dir(folder)?.map(|entry| entry.map(name)).collect::<Result<_, _>>()?;
    all.sort();
    Ok(all)
}

fn leftovers(node: &Node, folder: &Path, beginning: &str) -> Vec<PathBuf> {
    let all = names(&node.path(folder)).unwrap_or_default();
    all.iter().filter(|name| name.starts_with(beginning)).map(|name| folder.join(name)).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::read_back;
    use crate::host::node::fake_node;

    fn tree() -> (tempfile::TempDir, Node) {
        let folder = tempfile::tempdir().unwrap();
        let node = fake_node(folder.path());
        (folder, node)
    }

    fn write(node: &Node, path: &str, text: &str) -> PathBuf {
        let place = node.path(Path::new(path));
        fs::create_dir_all(place.parent().unwrap()).unwrap();
        fs::write(&place, text).unwrap();
        place
    }

    #[test]
    fn a_host_without_a_control_plane_has_the_usual_etcd_folder_free_or_in_use() {
        let (_tree, node) = tree();
        assert_eq!(host(&node).etcd, EtcdSeen::None { usual_folder: Use::Free });
        let database = fs::File::open(write(&node, ETCD_DATABASE, "")).unwrap();
        assert_eq!(host(&node).etcd, EtcdSeen::None { usual_folder: Use::Free });
        let _lock = Flock::lock(database, FlockArg::LockExclusiveNonblock).unwrap();
        assert_eq!(host(&node).etcd, EtcdSeen::None { usual_folder: Use::InUse });
    }

    #[test]
    fn a_control_plane_without_an_etcd_manifest_has_its_etcd_elsewhere() {
        let (_tree, node) = tree();
        write(
            &node,
            API_SERVER,
            "spec: {volumes: [{name: k8s-certs, hostPath: {path: /srv/pki}}], containers: []}",
        );
        let seen = host(&node);
        read_back(&seen);
        assert_eq!((seen.etcd, seen.certificates_dir), (EtcdSeen::External, Some("/srv/pki".into())));
        write(&node, ETCD, "a: [");
        assert!(matches!(host(&node).etcd, EtcdSeen::Unreadable(_)));
    }

    #[test]
    fn the_kubelet_s_own_runtime_is_read_from_its_configuration() {
        let (_tree, node) = tree();
        assert_eq!(host(&node).kubelet_socket, None);
        write(&node, KUBELET_FILES[1], "containerRuntimeEndpoint: ''");
        assert_eq!(host(&node).kubelet_socket, None);
        write(&node, KUBELET_FILES[0], "containerRuntimeEndpoint: unix:///run/x.sock");
        assert_eq!(host(&node).kubelet_socket.as_deref(), Some("unix:///run/x.sock"));
    }

    #[test]
    fn a_folder_of_the_system_is_known_by_whatever_name() {
        let (_tree, node) = tree();
        fs::create_dir_all(node.path("/etc/kubernetes/pki")).unwrap();
        std::os::unix::fs::symlink("..", node.path("/etc/up")).unwrap();
        std::os::unix::fs::symlink("..", node.path("/etc/kubernetes/etc")).unwrap();
        let places = ["/etc/up/etc", "/etc/kubernetes/etc", "/etc/up/etc/kubernetes/pki", "/none"];
        let questions = ResetQuestions {
            cri_socket: String::new(),
            places: places.map(PathBuf::from).into(),
            leftovers: ("/etc/kubernetes".into(), "."),
        };
        let found = files_of(&node, &questions);
        read_back(&found);
        assert_eq!(found.of_the_system, BTreeSet::from(["/etc".into(), "/etc/up/etc".into()]));
    }

    #[test]
    fn a_path_is_missing_a_folder_a_file_or_a_link() {
        let (_tree, node) = tree();
        let file = write(&node, "/a/b/file", "");
        std::os::unix::fs::symlink(file.parent().unwrap(), node.path("/link")).unwrap();
        std::os::unix::fs::symlink(&file, node.path("/dead")).unwrap();
        let at = |path: &str| path_state(&node, Path::new(path));
        assert_eq!(at("/none"), PathState::Missing);
        assert_eq!(at("/a/b/file/below"), PathState::Missing);
        assert_eq!(at("/a/b/file"), PathState::File);
        assert_eq!(at("/a/b"), PathState::Folder(vec!["file".to_owned()]));
        assert_eq!(
            at("/link"),
            PathState::Link(Some(LinkTarget { path: "/a/b".into(), names: vec!["file".to_owned()] }))
        );
        std::os::unix::fs::symlink("/usr", node.path("/out")).unwrap();
        assert_eq!(at("/out"), PathState::Link(None));
        assert_eq!(at("/dead"), PathState::Link(None));
    }
}
