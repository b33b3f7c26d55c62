//! Discovery against servers on loopback that play each of the causes.

mod file;
mod reach;
mod token;
mod url;

use std::error::Error;
use std::time::{Duration, Instant};

use serde_json::{Value, json};

use super::{Limits, discover_within};
use crate::config::{Discovery, DiscoverySource, HostPort, TokenDiscovery, TokenString};
use crate::host::fake_api::{Authority, Question, Reply};
use crate::host::node::Node;
use crate::host::patience::{SearchWatcher, Waiting};
use crate::join::discovery::{CLUSTER_INFO, Discovered, DiscoveryError, KUBEADM_CONFIG, TransientLimits};
use crate::manifests::objects::jws;
use crate::pki;

const TOKEN: &str = "abcdef.0123456789abcdef";
const OTHER_SECRET: &str = "abcdef.fedcba9876543210";
const OTHER_ID: &str = "fedcba.fedcba9876543210";

/// What is known at once takes under half a second; whatever is waited for takes 5 s and more. A busy machine lies
/// between.
const AT_ONCE: Duration = Duration::from_secs(2);

fn token(text: &str) -> TokenString {
    text.parse().unwrap()
}

struct Unwatched;

impl SearchWatcher for Unwatched {
    fn waits(&self, _: &Waiting) {}
    fn ended(&self) {}
}

/// Limits that a test can wait out.
fn limits() -> Limits {
    let short = Duration::from_millis(300);
    let transient = TransientLimits {
        network: short,
        proxy: short,
        rights: short,
        signature: short,
        unasked: short,
        ..TransientLimits::default()
    };
    Limits {
        transient,
        deadline: Instant::now() + Duration::from_mins(5),
        notice: |_| (),
        watcher: &Unwatched,
    }
}

fn by_token(endpoint: &HostPort, pinned: &[&Authority]) -> Discovery {
    let pins =
        pinned.iter().flat_map(|authority| hashes(authority)).map(|hash| crate::config::CaPin::known(&hash));
    let source = DiscoverySource::Token(TokenDiscovery {
        token: token(TOKEN),
        endpoint: endpoint.clone(),
        pins: pins.collect(),
    });
    Discovery { source, tls_bootstrap_token: None }
}

fn hashes(authority: &Authority) -> Vec<String> {
    pki::ca_cert_hashes(authority.pem.as_bytes()).unwrap()
}

/// The error, and that it holds no secret and came while nothing was waited for.
async fn refused_at_once(asked: &Discovery) -> String {
    let begun = Instant::now();
    let said = refused(asked, Limits { transient: TransientLimits::default(), ..limits() }).await;
    assert!(begun.elapsed() < AT_ONCE, "{:?} for {said}", begun.elapsed());
    said
}

async fn refused(asked: &Discovery, limits: Limits) -> String {
    let error = discover_within(&Node::this(), asked, limits).await.unwrap_err();
    let all = format!("{error:?} {} {}", error.hint().unwrap_or_default(), chain(&error));
    for secret in ["0123456789abcdef", "fedcba9876543210", "hunter2", "LS0tLS"] {
        assert!(!all.contains(secret), "{all}");
    }
    error.to_string()
}

fn chain(error: &DiscoveryError) -> String {
    let causes = std::iter::successors(error.source(), |&error| error.source());
    causes.map(ToString::to_string).collect::<Vec<_>>().join(": ")
}

async fn found(asked: &Discovery) -> Discovered {
    // As long as it takes: on a busy machine a server that starts meanwhile is late.
    discover_within(&Node::this(), asked, Limits { transient: TransientLimits::default(), ..limits() })
        .await
        .unwrap()
}

fn kubeconfig(server: &str, authorities: &[&Authority]) -> String {
    use base64::Engine as _;
    let pem: String = authorities.iter().map(|authority| authority.pem.as_str()).collect();
    let data = base64::engine::general_purpose::STANDARD.encode(pem);
    format!(
        "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: {data}\n    server: {server}\n  name: \"\"\n\
         contexts: null\ncurrent-context: \"\"\nkind: Config\nusers: null\n"
    )
}

fn cluster_info(kubeconfig: &str, signed_with: &[&str]) -> Value {
    let mut data = json!({ "kubeconfig": kubeconfig });
    for text in signed_with {
        let token = token(text);
        data[format!("jws-kubeconfig-{}", token.id)] = json!(jws::sign(kubeconfig, &token));
    }
    json!({ "kind": "ConfigMap", "apiVersion": "v1", "data": data })
}

/// As an API server words it.
fn status(code: u16) -> Reply {
    Reply(
        code,
        json!({ "kind": "Status", "apiVersion": "v1", "status": "Failure", "code": code }).to_string(),
        vec![],
    )
}

fn object(object: &Value) -> Reply {
    Reply(200, object.to_string(), vec![])
}

/// Gives `info` to everybody, and says `401` or what else of tokens.
fn api(info: Value, of_tokens: u16) -> impl Fn(Question) -> Reply + Clone {
    move |question| match question.path.as_str() {
        CLUSTER_INFO => object(&info),
        KUBEADM_CONFIG if question.token.as_deref() == Some(TOKEN) => status(of_tokens),
        KUBEADM_CONFIG => status(403),
        _ => status(404),
    }
}
