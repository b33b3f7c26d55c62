//! The versions of etcd servers outside of the cluster, asked over HTTP.

use std::collections::BTreeMap;
use std::path::PathBuf;
use std::time::Duration;

use futures::future::join_all;

use crate::facts::{EtcdQuestion, Seen, Unseen};
use crate::host::EventLoop;
use crate::host::api::Server;
use crate::host::client_config::{ClientConfig, EtcdFiles};
use crate::host::node::Node;

/// How long an answer may take, and how often it is asked for.
#[derive(Clone, Copy)]
struct Patience {
    limit: Duration,
    tries: u32,
}

/// kubeadm's.
const PATIENT: Patience = Patience { limit: Duration::from_secs(10), tries: 4 };
const BETWEEN_TRIES: Duration = Duration::from_secs(1);
/// Of somebody who only looks.
const BRIEF: Patience = Patience { limit: Duration::from_secs(1), tries: 1 };

/// What each endpoint tells at `/version`, all asked side by side.
pub fn observe(node: &Node, question: Option<&EtcdQuestion>) -> BTreeMap<String, Seen<String>> {
    question.map(|question| all(node, question, PATIENT)).unwrap_or_default()
}

/// The same, each asked once and not waited for.
pub fn observe_once(node: &Node, question: &EtcdQuestion) -> BTreeMap<String, Seen<String>> {
    all(node, question, BRIEF)
}

fn all(node: &Node, question: &EtcdQuestion, patience: Patience) -> BTreeMap<String, Seen<String>> {
    let all_unseen = |why: &dyn std::fmt::Display| {
        let unseen = |endpoint: &String| (endpoint.clone(), Err(Unseen::new(what(endpoint), why)));
        question.endpoints.iter().map(unseen).collect()
    };
    match EventLoop::new() {
        Err(error) => all_unseen(&error),
        Ok(event_loop) => event_loop.block_on(async {
            let asked = question.endpoints.iter().map(|endpoint| version(node, question, endpoint, patience));
            question.endpoints.iter().cloned().zip(join_all(asked).await).collect()
        }),
    }
}

fn what(endpoint: &str) -> String {
    format!("the version of the external etcd {endpoint}")
}

async fn version(node: &Node, question: &EtcdQuestion, endpoint: &str, patience: Patience) -> Seen<String> {
    let Patience { limit, tries } = patience;
    let client = client(node, question, endpoint).map_err(|why| Unseen::new(what(endpoint), why))?;
    let mut answer = ask(&client, limit).await;
    for _ in 1..tries {
        if answer.is_ok() {
            break;
        }
        tokio::time::sleep(BETWEEN_TRIES).await;
        answer = ask(&client, limit).await;
    }
    let text = answer.map_err(|why| Unseen::new(what(endpoint), why))?;
    parse_version(&text).ok_or_else(|| Unseen::new(what(endpoint), "the answer is not an etcd's"))
}

fn client(node: &Node, question: &EtcdQuestion, endpoint: &str) -> Result<Server, String> {
    let below = |path: &Option<PathBuf>| path.as_deref().map(|path| node.path(path));
    let files = EtcdFiles {
        authority: below(&question.ca_file),
        certificate: below(&question.cert_file),
        key: below(&question.key_file),
    };
    let made = ClientConfig::of_etcd(endpoint, &files).map_err(|error| innermost(&error))?;
    Server::by(made).map_err(|error| innermost(&error))
}

async fn ask(server: &Server, limit: Duration) -> Result<String, String> {
    match tokio::time::timeout(limit, server.get_text("/version")).await {
        Err(_) => Err(format!("no answer within {} s", limit.as_secs())),
        Ok(answer) => answer.map_err(|error| innermost(&error)),
    }
}

/// `{"etcdserver":"3.6.8","etcdcluster":"3.6.0"}` → `3.6.8`.
fn parse_version(text: &str) -> Option<String> {
    let answer: serde_json::Value = serde_json::from_str(text).ok()?;
    answer.get("etcdserver")?.as_str().map(str::to_owned)
}

fn innermost(error: &(dyn std::error::Error + 'static)) -> String {
    let mut last = error;
    while let Some(source) = last.source() {
        last = source;
    }
    last.to_string()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_server_s_version_is_read_from_its_answer() {
        let text = r#"{"etcdserver":"3.6.8","etcdcluster":"3.6.0","storage":"3.6.0"}"#;
        assert_eq!(parse_version(text).as_deref(), Some("3.6.8"));
        assert_eq!(parse_version("<html>"), None);
        assert_eq!(parse_version("{}"), None);
    }
}
