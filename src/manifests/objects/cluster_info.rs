//! The cluster-info ConfigMap: where the cluster is and which CA it trusts, signed with each bootstrap token.

use serde_json::{Value, json};

use super::BadObject;
use super::jws::{self, SIGNATURE_PREFIX};
use super::object::{KUBE_PUBLIC, Object, ObjectKind, document};
use super::template::{parse, set};
use crate::config::BootstrapToken;
use crate::yaml;

const TEMPLATE: &str = include_str!("../../../templates/objects/cluster-info-kubeconfig.yaml");

/// The ConfigMap that discovery by token reads. Each token that may sign signs it here, so that nobody has to wait
/// for the controller manager to do it; its signer makes the same signatures later on.
pub(super) fn cluster_info(cluster: &Value, tokens: &[BootstrapToken]) -> Result<Object, BadObject> {
    let kubeconfig = kubeconfig(cluster)?;
    let mut data = serde_json::Map::from_iter([("kubeconfig".to_owned(), json!(kubeconfig))]);
    for token in tokens.iter().filter(|token| token.usages.iter().any(|usage| usage == "signing")) {
        let signature = jws::sign(&kubeconfig, &token.token);
        data.insert(format!("{SIGNATURE_PREFIX}{}", token.token.id), json!(signature));
    }
    let mut map = document(ObjectKind::ConfigMap, Some(KUBE_PUBLIC), "cluster-info");
    map.insert("data".to_owned(), Value::Object(data));
    Ok(Object::apply(ObjectKind::ConfigMap, Value::Object(map)))
}

fn kubeconfig(cluster: &Value) -> Result<String, BadObject> {
    let mut kubeconfig = parse(TEMPLATE);
    set(&mut kubeconfig, "/clusters/0/cluster", cluster.clone());
    kubeconfig.sort_all_objects();
    yaml::to_string(&kubeconfig)
        .map_err(|source| BadObject::Text { what: "the cluster-info kubeconfig", source })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture;

    #[test]
    fn only_tokens_that_may_sign_do() {
        let mut tokens = fixture::config().bootstrap_tokens;
        let mut mute = tokens[0].clone();
        mute.token.id = "mutemu".to_owned();
        mute.usages = vec!["authentication".to_owned()];
        tokens.push(mute);
        let body =
            cluster_info(&json!({ "server": "https://10.0.0.1:6443" }), &tokens).unwrap().body.redacted();
        let keys: Vec<&str> = body["data"].as_object().unwrap().keys().map(String::as_str).collect();
        assert_eq!(keys, ["kubeconfig", "jws-kubeconfig-abcdef"]);
    }

    #[test]
    fn the_kubeconfig_is_written_as_client_go_writes_it() {
        let cluster = json!({ "server": "https://10.0.0.1:6443", "certificate-authority-data": "QUJD" });
        let text = "apiVersion: v1\nclusters:\n- cluster:\n    certificate-authority-data: QUJD\n    \
                    server: https://10.0.0.1:6443\n  name: \"\"\ncontexts: null\ncurrent-context: \"\"\n\
                    kind: Config\nusers: null\n";
        let ours = kubeconfig(&cluster).unwrap();
        assert_eq!(yaml::from_str::<Value>(&ours).unwrap(), yaml::from_str::<Value>(text).unwrap());
    }
}
