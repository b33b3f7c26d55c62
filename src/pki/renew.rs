//! A certificate that exists × what the configuration says now → what its renewal carries, and what changes by it.

use std::collections::BTreeSet;
use std::fmt;
use std::net::IpAddr;

use jiff::{SignedDuration, Timestamp};

use super::catalogue::{LeafRequest, Usage};
use super::inspect::{Bundle, ExtendedUsage, FoundCert, KeyKind};
use super::key::PrivateKey;
use super::sans::Sans;
use super::subject::Subject;
use super::verify;
use crate::config::KeyAlgorithm;
use crate::duration::GoDuration;

/// A certificate on disk, with what else there is to its renewal.
#[derive(Debug)]
pub struct Held<'a> {
    /// The file's certificates.
    pub bundle: &'a Bundle,
    /// Whether its key is there.
    pub key: HeldKey,
    /// The CA that is to sign it.
    pub root: &'a FoundCert,
}

/// What is at the path of a certificate's key.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum HeldKey {
    /// Its key.
    Own,
    /// Another certificate's, or none that can be read: what a run leaves that was cut off between the two files.
    Other,
    /// Nothing.
    Missing,
}

impl HeldKey {
    /// Which of them the PEM text `key` is to `certificate`.
    pub fn of(certificate: &FoundCert, key: Option<&[u8]>) -> Self {
        match key.map(PrivateKey::from_pem) {
            None => Self::Missing,
            Some(Ok(key)) if certificate.belongs_to(&key) => Self::Own,
            Some(_) => Self::Other,
        }
    }
}

/// Why a certificate cannot be said again.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum NotAgain {
    /// Its subject is empty.
    #[error("has no common name, which a renewal would keep; --from-config gives it the configuration's")]
    NoName,
    /// Its usages are none that this program issues.
    #[error(
        "has no extended key usage, or others than serverAuth and clientAuth, which a renewal would keep; --from-config gives \
         it the configuration's"
    )]
    Usage,
}

/// What `found` says, to be said again as the reference's renewal does: its subject, names and usages. Signer and life
/// are those of `wanted`.
pub fn again(found: &FoundCert, wanted: &LeafRequest) -> Result<LeafRequest, NotAgain> {
    let common_name = found.common_name.clone().filter(|name| !name.is_empty()).ok_or(NotAgain::NoName)?;
    Ok(LeafRequest {
        signer: wanted.signer,
        subject: Subject { common_name, organizations: found.organizations.clone() },
        usage: usage(found).ok_or(NotAgain::Usage)?,
        sans: Sans::new(found.dns_names.iter().cloned(), found.ip_addresses.iter().copied()),
        begin: wanted.begin,
        validity: wanted.validity,
    })
}

fn usage(found: &FoundCert) -> Option<Usage> {
    match found.extended_usages.as_deref()? {
        [ExtendedUsage::ServerAuth] => Some(Usage::Server),
        [ExtendedUsage::ClientAuth] => Some(Usage::Client),
        [ExtendedUsage::ServerAuth, ExtendedUsage::ClientAuth] => Some(Usage::Both),
        _ => None,
    }
}

/// One way in which a certificate is not what the configuration says now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum CertificateChange {
    /// Host names and addresses that it does not have yet.
    NewNames(Vec<String>),
    /// Host names and addresses that it has no more.
    OldNames(Vec<String>),
    /// Another subject.
    Subject {
        /// As people read it.
        found: String,
        /// As people read it.
        wanted: String,
    },
    /// Another extended key usage.
    Usage {
        /// The one that it gets.
        wanted: Usage,
    },
    /// A key of another kind or size.
    Key {
        /// The one that it has.
        found: KeyKind,
        /// The one that it gets.
        wanted: KeyAlgorithm,
    },
    /// Another time from begin to end.
    Life {
        /// The one that it gets.
        wanted: GoDuration,
    },
    /// It has ended, and holds again.
    Expired {
        /// Its end so far.
        until: Timestamp,
    },
    /// The path of the CA's certificate, below the certificates directory.
    Signer {
        /// The CA that signs it now.
        wanted: String,
    },
    /// Its key was not there.
    KeyMissing,
    /// Another certificate's key stood in the place of its own.
    KeyMismatch,
    /// A kubeconfig trusts another CA than the cluster's.
    Authority,
}

