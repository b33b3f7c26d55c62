//! Admission webhooks that fail closed, out of their configurations: which of them are asked about what an upgrade writes.

use std::collections::{BTreeMap, BTreeSet};

use k8s_openapi::apimachinery::pkg::apis::meta::v1::LabelSelector;
use kube::core::{Selector, SelectorExt as _};
use serde::{Deserialize, Serialize};
use serde_json::Value;

/// A webhook without whose answer an upgrade's objects are refused.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Webhook {
    /// As in `ValidatingWebhookConfiguration policies`.
    pub configuration: String,
    /// Its own name in that.
    pub name: String,
    /// What it is asked about of all that an upgrade writes: `configmaps`.
    pub resources: Vec<String>,
    /// `NAMESPACE/NAME` of the Service that answers.
    pub service: String,
    /// Whether it is asked about some of these objects only, by conditions that nobody evaluates here.
    pub has_conditions: bool,
    /// The nodes on which its pods are ready; an endpoint that names none has an empty name.
    pub ready_on: BTreeSet<String>,
}

/// A webhook, and the selectors that decide in which namespaces it is asked.
#[derive(Debug, Clone, PartialEq)]
pub struct Candidate {
    /// Without its pods, of which its configuration knows nothing.
    pub webhook: Webhook,
    namespaces: Value,
}

/// What an upgrade writes or makes others write: group, resource, and whether it is in a namespace.
const WRITTEN: [(&str, &str, bool); 13] = [
    ("", "configmaps", true),
    ("", "nodes", false),
    ("", "pods", true),
    ("", "secrets", true),
    ("", "serviceaccounts", true),
    ("", "services", true),
    ("apps", "daemonsets", true),
    ("apps", "deployments", true),
    ("coordination.k8s.io", "leases", true),
    ("rbac.authorization.k8s.io", "clusterrolebindings", false),
    ("rbac.authorization.k8s.io", "clusterroles", false),
    ("rbac.authorization.k8s.io", "rolebindings", true),
    ("rbac.authorization.k8s.io", "roles", true),
];
/// The labels of the pods that it makes again, of which one is enough.
const PODS: [(&str, &str); 3] =
    [("tier", "control-plane"), ("k8s-app", "kube-dns"), ("k8s-app", "kube-proxy")];
const OPERATIONS: [&str; 3] = ["CREATE", "UPDATE", "*"];

/// Those of a configuration of this kind that fail closed, are asked about anything that an upgrade writes, and answer by a Service.
pub fn candidates(kind: &str, configuration: &Value) -> Vec<Candidate> {
    let name = configuration.pointer("/metadata/name").and_then(Value::as_str).unwrap_or_default();
    let webhooks = configuration["webhooks"].as_array().into_iter().flatten();
    webhooks.filter_map(|webhook| candidate(&format!("{kind} {name}"), webhook)).collect()
}

fn candidate(configuration: &str, webhook: &Value) -> Option<Candidate> {
    // Fail is what holds where nothing is said.
    let fails_closed = webhook["failurePolicy"].as_str().is_none_or(|policy| policy == "Fail");
    let resources: Vec<String> = WRITTEN
        .iter()
        .filter(|written| asks_about(webhook, written))
        .map(|(_, resource, _)| (*resource).to_owned())
        .collect();
    let service = webhook.pointer("/clientConfig/service")?;
    let text = |name: &str| service[name].as_str().unwrap_or_default();
    let has_conditions = webhook["matchConditions"].as_array().is_some_and(|all| !all.is_empty());
    let named = webhook["name"].as_str().unwrap_or_default().to_owned();
    (fails_closed && !resources.is_empty()).then(|| Candidate {
        webhook: Webhook {
            configuration: configuration.to_owned(),
            name: named,
            resources,
            service: format!("{}/{}", text("namespace"), text("name")),
            has_conditions,
            ready_on: BTreeSet::new(),
        },
        namespaces: webhook["namespaceSelector"].clone(),
    })
}

fn asks_about(webhook: &Value, (group, resource, is_namespaced): &(&str, &str, bool)) -> bool {
    let has = |rule: &Value, list: &str, wanted: &[&str]| {
        let items = rule[list].as_array().into_iter().flatten();
        items.filter_map(Value::as_str).any(|item| wanted.contains(&item))
    };
    let of_scope = |rule: &Value| match rule["scope"].as_str() {
        Some("Namespaced") => *is_namespaced,
        Some("Cluster") => !*is_namespaced,
        Some(_) | None => true,
    };
    let is_of_rule = |rule: &Value| {
        has(rule, "operations", &OPERATIONS)
            && has(rule, "apiGroups", &[group, "*"])
            && has(rule, "resources", &[resource, "*", "*/*"])
            && of_scope(rule)
    };
    let labels = |pair: &(&str, &str)| BTreeMap::from([(pair.0.to_owned(), pair.1.to_owned())]);
    let objects = &webhook["objectSelector"];
    let is_selected = match *resource {
        "pods" => PODS.iter().any(|pair| selects(objects, &labels(pair))),
        _ => selects(objects, &BTreeMap::new()),
    };
    is_selected && webhook["rules"].as_array().into_iter().flatten().any(is_of_rule)
}

impl Candidate {
    /// Whether it depends on the labels of the namespace.
    pub fn selects_namespaces(&self) -> bool {
        self.namespaces.as_object().is_some_and(|selector| !selector.is_empty())
    }

