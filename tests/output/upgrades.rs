//! `upgrade plan`, with an API server of canned answers.

use serde_json::json;
use tempfile::TempDir;

use crate::program::told;

#[path = "../upgrade/cluster.rs"]
mod cluster;

use cluster::{Cluster, Served};

#[test]
fn a_plan_is_kubeadm_s_document_with_findings_beside_its_fields() {
    let folder = TempDir::new().unwrap();
    let served = Served::new(Cluster::of("v1.36.1", "3.6.6-0", "v1.14.2"));
    let kubeconfig = served.kubeconfig(folder.path());
    let kubeconfig = kubeconfig.to_str().unwrap();
    let plan = |words: &[&str]| told(&[&["upgrade", "plan", "--kubeconfig", kubeconfig], words].concat());
    let both = plan(&[]);
    assert_eq!((both.code, &both.document["kind"]), (0, &json!("UpgradePlan")));
    assert_eq!(both.document["availableUpgrades"].as_array().unwrap().len(), 2, "{:#}", both.document);
    assert!(!both.document["findings"].as_array().unwrap().is_empty());
    let back = plan(&["v1.35.4"]);
    assert_eq!((back.code, &back.document["availableUpgrades"]), (2, &json!([])), "{:#}", back.document);
    let nowhere = told(&["upgrade", "plan", "--kubeconfig=/nonexistent"]);
    assert_eq!((nowhere.code, nowhere.error_ids()), (1, vec!["KubeconfigMissing"]));
}
