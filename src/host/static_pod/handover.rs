//! A manifest in the place of another, so that the kubelet starts the new pod as soon as the old one is gone.
//!
//! Of two static pods of one name the kubelet starts the second once the first is gone, and where it is not, looks again ten to fifteen
//! seconds later (the `backOffPeriod` of its pod workers). A pod that it has never seen it looks at at once. So the manifest of before is
//! written first, with a mark that makes another pod of it: the kubelet ends the one that runs. When that is gone, the new manifest is
//! written. There is always one, and a whole one: who is killed in between leaves what the kubelet starts as the version of before.

use std::net::{IpAddr, Ipv4Addr, SocketAddr};
use std::time::{Duration, Instant};

use serde_json::{Value, json};
use tokio::net::TcpStream;

use super::containers::{end, look, running};
use super::{Roll, STEP};
use crate::facts::{CriError, advertised_address, secure_port};
use crate::host::cri::api::Container;
use crate::host::file_error::FileError;
use crate::host::files::{FileChange, Tree};
use crate::manifests::static_pod::{HANDED_OVER, StaticPod};
use crate::plan::{Content, Expect, File};
use crate::yaml;

/// The kubelet looks for changes of manifests every twenty seconds at least, and gives a pod thirty to end.
const LIMIT: Duration = Duration::from_secs(55);

/// An API server that is told to end stops listening at once, and is gone when its clients have closed their watches, which they do
/// not: the kubelet ends it by force thirty seconds later. So long it may finish what else it was asked for.
const DRAIN: Duration = Duration::from_secs(1);
/// For the others to end by themselves.
const GRACE: Duration = Duration::from_secs(10);
/// Within which a port of this host is told to be closed.
const CONNECT: Duration = Duration::from_millis(200);

/// The kubelet lists the runtime's containers once a second, and has to have seen that none is left.
const SEEN: Duration = Duration::from_millis(1500);

/// Within which the kubelet starts a pod that it may start.
const START: Duration = Duration::from_secs(15);

const API_PORT: u16 = 6443;

/// Writes `wanted` in the place of the manifest that `roll` is about. Plainly, where the runtime does not tell what runs, where the
/// kubelet would take both for the same pod, and where what is there is no manifest.
///
/// For as long as an etcd is away this host's API server is as well. It could answer nothing, and would keep the kubelet waiting, which
/// wants to tell it of the new pod before it starts that: half a minute, until the API server gives up. Its watches would keep etcd, too.
///
/// # Errors
/// As of [`Tree::write`]. The manifest of before is there then.
pub async fn hand_over(tree: &Tree, roll: &Roll, wanted: &File) -> Result<FileChange, FileError> {
    let before = tree.read_one(&wanted.path)?.map(|found| found.content);
    let before = before.filter(|before| is_another_pod(before.bytes(), wanted.content.bytes()));
    let (Some(before), Ok(_)) = (before, look(roll.pod, &roll.cri_socket).await) else {
        return tree.write(wanted);
    };
    let api_server =
        if roll.pod == StaticPod::Etcd { pause_api_server(tree, roll, wanted).await } else { None };
    let written = replace(tree, roll, wanted, before).await;
    if let Some(api_server) = api_server {
        if written.is_ok() {
            roll.until_new_runs().await;
        }
        tree.write(&api_server)?;
    }
    written
}

async fn replace(tree: &Tree, roll: &Roll, wanted: &File, before: Content) -> Result<FileChange, FileError> {
    let Some(expect) = write_marked(tree, wanted, before.bytes())? else { return tree.write(wanted) };
    // Of a runtime that does not answer any more it is not known: the kubelet then starts the new pod in its own time.
    if roll.until_gone(before.bytes()).await.is_ok() {
        tokio::time::sleep(SEEN).await;
    }
    tree.write(&File { expect, ..wanted.clone() }).inspect_err(|_| {
        drop(tree.write(&File { content: before, expect, ..wanted.clone() }));
    })
}

