//! Configurations for the minors whose kubeadm speaks v1beta3: files in either format, and what is read back.

use serde_json::json;

use crate::config::{
    Caution, Etcd, Flags, KeyAlgorithm, Requested, Stored, fixture, stored_cluster_configuration,
};
use crate::yaml;

const NEW: &str = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n";
const KUBELET: &str = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

/// As kubeadm 1.29.15 has stored it.
const OF_1_29: &str = r#"apiServer:
  extraArgs:
    audit-log-path: /var/log/audit.log
    authorization-mode: Node,RBAC
  timeoutForControlPlane: 5m0s
apiVersion: kubeadm.k8s.io/v1beta3
certificatesDir: /etc/kubernetes/pki
clusterName: old
controlPlaneEndpoint: cluster.example.com:6443
controllerManager:
  extraVolumes:
  - hostPath: /etc/cloud
    mountPath: /etc/cloud
    name: cloud
    pathType: File
    readOnly: true
dns:
  imageTag: v1.11.1
etcd:
  local:
    dataDir: /var/lib/etcd
    extraArgs:
      snapshot-count: "5000"
featureGates:
  PublicKeysECDSA: true
  UpgradeAddonsBeforeControlPlane: false
imageRepository: registry.k8s.io
kind: ClusterConfiguration
kubernetesVersion: v1.29.15
networking:
  dnsDomain: cluster.local
  podSubnet: 10.244.0.0/16
  serviceSubnet: 10.96.0.0/12
scheduler: {}
"#;

fn requested(fields: &str) -> Requested {
    Requested::parse(Some(&format!("{NEW}{fields}")), &Flags::default()).unwrap()
}

/// Where, and of which minor, something is not stored.
fn not_stored(fields: &str) -> Vec<(String, u64)> {
    let warnings = requested(fields).warnings.into_iter();
    warnings
        .filter_map(|warning| match warning.caution {
            Caution::NotStored { minor } => Some((warning.field, minor)),
            _ => None,
        })
        .collect()
}

#[test]
fn what_kubeadm_1_29_has_stored_is_read_for_a_join() {
    let stored = Stored::parse(OF_1_29, KUBELET).unwrap_or_else(|errors| panic!("{errors}"));
    assert!(stored.warnings.is_empty(), "{:?}", stored.warnings);
    assert_eq!((stored.cluster.minor.number, stored.cluster.key_algorithm), (29, KeyAlgorithm::EcdsaP256));
    let arguments = &stored.cluster.api_server.component.extra_args;
    let names: Vec<&str> = arguments.iter().map(|argument| argument.name.as_str()).collect();
    assert_eq!(names, ["audit-log-path", "authorization-mode"]);
    assert!(matches!(&stored.cluster.etcd, Etcd::Local(etcd) if etcd.extra_args[0].value == "5000"));
}

#[test]
fn what_was_read_from_a_cluster_of_1_29_is_what_would_be_stored() {
    let stored = Stored::parse(OF_1_29, KUBELET).unwrap();
    let mut config = fixture::config();
    config.cluster = stored.cluster;
    config.node.timeouts.control_plane_component_health_check = "5m0s".parse().unwrap();
    let given: serde_json::Value = yaml::from_str(OF_1_29).unwrap();
    assert_eq!(stored_cluster_configuration(config.spec()), given);
}

#[test]
fn a_file_in_v1beta4_is_read_for_1_29_and_1_30_too() {
    for (version, minor) in [("v1.29.15", 29), ("v1.30.4", 30)] {
        let fields = format!("kubernetesVersion: {version}\ncertificateValidityPeriod: 100h0m0s\n");
        let requested = requested(&fields);
        assert_eq!(requested.cluster.minor.number, minor);
        assert_eq!(requested.cluster.certificate_validity.to_string(), "100h0m0s");
    }
}

#[test]
fn what_the_minor_s_format_has_no_place_for_is_named() {
    let fields = "kubernetesVersion: v1.30.4
encryptionAlgorithm: RSA-4096
certificateValidityPeriod: 100h0m0s
etcd: {local: {extraEnvs: [{name: A, value: b}]}}
apiServer:
  extraArgs:
  - {name: v, value: '3'}
  - {name: vmodule, value: '3'}
  - {name: v, value: '4'}
proxy: {disabled: true}
";
    let lost = [
        "apiServer.extraArgs[0]",
        "certificateValidityPeriod",
        "encryptionAlgorithm",
        "etcd.local.extraEnvs",
        "proxy",
    ];
    assert_eq!(not_stored(fields), lost.map(|field| (field.to_owned(), 30)));
    assert!(not_stored(&fields.replace("1.30.4", "1.36.3")).is_empty());
}

#[test]
fn what_v1beta3_stores_in_other_words_is_not_named() {
    for algorithm in ["RSA-2048", "ECDSA-P256"] {
        let fields =
            format!("kubernetesVersion: v1.29.15\nencryptionAlgorithm: {algorithm}\nscheduler: {{}}\n");
        assert!(not_stored(&fields).is_empty(), "{algorithm}");
    }
    let mut config = fixture::config();
    let requested = requested("kubernetesVersion: v1.29.15\nencryptionAlgorithm: ECDSA-P256\n");
    config.cluster = requested.cluster;
    assert_eq!(stored_cluster_configuration(config.spec())["featureGates"], json!({"PublicKeysECDSA": true}));
}
