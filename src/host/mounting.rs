//! Containers that have mounted something else than what is now at a path of the host.
//!
//! A bind mount stays with what it was made of. Where a pod starts before the file that it mounts is there, the runtime makes a folder
//! for it to mount (and the kubelet, for a volume of the type `FileOrCreate`, an empty file); that is what the container goes on
//! seeing, whatever is put in its place on the host.

use std::io;
use std::os::unix::fs::MetadataExt;
use std::path::Path;
use std::time::Duration;

use super::apply::Outcome;
use super::container_info::ContainerInfo;
use super::cri::{ANSWER_LIMIT, CriClient, api};
use super::node::Node;
use super::static_pod::end;
use crate::facts::CriError;
use crate::plan::Mounting;

/// For what may be a control plane's address, to give it back.
const GRACE: Duration = Duration::from_secs(2);

/// Ends those containers. The kubelet starts each of them again, with what is there now.
pub async fn restart_mounting(node: &Node, wanted: &Mounting) -> Outcome {
    match end_stale(node, wanted).await {
        Ok(()) => Outcome::Done,
        // Without a runtime nothing runs that could have mounted anything.
        Err(_) => Outcome::Skipped("the container runtime does not tell what its containers have mounted"),
    }
}

async fn end_stale(node: &Node, wanted: &Mounting) -> Result<(), CriError> {
    let (runtime, _) = CriClient::connect(&wanted.cri_socket, ANSWER_LIMIT).await?;
    let mut stale = Vec::new();
    for id in runtime.running_containers().await? {
        // One that has ended meanwhile has no status.
        let Ok(found) = runtime.container_details(&id).await else { continue };
        let mounts = found.status.unwrap_or_default().mounts;
        let process = ContainerInfo::of(&found.info).process;
        if mounts.iter().any(|mount| is_stale(node, wanted, mount, process)) {
            stale.push(id);
        }
    }
    end(&runtime, &stale, GRACE).await
}

fn is_stale(node: &Node, wanted: &Mounting, mount: &api::Mount, process: Option<u32>) -> bool {
    let path = Path::new(&mount.host_path);
    wanted.paths.iter().any(|wanted| wanted == path)
        && !process
            .is_some_and(|process| sees(node, process, &mount.container_path, &node.tree().locate(path)))
}

/// Whether the process has at `inside` what is at `outside` here.
fn sees(node: &Node, process: u32, inside: &str, outside: &Path) -> bool {
    let inside = node.root_of(process).join(inside.trim_start_matches('/'));
    matches!((identity(&inside), identity(outside)), (Ok(inside), Ok(outside)) if inside == outside)
}

#[expect(clippy::disallowed_methods, reason = "this module compares files")]
fn identity(place: &Path) -> io::Result<(u64, u64)> {
    std::fs::metadata(place).map(|found| (found.dev(), found.ino()))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests make what is mounted")]
mod tests {
    use std::sync::{Arc, Mutex};

    use prost::Message;

    use super::super::fake_cri::{FakeCri, containerd};
    use super::*;

    /// A runtime with one container that mounts `path`, of this very process, whose root is the host's; what was asked of it.
    async fn ended(path: &Path, inside: &Path) -> Vec<String> {
        let asked = Arc::new(Mutex::new(Vec::new()));
        let (calls, mounts) = (Arc::clone(&asked), (path.to_owned(), inside.to_owned()));
        let fake = FakeCri::serve(move |call| {
            calls.lock().unwrap().push(call.to_owned());
            let text = |path: &Path| path.display().to_string();
            let mount = api::Mount { container_path: text(&mounts.1), host_path: text(&mounts.0) };
            Ok(match call {
                "ListContainers" => {
                    let one = api::Container { id: "one".to_owned(), ..Default::default() };
                    api::ListContainersResponse { containers: vec![one] }.encode_to_vec()
                }
                "ContainerStatus" => api::ContainerStatusResponse {
                    status: Some(api::ContainerStatus { mounts: vec![mount], ..Default::default() }),
                    info: [("info".to_owned(), format!("{{\"pid\":{}}}", std::process::id()))].into(),
                }
                .encode_to_vec(),
                "StopContainer" => Vec::new(),
                other => return containerd(other),
            })
        });
        let wanted = Mounting { cri_socket: fake.endpoint(), paths: vec![path.to_owned()] };
        assert_eq!(restart_mounting(&Node::this(), &wanted).await, Outcome::Done);
        let asked = asked.lock().unwrap();
        asked.iter().filter(|call| *call == "StopContainer").cloned().collect()
    }

    #[tokio::test]
    async fn only_a_container_that_sees_something_else_is_ended() {
        let folder = tempfile::tempdir().unwrap();
        let place = |name: &str| folder.path().join(name);
        std::fs::write(place("admin.conf"), "new").unwrap();
        std::fs::create_dir(place("before")).unwrap();
        assert!(ended(&place("admin.conf"), &place("admin.conf")).await.is_empty());
        assert_eq!(ended(&place("admin.conf"), &place("before")).await, ["StopContainer"]);
        assert_eq!(ended(&place("admin.conf"), &place("gone")).await, ["StopContainer"]);
    }

    #[tokio::test]
    async fn without_a_runtime_there_is_nothing_to_end() {
        let wanted = Mounting { cri_socket: "unix:///nowhere/cri.sock".to_owned(), paths: Vec::new() };
        assert!(matches!(restart_mounting(&Node::this(), &wanted).await, Outcome::Skipped(_)));
    }
}
