//! What differs in the certificates and keys that kubeadm makes.

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct CertificateRules {
    pub leaf_begin: LeafBegin,
    pub gated_keys: GatedKeys,
}

/// When the certificates in files begin to hold; those in kubeconfigs begin with their CA.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum LeafBegin {
    WithItsCa,
    /// A little before they are made.
    Backdated,
}

/// Which keys the gate PublicKeysECDSA means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GatedKeys {
    /// Not those in kubeconfigs, which stay RSA-2048.
    InFiles,
    All,
}
