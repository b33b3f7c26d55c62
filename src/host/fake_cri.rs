//! A container runtime for tests: answers on a unix socket, each call with fixed bytes or a refusal.

use std::path::PathBuf;

use http::{HeaderMap, HeaderValue, Response};
use prost::Message;
use prost::bytes::{BufMut, Bytes, BytesMut};
use tokio::net::{UnixListener, UnixStream};

use super::cri::api;

/// What a call gets: a message, or a gRPC status by its number and text.
pub type Answer = Result<Vec<u8>, (u16, &'static str)>;

pub const UNKNOWN: u16 = 2;
pub const UNIMPLEMENTED: u16 = 12;

/// A socket on which every call is answered by `answer`, from the call's name such as `Version`.
pub struct FakeCri {
    _folder: tempfile::TempDir,
    pub path: PathBuf,
}

impl FakeCri {
    /// Serves until the test's event loop ends.
    pub fn serve(answer: impl Fn(&str) -> Answer + Clone + Send + Sync + 'static) -> Self {
        let (fake, listener) = Self::listen();
        tokio::task::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                tokio::task::spawn(talk(stream, answer.clone()));
            }
        });
        fake
    }

    /// A socket and who listens there, to do with as the test likes.
    pub fn listen() -> (Self, UnixListener) {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("cri.sock");
        let listener = UnixListener::bind(&path).unwrap();
        (Self { _folder: folder, path }, listener)
    }

    pub fn endpoint(&self) -> String {
        format!("unix://{}", self.path.display())
    }
}

async fn talk(stream: UnixStream, answer: impl Fn(&str) -> Answer + Send) {
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let call = request.uri().path().rsplit('/').next().unwrap().to_owned();
        match answer(&call) {
            Ok(message) => {
                let mut body = respond.send_response(head(None), false).unwrap();
                body.send_data(frame(&message), false).unwrap();
                body.send_trailers(status(0, "")).unwrap();
            }
            Err((code, text)) => drop(respond.send_response(head(Some((code, text))), true)),
        }
    }
}

fn head(refusal: Option<(u16, &str)>) -> Response<()> {
    let mut response = Response::builder().header("content-type", "application/grpc").body(()).unwrap();
    response.headers_mut().extend(refusal.map(|(code, text)| status(code, text)).unwrap_or_default());
    response
}

fn status(code: u16, text: &str) -> HeaderMap {
    let mut trailers = HeaderMap::new();
    trailers.insert("grpc-status", HeaderValue::from(code));
    trailers.insert("grpc-message", HeaderValue::from_str(text).unwrap());
    trailers
}

/// gRPC's framing: not compressed, length, message.
fn frame(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap());
    frame.put_slice(message);
    frame.freeze()
}

/// A containerd that is in order and has one image.
pub fn containerd(call: &str) -> Answer {
    let image =
        |name: &str, pinned| api::Image { repo_tags: vec![name.to_owned()], pinned, ..Default::default() };
    let config = r#"{"containerd":{"defaultRuntimeName":"runc"}}"#;
    Ok(match call {
        "Version" => api::VersionResponse {
            version: "0.1.0".to_owned(),
            runtime_name: "containerd".to_owned(),
            runtime_version: "v2.2.1".to_owned(),
            runtime_api_version: "v1".to_owned(),
        }
        .encode_to_vec(),
        "Status" => api::StatusResponse {
            status: Some(api::RuntimeStatus::default()),
            info: [("config".to_owned(), config.to_owned())].into(),
        }
        .encode_to_vec(),
        "RuntimeConfig" => {
            let linux = api::LinuxRuntimeConfiguration { cgroup_driver: api::CgroupDriver::Cgroupfs.into() };
            api::RuntimeConfigResponse { linux: Some(linux) }.encode_to_vec()
        }
        "ListImages" => {
            let images = vec![image("a/b:1", false), image("registry.k8s.io/pause:3.10.2", true)];
            api::ListImagesResponse { images }.encode_to_vec()
        }
        "ImageStatus" => {
            api::ImageStatusResponse { image: Some(image("a/b:1", false)), ..Default::default() }
                .encode_to_vec()
        }
        "PullImage" => api::PullImageResponse { image_ref: "sha256:abc".to_owned() }.encode_to_vec(),
        _ => return Err((UNIMPLEMENTED, "unknown method")),
    })
}
