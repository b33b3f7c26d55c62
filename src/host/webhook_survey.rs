//! The admission webhooks that fail closed, and who answers for them.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::Value;

use super::survey::{Asker, NotSurveyed};
use crate::facts::{Candidate, Seen, Unseen, Webhook, candidates, ready_on};

const CONFIGURATIONS: [(&str, &str); 2] = [
    (
        "ValidatingWebhookConfiguration",
        "/apis/admissionregistration.k8s.io/v1/validatingwebhookconfigurations",
    ),
    ("MutatingWebhookConfiguration", "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"),
];
const NAMESPACE: &str = "/api/v1/namespaces/kube-system";
const WHAT: &str = "list the admission webhooks";

/// Two lists; and where there is such a webhook, the labels of kube-system and the endpoints of each Service besides.
pub async fn webhooks(ask: &Asker<'_>) -> Seen<Vec<Webhook>> {
    found(ask).await.map_err(|error| Unseen::new("admission webhooks", error))
}

async fn found(ask: &Asker<'_>) -> Result<Vec<Webhook>, NotSurveyed> {
    let [(validating, of_validating), (mutating, of_mutating)] = CONFIGURATIONS;
    let (one, other) = tokio::join!(ask.all(of_validating, WHAT), ask.all(of_mutating, WHAT));
    let all = [(validating, one?), (mutating, other?)];
    let candidates: Vec<Candidate> = all
        .iter()
        .flat_map(|(kind, configurations)| {
            configurations.iter().flat_map(move |found| candidates(kind, found))
        })
        .collect();
    let labels = if candidates.iter().any(Candidate::selects_namespaces) {
        labels(&ask.one(NAMESPACE, WHAT).await?)
    } else {
        BTreeMap::new()
    };
    let mut webhooks: Vec<Webhook> =
        candidates.into_iter().filter_map(|candidate| candidate.in_namespace(&labels)).collect();
    let mut ready: BTreeMap<String, BTreeSet<String>> = BTreeMap::new();
    for webhook in &mut webhooks {
        if !ready.contains_key(&webhook.service) {
            let slices = ask.all(&slices(&webhook.service), WHAT).await?;
            ready.insert(webhook.service.clone(), ready_on(&slices));
        }
        webhook.ready_on = ready.get(&webhook.service).cloned().unwrap_or_default();
    }
    Ok(webhooks)
}

fn slices(service: &str) -> String {
    let (namespace, name) = service.split_once('/').unwrap_or_default();
    format!(
        "/apis/discovery.k8s.io/v1/namespaces/{namespace}/endpointslices?labelSelector=kubernetes.io%2Fservice-name%3D{name}"
    )
}

fn labels(namespace: &Value) -> BTreeMap<String, String> {
    let labels = namespace.pointer("/metadata/labels").and_then(Value::as_object).into_iter().flatten();
    labels.filter_map(|(name, value)| Some((name.clone(), value.as_str()?.to_owned()))).collect()
}
