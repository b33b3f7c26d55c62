//! The cluster's own documents, and configurations that are made from them.

use proptest::prelude::*;

use super::laws::clusters;
use crate::config::{Etcd, Stored, cluster_configuration_document, unknown_cluster};
use crate::yaml;

const CLUSTER: &str =
    "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.3\n";
const KUBELET: &str = "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\n";

fn stored(cluster: &str, kubelet: &str) -> Stored {
    Stored::parse(cluster, kubelet).unwrap_or_else(|errors| panic!("{errors}"))
}

fn errors(cluster: &str, kubelet: &str) -> Vec<String> {
    let errors = Stored::parse(cluster, kubelet).unwrap_err();
    errors.to_string().lines().map(str::to_owned).collect()
}

#[test]
fn both_documents_are_read_for_their_minor() {
    for (version, minor) in [("v1.36.3", 36), ("v1.37.1", 37)] {
        let kubelet = format!("{KUBELET}maxPods: 50\nclusterDNS: [10.96.0.10]\n");
        let stored = stored(&CLUSTER.replace("v1.36.3", version), &kubelet);
        assert_eq!(
            (stored.cluster.version.to_string().as_str(), stored.cluster.minor.number),
            (version, minor)
        );
        assert_eq!(stored.cluster.kubelet.fields["maxPods"], 50);
        assert!(stored.warnings.is_empty());
    }
}

#[test]
fn a_cluster_of_an_unknown_patch_is_joined_with_a_warning() {
    let stored = stored(&CLUSTER.replace("v1.36.3", "v1.36.99"), KUBELET);
    let [warning] = &stored.warnings[..] else { panic!("{:?}", stored.warnings) };
    assert_eq!(warning.caution.id(), "UnknownPatch");
    let place =
        "ConfigMap kube-system/kubeadm-config, line 3, column 20: kubernetesVersion: v1.36.99 is newer than";
    assert!(warning.to_string().starts_with(place), "{warning}");
}

#[test]
fn the_cluster_s_part_is_read_by_itself_with_the_same_errors() {
    let cluster =
        Stored::parse_cluster(&format!("{CLUSTER}controlPlaneEndpoint: a:1\nnewField: 1\n")).unwrap();
    assert_eq!(
        (cluster.minor.number, cluster.control_plane_endpoint.unwrap().to_string()),
        (36, "a:1".to_owned())
    );
    for bad in ["", &format!("{CLUSTER}certificatesDir: pki\n"), &CLUSTER.replace("v1.36.3", "v1.12.0")] {
        let said = Stored::parse_cluster(bad).unwrap_err();
        assert!(!said.0.is_empty() && said == Stored::parse(bad, KUBELET).unwrap_err(), "{said}");
    }
}

#[test]
fn a_cluster_s_paths_that_lead_upwards_are_refused() {
    for (field, at) in [
        ("certificatesDir: /etc/kubernetes/pki/../../cron.d", "certificatesDir"),
        ("etcd: {local: {dataDir: /var/lib/etcd/../x}}", "etcd.local.dataDir"),
        (
            "etcd: {external: {endpoints: [\"https://192.0.2.9:2379\"], caFile: /a/../b, certFile: /c, keyFile: /d}}",
            "etcd.external.caFile",
        ),
        (
            "apiServer: {extraVolumes: [{name: a, hostPath: /a/../b, mountPath: /c}]}",
            "apiServer.extraVolumes[0].hostPath",
        ),
    ] {
        let said = errors(&format!("{CLUSTER}{field}\n"), KUBELET);
        let named =
            |line: &String| line.contains(&format!("{at}: ")) && line.ends_with("must not have '..' in it");
        assert!(said.len() == 1 && said.iter().all(named), "{said:?}");
    }
}

