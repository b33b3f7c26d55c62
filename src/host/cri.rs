//! The client of a container runtime: the CRI's gRPC over a unix socket, each call with its limit.

use std::error::Error;
use std::future::Future;
use std::io;
use std::path::{Path, PathBuf};
use std::time::{Duration, Instant};

use tonic::transport::{Channel, Endpoint};
use tonic::{Code, Response, Status};

use super::{call_log, kill_point};
use crate::facts::{CriError, PodSandbox};
use api::image_service_client::ImageServiceClient;
use api::runtime_service_client::RuntimeServiceClient;
use api::{
    Container, ContainerFilter, ContainerState, ContainerStateValue, ContainerStatus, ContainerStatusRequest,
    ContainerStatusResponse, Image, ImageSpec, ImageStatusRequest, ListContainersRequest, ListImagesRequest,
    ListPodSandboxRequest, PullImageRequest, RemovePodSandboxRequest, RuntimeConfigRequest,
    RuntimeConfigResponse, StatusRequest, StatusResponse, StopContainerRequest, StopPodSandboxRequest,
    VersionRequest, VersionResponse,
};

/// Generated from proto/cri/api.proto.
#[allow(
    clippy::all,
    clippy::pedantic,
    missing_debug_implementations,
    missing_docs,
    reason = "generated code"
)]
pub mod api {
    include!("../../proto/cri/runtime.v1.rs");
}

/// What the kubelet's and kubeadm's clients give a runtime for an answer.
pub const ANSWER_LIMIT: Duration = Duration::from_secs(2);

/// A pull takes as long as the network needs; this only ends one that hangs.
pub const PULL_LIMIT: Duration = Duration::from_mins(30);

/// A connection to a runtime that has shown to speak the CRI's version v1. Clones share the connection.
#[derive(Debug, Clone)]
pub struct CriClient {
    path: PathBuf,
    channel: Channel,
    /// For every call but pulls.
    limit: Duration,
}

impl CriClient {
    /// Connects to `unix:///path/to.sock` and asks the runtime for its version.
    ///
    /// # Errors
    /// Says what is wrong with the socket: missing, refused, silent, or not a CRI.
    pub async fn connect(endpoint: &str, limit: Duration) -> Result<(Self, VersionResponse), CriError> {
        let path = socket_path(endpoint)?;
        let uri = Endpoint::from_shared(format!("unix://{}", path.display()));
        let uri = uri.map_err(|_| CriError::BadEndpoint { endpoint: endpoint.to_owned() })?;
        let channel = match tokio::time::timeout(limit, uri.connect()).await {
            Err(_) => return Err(CriError::Timeout { path, call: "connect".into(), limit }),
            Ok(Err(error)) => return Err(unreachable(&path, &error)),
            Ok(Ok(channel)) => channel,
        };
        let client = Self { path, channel, limit };
        let version = client.version().await?;
        Ok((client, version))
    }

    async fn version(&self) -> Result<VersionResponse, CriError> {
        let request = VersionRequest::default();
        self.call("Version", self.limit, self.runtime().version(request)).await
    }

    /// The runtime's conditions, and its configuration as JSON texts by name.
    pub async fn status(&self) -> Result<StatusResponse, CriError> {
        self.call("Status", self.limit, self.runtime().status(StatusRequest { verbose: true })).await
    }

    /// `None` from runtimes older than this call.
    pub async fn runtime_config(&self) -> Result<Option<RuntimeConfigResponse>, CriError> {
        let mut runtime = self.runtime();
        let answer = runtime.runtime_config(RuntimeConfigRequest {});
        match self.call("RuntimeConfig", self.limit, answer).await {
            Ok(config) => Ok(Some(config)),
            // It answered Version, so it is a CRI: what it does not know is this call.
            Err(CriError::NotCri { .. }) => Ok(None),
            Err(error) => Err(error),
        }
    }

    /// The names of the images that the runtime keeps from garbage collection; its sandbox image is one of them.
    pub async fn pinned_images(&self) -> Result<Vec<String>, CriError> {
        let mut images = self.images();
        let answer = self.call("ListImages", self.limit, images.list_images(ListImagesRequest {})).await?;
        let pinned = answer.images.into_iter().filter(|image| image.pinned);
        Ok(pinned.flat_map(|image| image.repo_tags).collect())
    }

