//! Whether a certificate holds below a root, as `crypto/x509`'s `Verify` judges it.

use jiff::Timestamp;

use super::certificate::Certificate;
use super::keys::Key;
use super::signature;
use super::usage::{ANY, CLIENT, SERVER};
use super::words::Untrusted;

/// What a certificate is to be good for; each has to hold by itself.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// serverAuth.
    Server,
    /// clientAuth.
    Client,
}

/// The certificates between a leaf and a root, and the roots.
#[derive(Debug, Clone, Copy)]
pub struct Pool<'p, 'a> {
    /// Trusted as they are.
    pub roots: &'p [Certificate<'a>],
    /// Trusted only below a root.
    pub intermediates: &'p [Certificate<'a>],
}

/// Go's bound of the signatures that one question may cost.
const MOST_SIGNATURES: usize = 100;

impl Purpose {
    const fn oid(self) -> &'static [u8] {
        match self {
            Self::Server => SERVER,
            Self::Client => CLIENT,
        }
    }

    /// For people.
    pub const fn told(self) -> &'static str {
        match self {
            Self::Server => "serving TLS (serverAuth)",
            Self::Client => "TLS clients (clientAuth)",
        }
    }
}

/// A root is trusted whether or not it signed itself, and a leaf that is a root is trusted as it is. Dates count in whole
/// seconds, the roots' too. Without purposes any use will do.
///
/// # Errors
/// What speaks against the likeliest chain.
pub fn verify(
    leaf: &Certificate<'_>,
    pool: Pool<'_, '_>,
    now: Timestamp,
    purposes: &[Purpose],
) -> Result<(), Untrusted> {
    itself_holds(leaf, now)?;
    let mut chains = Vec::new();
    let mut search = Search { pool, now, signatures: 0, hint: None };
    if pool.roots.iter().any(|root| root.raw == leaf.raw) {
        chains.push(vec![leaf]);
    } else {
        search.extend(&[leaf], &mut chains);
    }
    let mut first = None;
    for chain in &chains {
        match purposes_hold(chain, purposes).and_then(|()| constraints_hold(chain)) {
            Ok(()) => return Ok(()),
            Err(why) => first = first.or(Some(why)),
        }
    }
    Err(first.or(search.hint).unwrap_or(Untrusted::UnknownIssuer))
}

/// Chains are looked for from the leaf upwards, roots first.
struct Search<'p, 'a> {
    pool: Pool<'p, 'a>,
    now: Timestamp,
    signatures: usize,
    /// What spoke against the first candidate that was none.
    hint: Option<Untrusted>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum ChainPosition {
    Root,
    Intermediate,
}

impl<'p, 'a> Search<'p, 'a> {
    fn extend<'c>(&mut self, chain: &[&'c Certificate<'a>], found: &mut Vec<Vec<&'c Certificate<'a>>>)
    where
        'p: 'c,
    {
        let Some(child) = chain.last().copied() else { return };
        for (place, pool) in
            [(ChainPosition::Root, self.pool.roots), (ChainPosition::Intermediate, self.pool.intermediates)]
        {
            for parent in parents(child, pool) {
                if is_among(parent, chain) {
                    continue;
                }
                if self.signatures == MOST_SIGNATURES {
                    return;
                }
                self.signatures = self.signatures.saturating_add(1);
                if let Err(why) = self.signs(parent, child, place, chain.len()) {
                    self.hint.get_or_insert(why);
                    continue;
                }
                let longer = [chain, &[parent]].concat();
                match place {
                    ChainPosition::Root => found.push(longer),
                    ChainPosition::Intermediate => self.extend(&longer, found),
                }
            }
        }
    }

