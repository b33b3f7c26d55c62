//! Which certificate was signed with the key of which other.

use std::collections::BTreeMap;

use super::content::Certificate;
use super::hash::Hash;
use crate::pki;
use crate::pki::go::Untrusted;

/// How well a signer fits what it has signed.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Fit {
    /// Name, key and signature.
    Whole,
    /// Another key id than the certificate names: OpenSSL refuses it.
    OtherKeyId,
    /// Another name, in its bytes, than the certificate names: nobody takes it.
    OtherName,
}

/// A certificate that has signed another.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Signer {
    /// Of the signer.
    pub hash: Hash,
    /// How well it fits.
    pub fit: Fit,
}

/// By the hash of what is signed, all that have signed it.
#[derive(Debug, Default)]
pub struct Signatures(BTreeMap<Hash, Vec<Signer>>);

/// More than any cluster has; a folder that is full of certificates of one name is not worth a minute.
const MOST: usize = 2_000;

impl Signatures {
    /// Among all of these.
    pub fn among(all: &BTreeMap<Hash, &Certificate>) -> Self {
        let mut left = MOST;
        Self(all.values().map(|child| (child.hash, signers(child, all, &mut left))).collect())
    }

    /// Those that have signed the certificate with this hash.
    pub fn of(&self, child: Hash) -> &[Signer] {
        self.0.get(&child).map(Vec::as_slice).unwrap_or_default()
    }

    /// Those that the certificate with this hash has signed, itself left out.
    pub fn below(&self, signer: Hash) -> impl Iterator<Item = Hash> {
        let is_signer = move |signers: &[Signer]| signers.iter().any(|one| one.hash == signer);
        self.0
            .iter()
            .filter(move |(child, signers)| **child != signer && is_signer(signers))
            .map(|(child, _)| *child)
    }
}

fn signers(child: &Certificate, all: &BTreeMap<Hash, &Certificate>, left: &mut usize) -> Vec<Signer> {
    let named = all.values().filter(|parent| parent.found.subject == child.found.issuer);
    let whole: Vec<Signer> = named.filter_map(|parent| signer(child, parent, left)).collect();
    if !whole.is_empty() {
        return whole;
    }
    let other =
        all.values().filter(|parent| parent.found.subject != child.found.issuer && is_like(child, parent));
    other
        .filter_map(|parent| signer(child, parent, left).map(|one| Signer { fit: Fit::OtherName, ..one }))
        .collect()
}

/// A signature that nobody verifies any more counts for one where the names do.
fn signer(child: &Certificate, parent: &Certificate, left: &mut usize) -> Option<Signer> {
    *left = left.checked_sub(1)?;
    let fits_key_id = match (&child.found.authority_key_id, &parent.found.subject_key_id) {
        (Some(named), Some(own)) if !named.is_empty() && !own.is_empty() => named == own,
        _ => true,
    };
    let is_signer = match pki::signed(&child.found, &parent.found) {
        Ok(()) => true,
        Err(Untrusted::BrokenAlgorithm { .. }) => fits_key_id,
        Err(_) => false,
    };
    let fit = if fits_key_id { Fit::Whole } else { Fit::OtherKeyId };
    is_signer.then_some(Signer { hash: parent.hash, fit })
}

/// By the key's id, or by the name without its case.
fn is_like(child: &Certificate, parent: &Certificate) -> bool {
    let key_id = child.found.authority_key_id.as_ref().filter(|id| !id.is_empty());
    let by_id = key_id.is_some() && key_id == parent.found.subject_key_id.as_ref();
    let names = [&child.found.issuer_common_name, &parent.found.common_name];
    let by_name = match names {
        [Some(issuer), Some(name)] => issuer.eq_ignore_ascii_case(name),
        _ => false,
    };
    (by_id || by_name) && parent.found.is_ca
}