    /// Whether the runtime has `image`, under the name that the configuration gives it.
    pub async fn has_image(&self, image: &str) -> Result<bool, CriError> {
        Ok(self.image(image).await?.is_some())
    }

    /// The image that has this name now; none where the runtime has none.
    pub async fn image(&self, name: &str) -> Result<Option<Image>, CriError> {
        let request = ImageStatusRequest { image: Some(spec(name)), verbose: false };
        Ok(self.call("ImageStatus", self.limit, self.images().image_status(request)).await?.image)
    }

    /// Pulls `image` once.
    ///
    /// # Errors
    /// The registry's or the runtime's refusal, in the runtime's words.
    pub async fn pull(&self, image: &str) -> Result<(), CriError> {
        let request = PullImageRequest { image: Some(spec(image)) };
        let answer = self.call("PullImage", PULL_LIMIT, self.images().pull_image(request)).await?;
        if answer.image_ref.is_empty() {
            let why = format!("the answer for {image} names no image");
            return Err(CriError::Failed { path: self.path.clone(), call: "PullImage".into(), why });
        }
        Ok(())
    }

    /// The ids of all running containers, of whatever pods.
    pub async fn running_containers(&self) -> Result<Vec<String>, CriError> {
        let state = Some(ContainerStateValue { state: ContainerState::ContainerRunning.into() });
        Ok(self.containers(state, &[]).await?.into_iter().map(|container| container.id).collect())
    }

    /// All containers of kube-system, whatever has become of them.
    pub async fn all_system_containers(&self) -> Result<Vec<Container>, CriError> {
        self.containers(None, &[SYSTEM]).await
    }

    async fn containers(
        &self,
        state: Option<ContainerStateValue>,
        labels: &[(&str, &str)],
    ) -> Result<Vec<Container>, CriError> {
        let labels = labels.iter().map(|(label, value)| ((*label).to_owned(), (*value).to_owned()));
        let filter = ContainerFilter { state, label_selector: labels.collect() };
        let mut runtime = self.runtime();
        let answer = runtime.list_containers(ListContainersRequest { filter: Some(filter) });
        Ok(self.call("ListContainers", self.limit, answer).await?.containers)
    }

    /// How a container ended, and where its log is.
    pub async fn container_status(&self, id: &str) -> Result<ContainerStatus, CriError> {
        Ok(self.status_of(id, false).await?.status.unwrap_or_default())
    }

    /// The same with what the runtime tells beside it, as JSON texts by name: the process, for one.
    pub async fn container_details(&self, id: &str) -> Result<ContainerStatusResponse, CriError> {
        self.status_of(id, true).await
    }

    async fn status_of(&self, id: &str, verbose: bool) -> Result<ContainerStatusResponse, CriError> {
        let request = ContainerStatusRequest { container_id: id.to_owned(), verbose };
        self.call("ContainerStatus", self.limit, self.runtime().container_status(request)).await
    }

    /// Ends a container, by force once `grace` is over. Its pod's kubelet starts it again.
    pub async fn stop_container(&self, id: &str, grace: Duration) -> Result<(), CriError> {
        let timeout = grace.as_secs().try_into().unwrap_or(i64::MAX);
        let request = StopContainerRequest { container_id: id.to_owned(), timeout };
        let limit = self.limit + grace;
        self.call("StopContainer", limit, self.runtime().stop_container(request)).await?;
        kill_point::passed("container stopped", id);
        Ok(())
    }

    /// Every pod that the runtime knows: only Kubernetes makes any, so all are its.
    pub async fn pods(&self) -> Result<Vec<PodSandbox>, CriError> {
        let mut runtime = self.runtime();
        let answer = runtime.list_pod_sandbox(ListPodSandboxRequest {});
        let answer = self.call("ListPodSandbox", self.limit, answer).await?;
        Ok(answer.items.into_iter().map(pod).collect())
    }

    /// Ends all processes of a pod and gives its addresses back; a pod that is stopped is no error.
    pub async fn stop_pod(&self, id: &str) -> Result<(), CriError> {
        let request = StopPodSandboxRequest { pod_sandbox_id: id.to_owned() };
        self.call("StopPodSandbox", self.limit, self.runtime().stop_pod_sandbox(request)).await?;
        kill_point::passed("pod stopped", id);
        Ok(())
    }

