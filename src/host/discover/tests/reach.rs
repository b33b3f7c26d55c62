//! Servers that cannot be reached, are not ready, or are something else.

use std::sync::Mutex;

use tokio::io::AsyncWriteExt;
use tokio::net::TcpListener;

use super::*;
use crate::host::fake_api::{FakeApi, SOUND, endpoint, listen};

async fn says(reply: impl Fn() -> Reply + Clone + Send + Sync + 'static) -> FakeApi {
    FakeApi::serve(Authority::new().server("127.0.0.1", SOUND), move |_| reply()).await
}

/// Sends `greeting` to whoever comes, and ends.
async fn greets(greeting: &'static [u8]) -> HostPort {
    let listener = listen().await;
    let endpoint = endpoint(&listener);
    tokio::task::spawn(async move {
        while let Ok((mut stream, _)) = listener.accept().await {
            drop(stream.write_all(greeting).await);
        }
    });
    endpoint
}

#[tokio::test]
async fn a_refused_connection_is_tried_for_a_while() {
    let listener = listen().await;
    let at = endpoint(&listener);
    drop(listener);
    let said = refused(&by_token(&at, &[]), limits()).await;
    let expected = format!("{at} cannot be reached: the connection is refused, tried for 4");
    assert!(said.starts_with(&expected) && said.ends_with("ms"), "{said}");
}

#[tokio::test]
async fn a_control_plane_that_comes_up_meanwhile_is_found() {
    let ca = Authority::new();
    let listener = listen().await;
    let at = endpoint(&listener);
    drop(listener);
    let info = cluster_info(&kubeconfig("https://10.0.0.1:6443", &[&ca]), &[TOKEN]);
    let later = async {
        tokio::time::sleep(Duration::from_millis(150)).await;
        let listener = TcpListener::bind(at.to_string()).await.unwrap();
        let answer = api(info, 401);
        let starting =
            move |question: Question| if question.number == 1 { status(503) } else { answer(question) };
        FakeApi::serve_on(listener, ca.server("127.0.0.1", SOUND), starting)
    };
    let asked = by_token(&at, &[&ca]);
    let (found, _fake) = tokio::join!(found(&asked), later);
    assert!(found.reach().is_some());
}

#[tokio::test]
async fn a_name_that_does_not_resolve_is_told() {
    // Longer than a label may be, so that no server is asked for it.
    let at = HostPort { host: "x".repeat(64), port: 6443 };
    let said = refused(&by_token(&at, &[]), limits()).await;
    let expected = format!("{at} cannot be reached: its name does not resolve, tried for ");
    assert!(said.starts_with(&expected), "{said}");
}

#[tokio::test]
async fn silence_ends_with_the_timeout() {
    let listener = listen().await;
    let at = endpoint(&listener);
    let deadline = Instant::now() + Duration::from_millis(400);
    let said = refused(&by_token(&at, &[]), Limits { deadline, ..limits() }).await;
    let expected = format!("{at} cannot be reached: it does not answer, tried for 4");
    assert!(said.starts_with(&expected), "{said}");
}

#[tokio::test]
async fn of_a_silent_server_it_is_told_that_it_is_waited_for_and_for_how_long_yet() {
    static TOLD: Heard = Heard(Mutex::new(Vec::new()));
    let listener = listen().await;
    let at = endpoint(&listener);
    let deadline = Instant::now() + Duration::from_millis(2500);
    refused(&by_token(&at, &[]), Limits { deadline, watcher: &TOLD, ..limits() }).await;
    let told = TOLD.0.lock().unwrap().clone();
    assert!(told.len() == 2 && told[0].what == format!("{at} has not answered yet"), "{told:?}");
    assert!(told.iter().all(|wait| wait.left < Duration::from_secs(2)), "{told:?}");
    assert!(told[0].waited < told[1].waited && told[0].left > told[1].left, "{told:?}");
}

