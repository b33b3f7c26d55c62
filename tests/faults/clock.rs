//! Clocks that are wrong, or are set while a run waits.

use std::fs;
use std::net::TcpListener;
use std::process::{Child, Command, Stdio};
use std::thread;
use std::time::Duration;

use assert_cmd::cargo::cargo_bin;
use tempfile::TempDir;

use crate::host::Host;
use crate::network::kubeconfig;
use crate::program::{Ended, run, timed};

/// openssl's, with the API server's certificate; ended with the value.
struct Server(Child);

impl Drop for Server {
    fn drop(&mut self) {
        let _ = self.0.kill();
        let _ = self.0.wait();
    }
}

fn serve(host: &Host, port: u16) -> Server {
    let pki = host.root().join("etc/kubernetes/pki");
    let mut command = Command::new("openssl");
    command.args(["s_server", "-quiet", "-www", "-accept", &port.to_string()]);
    command.arg("-cert").arg(pki.join("apiserver.crt")).arg("-key").arg(pki.join("apiserver.key"));
    let child = command.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn().unwrap();
    while std::net::TcpStream::connect(("127.0.0.1", port)).is_err() {
        thread::sleep(Duration::from_millis(20));
    }
    Server(child)
}

fn free_port() -> u16 {
    TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port()
}

fn at(offset: &str, words: &[&str]) -> Ended {
    run(&["faketime", "-f", offset].map(str::to_owned), words)
}

#[test]
fn a_certificate_that_the_clock_makes_invalid_is_told_with_both_times() {
    let (host, port, folder) = (Host::laid_out(), free_port(), TempDir::new().unwrap());
    let _server = serve(&host, port);
    let ca = host.root().join("etc/kubernetes/pki/ca.crt");
    let cluster = format!(
        "{{server: 'https://127.0.0.1:{port}', tls-server-name: kubernetes, certificate-authority: {}}}",
        ca.display()
    );
    let path = kubeconfig(&folder, &cluster);
    let words = ["token", "list", "--kubeconfig", &path];
    for (offset, said) in
        [("-2d", "its certificate is valid from 20"), ("+400d", "its certificate was valid until 20")]
    {
        let ended = at(offset, &words);
        assert_eq!((ended.code, ended.id()), (Some(1), "ClusterUnreachable"), "{ended:?}");
        assert!(
            ended.said.contains(said) && ended.said.contains("this host's clock says 20"),
            "{}",
            ended.said
        );
        assert!(ended.said.contains("hint: compare `date` on both hosts"), "{}", ended.said);
    }
}

#[test]
fn certificates_from_the_future_are_refused_before_anything_is_written() {
    let host = Host::laid_out();
    let before = host.files();
    let ended = host.run(&["faketime", "-f", "-2d"].map(str::to_owned), &["init"]);
    assert_eq!(ended.code, Some(1), "{ended:?}");
    assert!(
        ended.said.contains("not valid before") || ended.said.contains("not yet valid"),
        "{}",
        ended.said
    );
    assert_eq!(host.files(), before);
}

/// The wall clock is set by a day, forward or back, while the program waits for a server: it waits as long as ever.
#[test]
fn a_wait_is_as_long_as_ever_whatever_the_clock_is_set_to() {
    for offset in ["+1d", "-1d"] {
        let folder = TempDir::new().unwrap();
        let port = free_port();
        let listener = TcpListener::bind(("127.0.0.1", port)).unwrap();
        thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(refuse(stream))));
        let path = kubeconfig(&folder, &format!("{{server: 'http://127.0.0.1:{port}'}}"));
        let clock = folder.path().join("clock");
        fs::write(&clock, "+0").unwrap();
        let mut command = Command::new(cargo_bin("kubewright"));
        command.args(["token", "list", "--kubeconfig", &path, "-o", "json"]).stdin(Stdio::null());
        command.env("LD_PRELOAD", library()).env("FAKETIME_TIMESTAMP_FILE", &clock);
        command.env("FAKETIME_NO_CACHE", "1").env("FAKETIME_DONT_FAKE_MONOTONIC", "1");
        let set = thread::spawn(move || {
            thread::sleep(Duration::from_secs(2));
            fs::write(&clock, offset).unwrap();
            folder
        });
        let ended = timed(command);
        drop(set.join());
        assert_eq!((ended.code, ended.id()), (Some(1), "ClusterRefused"), "{ended:?}");
        assert!((8..=15).contains(&ended.took.as_secs()), "{offset}: {ended:?}");
    }
}

fn refuse(mut stream: std::net::TcpStream) -> std::io::Result<()> {
    use std::io::{Read as _, Write as _};
    let _question = stream.read(&mut [0; 4096])?;
    stream.write_all(b"HTTP/1.1 503 x\r\nconnection: close\r\ncontent-length: 0\r\n\r\n")
}

/// Where faketime has it.
fn library() -> String {
    let said = Command::new("faketime").args(["-f", "+0", "sh", "-c", "echo $LD_PRELOAD"]).output().unwrap();
    String::from_utf8(said.stdout).unwrap().trim().to_owned()
}
