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

#[test]
fn cas_that_are_issued_again_kept_or_elsewhere_are_told_one_by_one() {
    let scratch = laid_out();
    let at = |name: &str| scratch.path().join(name).display().to_string();
    std::fs::write(at("config.yaml"), CONFIG).unwrap();
    let config = at("config.yaml");
    let host = ["--dry-run", "--output-dir", scratch.path().to_str().unwrap(), "--config", &config];
    let reissue = |words: &[&str]| told(&[&["certs", "reissue-ca"], words, &host].concat());
    assert!(reissue(&["ca", "--validity", "20y"]).has("ReissuedAuthorities", "done"));
    std::fs::remove_file(at("etc/kubernetes/pki/etcd/ca.key")).unwrap();
    std::fs::remove_file(at("etc/kubernetes/pki/front-proxy-ca.crt")).unwrap();
    let all = reissue(&["all", "--validity", "20y"]);
    assert!(all.has("ReissuedAuthorities", "nothing"), "{all:?}");
    let rows = all.document["authorities"].as_array().unwrap();
    let outcomes: Vec<_> = rows.iter().map(|row| row["outcome"].as_str().unwrap()).collect();
    assert_eq!(outcomes, ["kept", "missing", "external"]);
    for (name, id) in [("etcd-ca", "AuthorityKeyMissing"), ("front-proxy-ca", "FileMissing")] {
        let refused = reissue(&[name]);
        assert_eq!((refused.code, refused.error_ids()), (1, vec![id]), "{refused:?}");
    }
    let bad = reissue(&["ca", "--validity", "soon"]);
    assert_eq!((bad.code, bad.error_ids()), (3, vec!["ConfigBadValue"]), "{bad:?}");
}

#[test]
fn what_is_wrong_is_told_with_the_whole_graph() {
    let scratch = laid_out();
    let root = scratch.path().to_str().unwrap();
    // The kubelet has not started, and the super-admin's kubeconfig is still there.
    let sound = told(&["certs", "check", "--root", root]);
    let ids: Vec<&str> = sound.document["findings"]
        .as_array()
        .unwrap()
        .iter()
        .map(|one| one["id"].as_str().unwrap())
        .collect();
    assert_eq!((sound.code, ids), (4, vec!["KubeletConfEmbedded", "SuperAdminLeft"]), "{sound:?}");
    assert_eq!(sound.error_ids(), ["PkiFaults"]);
    std::fs::remove_file(scratch.path().join("etc/kubernetes/pki/apiserver.key")).unwrap();
    let broken = told(&["certs", "check", "--root", root]);
    assert!(broken.code == 2 && broken.has("PkiCheck", "failed"), "{broken:?}");
    assert_eq!(broken.document["findings"][0]["id"], "KeyMissing");
    let nothing = told(&["certs", "check", "--root", "/nonexistent"]);
    assert!(nothing.code == 1 && nothing.error_ids() == ["NothingToCheck"], "{nothing:?}");
    let mild = told(&["certs", "check", "--root", root, "--fail-on", "never"]);
    assert!(mild.code == 0 && mild.has("PkiCheck", "done"), "{mild:?}");
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
