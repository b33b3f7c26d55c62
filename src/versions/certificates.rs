//! What differs in the certificates and keys that kubeadm makes.

/// Of a minor: how its kubeadm makes certificates and keys.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificateRules {
    /// From when on the certificates in files hold.
    pub leaf_begin: LeafBegin,
    /// Which keys are ECDSA by the gate PublicKeysECDSA.
    pub gated_keys: GatedKeys,
}

/// When the certificates in files begin to hold; those in kubeconfigs begin with their CA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeafBegin {
    /// At the moment at which their CA's begins.
    WithItsCa,
    /// A little before they are made.
    Backdated,
}

/// Which keys the gate PublicKeysECDSA means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatedKeys {
    /// Not those in kubeconfigs, which stay RSA-2048.
    InFiles,
    /// All keys, kubeconfigs' among them.
    All,
}
