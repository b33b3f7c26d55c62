//! A configuration in v1beta4 → the same in v1beta3, which is all that the kubeadm of Kubernetes 1.29 and 1.30 reads;
//! by rules of its own, since what is compared must not convert itself.

use std::collections::BTreeSet;

use serde_json::{Map, Value, json};

const NEW: &str = "kubeadm.k8s.io/v1beta4";
const OLD: &str = "kubeadm.k8s.io/v1beta3";

/// Lists of arguments that v1beta3 has as maps.
const ARGUMENTS: &[(&str, &str)] = &[
    ("InitConfiguration", "/nodeRegistration/kubeletExtraArgs"),
    ("ClusterConfiguration", "/apiServer/extraArgs"),
    ("ClusterConfiguration", "/controllerManager/extraArgs"),
    ("ClusterConfiguration", "/scheduler/extraArgs"),
    ("ClusterConfiguration", "/etcd/local/extraArgs"),
];

/// What v1beta3 has no field for.
const NEWER: &[(&str, &str)] = &[
    ("InitConfiguration", "/dryRun"),
    ("InitConfiguration", "/nodeRegistration/imagePullSerial"),
    ("ClusterConfiguration", "/certificateValidityPeriod"),
    ("ClusterConfiguration", "/caCertificateValidityPeriod"),
    ("ClusterConfiguration", "/apiServer/extraEnvs"),
    ("ClusterConfiguration", "/controllerManager/extraEnvs"),
    ("ClusterConfiguration", "/scheduler/extraEnvs"),
    ("ClusterConfiguration", "/etcd/local/extraEnvs"),
    ("ClusterConfiguration", "/etcd/external/httpEndpoints"),
    ("ClusterConfiguration", "/dns/disabled"),
    ("ClusterConfiguration", "/proxy"),
];

/// The text with its documents in v1beta3 and its comments; or what of it v1beta3 cannot say.
pub fn of(text: &str) -> Result<String, String> {
    let mut documents = crate::kubeadms::yaml::documents(text);
    let mut lost = BTreeSet::new();
    let timeout = documents.iter_mut().find_map(|document| shift(document, &mut lost));
    for document in documents.iter_mut().filter(|document| document["apiVersion"] == NEW) {
        convert(document, timeout.as_ref(), &mut lost);
    }
    let texts: Vec<String> = documents.iter().map(|document| format!("{document}\n")).collect();
    let whole = comments(text) + &texts.join("---\n");
    if lost.is_empty() { Ok(whole) } else { Err(Vec::from_iter(lost).join(", ")) }
}

fn comments(text: &str) -> String {
    text.lines().filter(|line| line.starts_with('#')).flat_map(|line| [line, "\n"]).collect()
}

/// Takes the timeouts out of the InitConfiguration. One of them v1beta3's ClusterConfiguration has.
fn shift(document: &mut Value, lost: &mut BTreeSet<String>) -> Option<Value> {
    let mut timeouts = if is(document, "InitConfiguration") { take(document, "/timeouts") } else { None }?;
    let found = take(&mut timeouts, "/controlPlaneComponentHealthCheck");
    let others = timeouts.as_object().into_iter().flat_map(Map::keys);
    lost.extend(others.map(|name| format!("timeouts.{name}")));
    found
}

fn is(document: &Value, kind: &str) -> bool {
    document["apiVersion"] == NEW && document["kind"] == kind
}

fn convert(document: &mut Value, timeout: Option<&Value>, lost: &mut BTreeSet<String>) {
    let rows = |rows: &'static [(&str, &str)], document: &Value| {
        let kind = document["kind"].as_str().unwrap_or_default().to_owned();
        rows.iter().filter(move |row| row.0 == kind).map(|row| row.1)
    };
    for path in rows(ARGUMENTS, document) {
        if let Some(arguments) = document.pointer_mut(path) {
            *arguments = map(arguments, path, lost);
        }
    }
    let newer = rows(NEWER, document).filter(|path| document.pointer(path).is_some());
    lost.extend(newer.map(dotted));
    if is(document, "ClusterConfiguration") {
        algorithm(document, lost);
        if let Some(timeout) = timeout {
            document["apiServer"]["timeoutForControlPlane"] = timeout.clone();
        }
    }
    document["apiVersion"] = json!(OLD);
}

fn map(arguments: &Value, path: &str, lost: &mut BTreeSet<String>) -> Value {
    let mut map = Map::new();
    for argument in arguments.as_array().into_iter().flatten() {
        let name = argument["name"].as_str().unwrap_or_default();
        if map.insert(name.to_owned(), argument["value"].clone()).is_some() {
            lost.insert(format!("{} with {name} twice", dotted(path)));
        }
    }
    Value::Object(map)
}

/// v1beta3 knows two kinds of keys, by a gate.
fn algorithm(document: &mut Value, lost: &mut BTreeSet<String>) {
    match take(document, "/encryptionAlgorithm").as_ref().and_then(Value::as_str) {
        None | Some("RSA-2048") => {}
        Some("ECDSA-P256") => document["featureGates"]["PublicKeysECDSA"] = json!(true),
        Some(other) => drop(lost.insert(format!("encryptionAlgorithm {other}"))),
    }
}

fn take(document: &mut Value, path: &str) -> Option<Value> {
    let (parent, name) = path.rsplit_once('/')?;
    document.pointer_mut(parent)?.as_object_mut()?.remove(name)
}

fn dotted(path: &str) -> String {
    path[1..].replace('/', ".")
}

#[test]
fn what_v1beta3_can_say_is_said_in_its_words_and_the_rest_is_named() {
    let init = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: InitConfiguration\n";
    let cluster = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";
    let text = format!(
        "#: arg --x\n{init}timeouts: {{controlPlaneComponentHealthCheck: 5m0s}}\n---\n{cluster}\
         encryptionAlgorithm: ECDSA-P256\nscheduler: {{extraArgs: [{{name: v, value: '4'}}]}}\n---\nkind: Other\n"
    );
    let converted = of(&text).unwrap();
    assert!(converted.starts_with("#: arg --x\n{"), "{converted}");
    assert_eq!(
        crate::kubeadms::yaml::documents(&converted),
        [
            json!({"apiVersion": OLD, "kind": "InitConfiguration"}),
            json!({
                "apiVersion": OLD, "kind": "ClusterConfiguration", "featureGates": {"PublicKeysECDSA": true},
                "apiServer": {"timeoutForControlPlane": "5m0s"}, "scheduler": {"extraArgs": {"v": "4"}},
            }),
            json!({"kind": "Other"}),
        ]
    );
    let newer = format!(
        "{init}timeouts: {{discovery: 7m}}\n---\n{cluster}encryptionAlgorithm: RSA-4096\nproxy: {{}}\n\
         scheduler: {{extraArgs: [{{name: v, value: '4'}}, {{name: v, value: '5'}}]}}\n"
    );
    let named = "encryptionAlgorithm RSA-4096, proxy, scheduler.extraArgs with v twice, timeouts.discovery";
    assert_eq!(of(&newer).unwrap_err(), named);
}