    /// `below` certificates stand below the parent, one of them the leaf.
    fn signs(
        &self,
        parent: &Certificate<'_>,
        child: &Certificate<'_>,
        place: ChainPosition,
        below: usize,
    ) -> Result<(), Untrusted> {
        may_sign(parent)?;
        signed_by(child, parent)?;
        itself_holds(parent, self.now)?;
        let basic = parent.extensions.basic;
        if place == ChainPosition::Intermediate && !basic.is_some_and(|basic| basic.is_ca) {
            return Err(Untrusted::NotAuthority { of: parent.told() });
        }
        let between = i64::try_from(below).unwrap_or(i64::MAX).saturating_sub(1);
        match basic.and_then(|basic| basic.path_length) {
            Some(limit) if between > limit => Err(Untrusted::TooLong { of: parent.told(), limit }),
            Some(_) | None => Ok(()),
        }
    }
}

/// Those of the child's issuer, first those whose key has the name that the child gives.
fn parents<'c, 'a>(child: &Certificate<'_>, pool: &'c [Certificate<'a>]) -> Vec<&'c Certificate<'a>> {
    let named = child.extensions.authority_key_id.unwrap_or_default();
    let rank = |parent: &&Certificate<'_>| {
        let own = parent.extensions.subject_key_id.unwrap_or_default();
        match (own == named, own.is_empty() || named.is_empty()) {
            (true, _) => 0,
            (false, true) => 1,
            (false, false) => 2,
        }
    };
    let mut all: Vec<_> = pool.iter().filter(|parent| parent.subject.raw == child.issuer.raw).collect();
    all.sort_by_key(rank);
    all
}

/// The same holder with the same key and names, so that certificates that sign each other end somewhere.
fn is_among(candidate: &Certificate<'_>, chain: &[&Certificate<'_>]) -> bool {
    chain.iter().any(|cert| {
        cert.subject.raw == candidate.subject.raw
            && cert.key.raw == candidate.key.raw
            && cert.extensions.names_raw == candidate.extensions.names_raw
    })
}

/// Whether `child` is signed with the key of `parent`, and no more.
pub fn signed_by(child: &Certificate<'_>, parent: &Certificate<'_>) -> Result<(), Untrusted> {
    signature::check(child.signed, parent.key, &child.told(), &parent.told())
}

/// Whether nothing in a certificate itself keeps it from signing others: what version 3 says of itself (older ones say
/// nothing, and may), its key, and extensions that nobody knows.
pub fn may_sign(parent: &Certificate<'_>) -> Result<(), Untrusted> {
    let of = || parent.told();
    known_extensions(parent)?;
    match parent.extensions.basic {
        Some(basic) if !basic.is_ca => return Err(Untrusted::NotAuthority { of: of() }),
        None if parent.version == 3 => return Err(Untrusted::NotAuthority { of: of() }),
        Some(_) | None => {}
    }
    if parent.extensions.may_sign == Some(false) {
        return Err(Untrusted::MayNotSign { of: of() });
    }
    match parent.key.key {
        Key::Rsa(bits) if !(1024..=8192).contains(&bits) => Err(Untrusted::KeySize { of: of(), bits }),
        Key::Other => Err(Untrusted::KeyKind { of: of() }),
        Key::Rsa(_) | Key::Ecdsa(_) | Key::Ed25519 => Ok(()),
    }
}

fn known_extensions(cert: &Certificate<'_>) -> Result<(), Untrusted> {
    match cert.extensions.unknown.first() {
        Some(oid) => Err(Untrusted::CriticalExtension { of: cert.told(), oid: oid.clone() }),
        None => Ok(()),
    }
}

/// Its extensions and its dates.
fn itself_holds(cert: &Certificate<'_>, now: Timestamp) -> Result<(), Untrusted> {
    known_extensions(cert)?;
    if now < cert.not_before {
        return Err(Untrusted::NotYetValid { of: cert.told(), from: cert.not_before });
    }
    if now.as_second() > cert.not_after.as_second() {
        return Err(Untrusted::Expired { of: cert.told(), until: cert.not_after });
    }
    Ok(())
}

/// A certificate that lists its uses bounds all below it.
fn purposes_hold(chain: &[&Certificate<'_>], purposes: &[Purpose]) -> Result<(), Untrusted> {
    for purpose in purposes {
        let lacks = |cert: &&&Certificate<'_>| {
            let usages = &cert.extensions.usages;
            !usages.is_empty() && !usages.contains(&ANY) && !usages.contains(&purpose.oid())
        };
        if let Some(cert) = chain.iter().rev().find(lacks) {
            return Err(Untrusted::Usage { of: cert.told(), usage: purpose.told() });
        }
    }
    Ok(())
}

/// What a CA may not sign for counts for all below it.
fn constraints_hold(chain: &[&Certificate<'_>]) -> Result<(), Untrusted> {
    for (place, cert) in chain.iter().enumerate().filter(|(_, cert)| cert.extensions.names_raw.is_some()) {
        for above in chain.iter().skip(place.saturating_add(1)) {
            let Some(constraints) = &above.extensions.constraints else { continue };
            let refused = constraints.refused(&cert.extensions.names);
            let names = refused.map_err(|name| Untrusted::BadName { of: cert.told(), name })?;
            if !names.is_empty() {
                return Err(Untrusted::Names { of: above.told(), names, permitted: constraints.permitted() });
            }
        }
    }
    Ok(())
}
