//! The kinds of kubeadm's own API, and the fields of each in each format.

use crate::versions::ConfigFormat;
use crate::versions::schema::SchemaText;

/// ClusterConfiguration in `kubeadm.k8s.io/v1beta4`.
pub const CLUSTER_V1BETA4: SchemaText =
    SchemaText(include_str!("../../templates/schema/cluster-v1beta4.json"));
/// ClusterConfiguration in `kubeadm.k8s.io/v1beta3`.
pub const CLUSTER_V1BETA3: SchemaText =
    SchemaText(include_str!("../../templates/schema/cluster-v1beta3.json"));
/// InitConfiguration in `kubeadm.k8s.io/v1beta4`.
pub const INIT_V1BETA4: SchemaText = SchemaText(include_str!("../../templates/schema/init-v1beta4.json"));
/// InitConfiguration in `kubeadm.k8s.io/v1beta3`.
pub const INIT_V1BETA3: SchemaText = SchemaText(include_str!("../../templates/schema/init-v1beta3.json"));
/// JoinConfiguration in `kubeadm.k8s.io/v1beta4`.
pub const JOIN_V1BETA4: SchemaText = SchemaText(include_str!("../../templates/schema/join-v1beta4.json"));
/// JoinConfiguration in `kubeadm.k8s.io/v1beta3`.
pub const JOIN_V1BETA3: SchemaText = SchemaText(include_str!("../../templates/schema/join-v1beta3.json"));
/// ResetConfiguration in `kubeadm.k8s.io/v1beta4`.
pub const RESET_V1BETA4: SchemaText = SchemaText(include_str!("../../templates/schema/reset-v1beta4.json"));
/// UpgradeConfiguration in `kubeadm.k8s.io/v1beta4`.
pub const UPGRADE_V1BETA4: SchemaText =
    SchemaText(include_str!("../../templates/schema/upgrade-v1beta4.json"));

/// A kind of kubeadm's own API.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum ConfigKind {
    /// InitConfiguration.
    Init,
    /// ClusterConfiguration.
    Cluster,
    /// JoinConfiguration.
    Join,
    /// ResetConfiguration.
    Reset,
    /// UpgradeConfiguration.
    Upgrade,
}

impl ConfigKind {
    /// As a document's `kind` has it.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Init => "InitConfiguration",
            Self::Cluster => "ClusterConfiguration",
            Self::Join => "JoinConfiguration",
            Self::Reset => "ResetConfiguration",
            Self::Upgrade => "UpgradeConfiguration",
        }
    }
}

/// The fields of a kind in a format; v1beta3 has none for `reset` and `upgrade`.
pub const fn schema(kind: ConfigKind, format: ConfigFormat) -> Option<SchemaText> {
    match (kind, format) {
        (ConfigKind::Init, ConfigFormat::V1Beta4) => Some(INIT_V1BETA4),
        (ConfigKind::Init, ConfigFormat::V1Beta3) => Some(INIT_V1BETA3),
        (ConfigKind::Cluster, ConfigFormat::V1Beta4) => Some(CLUSTER_V1BETA4),
        (ConfigKind::Cluster, ConfigFormat::V1Beta3) => Some(CLUSTER_V1BETA3),
        (ConfigKind::Join, ConfigFormat::V1Beta4) => Some(JOIN_V1BETA4),
        (ConfigKind::Join, ConfigFormat::V1Beta3) => Some(JOIN_V1BETA3),
        (ConfigKind::Reset, ConfigFormat::V1Beta4) => Some(RESET_V1BETA4),
        (ConfigKind::Upgrade, ConfigFormat::V1Beta4) => Some(UPGRADE_V1BETA4),
        (ConfigKind::Reset | ConfigKind::Upgrade, ConfigFormat::V1Beta3) => None,
    }
}