impl CertificateChange {
    /// Its name in JSON.
    pub const fn id(&self) -> &'static str {
        match self {
            Self::NewNames(_) => "names-added",
            Self::OldNames(_) => "names-removed",
            Self::Subject { .. } => "subject",
            Self::Usage { .. } => "usage",
            Self::Key { .. } => "key-algorithm",
            Self::Life { .. } => "validity",
            Self::Expired { .. } => "expired",
            Self::Signer { .. } => "signer",
            Self::KeyMissing => "key-missing",
            Self::KeyMismatch => "key-mismatch",
            Self::Authority => "trusted-ca",
        }
    }
}

impl fmt::Display for CertificateChange {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NewNames(names) => write!(out, "new names {}", names.join(", ")),
            Self::OldNames(names) => write!(out, "without the names {}", names.join(", ")),
            Self::Subject { found, wanted } => write!(out, "subject {wanted} instead of {found}"),
            Self::Usage { wanted } => write!(out, "for {}", purpose(*wanted)),
            Self::Key { found, wanted } => write!(out, "key {} instead of {found}", wanted.name()),
            Self::Life { wanted } => write!(out, "valid for {wanted}"),
            Self::Expired { until } => write!(out, "the old one expired at {until}"),
            Self::Signer { wanted } => write!(out, "the old one is not signed by {wanted}"),
            Self::KeyMissing => out.write_str("its key was missing"),
            Self::KeyMismatch => out.write_str("the old key was not its own"),
            Self::Authority => out.write_str("the old one trusts another CA"),
        }
    }
}

const fn purpose(usage: Usage) -> &'static str {
    match usage {
        Usage::Server => "TLS servers",
        Usage::Client => "TLS clients",
        Usage::Both => "TLS servers and clients",
    }
}

/// All in which `held` is not what `wanted` and `algorithm` say; nothing where it can stay.
pub fn changes(
    held: &Held<'_>,
    wanted: &LeafRequest,
    algorithm: KeyAlgorithm,
    now: Timestamp,
) -> Vec<CertificateChange> {
    let found = &held.bundle.own;
    let mut all = names(found, &wanted.sans);
    all.extend(subject(found, &wanted.subject));
    all.extend(
        (usage(found) != Some(wanted.usage)).then_some(CertificateChange::Usage { wanted: wanted.usage }),
    );
    all.extend(
        (!found.key.is(algorithm)).then_some(CertificateChange::Key { found: found.key, wanted: algorithm }),
    );
    all.extend(life(found, held.root, wanted.validity, now));
    all.extend(validity(held, wanted, now));
    all.extend(match held.key {
        HeldKey::Own => None,
        HeldKey::Other => Some(CertificateChange::KeyMismatch),
        HeldKey::Missing => Some(CertificateChange::KeyMissing),
    });
    all
}

fn names(found: &FoundCert, wanted: &Sans) -> Vec<CertificateChange> {
    let texts = |names: &[String], addresses: &[IpAddr]| -> BTreeSet<String> {
        names.iter().cloned().chain(addresses.iter().map(|ip| ip.to_canonical().to_string())).collect()
    };
    let found = texts(&found.dns_names, &found.ip_addresses);
    let wanted = texts(&wanted.dns_names, &wanted.ip_addresses);
    let only = |one: &BTreeSet<String>, other| one.difference(other).cloned().collect::<Vec<_>>();
    let (new, old) = (only(&wanted, &found), only(&found, &wanted));
    let new = (!new.is_empty()).then_some(CertificateChange::NewNames(new));
    new.into_iter().chain((!old.is_empty()).then_some(CertificateChange::OldNames(old))).collect()
}