struct Heard(Mutex<Vec<Waiting>>);

impl SearchWatcher for Heard {
    fn waits(&self, wait: &Waiting) {
        self.0.lock().unwrap().push(wait.clone());
    }
    fn ended(&self) {}
}

#[tokio::test]
async fn a_load_balancer_without_a_control_plane_closes_the_connection() {
    let at = greets(b"").await;
    let said = refused(&by_token(&at, &[]), limits()).await;
    let expected = format!("{at} cannot be reached: it closes the connection without an answer, tried for ");
    assert!(said.starts_with(&expected), "{said}");
}

#[tokio::test]
async fn one_that_is_not_ready_is_tried_for_a_while() {
    let fake = says(|| Reply(503, "<html>".into(), vec![])).await;
    let at = &fake.endpoint;
    let said = refused(&by_token(at, &[]), limits()).await;
    assert!(said.starts_with(&format!("{at} is not ready: it answered 503 for 4")), "{said}");
}

#[tokio::test]
async fn a_web_server_is_told() {
    let fake = says(|| Reply(404, "<html>hunter2</html>".into(), vec![])).await;
    let at = &fake.endpoint;
    let said = refused_at_once(&by_token(at, &[])).await;
    assert_eq!(said, format!("{at} is no Kubernetes API server: it answers 404 as none would"));
    let fake = says(|| Reply(200, "<html>hunter2</html>".into(), vec![])).await;
    let at = &fake.endpoint;
    let said = refused_at_once(&by_token(at, &[])).await;
    assert_eq!(said, format!("{at} is no Kubernetes API server: it answers 200 as none would"));
}

#[tokio::test]
async fn what_does_not_speak_tls_is_told() {
    for greeting in [&b"HTTP/1.1 400 Bad Request\r\n\r\n"[..], b"SSH-2.0-OpenSSH_9.2p1\r\n"] {
        let at = greets(greeting).await;
        let said = refused_at_once(&by_token(&at, &[])).await;
        assert_eq!(said, format!("{at} is no Kubernetes API server: it does not speak TLS"));
    }
}

#[tokio::test]
async fn one_that_wants_a_client_certificate_is_told() {
    let ca = Authority::new();
    let tls = ca.server("127.0.0.1", SOUND).for_clients_of(&ca);
    let fake = FakeApi::serve(tls, |_| status(404)).await;
    let at = &fake.endpoint;
    assert_eq!(
        refused_at_once(&by_token(at, &[])).await,
        format!("{at} is no Kubernetes API server: it refuses TLS with the alert CertificateRequired")
    );
}

#[tokio::test]
async fn an_answer_without_end_is_cut() {
    let fake = says(|| Reply(200, "x".repeat(5 << 20), vec![])).await;
    let at = &fake.endpoint;
    let said = refused_at_once(&by_token(at, &[])).await;
    assert_eq!(said, format!("{at} is no Kubernetes API server: its answer is too long or no HTTP"));
}

#[tokio::test]
async fn a_cluster_that_is_not_set_up_for_joining_is_told() {
    let fake = says(|| status(404)).await;
    let at = &fake.endpoint;
    let said = refused(&by_token(at, &[]), limits()).await;
    assert_eq!(said, format!("the cluster at {at} has no cluster-info: it is not set up for nodes to join"));
}

#[tokio::test]
async fn a_cluster_that_lets_nobody_in_unknown_is_told() {
    let fake = says(|| status(401)).await;
    let at = &fake.endpoint;
    let said = refused_at_once(&by_token(at, &[])).await;
    assert_eq!(said, format!("{at} does not let anonymous users read cluster-info (it answered 401)"));
    let fake = says(|| status(403)).await;
    let at = &fake.endpoint;
    let said = refused(&by_token(at, &[]), limits()).await;
    assert_eq!(said, format!("{at} does not let anonymous users read cluster-info (it answered 403)"));
}
