//! What minting gives: files in memory, wiped when they are no longer needed.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::secret::Secret;

use super::key::PrivateKey;
use super::pem;

/// Everything that one pass made.
#[derive(Debug, Default)]
pub struct Minted {
    /// In the order of the items.
    pub files: Vec<MintedFile>,
    /// In the order of the requests.
    pub clients: Vec<MintedClient>,
}

/// A new file below the certificates directory.
pub struct MintedFile {
    /// Below the certificates directory.
    pub path: String,
    /// What it holds; its mode follows from that.
    pub kind: FileKind,
    /// PEM, wiped on drop.
    pub bytes: Zeroizing<Vec<u8>>,
}

/// What a file of the PKI holds.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum FileKind {
    /// A certificate, or several.
    Certificate,
    /// A private key.
    PrivateKey,
    /// `sa.pub`, as init makes it.
    PublicKey,
    /// A request for a certificate.
    Request,
    /// A public key that came out of the cluster.
    SharedPublicKey,
}

impl FileKind {
    /// The reference writes a new `sa.pub` and requests as it writes keys, for their owner alone, and one that it fetches as it writes
    /// certificates.
    pub const fn mode(self) -> u32 {
        match self {
            Self::Certificate | Self::SharedPublicKey => 0o644,
            Self::PrivateKey | Self::PublicKey | Self::Request => 0o600,
        }
    }
}

impl fmt::Debug for MintedFile {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MintedFile")
            .field("path", &self.path)
            .field("kind", &self.kind)
            .finish_non_exhaustive()
    }
}

/// What a kubeconfig needs beside its server: three PEM texts.
pub struct MintedClient {
    /// As in the request.
    pub name: &'static str,
    /// The CA's certificate, or several.
    pub authority: Vec<u8>,
    /// The client's certificate.
    pub certificate: Vec<u8>,
    /// The client's key.
    pub key: Secret,
}

impl fmt::Debug for MintedClient {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.debug_struct("MintedClient").field("name", &self.name).finish_non_exhaustive()
    }
}

impl MintedFile {
    pub(super) fn certificate(stem: &str, der: &[u8]) -> Self {
        let bytes = pem::encode("CERTIFICATE", der);
        Self { path: format!("{stem}.crt"), kind: FileKind::Certificate, bytes }
    }

    pub(super) fn request(stem: &str, der: &[u8]) -> Self {
        let bytes = pem::encode("CERTIFICATE REQUEST", der);
        Self { path: format!("{stem}.csr"), kind: FileKind::Request, bytes }
    }

    pub(super) fn private_key(stem: &str, bytes: Zeroizing<Vec<u8>>) -> Self {
        Self { path: format!("{stem}.key"), kind: FileKind::PrivateKey, bytes }
    }

    pub(super) fn public_key(stem: &str, key: &PrivateKey) -> Self {
        Self { path: format!("{stem}.pub"), kind: FileKind::PublicKey, bytes: key.public_key().to_pem() }
    }
}
