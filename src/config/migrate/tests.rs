//! Files, and what they become.

use super::{Migrated, Migration};
use crate::config::{HostAddresses, HostDefaults, TokenString, defaults};
use crate::versions::ConfigFormat;

fn host() -> HostDefaults {
    let address = "192.0.2.7".parse().ok();
    HostDefaults {
        node_name: Some("host-1".to_owned()),
        addresses: HostAddresses { default_route: address, ..HostAddresses::default() },
        cri_sockets: Vec::new(),
        fresh_tokens: vec!["abcdef.0123456789abcdef".parse::<TokenString>().unwrap()],
    }
}

fn migrated(text: &str) -> Migrated {
    let migration =
        Migration::read(text, None, &defaults::version).unwrap_or_else(|errors| panic!("{errors}"));
    migration.resolve(&host()).unwrap_or_else(|errors| panic!("{errors}")).write()
}

/// For a minor whose kubeadm writes v1beta3.
fn back(text: &str) -> Migrated {
    let mut resolved = Migration::read(text, None, &defaults::version).unwrap().resolve(&host()).unwrap();
    resolved.target.format = ConfigFormat::V1Beta3;
    resolved.write()
}

fn changes(migrated: &Migrated) -> Vec<String> {
    migrated.changes.iter().map(ToString::to_string).collect()
}

const JOIN: &str = "# a worker
apiVersion: kubeadm.k8s.io/v1beta3
kind: JoinConfiguration
nodeRegistration:
  # of the kubelet
  kubeletExtraArgs:
    v: \"4\" # loud
    # where
    node-ip: 192.0.2.9
  # nothing more
  name: node-1
discovery:
  # the cluster
  bootstrapToken:
    apiServerEndpoint: api.example.org:6443 # not a name of ours
    token: abcdef.0123456789abcdef
    unsafeSkipCAVerification: true
  # patience
  timeout: 7m
# that is all
";

#[test]
fn comments_go_with_their_fields_and_fields_keep_their_order() {
    let wanted = "# a worker
apiVersion: kubeadm.k8s.io/v1beta4
kind: JoinConfiguration
nodeRegistration:
  # of the kubelet
  kubeletExtraArgs:
  # where
  - name: node-ip
    value: \"192.0.2.9\"
  - name: v # loud
    value: \"4\"
  # nothing more
  name: node-1
  criSocket: unix:///var/run/containerd/containerd.sock
  imagePullPolicy: IfNotPresent
  imagePullSerial: true
  taints: null
discovery:
  # the cluster
  bootstrapToken:
    apiServerEndpoint: api.example.org:6443 # not a name of ours
    token: abcdef.0123456789abcdef
    unsafeSkipCAVerification: true
  tlsBootstrapToken: abcdef.0123456789abcdef
timeouts:
  # patience
  discovery: 7m0s
  controlPlaneComponentHealthCheck: 4m0s
  etcdAPICall: 2m0s
  kubeletHealthCheck: 4m0s
  kubernetesAPICall: 1m0s
  tlsBootstrap: 5m0s
  upgradeManifests: 5m0s
caCertPath: /etc/kubernetes/pki/ca.crt
# that is all
";
    let found = migrated(JOIN);
    assert_eq!(found.text, wanted);
    assert_eq!(
        changes(&found),
        [
            "JoinConfiguration: from kubeadm.k8s.io/v1beta3 to kubeadm.k8s.io/v1beta4",
            "JoinConfiguration: nodeRegistration.kubeletExtraArgs is a list now",
            "JoinConfiguration: discovery.timeout has moved to JoinConfiguration's timeouts.discovery",
        ]
    );
}

#[test]
fn the_way_back_ends_where_it_began_but_for_what_is_filled_in() {
    let found = back(&migrated(JOIN).text);
    let lines: Vec<&str> = found.text.lines().collect();
    for line in JOIN.lines().filter(|line| !line.contains("timeout") && !line.contains("node-ip")) {
        assert!(lines.contains(&line), "{line}\n{}", found.text);
    }
    assert!(lines.contains(&"  timeout: 7m0s"), "{}", found.text);
    assert_eq!(migrated(&found.text).text.lines().count(), migrated(JOIN).text.lines().count());
}

const CLUSTER: &str = "apiVersion: kubeadm.k8s.io/v1beta4
kind: ClusterConfiguration
# of keys
encryptionAlgorithm: RSA-3072 # long
apiServer:
  extraArgs:
  # once
  - name: v
    value: \"1\"
  # twice
  - name: v
    value: \"2\"
  extraEnvs:
  - name: A
    value: b
---
apiVersion: kubeadm.k8s.io/v1beta4
kind: InitConfiguration
timeouts:
  # of the control plane
  controlPlaneComponentHealthCheck: 9m
  etcdAPICall: 3s
";

#[test]
fn what_v1beta3_lacks_is_named_and_its_comments_are_kept_nearby() {
    let found = back(CLUSTER);
    assert_eq!(
        changes(&found),
        [
            "InitConfiguration: from kubeadm.k8s.io/v1beta4 to kubeadm.k8s.io/v1beta3",
            "InitConfiguration: timeouts.controlPlaneComponentHealthCheck has moved to ClusterConfiguration's \
             apiServer.timeoutForControlPlane",
            "InitConfiguration: timeouts.etcdAPICall is left out: there is no such field",
            "ClusterConfiguration: from kubeadm.k8s.io/v1beta4 to kubeadm.k8s.io/v1beta3",
            "ClusterConfiguration: apiServer.extraArgs is a map now",
            "ClusterConfiguration: apiServer.extraArgs.v is given more than once, and the last value stays",
            "ClusterConfiguration: apiServer.extraEnvs is left out: there is no such field",
            "ClusterConfiguration: encryptionAlgorithm is left out: there is no such field",
        ]
    );
    let wanted = "# of keys\n# long\napiVersion: kubeadm.k8s.io/v1beta3\nkind: ClusterConfiguration\napiServer:\n  extraArgs:\n    \
                  # once\n    # twice\n    v: \"2\"\n  # of the control plane\n  timeoutForControlPlane: 9m0s\n";
    assert!(found.text.starts_with(wanted), "{}", found.text);
}

#[test]
fn component_documents_and_what_stands_between_documents_stay_as_they_are() {
    let kubelet =
        "apiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPods:   30   # few\n";
    let text = format!(
        "# of the file\n---\n{kubelet}---\n# between\n---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: ResetConfiguration\n...\n---\n# last\n"
    );
    let found = migrated(&text).text;
    assert!(found.starts_with(&format!("# of the file\n{kubelet}---\n# between\napiVersion: ")), "{found}");
    assert!(found.ends_with("# last\n"), "{found}");
}

#[test]
fn init_and_cluster_configuration_always_come_together() {
    let text = "apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\nkubernetesVersion: v1.36.1\n";
    let found = migrated(text);
    let kinds: Vec<&str> = found.text.lines().filter(|line| line.starts_with("kind: ")).collect();
    assert_eq!(kinds, ["kind: InitConfiguration", "kind: ClusterConfiguration"]);
    assert!(found.text.contains("name: host-1") && found.text.contains("token: abcdef.0123456789abcdef"));
    assert!(found.changes.is_empty());
}

#[test]
fn nothing_shows_a_token_by_debug() {
    let migration = Migration::read(JOIN, None, &defaults::version).unwrap();
    assert!(!format!("{migration:?}").contains("abcdef"));
    let resolved = migration.resolve(&host()).unwrap();
    let shown = format!("{resolved:?}");
    assert!(!(shown + &format!("{:?}", resolved.write())).contains("abcdef"));
}
