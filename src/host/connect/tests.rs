use std::fs::Permissions;
use std::os::unix::fs::PermissionsExt;
use std::sync::Mutex;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use tempfile::TempDir;
use tokio::io::{AsyncReadExt, AsyncWriteExt, copy_bidirectional};
use tokio::net::TcpStream;

use super::super::api::{ApiError, Server};
use super::super::fake_api::{Authority, FakeApi, Reply, SOUND, listen};
use super::*;
use crate::join::discovery::Fault;

/// A proxy that keeps what it was asked, and lets in whoever shows these credentials.
struct FakeProxy {
    port: u16,
    asked: Arc<Mutex<Vec<String>>>,
}

impl FakeProxy {
    async fn start(target: u16, wanted: &'static str) -> Self {
        let listener = listen().await;
        let fake = Self { port: listener.local_addr().unwrap().port(), asked: Arc::default() };
        let asked = Arc::clone(&fake.asked);
        tokio::spawn(async move {
            while let Ok((mut client, _)) = listener.accept().await {
                let mut head = Vec::new();
                while !head.ends_with(b"\r\n\r\n") {
                    head.push(client.read_u8().await.unwrap());
                }
                let head = String::from_utf8(head).unwrap();
                let is_let_in = head.contains(wanted);
                asked.lock().unwrap().push(head);
                if !is_let_in {
                    client.write_all(b"HTTP/1.1 407 Proxy Authentication Required\r\n\r\n").await.unwrap();
                    continue;
                }
                client.write_all(b"HTTP/1.1 200 OK\r\n\r\n").await.unwrap();
                let mut server = TcpStream::connect(("127.0.0.1", target)).await.unwrap();
                tokio::spawn(async move { copy_bidirectional(&mut client, &mut server).await });
            }
        });
        fake
    }

    fn asked(&self) -> Vec<String> {
        self.asked.lock().unwrap().clone()
    }
}

async fn an_api(authority: &Authority) -> FakeApi {
    FakeApi::serve(authority.server("api.test", SOUND), |_| Reply(200, "{}".to_owned(), Vec::new())).await
}

fn kubeconfig(authority: &Authority, server: &str, more: &str) -> String {
    let ca = BASE64.encode(&authority.pem);
    format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\nusers: []\n\
         contexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n\
         clusters: [{{name: k, cluster: {{server: '{server}', certificate-authority-data: {ca}{more}}}}}]\n"
    )
}

async fn asked(text: &str) -> Result<String, ApiError> {
    Server::from_kubeconfig("/k.conf", text, None).await?.get_text("/version").await
}

#[tokio::test]
async fn a_kubeconfig_s_proxy_is_gone_through_with_its_credentials() {
    let authority = Authority::new();
    let api = an_api(&authority).await;
    let proxy = FakeProxy::start(api.endpoint.port, "Proxy-Authorization: Basic bWU6cEBzcw==\r\n").await;
    let more = format!(", proxy-url: 'http://me:p%40ss@127.0.0.1:{}'", proxy.port);
    // A proxy-url holds for every server, also where the environment's would not.
    for (server, target) in [("https://api.test:6443", "api.test:6443"), ("https://api.test", "api.test:443")]
    {
        assert_eq!(asked(&kubeconfig(&authority, server, &more)).await.unwrap(), "{}");
        let last = proxy.asked().pop().unwrap();
        assert!(last.starts_with(&format!("CONNECT {target} HTTP/1.1\r\n")), "{last}");
    }
    let local = kubeconfig(&authority, "https://127.0.0.1:1", &format!("{more}, tls-server-name: api.test"));
    assert_eq!(asked(&local).await.unwrap(), "{}");
}

#[tokio::test]
async fn a_proxy_that_refuses_is_named_without_its_password() {
    let authority = Authority::new();
    let proxy = FakeProxy::start(1, "another").await;
    let more = format!(", proxy-url: 'http://me:hunter2@127.0.0.1:{}'", proxy.port);
    let error = asked(&kubeconfig(&authority, "https://api.test", &more)).await.unwrap_err();
    let (said, debug) = (error.to_string(), format!("{error:?}"));
    assert!(said.contains(&format!("the proxy http://127.0.0.1:{}", proxy.port)), "{said}");
    assert!(said.contains("authorization required"), "{said}");
    assert!(error.hint().unwrap().contains("NO_PROXY"));
    assert!(!said.contains("hunter2") && !debug.contains("hunter2"), "{debug}");
    for bad in ["ftp://me:hunter2@h", "hunter2", "http://h:hunter2"] {
        let more = format!(", proxy-url: '{bad}'");
        let error = asked(&kubeconfig(&authority, "https://api.test", &more)).await.unwrap_err();
        assert!(
            matches!(error, ApiError::Kubeconfig { .. }) && !format!("{error:?}").contains("hunter2"),
            "{error:?}"
        );
    }
}

