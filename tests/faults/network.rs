//! Servers that answer badly, or not at all.

use std::fs;
use std::io::{Read as _, Write as _};
use std::net::{TcpListener, TcpStream};
use std::thread;
use std::time::Duration;

use tempfile::TempDir;

use crate::program::{Ended, run};

/// What the server does with its n-th connection, from 1, once it has the question.
type Manner = fn(&mut TcpStream, usize) -> std::io::Result<()>;

/// Serves until the test ends; its address.
fn serve(manner: Manner) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || {
        for (number, stream) in listener.incoming().flatten().enumerate() {
            thread::spawn(move || talk(stream, number + 1, manner));
        }
    });
    address
}

fn talk(mut stream: TcpStream, number: usize, manner: Manner) -> std::io::Result<()> {
    let mut question = [0; 4096];
    if stream.read(&mut question)? > 0 {
        manner(&mut stream, number)?;
    }
    Ok(())
}

pub fn kubeconfig(folder: &TempDir, server: &str) -> String {
    let path = folder.path().join("a.conf");
    let text = format!(
        "{{kind: Config, apiVersion: v1, current-context: a, contexts: [{{name: a, context: {{cluster: k, user: u}}}}], \
         users: [{{name: u, user: {{}}}}], clusters: [{{name: k, cluster: {server}}}]}}"
    );
    fs::write(&path, text).unwrap();
    path.to_str().unwrap().to_owned()
}

fn list_tokens(manner: Manner) -> Ended {
    let folder = TempDir::new().unwrap();
    let path = kubeconfig(&folder, &format!("{{server: 'http://{}'}}", serve(manner)));
    run(&[], &["token", "list", "--kubeconfig", &path])
}

fn reply(stream: &mut TcpStream, head: &str, body: &str) -> std::io::Result<()> {
    write!(stream, "HTTP/1.1 {head}\r\nconnection: close\r\ncontent-length: {}\r\n\r\n{body}", body.len())
}

fn list(stream: &mut TcpStream) -> std::io::Result<()> {
    reply(stream, "200 OK", "{\"items\": []}")
}

/// Ends with this id and these words, after so many seconds.
fn fails(manner: Manner, id: &str, words: &str, seconds: std::ops::RangeInclusive<u64>) {
    let ended = list_tokens(manner);
    assert_eq!((ended.code, ended.id()), (Some(1), id), "{ended:?}");
    assert!(ended.said.contains(words), "{words}: {}", ended.said);
    assert!(seconds.contains(&ended.took.as_secs()), "{:?}: {}", ended.took, ended.said);
}

#[test]
fn a_server_that_fails_is_asked_again_and_then_told_in_its_own_words() {
    let failing: Manner = |stream, _| reply(stream, "500 x", "etcd is out of breath");
    fails(failing, "ClusterRefused", "answered 500 Internal Server Error: etcd is out of breath", 8..=15);
    let ended = list_tokens(|stream, number| match number {
        1 => reply(stream, "503 x", "not yet"),
        _ => list(stream),
    });
    assert_eq!(ended.code, Some(0), "{ended:?}");
}

#[test]
fn a_server_that_wants_to_be_left_alone_is_for_as_long_as_it_says() {
    let ended = list_tokens(|stream, number| match number {
        1 | 2 => reply(stream, "429 x\r\nretry-after: 1", "too many requests"),
        _ => list(stream),
    });
    assert_eq!(ended.code, Some(0), "{ended:?}");
    assert!(ended.took >= Duration::from_secs(2), "{ended:?}");
    let busy: Manner = |stream, _| reply(stream, "429 x\r\nretry-after: 3600", "too many requests");
    fails(busy, "ClusterRefused", "answered 429 Too Many Requests: too many requests", 0..=5);
}

#[test]
fn a_server_that_says_nothing_is_named_with_the_call_and_the_time() {
    let silent: Manner = |_, _| {
        thread::sleep(Duration::from_mins(2));
        Ok(())
    };
    fails(
        silent,
        "ClusterUnreachable",
        "nothing came to GET /api/v1/namespaces/kube-system/secrets for 1",
        9..=16,
    );
}

#[test]
fn an_answer_that_trickles_in_is_not_waited_for_without_end() {
    let slow: Manner = |stream, _| {
        write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n")?;
        (0..1000).try_for_each(|_| {
            thread::sleep(Duration::from_secs(1));
            stream.write_all(b" ")
        })
    };
    fails(slow, "ClusterUnreachable", "for 2", 19..=26);
}

#[test]
fn a_connection_that_breaks_in_the_middle_is_told() {
    let words = "it hung up in the middle of GET /api/v1/namespaces/kube-system/secrets";
    fails(|_, _| Ok(()), "ClusterUnreachable", words, 0..=5);
    let half: Manner =
        |stream, _| write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n{{\"items\":");
    fails(half, "ClusterUnreachable", words, 0..=5);
    let chunk: Manner =
        |stream, _| write!(stream, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\nff\r\n{{\"items\":");
    fails(chunk, "ClusterUnreachable", words, 0..=5);
}

#[test]
fn what_is_no_answer_is_told() {
    let short: Manner =
        |stream, _| write!(stream, "HTTP/1.1 200 OK\r\ncontent-length: 5\r\n\r\n{{\"items\": []}}");
    fails(short, "ClusterNotKubernetes", "secrets with no JSON", 0..=5);
    fails(|stream, _| stream.write_all(b"SSH-2.0-x\r\n"), "ClusterUnreachable", "is no HTTP", 0..=5);
    fails(|stream, _| reply(stream, "200 OK", "<html>"), "ClusterNotKubernetes", "with no JSON", 0..=5);
}

#[test]
fn a_join_gives_up_in_time_whatever_the_server_does() {
    let silent: Manner = |_, _| {
        thread::sleep(Duration::from_mins(2));
        Ok(())
    };
    for (manner, words) in [(silent, "it does not answer"), (|_, _| Ok(()), "closes the connection")] {
        let folder = TempDir::new().unwrap();
        let config = folder.path().join("join.yaml");
        let text = format!(
            "apiVersion: kubeadm.k8s.io/v1beta4\nkind: JoinConfiguration\ntimeouts: {{discovery: 3s}}\n\
             nodeRegistration: {{name: a, ignorePreflightErrors: [all]}}\n\
             discovery: {{bootstrapToken: {{apiServerEndpoint: '{}', token: abcdef.0123456789abcdef, \
             unsafeSkipCAVerification: true}}}}\n",
            serve(manner)
        );
        fs::write(&config, text).unwrap();
        let root = folder.path().join("root").display().to_string();
        let ended =
            run(&[], &["join", "--dry-run", "--output-dir", &root, "--config", config.to_str().unwrap()]);
        assert_eq!((ended.code, ended.id()), (Some(1), "DiscoveryUnreachable"), "{ended:?}");
        assert!(ended.said.contains(words) && ended.took < Duration::from_secs(10), "{ended:?}");
        assert!(!folder.path().join("root").exists());
    }
}
