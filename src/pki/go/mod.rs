//! Certificates as Go's `crypto/x509` (1.26) reads and verifies them, since all of Kubernetes is Go.
//!
//! What it does not read is [`Unread`], what it does not trust [`Untrusted`], both in words of people. Beside it only
//! the sizes of RSA keys are looked at, as `crypto/rsa` and `crypto/tls` do. Not looked at: policies, which no Kubernetes
//! asks for. `tests/differential` holds both against Go itself.

mod certificate;
mod constraints;
mod extensions;
mod keys;
mod names;
mod reader;
mod signature;
mod url;
mod verify;
mod words;

pub use certificate::Certificate;
pub use keys::{Curve, Key, names_its_curve};
pub use reader::dotted;
pub use signature::Algorithm;
pub use verify::{Pool, Purpose, may_sign, signed_by, verify};
pub use words::{Unread, Untrusted};

/// Whether this is a SubjectPublicKeyInfo that Go reads.
pub fn is_public_key(der: &[u8]) -> bool {
    keys::PublicKey::parse(der).is_ok()
}

/// What a key may be used for, by its identifier.
pub mod usage {
    /// serverAuth.
    pub const SERVER: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x01];
    /// clientAuth.
    pub const CLIENT: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x02];
    /// anyExtendedKeyUsage.
    pub const ANY: &[u8] = &[0x55, 0x1d, 0x25, 0x00];
}
