//! Whether a server's certificate holds, by the rules of Go's crypto/x509: more is a chain there than for webpki.
//!
//! A root is whatever is trusted, also the leaf itself and a certificate of X.509 v1, and a leaf may call itself a CA. Only
//! the path is found here; signatures are the library's to verify. Chains with name constraints are left to webpki.

use std::net::IpAddr;

use x509_parser::prelude::{FromDer, GeneralName, ParsedExtension, X509Certificate, X509Version};

/// Whom the certificate has to be for.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum PeerName {
    /// A host's name.
    Dns(String),
    /// An address, which is compared with addresses alone.
    Ip(IpAddr),
}

/// Why it does not hold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum NotVouched {
    /// Go's parser refuses it.
    #[error("the certificate cannot be read as Go reads it")]
    Unreadable,
    /// It has a condition that cannot be judged.
    #[error("the certificate has a critical extension that is not known")]
    Extension,
    /// The server was called by none of its names.
    #[error("the certificate is for other names")]
    Name {
        /// The names and addresses that the certificate has.
        has: Vec<String>,
    },
    /// In seconds since 1970.
    #[error("the certificate is not valid yet")]
    Early {
        /// Its begin.
        not_before: i64,
    },
    /// In seconds since 1970.
    #[error("the certificate has expired")]
    Expired {
        /// Its end.
        not_after: i64,
    },
    /// Its extended key usage lacks serverAuth.
    #[error("the certificate is not for servers")]
    Usage,
    /// No chain leads to what is trusted.
    #[error("no trusted CA has signed the certificate")]
    Unknown,
}

/// As many signatures as Go verifies for one leaf.
const SIGNATURES: u32 = 100;

/// What Go's parser takes care of; another critical one is a refusal.
const HANDLED: [&str; 10] = [
    "2.5.29.14",
    "2.5.29.15",
    "2.5.29.17",
    "2.5.29.19",
    "2.5.29.30",
    "2.5.29.31",
    "2.5.29.32",
    "2.5.29.35",
    "2.5.29.37",
    "1.3.6.1.5.5.7.1.1",
];

/// SHA-1 of RSA, by both of its names: Go refuses it, the library does not. It knows none that is weaker.
const WEAK: [&str; 2] = ["1.2.840.113549.1.1.5", "1.3.14.3.2.29"];

/// Whether a chain leads from the leaf, by way of `others`, to one of `roots` (all of them DER), at `now`, for this name.
pub fn vouch(
    leaf: &[u8],
    others: &[&[u8]],
    roots: &[&[u8]],
    name: &PeerName,
    now: i64,
) -> Result<(), NotVouched> {
    let end = read(leaf).ok_or(NotVouched::Unreadable)?;
    is_current(&end, now)?;
    if !is_understood(&end) {
        return Err(NotVouched::Extension);
    }
    is_named(&end, name)?;
    if !may_serve(&end) {
        return Err(NotVouched::Usage);
    }
    if roots.contains(&leaf) {
        return Ok(());
    }
    let others: Vec<_> = others.iter().filter_map(|der| read(der)).collect();
    let roots: Vec<_> = roots.iter().filter_map(|der| read(der)).collect();
    let mut search = Search { others: &others, roots: &roots, now, left: SIGNATURES };
    if search.leads_to_root(&mut vec![&end]) { Ok(()) } else { Err(NotVouched::Unknown) }
}

/// The whole of the bytes, as far as Go takes it: a serial number is not negative, both algorithms are the same.
fn read(der: &[u8]) -> Option<X509Certificate<'_>> {
    let (rest, cert) = X509Certificate::from_der(der).ok()?;
    let is_negative = cert.raw_serial().first().is_some_and(|first| first & 0x80 != 0);
    let is_one = cert.signature_algorithm == cert.tbs_certificate.signature;
    (rest.is_empty() && !is_negative && is_one).then_some(cert)
}

fn is_current(cert: &X509Certificate, now: i64) -> Result<(), NotVouched> {
    let (not_before, not_after) =
        (cert.validity().not_before.timestamp(), cert.validity().not_after.timestamp());
    if now < not_before {
        Err(NotVouched::Early { not_before })
    } else if now > not_after {
        Err(NotVouched::Expired { not_after })
    } else {
        Ok(())
    }
}

/// Whether each extension is known where it has to be, readable where it is known, and there once.
fn is_understood(cert: &X509Certificate) -> bool {
    let known = |oid: &str| HANDLED.contains(&oid);
    cert.tbs_certificate.extensions_map().is_ok()
        && cert.extensions().iter().all(|extension| match extension.parsed_extension() {
            ParsedExtension::ParseError { .. } => false,
            _ => !extension.critical || known(&extension.oid.to_id_string()),
        })
}

