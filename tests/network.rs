//! How the program talks to servers, from outside: by which proxy, whom it trusts, and what of an answer it shows.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

use std::fs;
use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::process::{Command, Output};
use std::sync::{Arc, Mutex};
use std::thread;

use assert_cmd::cargo::cargo_bin;
use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use rcgen::{BasicConstraints, CertificateParams, DnType, IsCa, Issuer, KeyPair};
use rustls::{ServerConfig, ServerConnection, StreamOwned};
use tempfile::TempDir;

const EMPTY: &str = r#"{"kind":"SecretList","apiVersion":"v1","metadata":{},"items":[]}"#;

struct Pki {
    ca: String,
    leaf: rcgen::Certificate,
    key: KeyPair,
}

fn named(name: &str) -> CertificateParams {
    let mut params = CertificateParams::new(vec!["127.0.0.1".into(), "api.test".into()]).unwrap();
    params.distinguished_name.push(DnType::CommonName, name);
    params
}

impl Pki {
    fn new(of_leaf: IsCa) -> Self {
        let (ca_key, key) = (KeyPair::generate().unwrap(), KeyPair::generate().unwrap());
        let mut ca = named("kubernetes");
        ca.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        let pem = ca.self_signed(&ca_key).unwrap().pem();
        let mut leaf = named("kube-apiserver");
        leaf.is_ca = of_leaf;
        let leaf = leaf.signed_by(&key, &Issuer::from_params(&ca, &ca_key)).unwrap();
        Self { ca: pem, leaf, key }
    }

    fn sound() -> Self {
        Self::new(IsCa::NoCa)
    }
}

/// Answers everything with the same, over TLS; its port.
fn serve(pki: &Pki, code: &'static str, head: &'static str, body: &str) -> u16 {
    let provider = Arc::new(rustls::crypto::aws_lc_rs::default_provider());
    let config = ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let key = rustls_pki_types::PrivateKeyDer::try_from(pki.key.serialize_der()).unwrap();
    let config = config.with_no_client_auth().with_single_cert(vec![pki.leaf.der().clone()], key).unwrap();
    let (config, body) = (Arc::new(config), body.to_owned());
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    thread::spawn(move || {
        for stream in listener.incoming().map_while(Result::ok) {
            let mut tls = StreamOwned::new(ServerConnection::new(Arc::clone(&config)).unwrap(), stream);
            if read_head(&mut tls).is_some() {
                let length = body.len();
                let _ = write!(
                    tls,
                    "HTTP/1.1 {code}\r\n{head}Content-Length: {length}\r\nConnection: close\r\n\r\n{body}"
                );
                tls.conn.send_close_notify();
                let _ = tls.flush();
            }
        }
    });
    port
}

fn read_head(stream: &mut impl Read) -> Option<String> {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    String::from_utf8(head).ok()
}

/// A proxy by whose way everything leads to `target`; what it was asked.
fn proxy(target: u16) -> (u16, Arc<Mutex<Vec<String>>>) {
    let listener = TcpListener::bind(("127.0.0.1", 0)).unwrap();
    let port = listener.local_addr().unwrap().port();
    let asked: Arc<Mutex<Vec<String>>> = Arc::default();
    let seen = Arc::clone(&asked);
    thread::spawn(move || {
        for mut client in listener.incoming().map_while(Result::ok) {
            let Some(head) = read_head(&mut client) else { continue };
            seen.lock().unwrap().push(head);
            client.write_all(b"HTTP/1.1 200 Connection established\r\n\r\n").unwrap();
            let server = TcpStream::connect(("127.0.0.1", target)).unwrap();
            let (mut from, mut to) = (client.try_clone().unwrap(), server.try_clone().unwrap());
            thread::spawn(move || std::io::copy(&mut from, &mut to));
            let (mut from, mut to) = (server, client);
            thread::spawn(move || std::io::copy(&mut from, &mut to));
        }
    });
    (port, asked)
}

fn list(ca: &str, server: &str, environment: &[(&str, &str)]) -> Output {
    let folder = TempDir::new().unwrap();
    let ca = BASE64.encode(ca);
    let text = format!(
        "apiVersion: v1\nkind: Config\ncurrent-context: c\n\
         contexts: [{{name: c, context: {{cluster: k, user: u}}}}]\n\
         users: [{{name: u, user: {{token: abcdef.0123456789abcdef}}}}]\n\
         clusters: [{{name: k, cluster: {{server: '{server}', certificate-authority-data: {ca}}}}}]\n"
    );
    fs::write(folder.path().join("k.conf"), text).unwrap();
    let mut command = Command::new(cargo_bin("kubewright"));
    command.env_clear().envs(environment.iter().copied()).current_dir(folder.path());
    command.args(["token", "list", "-v", "5", "--kubeconfig", "k.conf"]).output().unwrap()
}