fn subject(found: &FoundCert, wanted: &Subject) -> Option<CertificateChange> {
    let text = |name: &str, groups: &[String]| {
        let groups = groups.iter().map(|group| format!("O={group}"));
        groups.chain([format!("CN={name}")]).collect::<Vec<_>>().join(",")
    };
    let found = text(found.common_name.as_deref().unwrap_or_default(), &found.organizations);
    let wanted = text(&wanted.common_name, &wanted.organizations);
    (found != wanted).then_some(CertificateChange::Subject { found, wanted })
}

/// Certificates hold from five minutes before they are made, those of other programs from that moment on.
const BACKDATED: SignedDuration = SignedDuration::from_mins(10);

/// When it was made shows in its beginning, but where that is its CA's, as in kubeconfigs and in all that older kubeadms
/// have made: then it may have been made at any time since. Nor does it where it begins before its CA, which was issued again.
fn life(
    found: &FoundCert,
    root: &FoundCert,
    wanted: GoDuration,
    now: Timestamp,
) -> Option<CertificateChange> {
    let latest = if found.not_before <= root.not_before {
        now
    } else {
        found.not_before.saturating_add(BACKDATED).ok()?
    };
    let made = found.not_after.saturating_sub(SignedDuration::from_nanos(wanted.nanoseconds())).ok()?;
    (made < found.not_before || made > latest).then_some(CertificateChange::Life { wanted })
}

/// A certificate that has expired has no chain to look at.
fn validity(held: &Held<'_>, wanted: &LeafRequest, now: Timestamp) -> Option<CertificateChange> {
    let until = held.bundle.own.not_after;
    if now > until {
        return Some(CertificateChange::Expired { until });
    }
    let wanted = wanted.signer.certificate_path();
    verify::chain(held.bundle, held.root, now, &[]).err().map(|_| CertificateChange::Signer { wanted })
}

#[cfg(test)]
mod tests {
    use super::super::catalogue::{Ca, Contents, catalogue};
    use super::super::existing::Existing;
    use super::super::fixtures;
    use super::super::inspect;
    use super::*;
    use crate::config::Spec;

    /// The API server's request by `spec`.
    fn wanted(spec: Spec<'_>) -> LeafRequest {
        let item = catalogue(spec).into_iter().find(|item| item.name == "apiserver").unwrap();
        let Contents::Leaf(request) = item.contents else { panic!("a leaf") };
        request
    }

    fn bundle(existing: &Existing, stem: &str) -> Bundle {
        inspect::certificates(existing.get(&format!("{stem}.crt")).unwrap()).unwrap()
    }

    /// What changes by `spec`, of what was made by the fixture's, as texts.
    fn changed(spec: Spec<'_>, now: Timestamp) -> Vec<String> {
        let existing = fixtures::complete(fixtures::config().spec());
        let (bundle, root) = (bundle(&existing, "apiserver"), bundle(&existing, "ca"));
        let key = HeldKey::of(&bundle.own, existing.get("apiserver.key"));
        let held = Held { bundle: &bundle, key, root: &root.own };
        let changes = changes(&held, &wanted(spec), spec.cluster.key_algorithm, now);
        changes.iter().map(ToString::to_string).collect()
    }

    #[test]
    fn nothing_changes_by_the_configuration_that_it_was_made_from() {
        let config = fixtures::config();
        assert_eq!(changed(config.spec(), fixtures::now()), Vec::<String>::new());
        let later = fixtures::now().saturating_add(SignedDuration::from_hours(24 * 364)).unwrap();
        assert_eq!(changed(config.spec(), later), Vec::<String>::new());
    }

    #[test]
    fn each_difference_is_told() {
        let mut config = fixtures::config();
        config.cluster.api_server.cert_sans = vec!["new.example.com".into(), "10.9.9.9".into()];
        config.cluster.key_algorithm = KeyAlgorithm::Rsa2048;
        config.cluster.certificate_validity = GoDuration::from_hours(48);
        assert_eq!(
            changed(config.spec(), fixtures::now()),
            [
                "new names 10.9.9.9, new.example.com",
                "without the names *.wild.example, fd00::1, foo.example.com",
                "key RSA-2048 instead of ECDSA-P256",
                "valid for 48h0m0s",
            ]
        );
        let late = fixtures::now().saturating_add(SignedDuration::from_hours(24 * 400)).unwrap();
        assert_eq!(changed(fixtures::config().spec(), late), ["the old one expired at 2027-11-21T08:00:00Z"]);
    }

