//! `config print`, `migrate` and `validate`.

use std::fs;

use serde_json::json;

use crate::program::told;

#[test]
fn defaults_are_told_as_documents() {
    for which in ["init", "join", "reset", "upgrade"] {
        let told = told(&["config", "print", &format!("{which}-defaults")]);
        assert!(told.has("ConfigurationDefaults", "done"), "{told:?}");
    }
}

const OLD: &str = "\
apiVersion: kubeadm.k8s.io/v1beta3
kind: InitConfiguration
nodeRegistration: {kubeletExtraArgs: {v: \"2\"}}
---
apiVersion: kubeadm.k8s.io/v1beta3
kind: ClusterConfiguration
kubernetesVersion: v1.36.3
apiServer: {timeoutForControlPlane: 4m0s}
metadata: {name: a}
";

#[test]
fn a_configuration_that_is_checked_or_rewritten_is_told_with_its_warnings_and_changes() {
    let scratch = tempfile::tempdir().unwrap();
    let path = |name: &str| scratch.path().join(name).display().to_string();
    fs::write(path("old.yaml"), OLD).unwrap();
    let checked = told(&["config", "validate", "--config", &path("old.yaml")]);
    assert!(checked.has("ValidatedConfiguration", "done"), "{checked:?}");
    assert!(!checked.document["warnings"].as_array().unwrap().is_empty(), "{checked:?}");
    let old = path("old.yaml");
    let rewritten = told(&["config", "migrate", "--old-config", &old]);
    assert!(rewritten.document["text"].as_str().unwrap().contains("v1beta4"), "{rewritten:?}");
    assert!(rewritten.document["changes"].as_array().unwrap().len() > 2, "{rewritten:?}");
    let written = told(&["config", "migrate", "--old-config", &old, "--new-config", &path("new.yaml")]);
    assert_eq!(
        (&written.document["file"], &written.document["text"]),
        (&json!(path("new.yaml")), &json!(null))
    );
}
