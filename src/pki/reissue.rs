//! A CA's certificate → the same again, by the same key and with another life, so that all that it has signed holds below either.

use jiff::{SignedDuration, Timestamp};

use super::certificate::{self, IssueError};
use super::go::Untrusted;
use super::inspect::{Bundle, FoundCert};
use super::key::PrivateKey;
use super::mint::BACKDATE;
use super::pem;
use super::source::Serial;
use super::verify;
use crate::duration::GoDuration;

/// What a CA's certificate that is issued again has of its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct NewLife {
    /// Without one, the old serial number stays.
    pub serial: Option<Serial>,
    /// When it is issued; it holds from a little before that on.
    pub now: Timestamp,
    /// From then on.
    pub validity: GoDuration,
}

/// Why a CA's certificate is not issued again. Reads on from the file's path.
#[derive(Debug, thiserror::Error)]
pub enum NotReissued {
    /// Its key is not its own.
    #[error("has another key than the one beside it")]
    OtherKey,
    /// Only who has signed it can do so again.
    #[error("is signed by {by}: it is no root, and only that CA can issue it again")]
    Intermediate {
        /// Its issuer, for people.
        by: String,
    },
    /// Go trusts nothing that it signs, whatever its dates.
    #[error("cannot be issued again as it is: {0}")]
    Unfit(Untrusted),
    /// Its end would be before now, or beyond what can be counted.
    #[error("would end at a time that it cannot have")]
    Validity,
    /// The library refuses.
    #[error(transparent)]
    Issue(#[from] IssueError),
    /// What came of it is not what it should be.
    #[error("came out otherwise than it was, and is not written")]
    Differs,
}

impl NewLife {
    fn dates(self) -> Option<(Timestamp, Timestamp)> {
        let until = self.now.checked_add(SignedDuration::from_nanos(self.validity.nanoseconds())).ok()?;
        let from = self.now.checked_sub(BACKDATE).ok()?;
        (until.as_second() > self.now.as_second()).then_some((from, until))
    }
}

/// `old` again, which has signed itself by `key`: its subject, its key and its extensions are the same bytes.
///
/// # Errors
/// It is no such certificate, or nothing would trust what it has signed.
pub fn reissue(old: &FoundCert, key: &PrivateKey, life: NewLife) -> Result<FoundCert, NotReissued> {
    itself(old)?;
    if !old.belongs_to(key) {
        return Err(NotReissued::OtherKey);
    }
    verify::authority(old).map_err(NotReissued::Unfit)?;
    let dates = life.dates().ok_or(NotReissued::Validity)?;
    let der = certificate::again(&old.der, key, life.serial, dates)?;
    let new = FoundCert::from_der(&der).ok_or(NotReissued::Differs)?;
    let is_same = new.is_again(old) && (life.serial.is_some() || new.serial == old.serial);
    if is_same && verify::signed(&new, &new).is_ok() { Ok(new) } else { Err(NotReissued::Differs) }
}

/// Nobody looks at a root's own signature, so one by an algorithm that nobody takes any more does not make it another's.
fn itself(old: &FoundCert) -> Result<(), NotReissued> {
    let name = old.issuer_common_name.as_deref().unwrap_or("a CA without a name");
    if old.issuer != old.subject {
        return Err(NotReissued::Intermediate { by: format!("{name:?}") });
    }
    match verify::signed(old, old) {
        Ok(()) | Err(Untrusted::BrokenAlgorithm { .. } | Untrusted::UnknownAlgorithm { .. }) => Ok(()),
        Err(_) => Err(NotReissued::Intermediate { by: format!("another key of the name {name:?}") }),
    }
}

/// The text of a PEM file with `new` in the place of the copy of it that ends last; all else in it stays. Nothing where it has no
/// copy, or has `new` itself.
pub fn exchanged(text: &[u8], new: &FoundCert) -> Option<Vec<u8>> {
    let found = pem::placed_certificates(text);
    let copies = found.iter().filter_map(|(place, der)| Some((place, FoundCert::from_der(der)?)));
    let copies: Vec<_> = copies.filter(|(_, copy)| copy.is_again(new)).collect();
    if copies.iter().any(|(_, copy)| copy.der == new.der) {
        return None;
    }
    let (place, _) = copies.into_iter().max_by_key(|(_, copy)| copy.not_after)?;
    let (before, after) = (text.get(..place.start)?, text.get(place.end..)?);
    Some([before, &new.to_pem(), after].concat())
}

/// Whether `bundle`, a certificate with its chain, holds below `root`: now, or if one of the two does not, at the nearest moment at
/// which both do. Where there is none, only the signature counts.
///
/// # Errors
/// As Go says it.
pub fn holds_below(bundle: &Bundle, root: &FoundCert, now: Timestamp) -> Result<(), Untrusted> {
    let from = bundle.own.not_before.max(root.not_before);
    let until = bundle.own.not_after.min(root.not_after);
    if from > until {
        return verify::signed(&bundle.own, root);
    }
    verify::chain(bundle, root, now.clamp(from, until), &[])
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::Usage;
    use super::super::certificate::{CertificateRole, Signer, Template};
    use super::super::certificates;
    use super::super::sans::Sans;
    use super::super::subject::Subject;
    use super::*;

    macro_rules! golden {
        ($name:literal) => {
            include_bytes!(concat!("../../tests/golden/pki/", $name))
        };
    }

    fn cert(text: &[u8]) -> FoundCert {
        certificates(text).unwrap().own
    }

    fn key(text: &[u8]) -> PrivateKey {
        PrivateKey::from_pem(text).unwrap()
    }

    fn life(serial: Option<u64>) -> NewLife {
        NewLife {
            serial: serial.map(|number| Serial::new(number).unwrap()),
            now: "2026-11-21T08:00:00.5Z".parse().unwrap(),
            validity: GoDuration::from_hours(24 * 3650),
        }
    }

    /// (CA, its key, what it has signed)
    fn all() -> [(FoundCert, PrivateKey, FoundCert); 4] {
        [
            (&golden!("rsa-ca.crt")[..], &golden!("rsa-ca.key")[..], &golden!("rsa-leaf.crt")[..]),
            (golden!("p256-ca.crt"), golden!("p256-ca.key"), golden!("p256-leaf.crt")),
            (golden!("p384-ca.crt"), golden!("p384-ca.key"), golden!("p384-leaf.crt")),
            (golden!("odd-ca.crt"), golden!("rsa-ca.key"), golden!("odd-leaf.crt")),
        ]
        .map(|(ca, own, leaf)| (cert(ca), key(own), cert(leaf)))
    }

    fn alone(own: FoundCert) -> Bundle {
        Bundle { own, others: Vec::new() }
    }

    #[test]
    fn all_but_serial_and_life_stays_byte_for_byte_and_what_was_signed_holds() {
        for (old, key, leaf) in all() {
            let new = reissue(&old, &key, life(Some(77))).unwrap();
            assert!(new.is_again(&old) && old.is_again(&new));
            assert_eq!((&new.subject, &new.issuer), (&old.subject, &old.subject));
            assert_eq!((&new.public_key, &new.subject_key_id), (&old.public_key, &old.subject_key_id));
            assert_eq!(new.serial, [77]);
            assert_eq!(new.not_before.to_string(), "2026-11-21T07:55:00Z");
            assert_eq!(new.not_after.to_string(), "2036-11-18T08:00:00Z");
            for root in [&old, &new] {
                holds_below(&alone(leaf.clone()), root, life(None).now).unwrap();
            }
        }
    }

    #[test]
    fn a_serial_number_stays_where_none_is_given_and_late_dates_are_written() {
        for (old, key, _) in all() {
            let late = NewLife { validity: GoDuration::from_hours(24 * 365 * 100), ..life(None) };
            let new = reissue(&old, &key, late).unwrap();
            assert_eq!(new.serial, old.serial);
            assert_eq!(new.not_after.to_string(), "2126-10-28T08:00:00Z");
        }
    }

    #[test]
    fn another_s_key_and_a_life_that_is_none_are_refused() {
        let [(rsa, own, leaf), (p256, ..), ..] = all();
        assert!(matches!(reissue(&p256, &own, life(None)), Err(NotReissued::OtherKey)));
        for validity in [GoDuration::ZERO, GoDuration::from_hours(-1)] {
            let none = NewLife { validity, ..life(None) };
            assert!(matches!(reissue(&rsa, &own, none), Err(NotReissued::Validity)));
        }
        assert!(!leaf.is_again(&rsa));
    }

    /// A CA of this name and key, signed by `signer`.
    fn below(name: &str, own: &PrivateKey, signer: Signer<'_>) -> FoundCert {
        let subject = Subject::named(name);
        let template = Template {
            subject: &subject,
            role: CertificateRole::Authority,
            sans: &Sans::default(),
            serial: Serial::new(5).unwrap(),
            not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
            not_after: "2027-01-01T00:00:00Z".parse().unwrap(),
        };
        FoundCert::from_der(&certificate::issue(&template, own, signer).unwrap()).unwrap()
    }

    #[test]
    fn what_another_ca_has_signed_only_that_one_can_issue_again() {
        let [(rsa, rsa_key, _), (_, own, _), ..] = all();
        let signer = Signer { name: &rsa.subject, key_id: None, key: &rsa_key };
        let named = |name: &str, signer: Signer<'_>| {
            reissue(&below(name, &own, signer), &own, life(None)).unwrap_err().to_string()
        };
        assert_eq!(
            named("between", signer),
            "is signed by \"kubernetes\": it is no root, and only that CA can issue it again"
        );
        let cross = named("kubernetes", signer);
        assert!(cross.starts_with("is signed by another key of the name \"kubernetes\""), "{cross}");
    }

