//! An API server for tests: answers over TLS on loopback, with a certificate made to measure.

use std::convert::Infallible;
use std::net::{IpAddr, Ipv4Addr};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};

use http::{Request, Response};
use http_body_util::Full;
use hyper::body::{Bytes, Incoming};
use hyper::service::service_fn;
use hyper_util::rt::TokioIo;
use rcgen::{
    BasicConstraints, CertificateParams, DistinguishedName, DnType, IsCa, Issuer, KeyPair, KeyUsagePurpose,
    SanType,
};
use rustls::ServerConfig;
use rustls::server::WebPkiClientVerifier;
use rustls_pki_types::{CertificateDer, PrivateKeyDer};
use time::{Duration, OffsetDateTime};
use tokio::net::TcpListener;
use tokio_rustls::TlsAcceptor;

use crate::config::HostPort;

/// A CA named as all of kubeadm's are.
pub struct Authority {
    issuer: Issuer<'static, KeyPair>,
    pub pem: String,
    der: CertificateDer<'static>,
}

/// From when to when a certificate holds, from now on.
#[derive(Clone, Copy)]
pub struct Life {
    pub from: Duration,
    pub until: Duration,
}

pub const SOUND: Life = Life { from: Duration::hours(-1), until: Duration::hours(1) };

impl Authority {
    pub fn new() -> Self {
        let key = KeyPair::generate().unwrap();
        let mut params = params(SOUND, "kubernetes");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign];
        let cert = params.self_signed(&key).unwrap();
        Self { pem: cert.pem(), der: cert.der().clone(), issuer: Issuer::new(params, key) }
    }

    /// The server's side of TLS, for `name`: an address, or else a host's name.
    pub fn server(&self, name: &str, life: Life) -> Tls {
        let key = KeyPair::generate().unwrap();
        let mut params = params(life, "kube-apiserver");
        params.subject_alt_names = vec![match name.parse::<IpAddr>() {
            Ok(address) => SanType::IpAddress(address),
            Err(_) => SanType::DnsName(name.try_into().unwrap()),
        }];
        let cert = params.signed_by(&key, &self.issuer).unwrap();
        let key = PrivateKeyDer::try_from(key.serialize_der()).unwrap();
        Tls { chain: vec![cert.der().clone()], key, clients: None }
    }
}

fn params(life: Life, name: &str) -> CertificateParams {
    let mut params = CertificateParams::default();
    params.distinguished_name = DistinguishedName::new();
    params.distinguished_name.push(DnType::CommonName, name);
    let now = OffsetDateTime::now_utc();
    params.not_before = now + life.from;
    params.not_after = now + life.until;
    params
}

pub struct Tls {
    chain: Vec<CertificateDer<'static>>,
    key: PrivateKeyDer<'static>,
    clients: Option<CertificateDer<'static>>,
}

impl Tls {
    /// Lets nobody in without a certificate of `authority`, as etcd does.
    pub fn for_clients_of(self, authority: &Authority) -> Self {
        Self { clients: Some(authority.der.clone()), ..self }
    }

    fn acceptor(self) -> TlsAcceptor {
        let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
        let config = ServerConfig::builder_with_provider(Arc::clone(&provider));
        let config = config.with_safe_default_protocol_versions().unwrap();
        let config = match self.clients {
            None => config.with_no_client_auth(),
            Some(der) => {
                let mut roots = rustls::RootCertStore::empty();
                roots.add(der).unwrap();
                let verifier = WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider);
                config.with_client_cert_verifier(verifier.build().unwrap())
            }
        };
        TlsAcceptor::from(Arc::new(config.with_single_cert(self.chain, self.key).unwrap()))
    }
}

/// What the server is asked: the path, and whom it is told it is.
pub struct Question {
    pub path: String,
    pub token: Option<String>,
    /// From 1, over all connections.
    pub number: usize,
}

/// Code, body, and headers besides.
pub struct Reply(pub u16, pub String, pub Vec<(&'static str, String)>);

pub struct FakeApi {
    pub endpoint: HostPort,
    connections: Arc<AtomicUsize>,
    tokens: Arc<Mutex<Vec<String>>>,
}

impl FakeApi {
    /// Serves until the test's event loop ends.
    pub async fn serve(tls: Tls, answer: impl Fn(Question) -> Reply + Clone + Send + Sync + 'static) -> Self {
        let listener = listen().await;
        Self::serve_on(listener, tls, answer)
    }

    pub fn serve_on(
        listener: TcpListener,
        tls: Tls,
        answer: impl Fn(Question) -> Reply + Clone + Send + Sync + 'static,
    ) -> Self {
        let acceptor = tls.acceptor();
        let fake =
            Self { endpoint: endpoint(&listener), connections: Arc::default(), tokens: Arc::default() };
        let (connections, tokens) = (Arc::clone(&fake.connections), Arc::clone(&fake.tokens));
        let questions = Arc::new(AtomicUsize::new(0));
        tokio::task::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                connections.fetch_add(1, Ordering::SeqCst);
                let (acceptor, answer) = (acceptor.clone(), answer.clone());
                let (tokens, questions) = (Arc::clone(&tokens), Arc::clone(&questions));
                tokio::task::spawn(async move {
                    let Ok(stream) = acceptor.accept(stream).await else { return };
                    let service = service_fn(move |request: Request<Incoming>| {
                        let question = question(&request, &questions);
                        tokens.lock().unwrap().extend(question.token.clone());
                        let reply = response(answer(question));
                        async move { Ok::<_, Infallible>(reply) }
                    });
                    let http = hyper::server::conn::http1::Builder::new();
                    drop(http.serve_connection(TokioIo::new(stream), service).await);
                });
            }
        });
        fake
    }

    pub fn connections(&self) -> usize {
        self.connections.load(Ordering::SeqCst)
    }

    /// The bearer tokens that were shown to it.
    pub fn tokens(&self) -> Vec<String> {
        self.tokens.lock().unwrap().clone()
    }
}

fn question(request: &Request<Incoming>, questions: &AtomicUsize) -> Question {
    let bearer = request.headers().get("authorization").map(|value| value.to_str().unwrap().to_owned());
    Question {
        path: request.uri().to_string(),
        token: bearer.and_then(|value| value.strip_prefix("Bearer ").map(str::to_owned)),
        number: questions.fetch_add(1, Ordering::SeqCst) + 1,
    }
}

fn response(Reply(code, body, headers): Reply) -> Response<Full<Bytes>> {
    let mut response = Response::builder().status(code);
    for (name, value) in headers {
        response = response.header(name, value);
    }
    response.body(Full::new(Bytes::from(body))).unwrap()
}

pub async fn listen() -> TcpListener {
    TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).await.unwrap()
}

pub fn endpoint(listener: &TcpListener) -> HostPort {
    HostPort { host: "127.0.0.1".to_owned(), port: listener.local_addr().unwrap().port() }
}