    /// The webhook, asked about what is in a namespace of these labels and of the whole cluster; none where nothing is left.
    pub fn in_namespace(self, labels: &BTreeMap<String, String>) -> Option<Webhook> {
        let mut webhook = self.webhook;
        if !selects(&self.namespaces, labels) {
            let is_of_cluster =
                |name: &String| WRITTEN.iter().any(|(_, own, is_namespaced)| own == name && !is_namespaced);
            webhook.resources.retain(is_of_cluster);
        }
        (!webhook.resources.is_empty()).then_some(webhook)
    }
}

/// Nothing given selects all; what is no selector is taken to select, too.
fn selects(selector: &Value, labels: &BTreeMap<String, String>) -> bool {
    let selector: LabelSelector = serde_json::from_value(selector.clone()).unwrap_or_default();
    Selector::try_from(selector).map_or(true, |selector| selector.matches(labels))
}

/// The nodes with an endpoint that is ready, of a Service's `EndpointSlices`. A Service without any has none.
pub fn ready_on(slices: &[Value]) -> BTreeSet<String> {
    let endpoints = slices.iter().flat_map(|slice| slice["endpoints"].as_array().into_iter().flatten());
    let ready = endpoints.filter(|endpoint| endpoint["conditions"]["ready"].as_bool().unwrap_or(true));
    ready.map(|endpoint| endpoint["nodeName"].as_str().unwrap_or_default().to_owned()).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn configuration(change: &Value) -> Value {
        let mut webhook = json!({
            "name": "a.test", "failurePolicy": "Fail",
            "clientConfig": { "service": { "namespace": "policies", "name": "webhook" } },
            "rules": [{ "operations": ["CREATE"], "apiGroups": ["", "apps"], "apiVersions": ["*"], "resources": ["configmaps", "nodes", "pods"] }],
        });
        webhook.as_object_mut().unwrap().extend(change.as_object().unwrap().clone());
        json!({ "metadata": { "name": "policies" }, "webhooks": [webhook] })
    }

    fn found(change: &Value) -> Vec<Webhook> {
        let labels = BTreeMap::from([("kubernetes.io/metadata.name".to_owned(), "kube-system".to_owned())]);
        let all = candidates("ValidatingWebhookConfiguration", &configuration(change));
        all.into_iter().filter_map(|one| one.in_namespace(&labels)).collect()
    }

    #[test]
    fn a_webhook_that_fails_closed_is_told_with_what_it_is_asked_about() {
        let webhook = found(&json!({})).remove(0);
        assert_eq!(webhook.configuration, "ValidatingWebhookConfiguration policies");
        assert_eq!(
            (webhook.service.as_str(), webhook.resources.join(" ").as_str()),
            ("policies/webhook", "configmaps nodes pods")
        );
        assert_eq!(found(&json!({ "failurePolicy": null })).len(), 1);
        let everything =
            json!({ "rules": [{ "operations": ["*"], "apiGroups": ["*"], "resources": ["*/*"] }] });
        assert_eq!(found(&everything)[0].resources.len(), WRITTEN.len());
        for nothing in [
            json!({ "failurePolicy": "Ignore" }),
            json!({ "clientConfig": { "url": "https://a.test" } }),
            json!({ "rules": [{ "operations": ["DELETE"], "apiGroups": ["*"], "resources": ["*"] }] }),
            json!({ "rules": [{ "operations": ["*"], "apiGroups": ["batch"], "resources": ["*"] }] }),
            json!({ "rules": [] }),
        ] {
            assert!(found(&nothing).is_empty(), "{nothing}");
        }
    }

    #[test]
    fn selectors_leave_out_what_they_do_not_select() {
        let term = |key: &str, operator: &str| json!({ "matchExpressions": [{ "key": key, "operator": operator, "values": ["kube-system"] }] });
        let name = "kubernetes.io/metadata.name";
        let resources = |change: &Value| {
            found(change).first().map(|webhook| webhook.resources.join(" ")).unwrap_or_default()
        };
        let of_namespaces = |selector: &Value| resources(&json!({ "namespaceSelector": selector }));
        assert_eq!(of_namespaces(&term(name, "NotIn")), "nodes");
        assert_eq!(of_namespaces(&term(name, "In")), "configmaps nodes pods");
        assert_eq!(of_namespaces(&term("ignore", "DoesNotExist")), "configmaps nodes pods");
        assert_eq!(of_namespaces(&term("watched", "Exists")), "nodes");
        assert_eq!(of_namespaces(&json!({ "matchLabels": { "a": "b" } })), "nodes");
        assert_eq!(
            resources(&json!({ "objectSelector": { "matchLabels": { "k8s-app": "kube-dns" } } })),
            "pods"
        );
        assert_eq!(resources(&json!({ "objectSelector": { "matchLabels": { "watched": "yes" } } })), "");
        assert_eq!(
            resources(
                &json!({ "rules": [{ "operations": ["*"], "apiGroups": ["*"], "resources": ["*"], "scope": "Cluster" }] })
            ),
            "nodes clusterrolebindings clusterroles"
        );
    }

    #[test]
    fn an_endpoint_is_ready_unless_it_says_otherwise() {
        let slices = [
            json!({ "endpoints": [
            { "nodeName": "cp1", "conditions": { "ready": true } },
            { "nodeName": "w1", "conditions": { "ready": false } },
            { "conditions": {} },
        ] }),
            json!({}),
        ];
        assert_eq!(ready_on(&slices).into_iter().collect::<Vec<_>>(), ["", "cp1"]);
        assert!(ready_on(&[]).is_empty());
    }
}
