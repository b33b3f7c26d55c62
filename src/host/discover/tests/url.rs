//! A discovery file from a URL.

use super::*;
use crate::host::api::Server;
use crate::host::discover::file::{Origin, whole};
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

#[test]
fn a_document_from_a_url_may_not_have_this_host_read_or_run_anything() {
    let said = |cluster: &str, user: &str| {
        let text = format!(
            "current-context: c\ncontexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n\
             clusters: [{{name: k, cluster: {{server: 'https://h:1'{cluster}}}}}]\nusers: [{{name: u, user: {{{user}}}}}]\n"
        );
        whole(text.as_bytes(), Origin::Url, "https://h/a", &|_| panic!("read"), |_| ())
            .map(|_| ())
            .map_err(|error| error.to_string())
    };
    let begin = "the discovery document at https://h/a names";
    let end = "what comes from elsewhere may not do that";
    for (cluster, user, what) in [
        ("", "exec: {command: /bin/sh, args: [hunter2]}", r#"a program to be run (exec, "/bin/sh")"#),
        ("", "tokenFile: /etc/shadow", r#"a file of this host (tokenFile, "/etc/shadow")"#),
        (
            "",
            "client-certificate-data: Yw==, client-key: ../key",
            r#"a file of this host (client-key, "../key")"#,
        ),
        ("", "client-certificate: /c", r#"a file of this host (client-certificate, "/c")"#),
        (", certificate-authority: ca.crt", "", r#"a file of this host (certificate-authority, "ca.crt")"#),
        (
            "}}, {name: o, cluster: {certificate-authority: x",
            "",
            r#"a file of this host (certificate-authority, "x")"#,
        ),
        ("", "}}, {name: o, user: {tokenFile: x", r#"a file of this host (tokenFile, "x")"#),
    ] {
        assert_eq!(said(cluster, user), Err(format!("{begin} {what}: {end}")));
    }
    assert!(said("", "auth-provider: {name: oidc}").unwrap_err().contains("an auth-provider (oidc)"));
    assert!(said(", insecure-skip-tls-verify: true", "").unwrap_err().contains("insecure-skip-tls-verify"));
    assert_eq!(said(", proxy-url: 'http://p:1', tls-server-name: t", "token: t"), Ok(()));
}