    #[test]
    fn a_ca_that_was_issued_again_changes_nothing() {
        let existing = fixtures::complete(fixtures::config().spec());
        let (leaf, ca) = (bundle(&existing, "apiserver"), bundle(&existing, "ca").own);
        let key = PrivateKey::from_pem(existing.get("ca.key").unwrap()).unwrap();
        let now = fixtures::now().saturating_add(SignedDuration::from_hours(24 * 100)).unwrap();
        let life = super::super::NewLife { serial: None, now, validity: GoDuration::from_hours(24 * 3650) };
        let root = super::super::reissue(&ca, &key, life).unwrap();
        let held =
            Held { bundle: &leaf, key: HeldKey::of(&leaf.own, existing.get("apiserver.key")), root: &root };
        // As older kubeadms made it: it began with its CA, and was made much later.
        let later = leaf.own.not_after.saturating_add(SignedDuration::from_hours(24 * 60)).unwrap();
        let old = Bundle { own: FoundCert { not_after: later, ..leaf.own.clone() }, others: Vec::new() };
        let config = fixtures::config();
        let wanted = wanted(config.spec());
        assert_eq!(changes(&held, &wanted, config.cluster.key_algorithm, now), []);
        assert_eq!(life_of(&old, &root, &wanted, now), None);
    }

    fn life_of(
        bundle: &Bundle,
        root: &FoundCert,
        wanted: &LeafRequest,
        now: Timestamp,
    ) -> Option<CertificateChange> {
        super::life(&bundle.own, root, wanted.validity, now)
    }

    #[test]
    fn another_ca_s_certificate_is_to_be_signed_anew() {
        let existing = fixtures::complete(fixtures::config().spec());
        let (leaf, other) = (bundle(&existing, "apiserver"), bundle(&existing, "etcd/ca"));
        let held = Held { bundle: &leaf, key: HeldKey::Missing, root: &other.own };
        let config = fixtures::config();
        let ids: Vec<_> =
            changes(&held, &wanted(config.spec()), config.cluster.key_algorithm, fixtures::now())
                .iter()
                .map(CertificateChange::id)
                .collect();
        assert_eq!(ids, ["signer", "key-missing"]);
    }

    #[test]
    fn a_key_is_told_from_another_s_and_from_none() {
        let existing = fixtures::complete(fixtures::config().spec());
        let leaf = bundle(&existing, "apiserver").own;
        assert_eq!(HeldKey::of(&leaf, existing.get("apiserver.key")), HeldKey::Own);
        assert_eq!(HeldKey::of(&leaf, existing.get("ca.key")), HeldKey::Other);
        assert_eq!(HeldKey::of(&leaf, Some(b"half")), HeldKey::Other);
        assert_eq!(HeldKey::of(&leaf, None), HeldKey::Missing);
    }

    #[test]
    fn what_it_says_is_said_again_whatever_the_configuration_says() {
        let existing = fixtures::complete(fixtures::config().spec());
        let mut config = fixtures::config();
        config.cluster.api_server.cert_sans.clear();
        config.cluster.certificate_validity = GoDuration::from_hours(1);
        let said = again(&bundle(&existing, "apiserver").own, &wanted(config.spec())).unwrap();
        assert_eq!(said.sans, wanted(fixtures::config().spec()).sans);
        assert_eq!(
            (said.signer, said.usage, said.validity),
            (Ca::Cluster, Usage::Server, GoDuration::from_hours(1))
        );
        assert_eq!(said.subject, Subject::named("kube-apiserver"));
    }

    #[test]
    fn a_certificate_for_other_uses_is_not_said_again() {
        let ca = bundle(&fixtures::complete(fixtures::config().spec()), "ca").own;
        assert_eq!(again(&ca, &wanted(fixtures::config().spec())), Err(NotAgain::Usage));
        let nobody = FoundCert { common_name: None, ..ca };
        assert_eq!(again(&nobody, &wanted(fixtures::config().spec())), Err(NotAgain::NoName));
    }
}
