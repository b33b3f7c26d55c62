//! What is seen before an upgrade: of the cluster, of its etcd, and of the control plane that this host is.

use std::collections::{BTreeMap, BTreeSet};

use jiff::Timestamp;
use serde::{Deserialize, Serialize};
use serde_json::Value;

use super::{CgroupVersion, Member, MemberStatus, Seen, Unseen, Webhook};
use crate::manifests::static_pod::StaticPod;

/// All of it; the cluster's part is whole, or there is none.
#[derive(Debug, Clone, Serialize, Deserialize)]
pub struct UpgradeFacts {
    /// What an API server says of itself, such as `v1.36.3`.
    pub server: Seen<String>,
    /// In the order of the cluster's list.
    pub nodes: Vec<NodeKubelet>,
    /// The static pods of all control planes, by component, in the order of the cluster's lists.
    pub components: Vec<ComponentPod>,
    /// The tag of CoreDNS' image; none where there is no CoreDNS.
    pub dns: Option<String>,
    /// The `apiVersion` of the components' own configurations, by its group, as far as the cluster stores them.
    pub configurations: BTreeMap<String, String>,
    /// What the cluster stores of its components' settings.
    pub stored: StoredSettings,
    /// The deprecated APIs that clients have asked the API server for since it was started.
    pub deprecated_apis: Seen<Vec<DeprecatedApi>>,
    /// What of the addons' pods the cluster's version has not given them.
    pub addon_edits: Vec<AddonEdit>,
    /// The admission webhooks without whose answer an upgrade's objects are refused.
    pub webhooks: Seen<Vec<Webhook>>,
    /// What etcd says.
    pub etcd: EtcdSaid,
    /// What is on this host.
    pub host: UpgradeHost,
}

/// A node, and its kubelet.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct NodeKubelet {
    /// The node's name.
    pub name: String,
    /// As the kubelet tells it, such as `v1.36.3`.
    pub kubelet: String,
    /// Whether its kubelet says that it is ready.
    pub is_ready: bool,
    /// Whether it has the label of control planes.
    pub is_control_plane: bool,
}

/// A component's pod on a node.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ComponentPod {
    /// By its label.
    pub component: StaticPod,
    /// The node that it runs on.
    pub node: String,
    /// The version by its image's tag, where an underscore stands for a plus; empty where there is none.
    pub version: String,
}

/// What etcd says of itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum EtcdSaid {
    /// All members of an etcd that runs on the control planes, in the order of its own list.
    Local(Vec<EtcdMember>),
    /// It runs on the control planes, and none of its members answers: why the most telling of them does not.
    Silent(String),
    /// It could not be asked from here.
    Unseen(Unseen),
    /// Another etcd's endpoints, and the version that each tells.
    External(BTreeMap<String, Seen<String>>),
}

/// A member, and what it says itself.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EtcdMember {
    /// As the cluster lists it.
    pub member: Member,
    /// Its own answer.
    pub status: Seen<MemberStatus>,
}

/// What of the components' own configurations an upgrade hands on, or leaves as it is.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct StoredSettings {
    /// Of all kubelets, in the ConfigMap kubelet-config.
    pub kubelet: KubeletDocument,
    /// `featureGates` of kube-proxy.
    pub proxy_gates: BTreeMap<String, bool>,
    /// CoreDNS' configuration.
    pub corefile: Option<String>,
}

/// What counts of a KubeletConfiguration.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KubeletDocument {
    /// `featureGates`.
    pub gates: BTreeMap<String, bool>,
    /// `failCgroupV1`.
    pub fail_cgroup_v1: Option<bool>,
}

/// An API that will not be served any more, and that clients ask for.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct DeprecatedApi {
    /// `storage.k8s.io`; empty for the group without a name.
    pub group: String,
    /// `v1beta1`.
    pub version: String,
    /// `csistoragecapacities`, and perhaps what is below it, behind a slash.
    pub resource: String,
    /// The minor that does not serve it: `1.37`.
    pub gone: String,
}

/// The kubelet of this host, as it is set up beside the cluster.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct KubeletSetup {
    /// Its flags, by the files that have them.
    pub flags: Vec<KubeletFlag>,
    /// Its own configuration, where it has one.
    pub document: Option<KubeletDocument>,
    /// The version of the host's cgroups.
    pub cgroups: Option<CgroupVersion>,
}