    /// Removes a pod and its containers; a pod that is not there is no error.
    pub async fn remove_pod(&self, id: &str) -> Result<(), CriError> {
        let request = RemovePodSandboxRequest { pod_sandbox_id: id.to_owned() };
        self.call("RemovePodSandbox", self.limit, self.runtime().remove_pod_sandbox(request)).await?;
        kill_point::passed("pod removed", id);
        Ok(())
    }

    fn runtime(&self) -> RuntimeServiceClient<Channel> {
        RuntimeServiceClient::new(self.channel.clone())
    }

    fn images(&self) -> ImageServiceClient<Channel> {
        ImageServiceClient::new(self.channel.clone())
    }

    async fn call<T>(
        &self,
        call: &'static str,
        limit: Duration,
        answer: impl Future<Output = Result<Response<T>, Status>>,
    ) -> Result<T, CriError> {
        let begun = Instant::now();
        let answer = tokio::time::timeout(limit, answer).await;
        call_log::service(call, &self.path.display().to_string(), matches!(answer, Ok(Ok(_))), begun);
        match answer {
            Err(_) => Err(CriError::Timeout { path: self.path.clone(), call: call.into(), limit }),
            Ok(Err(status)) => Err(failed(&self.path, call, &status)),
            Ok(Ok(answer)) => Ok(answer.into_inner()),
        }
    }
}

/// The label of the containers of a cluster's own pods.
const SYSTEM: (&str, &str) = ("io.kubernetes.pod.namespace", "kube-system");

/// The kubelet notes on a pod where it has it from.
const SOURCE: &str = "kubernetes.io/config.source";

fn pod(sandbox: api::PodSandbox) -> PodSandbox {
    let metadata = sandbox.metadata.unwrap_or_default();
    PodSandbox {
        id: sandbox.id,
        namespace: metadata.namespace,
        name: metadata.name,
        is_static: sandbox.annotations.get(SOURCE).is_some_and(|source| source == "file"),
    }
}

fn spec(image: &str) -> ImageSpec {
    ImageSpec { image: image.to_owned(), ..ImageSpec::default() }
}

/// `unix:///run/x.sock` → `/run/x.sock`.
fn socket_path(endpoint: &str) -> Result<PathBuf, CriError> {
    let path = endpoint.strip_prefix("unix://").map(Path::new).filter(|path| path.is_absolute());
    path.map(Path::to_owned).ok_or_else(|| CriError::BadEndpoint { endpoint: endpoint.to_owned() })
}

fn unreachable(path: &Path, error: &tonic::transport::Error) -> CriError {
    let path = path.to_owned();
    match io_kind(error) {
        Some(io::ErrorKind::NotFound) => CriError::SocketMissing { path },
        Some(io::ErrorKind::ConnectionRefused) => CriError::Refused { path },
        Some(io::ErrorKind::PermissionDenied) => CriError::Denied { path },
        Some(_) | None => CriError::NotCri { path, why: innermost(error) },
    }
}

/// A status with a source was made on this side of the socket: the other side broke off or spoke something else.
fn failed(path: &Path, call: &'static str, status: &Status) -> CriError {
    let path = path.to_owned();
    match status.source() {
        Some(source) if call == "Version" => CriError::NotCri { path, why: innermost(source) },
        Some(source) => CriError::Failed { path, call: call.into(), why: innermost(source) },
        None if status.code() == Code::Unimplemented => {
            CriError::NotCri { path, why: status.message().to_owned() }
        }
        None => CriError::Failed { path, call: call.into(), why: status.message().to_owned() },
    }
}

fn chain<'a>(error: &'a (dyn Error + 'static)) -> impl Iterator<Item = &'a (dyn Error + 'static)> {
    let cause =
        |error: &&'a (dyn Error + 'static)| -> Option<&'a (dyn Error + 'static)> { (*error).source() };
    std::iter::successors(Some(error), cause)
}

