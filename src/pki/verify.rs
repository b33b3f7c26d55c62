//! Whether a chain of certificates holds, by Go's rules.

use jiff::Timestamp;

use super::catalogue::Usage;
use super::go::{self, Certificate, Pool, Purpose, Untrusted};
use super::inspect::{Bundle, FoundCert};

/// Verifies `bundle`, a leaf and its intermediates, up to `root` at `now`, for each of `purposes`.
///
/// `root` is trusted whether or not it signed itself, as in the reference: a CA below a company's own root will do.
///
/// # Errors
/// What Go would say: a wrong signer, a date, a constraint of a CA.
pub fn chain(
    bundle: &Bundle,
    root: &FoundCert,
    now: Timestamp,
    purposes: &[Purpose],
) -> Result<(), Untrusted> {
    let leaf = read(&bundle.own.der)?;
    let intermediates = bundle.others.iter().map(|cert| read(&cert.der)).collect::<Result<Vec<_>, _>>()?;
    let pool = Pool { roots: &[read(&root.der)?], intermediates: &intermediates };
    go::verify(&leaf, pool, now, purposes)
}

/// Whether `cert` is signed with the key of `ca`, and no more.
pub fn signed(cert: &FoundCert, ca: &FoundCert) -> Result<(), Untrusted> {
    go::signed_by(&read(&cert.der)?, &read(&ca.der)?)
}

/// Whether nothing in a CA itself keeps Go from trusting what it signs. Dates are judged apart.
pub fn authority(cert: &FoundCert) -> Result<(), Untrusted> {
    go::may_sign(&read(&cert.der)?)
}

fn read(der: &[u8]) -> Result<Certificate<'_>, Untrusted> {
    Certificate::parse(der).map_err(Untrusted::Unread)
}

/// What a certificate of this usage has to be good for.
pub const fn purposes(usage: Usage) -> &'static [Purpose] {
    match usage {
        Usage::Server => &[Purpose::Server],
        Usage::Client => &[Purpose::Client],
        Usage::Both => &[Purpose::Server, Purpose::Client],
    }
}