/// Ends this host's API server. Its manifest, which starts it again; none where there is none that could be.
async fn pause_api_server(tree: &Tree, etcd: &Roll, wanted: &File) -> Option<File> {
    let path = wanted.path.with_file_name(format!("{}.yaml", StaticPod::ApiServer.name()));
    let content = tree.read_one(&path).ok()??.content;
    let roll = Roll::swap(StaticPod::ApiServer, &etcd.cri_socket, content.bytes()).await;
    let seen = Expect::seen(Some(content.bytes()));
    let expect =
        write_marked(tree, &File { path: path.clone(), expect: seen, ..wanted.clone() }, content.bytes());
    let expect = expect.ok()??;
    drop(roll.until_gone(content.bytes()).await);
    Some(File { path, content, expect, ..wanted.clone() })
}

/// The manifest of before, as that of another pod, in its place; what is to be expected there from now on.
fn write_marked(tree: &Tree, wanted: &File, before: &[u8]) -> Result<Option<Expect>, FileError> {
    let Some(marked) = marked(before) else { return Ok(None) };
    let expect = Expect::seen(Some(marked.as_bytes()));
    tree.write(&File { content: Content::new(marked), ..wanted.clone() })?;
    Ok(Some(expect))
}

impl Roll {
    /// Ends what runs by the manifest of before, as far as the runtime does: of a kubelet that does not run. One that starts beside it
    /// takes a minute to find out that it is nobody's any more, and starts the new pod behind that.
    pub async fn end_former(&self) {
        let Ok((runtime, found)) = look(self.pod, &self.cri_socket).await else { return };
        let former = running(&found).filter(|one| self.former.contains(&one.id));
        for container in former {
            drop(runtime.stop_container(&container.id, self.grace()).await);
            drop(runtime.stop_pod(&container.pod_sandbox_id).await);
        }
    }

    fn grace(&self) -> Duration {
        if self.pod == StaticPod::ApiServer { DRAIN } else { GRACE }
    }

    /// Returns once no container of before runs, which was by this manifest, or when the kubelet must long have ended it.
    async fn until_gone(&self, manifest: &[u8]) -> Result<(), CriError> {
        let api_server = (self.pod == StaticPod::ApiServer).then(|| address(manifest));
        let begun = Instant::now();
        let mut closed: Option<Instant> = None;
        while begun.elapsed() < LIMIT {
            let (runtime, found) = look(self.pod, &self.cri_socket).await?;
            let left = self.former_of(&found);
            if left.is_empty() {
                break;
            }
            if let Some(address) = api_server
                && closed.is_none()
                && !listens(address).await
            {
                closed = Some(Instant::now());
            }
            if closed.is_some_and(|since| since.elapsed() >= DRAIN) {
                end(&runtime, &left, Duration::ZERO).await?;
            }
            tokio::time::sleep(STEP).await;
        }
        Ok(())
    }

    /// Returns once another container than those of before runs. It is for others to wait for longer.
    async fn until_new_runs(&self) {
        let begun = Instant::now();
        while begun.elapsed() < START && !self.new_runs().await {
            tokio::time::sleep(STEP).await;
        }
    }

    async fn new_runs(&self) -> bool {
        let found = look(self.pod, &self.cri_socket).await.map(|(_, found)| found).unwrap_or_default();
        running(&found).any(|one| !self.former.contains(&one.id))
    }

    fn former_of(&self, found: &[Container]) -> Vec<String> {
        running(found).map(|one| one.id.clone()).filter(|id| self.former.contains(id)).collect()
    }
}

async fn listens(address: SocketAddr) -> bool {
    matches!(tokio::time::timeout(CONNECT, TcpStream::connect(address)).await, Ok(Ok(_)))
}

/// Where an API server serves on this host, by its manifest.
fn address(manifest: &[u8]) -> SocketAddr {
    let text = str::from_utf8(manifest).unwrap_or_default();
    let host = advertised_address(text).unwrap_or(IpAddr::V4(Ipv4Addr::LOCALHOST));
    SocketAddr::new(host, secure_port(text).unwrap_or(API_PORT))
}

/// Whether the kubelet takes the pods of these manifests for two, where they are any.
fn is_another_pod(one: &[u8], other: &[u8]) -> bool {
    parse(one).zip(parse(other)).is_some_and(|(one, other)| one != other)
}

fn parse(manifest: &[u8]) -> Option<Value> {
    yaml::from_str(str::from_utf8(manifest).ok()?).ok()
}

