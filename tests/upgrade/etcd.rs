//! An etcd of canned answers: gRPC over TLS on loopback, and the files of a client.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::Arc;
use std::thread;

use http::{HeaderMap, HeaderValue, Response};
use prost::Message;
use prost::bytes::{BufMut, Bytes, BytesMut};
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair, SanType};
use rustls::ServerConfig;
use rustls_pki_types::PrivateKeyDer;
use tokio::net::{TcpListener, TcpStream};
use tokio_rustls::TlsAcceptor;

/// Of etcdserverpb, as are the others.
#[derive(Clone, PartialEq, prost::Message)]
struct Member {
    #[prost(uint64, tag = "1")]
    id: u64,
    #[prost(string, tag = "2")]
    name: String,
    #[prost(string, repeated, tag = "3")]
    peer_urls: Vec<String>,
    #[prost(string, repeated, tag = "4")]
    client_urls: Vec<String>,
    #[prost(bool, tag = "5")]
    is_learner: bool,
}

#[derive(Clone, PartialEq, prost::Message)]
struct MemberListResponse {
    #[prost(message, repeated, tag = "2")]
    members: Vec<Member>,
}

#[derive(Clone, PartialEq, prost::Message)]
struct StatusResponse {
    #[prost(string, tag = "2")]
    version: String,
    #[prost(int64, tag = "3")]
    db_size: i64,
    #[prost(uint64, tag = "4")]
    leader: u64,
    #[prost(string, repeated, tag = "8")]
    errors: Vec<String>,
}

/// What its one member says of itself, and how many others its list has that do not answer.
#[derive(Debug, Clone, Default)]
pub struct Etcd {
    pub version: &'static str,
    pub errors: Vec<String>,
    pub silent: usize,
    pub has_learner: bool,
}

impl Etcd {
    /// Serves until the test ends, and lays the client's files into `pki`: the URL.
    pub fn serve(self, pki: &Path) -> String {
        let acceptor = certificates(pki);
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        listener.set_nonblocking(true).unwrap();
        let address = listener.local_addr().unwrap();
        thread::spawn(move || {
            let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
            runtime.block_on(async move {
                let listener = TcpListener::from_std(listener).unwrap();
                while let Ok((stream, _)) = listener.accept().await {
                    tokio::task::spawn(talk(stream, acceptor.clone(), self.clone(), address));
                }
            });
        });
        format!("https://{address}")
    }

    fn answer(&self, call: &str, address: SocketAddr) -> Vec<u8> {
        if call == "Status" {
            let (version, errors) = (self.version.to_owned(), self.errors.clone());
            return StatusResponse { version, db_size: 2 << 20, leader: 1, errors }.encode_to_vec();
        }
        let member = |id: u64, url: String| Member {
            id,
            name: format!("cp{id}"),
            peer_urls: vec![format!("https://192.0.2.{id}:2380")],
            client_urls: vec![url],
            is_learner: false,
        };
        let own = member(1, format!("https://{address}"));
        let silent = (0..self.silent).zip(2..).map(|(_, id)| member(id, "https://127.0.0.1:1".to_owned()));
        let learner =
            self.has_learner.then(|| Member { is_learner: true, ..member(9, format!("https://{address}")) });
        MemberListResponse { members: std::iter::once(own).chain(silent).chain(learner).collect() }
            .encode_to_vec()
    }
}

/// etcd's CA and a client of it below `pki`, and the server's side of TLS.
fn certificates(pki: &Path) -> TlsAcceptor {
    let ca_key = KeyPair::generate().unwrap();
    let mut params = CertificateParams::default();
    params.distinguished_name.push(DnType::CommonName, "etcd-ca");
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    let ca = params.self_signed(&ca_key).unwrap().pem();
    let issuer = Issuer::new(params, ca_key);
    let leaf = || {
        let key = KeyPair::generate().unwrap();
        let mut params = CertificateParams::default();
        params.subject_alt_names = vec![SanType::IpAddress([127, 0, 0, 1].into())];
        (params.signed_by(&key, &issuer).unwrap(), key)
    };
    let folder = pki.join("etcd");
    std::fs::create_dir_all(&folder).unwrap();
    let (client, client_key) = leaf();
    for (name, text) in [
        ("ca.crt", ca),
        ("healthcheck-client.crt", client.pem()),
        ("healthcheck-client.key", client_key.serialize_pem()),
    ] {
        std::fs::write(folder.join(name), text).unwrap();
    }
    let (server, key) = leaf();
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
    let mut config = config.with_no_client_auth().with_single_cert(vec![server.der().clone()], key).unwrap();
    config.alpn_protocols = vec![b"h2".to_vec()];
    TlsAcceptor::from(Arc::new(config))
}

async fn talk(stream: TcpStream, acceptor: TlsAcceptor, etcd: Etcd, address: SocketAddr) {
    let Ok(stream) = acceptor.accept(stream).await else { return };
    let Ok(mut connection) = h2::server::handshake(stream).await else { return };
    while let Some(Ok((request, mut respond))) = connection.accept().await {
        let call = request.uri().path().rsplit('/').next().unwrap().to_owned();
        let head = Response::builder().header("content-type", "application/grpc").body(()).unwrap();
        let mut body = respond.send_response(head, false).unwrap();
        body.send_data(frame(&etcd.answer(&call, address)), false).unwrap();
        let mut trailers = HeaderMap::new();
        trailers.insert("grpc-status", HeaderValue::from(0u16));
        body.send_trailers(trailers).unwrap();
    }
}

/// gRPC's framing: not compressed, length, message.
fn frame(message: &[u8]) -> Bytes {
    let mut frame = BytesMut::new();
    frame.put_u8(0);
    frame.put_u32(u32::try_from(message.len()).unwrap());
    frame.put_slice(message);
    frame.freeze()
}