fn io_kind(error: &(dyn Error + 'static)) -> Option<io::ErrorKind> {
    chain(error).find_map(|error| error.downcast_ref::<io::Error>()).map(io::Error::kind)
}

/// The last of the causes, which names what happened; those around it only say that something did.
fn innermost(error: &(dyn Error + 'static)) -> String {
    chain(error).last().map_or_else(String::new, ToString::to_string)
}

#[cfg(test)]
mod tests {
    use super::super::fake_cri::{FakeCri, UNIMPLEMENTED, UNKNOWN, containerd};
    use super::*;
    use tokio::io::AsyncWriteExt;

    /// For what answers at once; generous, since test machines are busy.
    const LONG: Duration = Duration::from_mins(1);
    const SHORT: Duration = Duration::from_millis(100);

    async fn refusal(endpoint: &str, limit: Duration) -> CriError {
        CriClient::connect(endpoint, limit).await.err().unwrap()
    }

    #[tokio::test]
    async fn a_runtime_tells_its_name_and_what_it_has() {
        let fake = FakeCri::serve(containerd);
        let (client, version) = CriClient::connect(&fake.endpoint(), LONG).await.unwrap();
        assert_eq!(
            (version.runtime_name.as_str(), version.runtime_version.as_str()),
            ("containerd", "v2.2.1")
        );
        assert!(client.status().await.unwrap().info.contains_key("config"));
        assert!(client.runtime_config().await.unwrap().unwrap().linux.is_some());
        assert_eq!(client.pinned_images().await.unwrap(), ["registry.k8s.io/pause:3.10.2"]);
        assert!(client.has_image("a/b:1").await.unwrap());
        assert_eq!(client.pull("a/b:1").await, Ok(()));
    }

    #[tokio::test]
    async fn only_absolute_unix_sockets_are_endpoints() {
        for endpoint in ["/run/x.sock", "tcp://127.0.0.1:1", "unix://run/x.sock", "npipe:////./pipe/x", ""] {
            let error = refusal(endpoint, LONG).await;
            assert_eq!(error, CriError::BadEndpoint { endpoint: endpoint.to_owned() });
        }
    }

    #[tokio::test]
    async fn a_missing_socket_and_one_that_nobody_listens_on_are_told_apart() {
        let (fake, listener) = FakeCri::listen();
        drop(listener);
        assert_eq!(refusal(&fake.endpoint(), LONG).await, CriError::Refused { path: fake.path.clone() });
        let missing = fake.path.with_extension("gone");
        let endpoint = format!("unix://{}", missing.display());
        assert_eq!(refusal(&endpoint, LONG).await, CriError::SocketMissing { path: missing });
    }

    #[tokio::test]
    async fn a_silent_socket_is_a_timeout() {
        let (fake, _listener) = FakeCri::listen();
        let error = refusal(&fake.endpoint(), SHORT).await;
        assert!(matches!(error, CriError::Timeout { limit: SHORT, .. }), "{error:?}");
    }

    #[tokio::test]
    async fn what_speaks_something_else_is_not_a_cri() {
        let (fake, listener) = FakeCri::listen();
        let other = async {
            let (mut stream, _) = listener.accept().await.unwrap();
            stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").await.unwrap();
            stream
        };
        let endpoint = fake.endpoint();
        let (_stream, error) = futures::future::join(other, refusal(&endpoint, LONG)).await;
        assert!(matches!(error, CriError::NotCri { .. }), "{error:?}");
    }

    #[tokio::test]
    async fn a_server_without_the_cri_is_not_a_cri() {
        let fake = FakeCri::serve(|_| Err((UNIMPLEMENTED, "unknown service runtime.v1.RuntimeService")));
        let error = refusal(&fake.endpoint(), LONG).await;
        let CriError::NotCri { why, .. } = &error else { panic!("{error:?}") };
        assert_eq!(why, "unknown service runtime.v1.RuntimeService");
    }

    #[tokio::test]
    async fn an_older_runtime_has_no_runtime_config() {
        let fake = FakeCri::serve(|call| match call {
            "RuntimeConfig" => Err((UNIMPLEMENTED, "unknown method RuntimeConfig")),
            other => containerd(other),
        });
        let (client, _) = CriClient::connect(&fake.endpoint(), LONG).await.unwrap();
        assert_eq!(client.runtime_config().await, Ok(None));
    }

    #[tokio::test]
    async fn a_refused_pull_carries_the_runtime_s_words() {
        let fake = FakeCri::serve(|call| match call {
            "PullImage" => Err((UNKNOWN, "no such host")),
            other => containerd(other),
        });
        let (client, _) = CriClient::connect(&fake.endpoint(), LONG).await.unwrap();
        let why = "no such host".to_owned();
        assert_eq!(
            client.pull("a/b:1").await,
            Err(CriError::Failed { path: fake.path, call: "PullImage".into(), why })
        );
    }
}
