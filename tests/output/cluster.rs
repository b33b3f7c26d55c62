//! `token`, with an API server of canned answers.

use std::fs;
use std::net::TcpListener;
use std::thread;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};
use tempfile::TempDir;

use crate::http::talk;
use crate::program::{laid_out, output, told};
use crate::schema::complaints;

const SECRETS: &str = "/api/v1/namespaces/kube-system/secrets";

/// One token is there; others can be made.
fn answer(method: &str, path: &str) -> (u16, Value) {
    let is_there = path.starts_with(&format!("{SECRETS}/bootstrap-token-abcdef"));
    match method {
        "GET" if path.starts_with(&format!("{SECRETS}?")) => (200, json!({ "items": [secret()] })),
        "GET" | "DELETE" if is_there => (200, secret()),
        "GET" | "DELETE" => {
            (404, json!({ "kind": "Status", "code": 404, "reason": "NotFound", "message": "no" }))
        }
        _ => (201, secret()),
    }
}

fn secret() -> Value {
    let data = [
        ("token-id", "abcdef"),
        ("token-secret", "0123456789abcdef"),
        ("usage-bootstrap-signing", "true"),
        ("expiration", "2030-01-01T00:00:00Z"),
        ("description", "for the lab"),
    ];
    let data: serde_json::Map<String, Value> =
        data.iter().map(|(name, value)| ((*name).to_owned(), json!(STANDARD.encode(value)))).collect();
    json!({
        "apiVersion": "v1", "kind": "Secret", "type": "bootstrap.kubernetes.io/token", "data": data,
        "metadata": { "name": "bootstrap-token-abcdef", "namespace": "kube-system" },
    })
}

/// Serves until the test ends; its address.
fn serve() -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    thread::spawn(move || listener.incoming().flatten().for_each(|stream| drop(talk(&stream, answer))));
    address
}

/// A kubeconfig that leads to a new server, with the CA of a cluster.
fn kubeconfig() -> (TempDir, String) {
    let scratch = laid_out();
    let ca = STANDARD.encode(fs::read(scratch.path().join("etc/kubernetes/pki/ca.crt")).unwrap());
    let path = scratch.path().join("to-the-server.conf");
    let text = format!(
        "{{kind: Config, apiVersion: v1, current-context: a, contexts: [{{name: a, context: {{cluster: k, user: u}}}}], \
         users: [{{name: u, user: {{}}}}], clusters: [{{name: k, cluster: {{server: 'http://{}', \
         certificate-authority-data: {ca}}}}}]}}",
        serve()
    );
    fs::write(&path, text).unwrap();
    let path = path.to_str().unwrap().to_owned();
    (scratch, path)
}

#[test]
fn tokens_that_are_made_are_told_with_the_commands_to_join_by() {
    let (_scratch, kubeconfig) = kubeconfig();
    let create = |words: &[&str]| told(&[&["token", "create", "--kubeconfig", &kubeconfig], words].concat());
    let made = create(&["ghijkl.0123456789abcdef"]);
    assert_eq!(made.document["tokens"], json!(["ghijkl.0123456789abcdef"]), "{:#}", made.document);
    let key = "e6a2eb8581237ab72a4f494f30285ec12a9694d750b9785706a83bfcbbbd2204";
    for more in [&[][..], &["--certificate-key", key]] {
        let made = create(&[&["--print-join-command"], more].concat());
        assert!(made.document["joinCommands"][0].as_str().unwrap().starts_with("kubeadm join"), "{made:?}");
    }
    assert!(create(&["--dry-run"]).has("Objects", "planned"));
    assert_eq!(create(&["abcdef.0123456789abcdef"]).error_ids(), ["TokenTaken"]);
}

#[test]
fn tokens_that_are_deleted_are_told_also_where_others_are_not_there() {
    let (_scratch, kubeconfig) = kubeconfig();
    let delete = |words: &[&str]| told(&[&["token", "delete", "--kubeconfig", &kubeconfig], words].concat());
    assert!(delete(&["abcdef"]).has("DeletedTokens", "done"));
    assert!(delete(&["abcdef", "--dry-run"]).has("DeletedTokens", "planned"));
    let some = delete(&["abcdef", "ghijkl"]);
    assert!(some.has("DeletedTokens", "incomplete") && some.error_ids() == ["TokenNotFound"], "{some:?}");
    assert!(delete(&["ghijkl"]).has("DeletedTokens", "failed"));
}

#[test]
fn tokens_are_listed_as_kubeadm_s_documents() {
    let (_scratch, kubeconfig) = kubeconfig();
    let list = ["token", "list", "--kubeconfig", &kubeconfig];
    let told = told(&list).document;
    assert_eq!(
        (&told["kind"], &told["token"]),
        (&json!("BootstrapToken"), &json!("abcdef.0123456789abcdef"))
    );
    let yaml = output(&[&list[..], &["-o", "yaml"]].concat()).stdout;
    let document: Value = kubewright::yaml::from_str(&String::from_utf8(yaml).unwrap()).unwrap();
    assert_eq!((complaints(&document), document), (Vec::new(), told));
}

#[test]
fn a_failure_is_told_in_yaml_where_that_was_asked_for() {
    let output = output(&["token", "list", "--kubeconfig=/nonexistent", "-o", "yaml"]);
    let document: Value = kubewright::yaml::from_str(&String::from_utf8(output.stdout).unwrap()).unwrap();
    assert_eq!((complaints(&document), output.status.code()), (Vec::new(), Some(1)));
    assert_eq!(document["errors"][0]["id"], "KubeconfigMissing");
}
