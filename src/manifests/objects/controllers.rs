//! What the controller manager needs first and makes first, for the super administrator to put there ahead of it.
//!
//! Its first try for its lease comes as soon as the API server serves, a second before that makes its built-in roles; the next try is 2
//! to 4 s later. Then it looks for a service account for each of its controllers, and makes what is missing with two more requests, of
//! the 20 a second that it allows itself: five seconds, in which no pod is made and no certificate signed. What is not known here, those
//! of newer controllers and of gates that are set, it makes by itself as ever.
//!
//! All of it is what the components themselves would make, and in the end they find it equal: the API server reconciles its roles, and
//! the controller manager keeps a service account that is there.

use serde_json::Value;

use super::object::{KUBE_SYSTEM, Object, ObjectKind, Write, document};
use super::template::parse;

/// As the API servers of 1.29 to 1.37 make them (their `bootstrappolicy`).
const ROLE: &str = include_str!("../../../templates/objects/controller-manager-role.yaml");
const BINDING: &str = include_str!("../../../templates/objects/controller-manager-role-binding.yaml");

/// The accounts of those controllers that run in each minor and that no feature gate turns off.
const ACCOUNTS: &[&str] = &[
    "attachdetach-controller",
    "bootstrap-signer",
    "certificate-controller",
    "clusterrole-aggregation-controller",
    "cronjob-controller",
    "daemon-set-controller",
    "deployment-controller",
    "disruption-controller",
    "endpoint-controller",
    "endpointslice-controller",
    "endpointslicemirroring-controller",
    "ephemeral-volume-controller",
    "expand-controller",
    "generic-garbage-collector",
    "horizontal-pod-autoscaler",
    "job-controller",
    "namespace-controller",
    "node-controller",
    "persistent-volume-binder",
    "pod-garbage-collector",
    "pv-protection-controller",
    "pvc-protection-controller",
    "replicaset-controller",
    "replication-controller",
    "resourcequota-controller",
    "root-ca-cert-publisher",
    "service-account-controller",
    "statefulset-controller",
    "token-cleaner",
    "ttl-after-finished-controller",
    "ttl-controller",
];

/// Those of controllers that a feature gate turns off, with the first minor whose gate is on by default: 34 for Kubernetes 1.34.
const GATED_ACCOUNTS: &[(&str, u64)] = &[
    ("device-taint-eviction-controller", 36),
    ("legacy-service-account-token-cleaner", 29),
    ("resource-claim-controller", 34),
    ("service-cidrs-controller", 33),
    ("validatingadmissionpolicy-status-controller", 30),
    ("volumeattributesclass-protection-controller", 34),
];

/// A controller manager's feature gates.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum FeatureGates {
    /// As they are by default in this minor: 34 for Kubernetes 1.34.
    DefaultOf(u64),
    /// Some are set.
    Set,
}

/// The controller manager's role, to whom it is given, and the accounts of its controllers; none of them in the place of one that is
/// there.
pub fn controller_manager(gates: FeatureGates) -> Vec<Object> {
    let role = Object::apply(ObjectKind::ClusterRole, parse(ROLE));
    let binding = Object::apply(ObjectKind::ClusterRoleBinding, parse(BINDING));
    let rights = [role, binding].into_iter();
    let accounts = ACCOUNTS.iter().copied().chain(gated(gates)).map(account);
    rights.chain(accounts).map(|object| object.written(Write::CreateOrKeep)).collect()
}

fn gated(gates: FeatureGates) -> impl Iterator<Item = &'static str> {
    let is_on = move |since: &u64| matches!(gates, FeatureGates::DefaultOf(minor) if minor >= *since);
    GATED_ACCOUNTS.iter().filter(move |(_, since)| is_on(since)).map(|(name, _)| *name)
}

fn account(name: &str) -> Object {
    Object::apply(
        ObjectKind::ServiceAccount,
        Value::Object(document(ObjectKind::ServiceAccount, Some(KUBE_SYSTEM), name)),
    )
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use serde_json::json;

    use super::*;

    #[test]
    fn nothing_that_is_there_is_changed() {
        assert!(
            controller_manager(FeatureGates::DefaultOf(36))
                .iter()
                .all(|object| object.write == Write::CreateOrKeep)
        );
    }

    #[test]
    fn the_role_is_given_to_the_user_of_controller_manager_conf() {
        let all = controller_manager(FeatureGates::Set);
        let [role, binding] = &all[..2] else { unreachable!() };
        let binding = binding.body.redacted();
        assert_eq!(binding["roleRef"]["name"], role.name);
        assert_eq!(binding["subjects"][0]["name"], "system:kube-controller-manager");
        let lease =
            json!({ "apiGroups": ["coordination.k8s.io"], "resources": ["leases"], "verbs": ["create"] });
        assert!(role.body.redacted()["rules"].as_array().unwrap().contains(&lease));
    }

    #[test]
    fn each_account_is_one_of_kube_system() {
        let all = controller_manager(FeatureGates::Set);
        let accounts: BTreeSet<String> = all[2..].iter().map(Object::api_path).collect();
        assert_eq!(accounts.len(), ACCOUNTS.len());
        assert!(accounts.contains("/api/v1/namespaces/kube-system/serviceaccounts/job-controller"));
    }

    #[test]
    fn an_account_behind_a_gate_is_made_where_the_gate_is_on_by_default() {
        let named = |gates| gated(gates).collect::<Vec<_>>();
        assert_eq!(named(FeatureGates::DefaultOf(29)), ["legacy-service-account-token-cleaner"]);
        assert_eq!(named(FeatureGates::DefaultOf(36)).len(), GATED_ACCOUNTS.len());
        assert_eq!(named(FeatureGates::Set), [""; 0]);
    }
}