/// The manifest as that of another pod.
fn marked(manifest: &[u8]) -> Option<String> {
    let mut pod = parse(manifest)?;
    let metadata = pod.get_mut("metadata")?.as_object_mut()?;
    let annotations = metadata.entry("annotations").or_insert_with(|| json!({}));
    if annotations.is_null() {
        *annotations = json!({});
    }
    let annotations = annotations.as_object_mut()?;
    // One that a run has left that was killed is marked otherwise.
    let mark = if annotations.contains_key(HANDED_OVER) { "again" } else { "once" };
    annotations.insert(HANDED_OVER.to_owned(), mark.into());
    yaml::to_string(&pod).ok()
}

#[cfg(test)]
mod tests {
    use std::path::{Path, PathBuf};
    use std::sync::{Arc, Mutex};

    use prost::Message as _;

    use super::*;
    use crate::host::cri::api::{ContainerState, ListContainersResponse};
    use crate::host::fake_cri::{FakeCri, containerd};
    use crate::plan::FileKind;

    const OLD: &str = "{metadata: {name: a}, spec: {containers: [{name: a, image: 'a:1'}]}}";
    const NEW: &str = "{metadata: {name: a}, spec: {containers: [{name: a, image: 'a:2'}]}}";

    fn path(pod: StaticPod) -> PathBuf {
        format!("/etc/kubernetes/manifests/{}.yaml", pod.name()).into()
    }

    fn file(pod: StaticPod, text: &str, expect: Expect) -> File {
        File { path: path(pod), kind: FileKind::Manifest, content: Content::new(text), expect }
    }

    fn text(root: &Path, pod: StaticPod) -> String {
        let found = Tree::new(root).read_one(&path(pod)).unwrap().unwrap();
        String::from_utf8(found.content.bytes().to_owned()).unwrap()
    }

    /// A kubelet with its runtime: a pod whose manifest is marked ends, one that has ended comes again when its manifest is not marked.
    #[derive(Debug, Default)]
    struct Kubelet {
        tree: PathBuf,
        pods: Vec<StaticPod>,
        /// They end by somebody else alone.
        hang: bool,
        /// What has become of them, in turn.
        events: Vec<String>,
        stopped: bool,
        /// Those that were stopped.
        sandboxes: Vec<String>,
    }

    impl Kubelet {
        fn look(&mut self) -> Vec<Container> {
            self.pods.clone().into_iter().filter_map(|pod| self.container(pod)).collect()
        }

        fn container(&mut self, pod: StaticPod) -> Option<Container> {
            let (ends, comes) = (format!("{} ends", pod.name()), format!("{} comes", pod.name()));
            let is_marked = text(&self.tree, pod).contains(HANDED_OVER);
            if is_marked && (!self.hang || self.stopped) && !self.events.contains(&ends) {
                self.events.push(ends.clone());
            }
            if !is_marked && self.events.contains(&ends) && !self.events.contains(&comes) {
                self.events.push(comes.clone());
            }
            let id = if self.events.contains(&comes) { "new" } else { "old" };
            let runs = id == "new" || !self.events.contains(&ends);
            let labels = [("io.kubernetes.container.name".to_owned(), pod.name().to_owned())].into();
            let state = ContainerState::ContainerRunning.into();
            let id = format!("{} {id}", pod.name());
            runs.then(|| Container { id, labels, state, ..Default::default() })
        }
    }

    /// A host with these pods, by manifests with this text.
    struct Host {
        folder: tempfile::TempDir,
        cri: FakeCri,
        kubelet: Arc<Mutex<Kubelet>>,
    }

