//! The cluster's public key infrastructure: what is issued, what is found on disk, what is made of both.
//!
//! [`catalogue`] turns a configuration into the list of wanted [`Item`]s, [`decide`] compares it with the files that
//! exist, and [`mint`] makes the rest. All three are pure: files come and go as bytes, the time is an argument, keys
//! and serial numbers come from a [`KeySource`]. Each works on any part of the list, so that one certificate can be
//! made under a CA that is already on disk.

mod ahead;
mod catalogue;
mod certificate;
mod decide;
mod der;
mod existing;
#[cfg(test)]
pub(crate) mod fixtures;
mod form;
pub mod go;
mod inspect;
mod key;
mod mint;
mod minted;
mod parallel;
mod peer;
mod pem;
mod pin;
mod purified;
mod reissue;
mod remark;
mod renew;
mod request;
mod rsa;
mod sans;
mod seal;
mod serving;
mod shared;
mod source;
mod subject;
mod verify;

pub use ahead::KeysAhead;
pub use catalogue::{
    AuthorityRequest, Ca, CommonName, Contents, ENTRIES, Entry, Holds, Item, LeafRequest, Names, Usage,
    catalogue,
};
pub use decide::{
    Decision, Kept, Lacking, Reason, Refusal, Reissue, Remedy, decide, decide_with, is_external,
};
pub use existing::Existing;
pub use form::BadPem;
pub use inspect::{
    BadCertificate, Bundle, ExtendedUsage, FoundCert, KeyKind, KeyUsages, certificates,
    each as each_certificate, trusted,
};
pub use key::{BadKey, PrivateKey, PublicKey, public_half, public_keys};
pub use mint::{ClientRequest, MintError, Order, mint};
pub use minted::{FileKind, Minted, MintedClient, MintedFile};
pub use peer::{NotVouched, PeerName, is_of as fits_name, vouch};
pub use pin::{ca_cert_hash, ca_cert_hashes};
pub use purified::{NotOfItsKind, certificates_alone, purified};
pub use reissue::{NewLife, NotReissued, exchanged, holds_below, reissue};
pub use remark::{Remark, ends_before, remarks};
pub use renew::{CertificateChange, Held, HeldKey, NotAgain, again, changes};
pub use request::requests;
pub use sans::Sans;
pub use seal::BadSeal;
pub use serving::kubelet_serving;
pub use shared::{SharedFile, SharedPath, shared_files};
pub use source::{KeySource, PassingKeys, Serial, SystemKeys};
pub use subject::Subject;
pub use verify::signed;
