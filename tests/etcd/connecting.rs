//! Which endpoints serve, and what is said of those that do not.

use std::net::TcpListener;
use std::time::{Duration, Instant};

use kubewright::config::KeyAlgorithm;
use kubewright::facts::{DataDir, Member};
use kubewright::host::etcd::{EtcdClient, EtcdError, EtcdTls, Refusal, add_self};

use crate::cluster::{Cluster, LIMIT, PATIENCE};

async fn refusal(endpoints: &[String], tls: &EtcdTls) -> EtcdError {
    EtcdClient::connect(endpoints, tls, LIMIT).await.err().unwrap()
}

/// Tries again what heals, as the callers do.
async fn lasting_refusal(endpoints: &[String], tls: &EtcdTls) -> EtcdError {
    loop {
        let error = refusal(endpoints, tls).await;
        if !error.heals() {
            return error;
        }
    }
}

/// One that nobody listens on, and one whose listener never says a word.
fn dead_and_silent() -> (TcpListener, [String; 2]) {
    let silent = TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}", silent.local_addr().unwrap());
    (silent, ["https://127.0.0.1:1".to_owned(), url])
}

#[tokio::test]
async fn a_dead_and_a_silent_endpoint_cost_nothing_where_another_serves() {
    for algorithm in [KeyAlgorithm::Rsa2048, KeyAlgorithm::EcdsaP256] {
        let (cluster, _node, client) = Cluster::with_one_member(algorithm).await;
        drop(client);
        let (_silent, [dead, silent]) = dead_and_silent();
        let endpoints = [dead, silent, cluster.client_url(1)];
        let begun = Instant::now();
        let mut client =
            EtcdClient::connect(&endpoints, &cluster.certificates.client(), LIMIT).await.unwrap();
        assert_eq!(client.members().await.unwrap().len(), 1);
        assert!(begun.elapsed() < LIMIT, "{:?}", begun.elapsed());
        let status = client.status(&cluster.client_url(1)).await.unwrap();
        assert_eq!(status.leader, Some(client.members().await.unwrap()[0].id));
        assert!(status.version.starts_with("3.") && !status.is_learner && status.data_size > 0, "{status:?}");
    }
}

#[tokio::test]
async fn who_does_not_answer_is_said_within_the_limit() {
    let cluster = Cluster::new(KeyAlgorithm::EcdsaP256);
    let (_silent, [dead, silent]) = dead_and_silent();
    let tls = cluster.certificates.client();
    let error = refusal(&[dead], &tls).await;
    assert!(matches!(error, EtcdError::Unreachable { .. }) && error.heals(), "{error}");
    let limit = Duration::from_millis(200);
    let error = EtcdClient::connect(&[silent], &tls, limit).await.err().unwrap();
    assert!(matches!(error, EtcdError::Timeout { .. }) && error.heals(), "{error}");
    assert!(matches!(refusal(&[], &tls).await, EtcdError::NoEndpoint));
    for endpoint in ["", "node-1", "/var/run/etcd.sock"] {
        let error = refusal(&[endpoint.to_owned()], &tls).await;
        assert!(matches!(error, EtcdError::BadEndpoint { .. }), "{endpoint:?}: {error}");
    }
}

#[tokio::test]
async fn a_foreign_ca_and_a_missing_or_foreign_client_certificate_are_told_apart_at_once() {
    let (cluster, _node, _client) = Cluster::with_one_member(KeyAlgorithm::Rsa2048).await;
    let other = Cluster::new(KeyAlgorithm::EcdsaP256);
    let (own, foreign) = (cluster.certificates.client(), other.certificates.client());
    let endpoints = ["https://127.0.0.1:1".to_owned(), cluster.client_url(1)];
    let begun = Instant::now();
    let error = refusal(&endpoints, &foreign).await;
    assert!(matches!(error, EtcdError::TlsRefused { .. }) && !error.heals(), "{error:?}");
    for identity in [None, foreign.identity.clone()] {
        let error = lasting_refusal(&endpoints, &EtcdTls { identity, ca: own.ca.clone() }).await;
        assert!(matches!(error, EtcdError::Unauthenticated { .. }), "{error:?}");
    }
    assert!(begun.elapsed() < LIMIT, "{:?}", begun.elapsed());
}

#[tokio::test]
async fn credentials_that_cannot_be_read_are_named_before_a_call() {
    let cluster = Cluster::new(KeyAlgorithm::EcdsaP256);
    let tls = cluster.certificates.client();
    let endpoints = ["https://127.0.0.1:1".to_owned()];
    let error = refusal(&endpoints, &EtcdTls { ca: b"no PEM".to_vec(), ..tls.clone() }).await;
    assert!(matches!(error, EtcdError::Certificate { of: "CA", .. }), "{error:?}");
    let mut identity = cluster.certificates.identity();
    identity.key = b"no PEM".to_vec().into();
    let error = refusal(&endpoints, &EtcdTls { identity: Some(identity), ..tls }).await;
    assert!(matches!(error, EtcdError::Key(_)), "{error:?}");
}

#[tokio::test]
async fn a_learner_alone_is_no_way_in_and_the_others_are_found_behind_any_member() {
    let (cluster, _first, mut client) = Cluster::with_one_member(KeyAlgorithm::EcdsaP256).await;
    let joined = add_self(&mut client, &cluster.wanted(2), DataDir::Empty, PATIENCE).await.unwrap();
    let _second = cluster.start(2, &joined.members);
    let began = Instant::now();
    while !client.members().await.unwrap().iter().all(Member::started) {
        assert!(began.elapsed() < PATIENCE, "{}", cluster.logs());
        tokio::time::sleep(Duration::from_millis(50)).await;
    }
    let error = refusal(&[cluster.client_url(2)], &cluster.certificates.client()).await;
    assert_eq!(error.refusal(), Some(Refusal::NotForLearners), "{error}");
    assert!(client.status(&cluster.client_url(2)).await.unwrap().is_learner);
}
