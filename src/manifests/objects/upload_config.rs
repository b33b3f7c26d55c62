//! The configuration that joining nodes and later upgrades read back from the cluster.

use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::BadObject;
use super::grants::{READ_KUBEADM_CONFIG, READ_KUBELET_CONFIG};
use super::object::{KUBE_SYSTEM, Object, ObjectKind, document};
use crate::config::{ComponentDocument, Spec};
use crate::manifests::component;
use crate::yaml;

const HASH_ANNOTATION: &str = "kubeadm.kubernetes.io/component-config.hash";

/// upload-config's first half: the ConfigMap kubeadm-config and who reads it. `cluster_configuration` is the
/// ClusterConfiguration's document as text.
pub fn upload_kubeadm_config(cluster_configuration: &str) -> Vec<Object> {
    let data = json!({ "ClusterConfiguration": cluster_configuration });
    let mut objects = vec![config_map("kubeadm-config", data)];
    objects.extend(READ_KUBEADM_CONFIG.objects());
    objects
}

/// upload-config's second half: the ConfigMap kubelet-config, the same for all nodes, and who reads it.
///
/// # Errors
/// [`BadObject::Text`], where a value of the user's configuration is none that YAML can hold.
pub fn upload_kubelet_config(spec: Spec<'_>) -> Result<Vec<Object>, BadObject> {
    let text = yaml::to_string(&component::kubelet(spec).document)
        .map_err(|source| BadObject::Text { what: "the kubelet's configuration", source })?;
    let map = signed(config_map("kubelet-config", json!({ "kubelet": text })), &spec.cluster.kubelet);
    let mut objects = vec![map];
    objects.extend(READ_KUBELET_CONFIG.objects());
    Ok(objects)
}

fn config_map(name: &str, data: Value) -> Object {
    let mut map = document(ObjectKind::ConfigMap, Some(KUBE_SYSTEM), name);
    map.insert("data".to_owned(), data);
    Object::apply(ObjectKind::ConfigMap, Value::Object(map))
}

/// A ConfigMap that holds nothing of the user's own says so by the digest of its texts, one after the other in the
/// order of their keys: an upgrade that finds the digest right makes a new configuration, and otherwise keeps it.
pub(super) fn signed(mut map: Object, given: &ComponentDocument) -> Object {
    if !given.fields.is_empty() && !given.is_generated {
        return map;
    }
    if let super::Body::Open(body) = &mut map.body {
        let digest = json!(checksum(&body["data"]));
        body["metadata"]["annotations"] = json!({ HASH_ANNOTATION: digest });
    }
    map
}

/// Whether a ConfigMap says that it holds nothing of the user's own, and is right about it.
pub fn is_generated(map: &Value) -> bool {
    let told =
        map.get("metadata").and_then(|metadata| metadata.get("annotations")?.get(HASH_ANNOTATION)?.as_str());
    told.is_some_and(|told| told == checksum(map.get("data").unwrap_or(&Value::Null)))
}

fn checksum(data: &Value) -> String {
    let mut entries: Vec<(&String, &Value)> = data.as_object().into_iter().flatten().collect();
    entries.sort_by_key(|(key, _)| *key);
    let mut hash = Sha256::new();
    entries.iter().filter_map(|(_, text)| text.as_str()).for_each(|text| hash.update(text));
    let start = "sha256:".to_owned();
    hash.finalize().iter().fold(start, |text, byte| text + &format!("{byte:02x}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture;

    #[test]
    fn the_digest_is_that_of_the_texts_in_the_order_of_their_keys() {
        // printf 'onetwo' | sha256sum
        let digest = "sha256:25b6746d5172ed6352966a013d93ac846e1110d5a25e8f183b5931f4688842a1";
        assert_eq!(checksum(&json!({ "b": "two", "a": "one" })), digest);
    }

    #[test]
    fn a_configuration_of_the_user_s_own_goes_without_a_digest() {
        let mut config = fixture::config();
        let annotations = |config: Spec<'_>| {
            upload_kubelet_config(config).unwrap()[0].body.redacted()["metadata"]["annotations"].clone()
        };
        assert!(annotations(config.spec())[HASH_ANNOTATION].is_string());
        config.cluster.kubelet.fields.insert("maxPods".to_owned(), json!(50));
        assert!(annotations(config.spec()).is_null());
        config.cluster.kubelet.is_generated = true;
        assert!(annotations(config.spec())[HASH_ANNOTATION].is_string());
        let stored = upload_kubelet_config(config.spec()).unwrap()[0].body.redacted();
        assert!(is_generated(&stored));
        let mut edited = stored;
        edited["data"]["kubelet"] = json!("maxPods: 7");
        assert!(!is_generated(&edited) && !is_generated(&Value::Null));
    }
}