#[test]
fn v1beta3_is_read_without_a_word() {
    let text = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.0\napiServer:\n  \
                timeoutForControlPlane: 4m0s\n  extraArgs: {v: \"4\"}\netcd:\n  external:\n    endpoints: \
                [\"http://192.0.2.9:2379\"]\n";
    let stored = stored(text, KUBELET);
    assert!(stored.warnings.is_empty());
    assert_eq!(stored.cluster.api_server.component.extra_args[0].name, "v");
    assert!(matches!(stored.cluster.etcd, Etcd::External(_)));
}

#[test]
fn what_a_newer_kubeadm_wrote_is_left_out_with_a_warning() {
    let cluster =
        format!("{CLUSTER}newField: 1\nfeatureGates: {{NewGate: true}}\nnetworking:\n  newRange: x\n");
    let stored = stored(&cluster, &format!("{KUBELET}newSwitch: {{a: [b]}}\nmaxPods: 50\n"));
    let said = [
        "ConfigMap kube-system/kubeadm-config, line 4, column 1: newField: is not known to this kubewright and is left out",
        "ConfigMap kube-system/kubeadm-config, line 7, column 3: networking.newRange: is not known to this kubewright and \
         is left out",
        "ConfigMap kube-system/kubeadm-config, line 5, column 25: featureGates.NewGate: is not known to this kubewright \
         and is left out",
        "ConfigMap kube-system/kubelet-config, line 3, column 1: newSwitch: is not known to this kubewright and is left \
         out",
    ];
    let warnings: Vec<String> = stored.warnings.iter().map(ToString::to_string).collect();
    assert_eq!(warnings, said);
    assert_eq!(stored.cluster.kubelet.fields.len(), 1);
    assert!(stored.cluster.feature_gates.is_empty());
}

#[test]
fn init_s_advice_is_not_given_again() {
    let cluster = format!("{CLUSTER}certificateValidityPeriod: 90000h0m0s\ncontrolPlaneEndpoint: api:8443\n");
    assert!(stored(&cluster, KUBELET).warnings.is_empty());
}

#[test]
fn what_nothing_can_be_made_from_is_refused_with_its_config_map() {
    for (cluster, kubelet, said) in [
        (
            CLUSTER.replace("v1.36.3", "v1.28.1"),
            KUBELET.to_owned(),
            vec![
                "ConfigMap kube-system/kubeadm-config, line 3, column 20: kubernetesVersion: Kubernetes v1.28.1 is not \
                 known to this kubewright, which carries 1.29 to 1.37",
            ],
        ),
        (
            CLUSTER.replace("kubernetesVersion: v1.36.3\n", ""),
            KUBELET.to_owned(),
            vec!["ConfigMap kube-system/kubeadm-config, line 1, column 1: kubernetesVersion: must be given"],
        ),
        (
            CLUSTER.replace("v1beta4", "v1"),
            KUBELET.to_owned(),
            vec![
                "ConfigMap kube-system/kubeadm-config, line 1, column 13: apiVersion: kubeadm.k8s.io/v1 is not known; \
                 known are kubeadm.k8s.io/v1beta4, kubeadm.k8s.io/v1beta3, kubelet.config.k8s.io/v1beta1 and \
                 kubeproxy.config.k8s.io/v1alpha1; did you mean kubeadm.k8s.io/v1beta4?",
            ],
        ),
        (
            String::new(),
            KUBELET.to_owned(),
            vec!["ConfigMap kube-system/kubeadm-config, line 1, column 1: no ClusterConfiguration in it"],
        ),
        (
            format!("{CLUSTER}clusterName: [x]\n"),
            "a: [\n".to_owned(),
            vec![
                "ConfigMap kube-system/kubeadm-config, line 4, column 14: clusterName: a list where a text is wanted",
                "ConfigMap kube-system/kubelet-config, line 1, column 4: not YAML: unclosed bracket '['",
            ],
        ),
        (
            CLUSTER.to_owned(),
            CLUSTER.to_owned(),
            vec!["ConfigMap kube-system/kubelet-config, line 1, column 1: no KubeletConfiguration in it"],
        ),
    ] {
        assert_eq!(errors(&cluster, &kubelet), said);
    }
}

#[test]
fn a_cluster_does_not_have_a_node_write_in_its_system() {
    let text = format!("{CLUSTER}certificatesDir: /etc/cron.d\netcd: {{local: {{dataDir: /usr/lib/x}}}}\n");
    let said = errors(&text, KUBELET);
    let begin = "ConfigMap kube-system/kubeadm-config, line";
    assert!(said[0].starts_with(&format!(
        "{begin} 4, column 18: certificatesDir: \"/etc/cron.d\" holds or is a part of"
    )));
    assert!(
        said[1].starts_with(&format!("{begin} 5, column 25: etcd.local.dataDir: \"/usr/lib/x\" holds or is"))
    );
    assert_eq!(said.len(), 2);
    assert!(Stored::parse_cluster(&text).is_ok(), "a host that is the cluster's has these already");
}

#[test]
fn what_a_joining_node_shares_with_the_others_is_the_cluster_s() {
    let cluster = stored(&format!("{CLUSTER}clusterName: x\n"), &format!("{KUBELET}maxPods: 50\n")).cluster;
    assert_eq!((cluster.minor.number, cluster.cluster_name.as_str()), (36, "x"));
    assert_eq!(cluster.kubelet.fields["maxPods"], 50);
    assert!(cluster.kube_proxy.fields.is_empty());
}

#[test]
fn before_the_cluster_is_known_it_is_one_of_kubeadm_s_defaults() {
    let defaults = super::configured(&super::cluster(""));
    assert_eq!(
        cluster_configuration_document(&unknown_cluster()),
        cluster_configuration_document(&defaults.cluster)
    );
}

proptest! {
    #[test]
    fn what_init_stores_a_join_reads(cluster in clusters()) {
        let document = cluster_configuration_document(&cluster);
        let read = stored(&yaml::to_string(&document).unwrap(), KUBELET);
        prop_assert_eq!(cluster_configuration_document(&read.cluster), document);
        prop_assert!(read.warnings.is_empty());
    }

    #[test]
    fn no_text_makes_the_reader_fall_over(text in "\\PC{0,40}|(kind|apiVersion|kubernetesVersion|: |\n|- |\\{|kubeadm.k8s.io/v1beta4|ClusterConfiguration| )*") {
        if let Err(errors) = Stored::parse(&text, &text) {
            prop_assert!(!errors.0.is_empty());
        }
    }
}
