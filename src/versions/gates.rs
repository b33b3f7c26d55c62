//! kubeadm's feature gates in the stages that they pass through, for the tables to pick from.

use super::FeatureGate;

/// A gate that is off unless it is set.
pub const fn off(name: &'static str) -> FeatureGate {
    FeatureGate { name, default: false, locked: false, deprecated: None }
}

/// A gate that is on unless it is set.
pub const fn on(name: &'static str) -> FeatureGate {
    FeatureGate { default: true, ..off(name) }
}

/// On, and no longer to be switched off.
pub const fn locked(name: &'static str) -> FeatureGate {
    FeatureGate { locked: true, ..on(name) }
}

const fn deprecated(name: &'static str, said: &'static str) -> FeatureGate {
    FeatureGate { deprecated: Some(said), ..off(name) }
}

/// ECDSA keys in place of RSA, once the configuration has a field for that.
pub const PUBLIC_KEYS_ECDSA: FeatureGate =
    deprecated("PublicKeysECDSA", "set encryptionAlgorithm: ECDSA-P256 instead");

/// Before v1beta4, which has what takes its place.
pub const PUBLIC_KEYS_ECDSA_ALONE: FeatureGate =
    deprecated("PublicKeysECDSA", "Kubernetes 1.31 has encryptionAlgorithm in its place");

/// Each static pod as a user of its own.
pub const ROOTLESS_CONTROL_PLANE: FeatureGate =
    deprecated("RootlessControlPlane", "the kubelet's UserNamespacesSupport takes its place");

/// An upgrade's order: kube-proxy and CoreDNS before the static pods.
pub const UPGRADE_ADDONS_BEFORE_CONTROL_PLANE: FeatureGate =
    deprecated("UpgradeAddonsBeforeControlPlane", "it concerns upgrades alone, and goes away");