#[tokio::test]
async fn what_a_proxy_does_is_no_fault_of_the_server_s() {
    let authority = Authority::new();
    let closed = "http://127.0.0.1:9";
    let refusing = format!("http://127.0.0.1:{}", answering(b"HTTP/1.1 403 Forbidden\r\n\r\n").await);
    let silent = format!("http://127.0.0.1:{}", answering(b"").await);
    for (proxy, words) in [
        (closed, "does not answer: Connection refused (os error 111)"),
        ("socks5://127.0.0.1:9", "does not answer: "),
        (&refusing, "refuses to connect to it"),
        (&silent, "does not answer: tunnel error: unexpected end of file"),
    ] {
        let more = format!(", proxy-url: '{proxy}'");
        let error = asked(&kubeconfig(&authority, "https://api.test", &more)).await.unwrap_err();
        assert!(error.to_string().contains(&format!("the proxy {proxy} {words}")), "{error}");
        assert!(matches!(error, ApiError::Unreachable { fault: Fault::Proxy(_), .. }), "{error:?}");
    }
}

/// A proxy that has one answer to everything; its port.
async fn answering(answer: &'static [u8]) -> u16 {
    let listener = listen().await;
    let port = listener.local_addr().unwrap().port();
    tokio::spawn(async move {
        while let Ok((mut client, _)) = listener.accept().await {
            let mut head = Vec::new();
            while !head.ends_with(b"\r\n\r\n") && client.read_buf(&mut head).await.is_ok_and(|read| read > 0)
            {
            }
            client.write_all(answer).await.unwrap();
        }
    });
    port
}

#[tokio::test]
async fn a_name_for_tls_stands_in_for_the_address() {
    let authority = Authority::new();
    let api = an_api(&authority).await;
    let server = format!("https://{}", api.endpoint);
    assert!(asked(&kubeconfig(&authority, &server, "")).await.is_err());
    assert!(asked(&kubeconfig(&authority, &server, ", tls-server-name: api.test")).await.is_ok());
}

#[tokio::test]
async fn a_ca_beside_no_verification_is_refused_as_by_client_go() {
    let text = kubeconfig(&Authority::new(), "https://h", ", insecure-skip-tls-verify: true");
    let error = asked(&text).await.unwrap_err();
    assert!(format!("{error:?}").contains("InsecureWithAuthority"), "{error:?}");
}

#[tokio::test]
async fn one_broken_block_does_not_hide_the_others() {
    let authority = Authority::new();
    let api =
        FakeApi::serve(authority.server("127.0.0.1", SOUND), |_| Reply(200, "{}".to_owned(), Vec::new()))
            .await;
    let broken = "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n";
    let cut_off = "-----BEGIN CERTIFICATE-----\nMIIB\n";
    for bundle in [broken, cut_off, "-----BEGIN CERTIFICATE-----\n*\n-----END CERTIFICATE-----\n"] {
        let mut whole = Authority::new();
        whole.pem = format!("{bundle}{}{broken}", authority.pem);
        let text = kubeconfig(&whole, &format!("https://{}", api.endpoint), "");
        assert_eq!(asked(&text).await.unwrap(), "{}", "{bundle}");
    }
    let mut none = Authority::new();
    broken.clone_into(&mut none.pem);
    let error = asked(&kubeconfig(&none, "https://h", "")).await.unwrap_err();
    assert!(format!("{error:?}").contains("NoAuthority"), "{error:?}");
}

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a test makes files by itself")]
async fn files_lie_beside_the_kubeconfig() {
    let authority = Authority::new();
    let api = FakeApi::serve(authority.server("127.0.0.1", SOUND), |question| {
        Reply(
            if question.token.as_deref() == Some("hunter2") { 200 } else { 401 },
            "{}".to_owned(),
            Vec::new(),
        )
    })
    .await;
    let folder = tempfile::tempdir().unwrap();
    std::fs::write(folder.path().join("ca.crt"), &authority.pem).unwrap();
    std::fs::write(folder.path().join("t"), "hunter2").unwrap();
    let text = format!(
        "current-context: c\nusers: [{{name: u, user: {{tokenFile: t}}}}]\n\
         contexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n\
         clusters: [{{name: k, cluster: {{server: 'https://{}', certificate-authority: ca.crt}}}}]\n",
        api.endpoint
    );
    let file = folder.path().join("k.conf").display().to_string();
    let server = Server::from_kubeconfig(&file, &text, None).await.unwrap();
    assert_eq!(server.get_text("/version").await.unwrap(), "{}");
    let elsewhere = Server::from_kubeconfig("/nowhere/k.conf", &text, None).await.unwrap_err();
    assert!(format!("{elsewhere:?}").contains("/nowhere/ca.crt"), "{elsewhere:?}");
    std::fs::remove_file(folder.path().join("t")).unwrap();
    nix::unistd::mkfifo(&folder.path().join("t"), nix::sys::stat::Mode::S_IRUSR).unwrap();
    let pipe = Server::from_kubeconfig(&file, &text, None).await.unwrap_err();
    assert!(format!("{pipe:?}").contains("Pipe"), "{pipe:?}");
}