fn said(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

#[test]
fn a_proxy_is_not_for_this_host_nor_for_what_is_excepted() {
    let pki = Pki::sound();
    let server = format!("https://127.0.0.1:{}", serve(&pki, "200 OK", "", EMPTY));
    for environment in [
        [("HTTPS_PROXY", "http://127.0.0.1:9"), ("NO_PROXY", "127.0.0.1,10.0.0.0/8")],
        [("https_proxy", "http://127.0.0.1:9"), ("no_proxy", "*")],
        [("HTTPS_PROXY", "http://127.0.0.1:9"), ("HTTP_PROXY", "127.0.0.1:9")],
        [("HTTPS_PROXY", "no proxy"), ("ALL_PROXY", "http://127.0.0.1:9")],
    ] {
        let output = list(&pki.ca, &server, &environment);
        assert!(output.status.success(), "{environment:?}: {}", said(&output));
    }
}

#[test]
fn other_servers_are_asked_through_the_proxy() {
    let pki = Pki::sound();
    let (port, asked) = proxy(serve(&pki, "200 OK", "", EMPTY));
    let own = format!("me:hunter2@127.0.0.1:{port}");
    for name in ["HTTPS_PROXY", "https_proxy"] {
        let output = list(&pki.ca, "https://api.test:6443", &[(name, &own), ("NO_PROXY", "example.com")]);
        assert!(output.status.success(), "{name}: {}", said(&output));
    }
    let asked = asked.lock().unwrap();
    assert_eq!(asked.len(), 2);
    for head in asked.iter() {
        assert!(head.starts_with("CONNECT api.test:6443 HTTP/1.1\r\n"), "{head}");
        assert!(head.contains("Proxy-Authorization: Basic bWU6aHVudGVyMg==\r\n"), "{head}");
    }
}

#[test]
fn a_proxy_s_password_is_in_no_message() {
    let pki = Pki::sound();
    for proxy in ["http://me:hunter2@127.0.0.1:9", "me:hunter2@127.0.0.1:9", "https://me:hunter2@127.0.0.1:9"]
    {
        let output = list(&pki.ca, "https://api.test:6443", &[("HTTPS_PROXY", proxy)]);
        let said = said(&output);
        assert!(!output.status.success() && said.contains("127.0.0.1:9"), "{said}");
        assert!(said.contains("proxy") && !said.contains("hunter2"), "{said}");
    }
}

#[test]
fn whom_go_trusts_is_trusted() {
    let calls_itself_a_ca = || IsCa::Ca(BasicConstraints::Unconstrained);
    for (pki, trusted) in [
        (Pki::new(calls_itself_a_ca()), None),
        (Pki::sound(), Some("the leaf")),
        (Pki::new(calls_itself_a_ca()), Some("the leaf")),
    ] {
        let server = format!("https://127.0.0.1:{}", serve(&pki, "200 OK", "", EMPTY));
        let ca = trusted.map_or_else(|| pki.ca.clone(), |_| pki.leaf.pem());
        let output = list(&ca, &server, &[]);
        assert!(output.status.success(), "{trusted:?}: {}", said(&output));
        let other = list(&Pki::sound().ca, &server, &[]);
        assert!(!other.status.success(), "another CA of the same name");
    }
}

#[test]
fn what_a_server_says_moves_no_cursor_and_forges_no_line() {
    let pki = Pki::sound();
    let body = r#"{"kind":"Status","code":403,"reason":"For\u001b[31mbidden","message":"a\u001b[2Jb\u202ec\nerror: d\u009be"}"#;
    let server = format!("https://127.0.0.1:{}", serve(&pki, "403 Forbidden", "", body));
    let output = list(&pki.ca, &server, &[]);
    let text = said(&output);
    assert!(!output.status.success() && text.contains(r"a\u{1b}[2Jb\u{202e}c error: d\u{9b}e"), "{text}");
    assert!(!text.contains(['\u{1b}', '\u{202e}', '\u{9b}']), "{text:?}");
}

#[test]
fn a_pause_without_an_end_is_an_ordinary_refusal() {
    let pki = Pki::sound();
    let head = "Retry-After: 18446744073709551615\r\n";
    let server = format!("https://127.0.0.1:{}", serve(&pki, "429 Too Many Requests", head, "{}"));
    let output = list(&pki.ca, &server, &[]);
    assert!(output.status.code().is_some_and(|code| code != 0 && code < 100), "{output:?}");
    assert!(said(&output).contains("429") && !said(&output).contains("panicked"), "{}", said(&output));
}

#[test]
fn what_is_no_list_is_told_and_is_no_empty_one() {
    let pki = Pki::sound();
    for (code, head, body) in [
        ("200 OK", "", "[]"),
        ("200 OK", "", "null"),
        ("200 OK", "", "3"),
        ("200 OK", "", "{}"),
        ("200 OK", "", r#"{"kind":"Status","status":"Failure"}"#),
        ("302 Found", "Location: https://127.0.0.1:1/\r\n", EMPTY),
    ] {
        let server = format!("https://127.0.0.1:{}", serve(&pki, code, head, body));
        let output = list(&pki.ca, &server, &[]);
        let said = said(&output);
        assert_eq!(output.status.code(), Some(1), "{body}: {said}");
        assert!(said.contains("as no API server would") && said.contains("hint: see whether"), "{said}");
    }
}

#[test]
fn an_answer_without_an_end_is_refused() {
    let pki = Pki::sound();
    let body = format!("[{}0]", "0,".repeat(3 << 20));
    let server = format!("https://127.0.0.1:{}", serve(&pki, "200 OK", "", &body));
    let output = list(&pki.ca, &server, &[]);
    assert!(!output.status.success() && said(&output).contains("too long"), "{}", said(&output));
}