/// A flag in one of the files that a kubelet's command line is put together from.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct KubeletFlag {
    /// Without its dashes.
    pub name: String,
    /// The feature gates that it sets; of other flags the value does not count.
    pub gates: String,
    /// The file's path.
    pub file: String,
}

/// This host, as far as it is a control plane.
#[derive(Debug, Clone, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct UpgradeHost {
    /// The components whose static pods have a manifest here.
    pub manifests: BTreeSet<StaticPod>,
    /// The name of its node, where it is a control plane.
    pub node_name: Option<String>,
    /// The name of its member of etcd.
    pub etcd_member: Option<String>,
    /// Bytes that are free where an upgrade keeps its copies.
    pub room: Option<u64>,
    /// The certificates here that are signed by a CA whose key is here: kubeadm's name, and the end.
    pub certificates: Vec<CertificateEnd>,
    /// The groups in the certificate with which the API server reaches kubelets.
    pub kubelet_client_groups: Vec<String>,
    /// Its kubelet.
    pub kubelet: KubeletSetup,
    /// What somebody has changed in its manifests.
    pub edits: Vec<ManifestEdit>,
    /// What could not be looked at.
    pub unseen: Vec<Unseen>,
}

/// The addons' pods, as the API server has them: an object each, null where there is none.
#[derive(Debug, Clone, Default, PartialEq, Serialize, Deserialize)]
pub struct LiveAddons {
    /// `CoreDNS`' Deployment.
    pub dns: Value,
    /// kube-proxy's DaemonSet.
    pub proxy: Value,
}

/// Something in an addon's pods that the cluster's version has not given them.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct AddonEdit {
    /// As in `the Deployment coredns`.
    pub object: String,
    /// The place.
    pub field: String,
    /// What is there and what would be, without what may be a secret.
    pub change: String,
    /// Whether an upgrade leaves it.
    pub stays: bool,
}

/// Something in a static pod's manifest that neither the cluster's configuration nor a patch that is given explains.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct ManifestEdit {
    /// Whose manifest it is.
    pub component: StaticPod,
    /// The place: `--v`, or `spec.volumes[audit]`.
    pub field: String,
    /// The flag that it is, without its dashes.
    pub flag: Option<EditedFlag>,
    /// What is there and what would be, without what may be a secret: `--v is 4 and would be 2`.
    pub change: String,
    /// Whether its manifest has the form in which kubeadm writes what patches have made.
    pub is_as_patched: bool,
}

/// A flag that somebody has changed.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct EditedFlag {
    /// Without its dashes.
    pub name: String,
    /// The one of its `NAME=VALUE` that was changed.
    pub entry: Option<String>,
    /// Its value; none where it was taken away.
    pub value: Option<String>,
}

/// A certificate, and how long it holds.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct CertificateEnd {
    /// kubeadm's name, such as `apiserver-etcd-client` or `admin.conf`.
    pub name: String,
    /// Its notAfter.
    pub until: Timestamp,
}

impl UpgradeFacts {
    /// The pods of a component.
    pub fn pods(&self, component: StaticPod) -> impl Iterator<Item = &ComponentPod> {
        self.components.iter().filter(move |pod| pod.component == component)
    }
}

impl EtcdSaid {
    /// None where they are not known, or another's.
    pub fn members(&self) -> &[EtcdMember] {
        match self {
            Self::Local(members) => members,
            Self::Silent(_) | Self::Unseen(_) | Self::External(_) => &[],
        }
    }
}

/// `registry/etcd:3.6.8-0@sha256:…` → `3.6.8-0`; empty where the image has no tag.
pub fn image_tag(image: &str) -> &str {
    let named = image.split('@').next().unwrap_or_default();
    let name = named.rsplit('/').next().unwrap_or_default();
    name.split_once(':').map_or("", |(_, tag)| tag)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_tag_stands_behind_the_name_and_before_the_digest() {
        for (image, tag) in [
            ("registry.k8s.io/kube-apiserver:v1.36.3", "v1.36.3"),
            ("localhost:5000/a/etcd:3.6.8-0@sha256:0123", "3.6.8-0"),
            ("localhost:5000/etcd", ""),
            ("etcd@sha256:0123", ""),
            ("", ""),
        ] {
            assert_eq!(image_tag(image), tag, "{image}");
        }
    }
}
