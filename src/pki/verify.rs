//! Whether a chain of certificates holds, by rustls' own verifier.

use std::time::Duration;

use jiff::Timestamp;
use rustls_pki_types::{CertificateDer, UnixTime};
use webpki::{
    ALL_VERIFICATION_ALGS, EndEntityCert, Error, ExtendedKeyUsageValidator, KeyPurposeIdIter,
    anchor_from_trusted_cert,
};

use super::inspect::{Bundle, FoundCert};

/// Verifies `bundle`, a leaf and its intermediates, up to `root` at `now`, for any usage.
///
/// `root` is trusted whether or not it signed itself, as in the reference: a CA below a company's own root will do.
/// Its dates are not looked at.
///
/// # Errors
/// What rustls' verifier says: a wrong signer, a date, a constraint of an intermediate.
pub fn chain(bundle: &Bundle, root: &FoundCert, now: Timestamp) -> Result<(), Error> {
    let root = CertificateDer::from(root.der.as_slice());
    let anchors = [anchor_from_trusted_cert(&root)?];
    let leaf = CertificateDer::from(bundle.own.der.as_slice());
    let leaf = EndEntityCert::try_from(&leaf)?;
    let intermediates: Vec<_> =
        bundle.others.iter().map(|cert| CertificateDer::from(cert.der.as_slice())).collect();
    // A clock before 1970 counts as 1970: no certificate holds then.
    let seconds = u64::try_from(now.as_second()).unwrap_or(0);
    let time = UnixTime::since_unix_epoch(Duration::from_secs(seconds));
    leaf.verify_for_usage(ALL_VERIFICATION_ALGS, &anchors, &intermediates, time, AnyUsage, None, None)?;
    Ok(())
}

/// What the leaf is for is judged apart from its chain, with a reason of its own.
struct AnyUsage;

impl ExtendedKeyUsageValidator for AnyUsage {
    fn validate(&self, _: KeyPurposeIdIter<'_, '_>) -> Result<(), Error> {
        Ok(())
    }
}
