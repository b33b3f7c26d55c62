//! `certs`, on a folder that stands for a host.

use crate::program::{Told, laid_out, told};

#[test]
fn certificates_that_are_renewed_or_missing_are_told_one_by_one() {
    let scratch = laid_out();
    let at = |name: &str| scratch.path().join(name).display().to_string();
    std::fs::write(at("config.yaml"), CONFIG).unwrap();
    let config = at("config.yaml");
    let host = ["--dry-run", "--output-dir", scratch.path().to_str().unwrap(), "--config", &config];
    let renew = |words: &[&str]| told(&[&["certs", "renew"], words, &host].concat());
    assert!(renew(&["apiserver"]).has("RenewedCertificates", "done"));
    std::fs::remove_file(at("etc/kubernetes/pki/ca.key")).unwrap();
    std::fs::remove_file(at("etc/kubernetes/super-admin.conf")).unwrap();
    let all = renew(&["all"]);
    let outcomes = |told: &Told, outcome: &str| {
        let rows = told.document["certificates"].as_array().unwrap();
        rows.iter().filter(|row| row["outcome"] == outcome).count()
    };
    assert!(outcomes(&all, "renewed") > 0 && outcomes(&all, "external") > 0, "{all:?}");
    assert_eq!(outcomes(&all, "missing"), 1, "{all:?}");
    let again = renew(&["front-proxy-client", "--from-config"]);
    assert!(
        again.has("RenewedCertificates", "done") || again.has("RenewedCertificates", "nothing"),
        "{again:?}"
    );
}

const CONFIG: &str = "\
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
nodeRegistration: {name: node-1}
localAPIEndpoint: {advertiseAddress: 10.0.0.1}
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
kubernetesVersion: v1.36.3
";

#[test]
fn ends_requests_and_keys_are_told() {
    let scratch = laid_out();
    let at = |name: &str| scratch.path().join(name).display().to_string();
    std::fs::write(at("config.yaml"), CONFIG).unwrap();
    let (pki, config) = (at("etc/kubernetes/pki"), at("config.yaml"));
    let ends = told(&["certs", "check-expiration", "--cert-dir", &pki, "--kubeconfig", "/nonexistent"]);
    assert!(ends.document["certificates"].as_array().unwrap().len() >= 10, "{ends:?}");
    let (new, kubeconfigs) = (at("new"), at("new-kubeconfigs"));
    let words =
        ["certs", "generate-csr", "--cert-dir", &new, "--kubeconfig-dir", &kubeconfigs, "--config", &config];
    assert!(told(&words).has("CertificateRequests", "done"));
    assert!(told(&["certs", "certificate-key"]).has("CertificateKey", "done"));
}