    #[test]
    fn what_may_not_sign_is_not_issued_again() {
        let key = key(golden!("p256-leaf.key"));
        let subject = Subject::named("x");
        let template = Template {
            subject: &subject,
            role: CertificateRole::Leaf(Usage::Both),
            sans: &Sans::default(),
            serial: Serial::new(5).unwrap(),
            not_before: "2026-01-01T00:00:00Z".parse().unwrap(),
            not_after: "2027-01-01T00:00:00Z".parse().unwrap(),
        };
        let leaf = FoundCert::from_der(&certificate::self_signed(&template, &key).unwrap()).unwrap();
        assert!(matches!(reissue(&leaf, &key, life(None)), Err(NotReissued::Unfit(_))));
    }

    #[test]
    fn a_leaf_is_judged_at_a_moment_that_it_has_in_common_with_its_ca() {
        let [(old, key, leaf), (other, ..), ..] = all();
        let new = reissue(&old, &key, life(Some(2))).unwrap();
        for now in ["2020-01-01T00:00:00Z", "2090-01-01T00:00:00Z"] {
            holds_below(&alone(leaf.clone()), &new, now.parse().unwrap()).unwrap();
        }
        // One that has ended before the CA was issued again.
        let gone = FoundCert { not_after: "2026-02-01T00:00:00Z".parse().unwrap(), ..leaf };
        holds_below(&alone(gone.clone()), &new, life(None).now).unwrap();
        assert!(holds_below(&alone(gone), &other, life(None).now).is_err());
    }

    #[test]
    fn in_a_bundle_the_copy_alone_is_exchanged() {
        let [(old, key, _), (other, ..), ..] = all();
        let new = reissue(&old, &key, life(Some(2))).unwrap();
        let text = |certs: &[&FoundCert]| certs.iter().flat_map(|one| one.to_pem()).collect::<Vec<u8>>();
        let around = |certs: &[&FoundCert]| [b"# ours\n", &text(certs)[..], b"# the end"].concat();
        assert_eq!(exchanged(&around(&[&other, &old]), &new), Some(around(&[&other, &new])));
        assert_eq!(exchanged(&text(&[&other]), &new), None);
        assert_eq!(exchanged(&text(&[&new, &old]), &new), None);
        let newest = reissue(&old, &key, life(Some(3))).unwrap();
        assert_eq!(exchanged(&text(&[&new, &old]), &newest), Some(text(&[&new, &newest])), "the last to end");
    }

    #[test]
    fn what_is_no_certificate_is_never_again() {
        assert!(!certificate::is_again(b"x", b"x"));
        assert!(!certificate::is_again(&pem::encode("A", b"x"), b""));
    }
}