fn is_named(cert: &X509Certificate, name: &PeerName) -> Result<(), NotVouched> {
    let names = cert.subject_alternative_name().ok().flatten();
    let names = names.map(|extension| extension.value.general_names.as_slice()).unwrap_or_default();
    let fits = names.iter().any(|has| match (has, name) {
        (GeneralName::DNSName(pattern), PeerName::Dns(wanted)) => is_of(wanted, pattern),
        (GeneralName::IPAddress(bytes), PeerName::Ip(wanted)) => {
            address(bytes) == Some(wanted.to_canonical())
        }
        _ => false,
    });
    if fits { Ok(()) } else { Err(NotVouched::Name { has: names.iter().filter_map(shown).collect() }) }
}

fn address(bytes: &[u8]) -> Option<IpAddr> {
    if let Ok(four) = <[u8; 4]>::try_from(bytes) {
        return Some(IpAddr::from(four));
    }
    <[u8; 16]>::try_from(bytes).ok().map(|sixteen| IpAddr::from(sixteen).to_canonical())
}

fn shown(name: &GeneralName) -> Option<String> {
    match name {
        GeneralName::DNSName(name) => Some((*name).to_owned()),
        GeneralName::IPAddress(bytes) => address(bytes).map(|address| address.to_string()),
        _ => None,
    }
}

/// Whether a certificate's DNS name is that of a host. A star is the whole of the first label.
pub fn is_of(host: &str, pattern: &str) -> bool {
    let (host, pattern) = (host.trim_end_matches('.').to_lowercase(), pattern.to_lowercase());
    let pattern = pattern.strip_suffix('.').unwrap_or(&pattern);
    match pattern.strip_prefix("*.") {
        Some(domain) if !domain.contains('*') && !domain.is_empty() => {
            host.split_once('.').is_some_and(|(first, rest)| !first.is_empty() && rest == domain)
        }
        _ => !pattern.contains('*') && !pattern.is_empty() && host == pattern,
    }
}

/// Go asks it of every certificate of a chain. One that names no usage has all.
fn may_serve(cert: &X509Certificate) -> bool {
    match cert.extended_key_usage() {
        Ok(None) => true,
        Ok(Some(extension)) => extension.value.any || extension.value.server_auth,
        Err(_) => false,
    }
}

/// Where a certificate of a chain comes from. Only what is trusted may lack the extensions of a CA.
#[derive(Clone, Copy, PartialEq, Eq)]
enum From {
    Server,
    Roots,
}

struct Search<'a> {
    others: &'a [X509Certificate<'a>],
    roots: &'a [X509Certificate<'a>],
    now: i64,
    /// How many signatures may still be verified.
    left: u32,
}

impl<'a> Search<'a> {
    /// Whether the chain so far, leaf first, goes on to a root.
    fn leads_to_root(&mut self, chain: &mut Vec<&'a X509Certificate<'a>>) -> bool {
        let (roots, others) = (self.roots, self.others);
        if roots.iter().any(|root| self.is_above(chain, root, From::Roots)) {
            return true;
        }
        for other in others {
            let is_used = chain.iter().any(|used| used.as_raw() == other.as_raw());
            if !is_used && self.is_above(chain, other, From::Server) {
                chain.push(other);
                if self.leads_to_root(chain) {
                    return true;
                }
                chain.pop();
            }
        }
        false
    }

    fn is_above(&mut self, chain: &[&X509Certificate], parent: &X509Certificate, from: From) -> bool {
        let Some(child) = chain.last() else { return false };
        child.issuer().as_raw() == parent.subject().as_raw()
            && is_current(parent, self.now).is_ok()
            && is_understood(parent)
            && may_serve(parent)
            && may_sign(parent, from, chain.len())
            && self.has_signed(parent, child)
    }

    fn has_signed(&mut self, parent: &X509Certificate, child: &X509Certificate) -> bool {
        let Some(left) = self.left.checked_sub(1) else { return false };
        self.left = left;
        let by = child.signature_algorithm.algorithm.to_id_string();
        !WEAK.contains(&by.as_str()) && child.verify_signature(Some(parent.public_key())).is_ok()
    }
}

/// `below`: the certificates under it, the leaf among them.
fn may_sign(parent: &X509Certificate, from: From, below: usize) -> bool {
    let signs = match parent.key_usage() {
        Ok(usage) => usage.is_none_or(|usage| usage.value.flags == 0 || usage.value.key_cert_sign()),
        Err(_) => false,
    };
    let is_ca = match parent.basic_constraints() {
        Ok(Some(limits)) => {
            let between = below.saturating_sub(1);
            let fits = limits.value.path_len_constraint.is_none_or(|most| between <= most as usize);
            limits.value.ca && fits
        }
        Ok(None) => from == From::Roots && parent.version() != X509Version::V3,
        Err(_) => false,
    };
    signs && is_ca && matches!(parent.name_constraints(), Ok(None))
}

#[cfg(test)]
mod tests;