/// A user with these fields, beside whom there are these files; what comes of a call.
#[expect(clippy::disallowed_methods, reason = "a test makes files by itself")]
async fn asked_as(user: &str, files: &[(&str, &str)]) -> (Result<String, ApiError>, Vec<String>, TempDir) {
    let authority = Authority::new();
    let api = an_api(&authority).await;
    let folder = tempfile::tempdir().unwrap();
    for (name, text) in files {
        let text = text.replace("FOLDER", folder.path().to_str().unwrap());
        std::fs::write(folder.path().join(name), text).unwrap();
        std::fs::set_permissions(folder.path().join(name), Permissions::from_mode(0o755)).unwrap();
    }
    let cluster = ", tls-server-name: api.test";
    let text = kubeconfig(&authority, &format!("https://{}", api.endpoint), cluster)
        .replace("users: []", &format!("users: [{{name: u, user: {{{user}}}}}]"));
    let file = folder.path().join("k.conf").display().to_string();
    let mut answer = Ok(String::new());
    for _ in 0..2 {
        answer = match Server::from_kubeconfig(&file, &text, None).await {
            Ok(server) => server.get_text("/version").await,
            Err(error) => Err(error),
        };
    }
    (answer, api.tokens(), folder)
}

fn told(error: &ApiError) -> String {
    let causes = std::iter::successors(Some(error as &dyn std::error::Error), |error| error.source());
    format!("{}\n{error:?}", causes.map(ToString::to_string).collect::<Vec<_>>().join(": "))
}

const EXEC: &str = "exec: {apiVersion: client.authentication.k8s.io/v1, interactiveMode: Never, command: ./p, \
                    args: [--password, hunter2], env: [{name: PASSWORD, value: hunter2}]}";
const SAYS: &str = "#!/bin/sh\necho \"$PASSWORD $2\" >>FOLDER/calls\necho '{\"kind\":\"ExecCredential\",\
                    \"apiVersion\":\"client.authentication.k8s.io/v1\",\"status\":{\"token\":\"given\"}}'\n";

#[tokio::test]
#[expect(clippy::disallowed_methods, reason = "a test looks at files by itself")]
async fn a_program_that_gives_credentials_is_called_once() {
    let (answer, tokens, folder) = asked_as(EXEC, &[("p", SAYS)]).await;
    assert_eq!(answer.unwrap(), "{}");
    assert_eq!(tokens, ["given", "given"]);
    assert_eq!(std::fs::read_to_string(folder.path().join("calls")).unwrap(), "hunter2 hunter2\n");
    let (_, _, folder) = asked_as(&format!("token: t, {EXEC}"), &[("p", SAYS)]).await;
    assert!(!folder.path().join("calls").exists(), "a token goes before");
    let ending = SAYS.replace("\"given\"", "\"given\",\"expirationTimestamp\":\"2020-01-01T00:00:00Z\"");
    let (_, _, folder) = asked_as(EXEC, &[("p", &ending)]).await;
    let calls = std::fs::read_to_string(folder.path().join("calls")).unwrap();
    assert_eq!(calls.lines().count(), 2, "what has ended is asked for again");
}

