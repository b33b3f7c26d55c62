//! What `upgrade plan` finds in the cluster beside its control plane: addons that somebody has changed, and webhooks that nobody answers for.

use serde_json::{Value, json};
use tempfile::TempDir;

use crate::cluster::Cluster;
use crate::made::{init, object};
use crate::{Case, findings, sound};

/// A cluster as an init of 1.36.1 has made it.
pub fn cluster() -> Cluster {
    let folder = TempDir::new().unwrap();
    init("v1.36.1", folder.path());
    let mut cluster = crate::of_1_36_1();
    cluster.dns_pods = object(folder.path(), "deployment/kube-system/coredns");
    cluster.proxy = object(folder.path(), "daemonset/kube-system/kube-proxy");
    cluster
}

fn told(cluster: Cluster, id: &str) -> Vec<Value> {
    let document = Case::new(cluster, Some(sound())).document(&["v1.36.3"]);
    let all = document["findings"].as_array().unwrap();
    all.iter().filter(|finding| finding["id"] == id).cloned().collect()
}

#[test]
fn addons_as_they_were_made_are_not_told_and_each_changed_field_is() {
    assert_eq!(told(cluster(), "AddonEdits"), [Value::Null; 0]);
    let mut changed = cluster();
    let edited = json!({ "f:spec": { "f:replicas": {}, "f:template": { "f:spec": { "f:nodeSelector": { "f:disk": {} }, "f:tolerations": {} } } } });
    changed.dns_pods["metadata"]["managedFields"] = json!([{ "manager": "kubectl-edit", "operation": "Update", "fieldsType": "FieldsV1", "fieldsV1": edited }]);
    changed.dns_pods["spec"]["replicas"] = json!(5);
    let pod = &mut changed.dns_pods["spec"]["template"]["spec"];
    pod["nodeSelector"]["disk"] = "ssd".into();
    pod["tolerations"] = json!([{ "key": "mine", "operator": "Exists" }]);
    let container = &mut changed.proxy["spec"]["template"]["spec"]["containers"][0];
    container["image"] = "mirror.test/kube-proxy:v1.36.1".into();
    container["resources"] = json!({ "limits": { "memory": "1Gi" } });
    let found = told(changed, "AddonEdits");
    let messages: Vec<&str> = found.iter().map(|finding| finding["message"].as_str().unwrap()).collect();
    assert_eq!(
        messages,
        [
            "of the Deployment coredns stays as it is: spec.replicas, spec.template.spec.tolerations, spec.template.spec.nodeSelector.disk",
            "of the DaemonSet kube-proxy is written over: spec.template.spec.containers[kube-proxy].image (registry and name)",
        ]
    );
    assert!(found.iter().all(|finding| finding["severity"] == "info"), "{found:#?}");
}

fn webhook(selector: &Value) -> Value {
    json!({ "metadata": { "name": "policies" }, "webhooks": [{
        "name": "validate.policies.test", "failurePolicy": "Fail", "namespaceSelector": selector,
        "clientConfig": { "service": { "namespace": "policies", "name": "webhook" } },
        "rules": [{ "operations": ["*"], "apiGroups": [""], "apiVersions": ["v1"], "resources": ["configmaps"], "scope": "*" }],
    }] })
}

fn slice(is_ready: bool) -> Value {
    json!({ "endpoints": [{ "addresses": ["10.0.0.1"], "nodeName": "w1", "conditions": { "ready": is_ready } }] })
}

#[test]
fn a_webhook_that_nobody_answers_for_is_in_the_way_and_one_that_leaves_kube_system_out_is_not() {
    let found = |selector: &Value, endpoints: Option<Value>| {
        let mut cluster = cluster();
        cluster.webhooks = vec![webhook(selector)];
        cluster.endpoints = endpoints.into_iter().collect();
        told(cluster, "WebhookInTheWay")
    };
    let all = json!({});
    let in_the_way = found(&all, Some(slice(false)));
    assert_eq!(in_the_way.len(), 1);
    assert_eq!(in_the_way[0]["severity"], "error");
    let text = in_the_way[0].to_string();
    assert!(
        text.contains("validate.policies.test")
            && text.contains("policies/webhook")
            && text.contains("configmaps"),
        "{text}"
    );
    assert_eq!(found(&all, None).len(), 1);
    assert!(found(&all, Some(slice(true))).is_empty());
    let elsewhere = json!({ "matchExpressions": [{ "key": "kubernetes.io/metadata.name", "operator": "NotIn", "values": ["kube-system"] }] });
    assert!(found(&elsewhere, None).is_empty());
    let mut cluster = cluster();
    cluster.webhooks = vec![webhook(&all)];
    let blocked = Case::new(cluster, Some(sound()));
    assert_eq!(blocked.run(&["v1.36.3"]).status.code(), Some(2));
    let document = blocked.document(&["v1.36.3", "--ignore-preflight-errors", "WebhookInTheWay"]);
    assert!(findings(&document).contains(&"warning WebhookInTheWay".to_owned()), "{document:#}");
}