    impl Host {
        fn with(pods: &[StaticPod], hang: bool, manifest: &str) -> Self {
            let folder = tempfile::tempdir().unwrap();
            let kubelet =
                Kubelet { tree: folder.path().into(), pods: pods.into(), hang, ..Kubelet::default() };
            let kubelet = Arc::new(Mutex::new(kubelet));
            let shared = Arc::clone(&kubelet);
            let cri = FakeCri::serve(move |call| {
                let mut kubelet = shared.lock().unwrap();
                match call {
                    "ListContainers" => {
                        Ok(ListContainersResponse { containers: kubelet.look() }.encode_to_vec())
                    }
                    "StopContainer" => {
                        kubelet.stopped = true;
                        Ok(Vec::new())
                    }
                    "StopPodSandbox" => {
                        kubelet.sandboxes.push("sandbox".to_owned());
                        Ok(Vec::new())
                    }
                    other => containerd(other),
                }
            });
            for pod in pods {
                Tree::new(folder.path()).write(&file(*pod, manifest, Expect::Absent)).unwrap();
            }
            Self { folder, cri, kubelet }
        }

        async fn replaces(&self, pod: StaticPod, new: &str) {
            let expect = Expect::seen(Some(self.manifest(pod).as_bytes()));
            let roll = Roll::swap(pod, &self.cri.endpoint(), new.as_bytes()).await;
            let change = hand_over(&Tree::new(self.folder.path()), &roll, &file(pod, new, expect)).await;
            assert_eq!(change.unwrap(), FileChange::Replaced);
            assert_eq!(self.manifest(pod), new);
        }

        fn manifest(&self, pod: StaticPod) -> String {
            text(self.folder.path(), pod)
        }

        fn events(&self) -> Vec<String> {
            self.kubelet.lock().unwrap().events.clone()
        }
    }

    #[tokio::test]
    async fn the_new_manifest_comes_when_the_kubelet_has_ended_the_pod_of_the_old_one() {
        let host = Host::with(&[StaticPod::Scheduler], false, OLD);
        host.replaces(StaticPod::Scheduler, NEW).await;
        assert_eq!(host.events(), ["kube-scheduler ends"]);
        assert!(!host.kubelet.lock().unwrap().stopped);
    }

    #[tokio::test]
    async fn an_api_server_that_listens_no_more_and_does_not_end_is_ended() {
        let port = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap().local_addr().unwrap().port();
        let old = OLD.replace("'a:1'", &format!("'a:1', command: [a, --secure-port={port}]"));
        let host = Host::with(&[StaticPod::ApiServer], true, &old);
        let begun = Instant::now();
        host.replaces(StaticPod::ApiServer, NEW).await;
        assert!(host.kubelet.lock().unwrap().stopped && begun.elapsed() >= DRAIN);
    }

    #[tokio::test]
    async fn the_api_server_is_away_while_its_etcd_is() {
        let host = Host::with(&[StaticPod::Etcd, StaticPod::ApiServer], false, OLD);
        host.replaces(StaticPod::Etcd, NEW).await;
        assert_eq!(host.manifest(StaticPod::ApiServer), OLD);
        assert_eq!(host.events(), ["kube-apiserver ends", "etcd ends", "etcd comes"]);
    }

    #[tokio::test]
    async fn where_no_kubelet_runs_the_pod_is_ended_with_its_sandbox() {
        let host = Host::with(&[StaticPod::Scheduler], true, OLD);
        let roll = Roll::swap(StaticPod::Scheduler, &host.cri.endpoint(), NEW.as_bytes()).await;
        roll.end_former().await;
        assert!(host.kubelet.lock().unwrap().stopped);
        assert_eq!(host.kubelet.lock().unwrap().sandboxes, ["sandbox"]);
    }

    #[tokio::test]
    async fn what_says_the_same_is_no_other_pod() {
        let host = Host::with(&[StaticPod::Etcd], true, OLD); // nobody would end it
        host.replaces(StaticPod::Etcd, &OLD.replace(", ", ",   ")).await;
        assert!(host.events().is_empty());
    }

    #[test]
    fn a_mark_makes_another_pod_of_a_manifest_and_of_one_that_is_marked() {
        for before in [OLD, "{metadata: {annotations: }}", "metadata: {annotations: {a: b}}"] {
            let once = marked(before.as_bytes()).unwrap();
            let again = marked(once.as_bytes()).unwrap();
            assert!(
                once.contains(HANDED_OVER) && again.contains(HANDED_OVER) && once != again,
                "{once} {again}"
            );
        }
        for none in ["", "a", "{metadata: a}", "{metadata: {annotations: a}}"] {
            assert_eq!(marked(none.as_bytes()), None, "{none}");
        }
    }
}