#[tokio::test]
async fn what_such_a_program_is_called_with_and_says_is_not_shown() {
    for (script, said) in [
        ("#!/bin/sh\necho hunter2\necho no luck >&2\nexit 3\n", "failed: no luck"),
        ("#!/bin/sh\necho hunter2\n", "is no credential: it is no ExecCredential"),
        ("#!/bin/sh\nexec cat /dev/zero\n", "said more than 1 MiB"),
        (&SAYS.replace("given", "a\\\\r\\\\nhunter2"), "its token holds characters that cannot be sent"),
        (&SAYS.replace("io/v1", "io/v1beta1"), "is no credential: it is no ExecCredential of the version"),
    ] {
        let error = asked_as(EXEC, &[("p", script)]).await.0.unwrap_err();
        let told = told(&error);
        assert!(told.contains(said) && !told.contains("hunter2"), "{told}");
        assert!(error.hint().is_some_and(|hint| hint.contains("by hand")));
    }
    let error = asked_as(EXEC, &[]).await.0.unwrap_err();
    assert!(told(&error).contains("\"./p\", which its user has its credentials from, is not here"));
    let user = "auth-provider: {name: gcp, config: {cmd-path: /bin/false}}";
    let error = asked_as(user, &[]).await.0.unwrap_err();
    assert!(told(&error).contains("the auth-provider \"gcp\", which is not supported any more"));
}

#[tokio::test]
async fn a_token_s_file_is_read_as_by_client_go() {
    for (user, text, shown) in [
        ("tokenFile: t", "given\n", "given"),
        ("token: other, tokenFile: t", "given", "given"),
        ("token: other, tokenFile: absent", "", "other"),
    ] {
        let (answer, tokens, _) = asked_as(user, &[("t", text)]).await;
        assert_eq!((answer.unwrap().as_str(), tokens[0].as_str()), ("{}", shown));
    }
    for text in ["", " \n", "a\r\nhunter2: x"] {
        let told = told(&asked_as("tokenFile: t", &[("t", text)]).await.0.unwrap_err());
        assert!(told.contains("holds no token") && !told.contains("hunter2"), "{told}");
    }
}

#[tokio::test]
async fn nothing_is_waited_for_in_a_file_s_place_nor_read_without_an_end() {
    let folder = tempfile::tempdir().unwrap();
    let pipe = folder.path().join("pipe");
    nix::unistd::mkfifo(&pipe, nix::sys::stat::Mode::S_IRWXU).unwrap();
    let large = "x".repeat(17 << 20);
    for (path, said) in [
        (pipe.to_str().unwrap(), "it is a named pipe, and no file"),
        ("/dev/zero", "it is a device, and no file"),
        ("large", "it is larger than 16 MiB"),
        ("/", "Is a directory"),
        ("absent", "No such file"),
    ] {
        for field in ["tokenFile: PATH", "client-certificate: PATH, client-key: PATH"] {
            let user = field.replace("PATH", path);
            let told = told(&asked_as(&user, &[("large", &large)]).await.0.unwrap_err());
            assert!(told.contains("cannot be read") && told.contains(said), "{user}: {told}");
        }
        let authority = Authority::new();
        let data = format!("certificate-authority-data: {}", BASE64.encode(&authority.pem));
        let text = kubeconfig(&authority, "https://h", "");
        let text = text.replace(&data, &format!("certificate-authority: '{path}'"));
        if path != "large" {
            let told = told(&asked(&text).await.unwrap_err());
            assert!(told.contains("its certificate-authority") && told.contains(said), "{told}");
        }
    }
}

#[tokio::test]
async fn a_server_that_cannot_be_connected_to_is_told_before_it_is_tried() {
    for (server, said) in [
        ("https://127.0.0.1:65536", "its port is none"),
        ("https://me:hunter2@127.0.0.1", "it holds a user's name"),
        ("ftp://127.0.0.1", "its scheme is neither https nor http"),
        ("https://[fe80::1%25eth0]:6443", "an address with a zone"),
    ] {
        let told = told(&asked(&kubeconfig(&Authority::new(), server, "")).await.unwrap_err());
        assert!(told.contains(said) && !told.contains("hunter2"), "{told}");
    }
    let error = asked(&kubeconfig(&Authority::new(), "127.0.0.1:1", "")).await.unwrap_err();
    assert!(matches!(error, ApiError::Unreachable { .. }), "as client-go takes it: {error}");
    let error =
        asked(&kubeconfig(&Authority::new(), "https://h", ", tls-server-name: 'a b'")).await.unwrap_err();
    assert!(told(&error).contains("its tls-server-name \"a b\" is neither"), "{error:?}");
}
