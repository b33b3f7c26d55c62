//! A discovery file from a URL.

use super::*;
use crate::host::api::Server;
use crate::host::discover::url::fetch;
use crate::host::fake_api::{FakeApi, SOUND};
use crate::pki::FoundCert;

/// Fetches `path` from a server that redirects `/old` and has a text at `/new`.
async fn fetched(path: &str) -> (String, Result<String, String>) {
    let ca = Authority::new();
    let answer = |question: Question| match question.path.as_str() {
        "/new?key=hunter2" => Reply(200, "kind: Config".into(), vec![]),
        "/old" => Reply(302, String::new(), vec![("location", "/new?key=hunter2".into())]),
        "/plain" => Reply(302, String::new(), vec![("location", "http://127.0.0.1/hunter2".into())]),
        "/loop" => Reply(302, String::new(), vec![("location", "/loop".into())]),
        "/down" => Reply(502, String::new(), vec![]),
        _ => Reply(404, "hunter2".into(), vec![]),
    };
    let fake = FakeApi::serve(ca.server("127.0.0.1", SOUND), answer).await;
    let at = fake.endpoint.to_string();
    let roots = pki::certificates(ca.pem.as_bytes()).unwrap();
    let connect = move |url: &str| Server::verified(url, &roots.iter().collect::<Vec<&FoundCert>>(), None);
    let result = fetch(&format!("https://{at}{path}"), &limits(), &connect).await;
    (at, result.map_err(|error| error.to_string()))
}

#[tokio::test]
async fn redirects_are_followed_to_the_text() {
    assert_eq!(fetched("/old").await.1.as_deref(), Ok("kind: Config"));
}

#[tokio::test]
async fn what_no_url_leads_to_is_told_without_secrets() {
    let (at, result) = fetched("/a?key=hunter2").await;
    assert_eq!(result, Err(format!("the discovery URL https://{at}/a answered 404")));
    let (at, result) = fetched("/plain").await;
    let why = "it redirects to what is no https:// URL";
    assert_eq!(result, Err(format!("the discovery URL https://{at}/plain cannot be used: {why}")));
    let (at, result) = fetched("/loop").await;
    assert_eq!(
        result,
        Err(format!("the discovery URL https://{at}/loop cannot be used: it redirects too often"))
    );
    let (at, result) = fetched("/down").await;
    assert!(result.unwrap_err().starts_with(&format!("{at} is not ready: it answered 502 for ")));
}

#[tokio::test]
async fn a_url_with_a_user_is_refused_without_showing_him() {
    let source = DiscoverySource::File("https://me:hunter2@127.0.0.1:1/a".to_owned());
    let said = refused_at_once(&Discovery { source, tls_bootstrap_token: None }).await;
    let why = "it holds a user's name; such URLs are not supported";
    assert_eq!(said, format!("the discovery URL https://127.0.0.1:1/a cannot be used: {why}"));
}
