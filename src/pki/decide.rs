//! What is wanted × what exists → create, keep, or refuse with the reason.

use jiff::Timestamp;

use super::catalogue::{self, Ca, Contents, Item, LeafRequest, Usage};
use super::existing::Existing;
use super::go::{Purpose, Untrusted};
use super::inspect::{self, BadCertificate, Bundle, ExtendedUsage, FoundCert};
use super::key::{self, BadKey, PrivateKey};
use super::sans::Sans;
use super::verify;

/// What happens to one item.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Decision {
    /// None of its files exists; all are made.
    Create,
    /// Its files exist and fit.
    Keep(Kept),
    /// Its key exists without its certificate, which is made of it: a run that was cut off has written that much.
    CompleteCertificate,
    /// `sa.key` exists without `sa.pub`, which follows from it. The API server would not start without.
    CompletePublicKey,
}

/// Why an item's files stay as they are.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kept {
    /// Certificate and key, or the two service account keys, fit the configuration and each other.
    Pair,
    /// The same without some of the configuration's names.
    Lacking,
    /// A CA certificate without its key: the CA is external, and everything below it has to exist.
    ExternalAuthority,
}

/// An item whose files cannot be used, and that init will not overwrite.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{path} {reason}")]
pub struct Refusal {
    /// The item, as in `init phase certs NAME`.
    pub name: &'static str,
    /// The file, below the certificates directory.
    pub path: String,
    /// Reads on from the path.
    pub reason: Reason,
}

/// Why an item's files cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The certificate cannot be read.
    #[error("cannot be used: {0}")]
    BadCertificate(BadCertificate),
    /// The key cannot be read.
    #[error("cannot be used: {0}")]
    BadKey(BadKey),
    /// Nothing in Kubernetes would trust the certificate.
    #[error("cannot be used: {0}")]
    Unusable(Untrusted),
    /// A leaf's key without its certificate, where the CA's key is elsewhere.
    #[error(
        "does not exist, but its key does; restore the certificate, or have the CA sign one for this key"
    )]
    CertificateMissing,
    /// A CA's key without its certificate, beside certificates that it has signed.
    #[error(
        "does not exist, but its key does, and certificates that it has signed; restore it, for all control planes of a cluster have \
         the same"
    )]
    AuthorityMissing,
    /// A leaf's certificate without its key.
    #[error("does not exist, but its certificate does; {0}")]
    KeyMissing(Remedy),
    /// `sa.pub` without `sa.key`.
    #[error(
        "does not exist, but its public key does; restore it, for all control planes of a cluster have the same, and what it has \
         signed is checked with it"
    )]
    PrivateKeyMissing,
    /// The key is another one's.
    #[error("is not the key of {other}")]
    KeyMismatch {
        /// The file that it should belong to.
        other: String,
    },
    /// What has a CA's path is no CA.
    #[error("is not a CA: its basic constraints do not say CA:TRUE")]
    NotAuthority,
    /// A CA whose key usage keeps it from signing.
    #[error("may not sign certificates: its key usage lacks keyCertSign")]
    MayNotSign,
    /// It begins after now.
    #[error("is not valid before {from}; check the clock")]
    NotYetValid {
        /// Its begin.
        from: Timestamp,
    },
    /// A leaf has ended.
    #[error("expired at {until}; {remedy}")]
    Expired {
        /// Its end.
        until: Timestamp,
        /// How to get another one.
        remedy: Remedy,
    },
    /// A CA has ended.
    #[error("expired at {until}; {}", again(*.reissue))]
    AuthorityExpired {
        /// Its end.
        until: Timestamp,
        /// How to have it issued again.
        reissue: Reissue,
    },
    /// Another CA has signed it.
    #[error("is not signed by {signer}; {remedy}")]
    WrongSigner {
        /// The CA that should have.
        signer: String,
        /// How to get another one.
        remedy: Remedy,
    },
    /// It does not hold below its CA.
    #[error("does not verify against {signer}: {error}")]
    Unverified {
        /// That CA.
        signer: String,
        /// Why not.
        error: Untrusted,
    },
    /// It may not be used for what it is there for.
    #[error("is not for {usage}: its extended key usage lacks that; {remedy}")]
    WrongUsage {
        /// What it should be for, in words.
        usage: &'static str,
        /// How to get another one.
        remedy: Remedy,
    },
    /// It is not for all names of the configuration.
    #[error("lacks the names {}; {remedy}", .names.join(", "))]
    MissingNames {
        /// Names and addresses of the configuration that it does not have.
        names: Vec<String>,
        /// How to get another one.
        remedy: Remedy,
    },
    /// It is there, and its CA would be made.
    #[error(
        "was not signed by the CA that would be made, since {signer} does not exist; restore the CA, or move this out of the way"
    )]
    OlderThanAuthority {
        /// That CA.
        signer: String,
    },
    /// Its CA is not there, and is not made in this run.
    #[error("cannot be judged or made: {signer} does not exist; make the CA first")]
    NoAuthority {
        /// That CA.
        signer: String,
    },
    /// It is not there, and cannot be signed here.
    #[error("has to be given, since the key of {signer} is not here (external CA)")]
    ExternalAuthority {
        /// The CA whose key is elsewhere.
        signer: String,
    },
}

/// How a certificate comes to be made again, which depends on where its CA's key is. A CA itself is never removed.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Remedy {
    /// The CA's key is here.
    #[error("remove it and its key to have both made")]
    Remake,
    /// The CA's key is here, and the leaf's own is not.
    #[error("restore the key, or remove the certificate to have both made")]
    RestoreOrRemake,
    /// The CA's key is elsewhere.
    #[error("have its CA, whose key is not here, sign another one")]
    Resign,
    /// The CA's key is elsewhere, and the leaf's own is not here either.
    #[error("restore the key, or have the CA, whose key is not here, sign a certificate for another one")]
    RestoreOrResign,
}

/// How a CA comes to be issued again for the key that it has, so that all that it has signed holds on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reissue {
    /// It signs itself, with the key that is here.
    Itself {
        /// The path of its files below the certificates directory, without extension.
        stem: &'static str,
        /// kubeadm's name for it.
        name: &'static str,
    },
    /// By another CA, or with a key that is elsewhere.
    Elsewhere,
}

fn again(reissue: Reissue) -> String {
    match reissue {
        Reissue::Itself { stem, name } => format!(
            "issue it again with the same key, and all that it has signed holds again: `kubewright certs reissue-ca {name}`; then put the \
             new {stem}.crt in the place of the old one on the other nodes, in kubeconfigs too. Keep {stem}.key: with another key the whole \
             cluster loses its trust"
        ),
        Reissue::Elsewhere => "have it issued again for the same key by whoever has issued it, so that all that it has signed holds again"
            .to_owned(),
    }
}

/// What becomes of a certificate that lacks names of the configuration.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Lacking {
    /// What is started with it would not be reached by them.
    Refused,
    /// It is kept, as by the reference.
    Told,
}

/// Whether `ca` is external: its certificate is here and its key is not.
pub fn is_external(ca: Ca, existing: &Existing) -> bool {
    let (certificate, key) = pair_of(ca.stem(), existing);
    certificate.is_some() && key.is_none()
}

/// Decides on every one of `items`, in their order. The CA of a leaf may be among them or only on disk.
///
/// As the reference does it: a CA pair is used; a CA certificate without its key is an external CA, below which nothing
/// can be made; what exists has to verify and to hold the configuration's names. Beyond the reference: a key has to be
/// its certificate's, the extended key usage has to fit, dates count, and a key alone gets its certificate.
///
/// # Errors
/// Every item that cannot be used, not the first alone.
pub fn decide(
    items: &[Item],
    existing: &Existing,
    now: Timestamp,
) -> Result<Vec<(Item, Decision)>, Vec<Refusal>> {
    decide_with(items, existing, now, Lacking::Refused)
}

/// The same, for runs that start nothing with what is kept.
///
/// # Errors
/// As [`decide`].
pub fn decide_with(
    items: &[Item],
    existing: &Existing,
    now: Timestamp,
    lacking: Lacking,
) -> Result<Vec<(Item, Decision)>, Vec<Refusal>> {
    let mut decided = Vec::new();
    let mut refusals = Vec::new();
    for item in items {
        match decide_one(item, items, existing, now) {
            Ok(decision) => decided.push((item.clone(), decision)),
            Err(Refusal { reason: Reason::MissingNames { .. }, .. }) if lacking == Lacking::Told => {
                decided.push((item.clone(), Decision::Keep(Kept::Lacking)));
            }
            // A broken CA is found again at each of its leaves.
            Err(refusal) if refusals.contains(&refusal) => {}
            Err(refusal) => refusals.push(refusal),
        }
    }
    if refusals.is_empty() { Ok(decided) } else { Err(refusals) }
}

fn decide_one(item: &Item, items: &[Item], existing: &Existing, now: Timestamp) -> Result<Decision, Refusal> {
    match &item.contents {
        Contents::Authority(request) => Ok(match authority(request.ca, existing, now)? {
            Authority::Absent => Decision::Create,
            Authority::KeyAlone => Decision::CompleteCertificate,
            Authority::External(_) => Decision::Keep(Kept::ExternalAuthority),
            Authority::Pair(_) => Decision::Keep(Kept::Pair),
        }),
        Contents::Leaf(request) => leaf(item, request, items, existing, now),
        Contents::ServiceAccountKeys => service_account_keys(item, existing),
    }
}

/// What is on disk of a CA.
enum Authority {
    Absent,
    /// Its certificate is still to be made; it has signed nothing.
    KeyAlone,
    External(FoundCert),
    Pair(FoundCert),
}

fn authority(ca: Ca, existing: &Existing, now: Timestamp) -> Result<Authority, Refusal> {
    let files = Files::of(ca.name(), ca.stem(), existing);
    let (certificate, key) = match pair_of(ca.stem(), existing) {
        (None, None) => return Ok(Authority::Absent),
        (None, Some(_)) if has_signed(ca, existing) => {
            return Err(files.certificate(Reason::AuthorityMissing));
        }
        (None, Some(key)) => {
            files.read_key(key)?;
            return Ok(Authority::KeyAlone);
        }
        (Some(certificate), key) => (certificate, key),
    };
    let found = files.read(certificate)?.own;
    let signs_itself = key.is_some() && found.subject == found.issuer;
    let reissue =
        if signs_itself { Reissue::Itself { stem: ca.stem(), name: ca.name() } } else { Reissue::Elsewhere };
    fit_to_sign(&found, reissue, now).map_err(|reason| files.certificate(reason))?;
    match key {
        None => Ok(Authority::External(found)),
        Some(key) => {
            files.check_key(key, &found)?;
            Ok(Authority::Pair(found))
        }
    }
}

/// Whether a certificate is here that only `ca` can have signed.
fn has_signed(ca: Ca, existing: &Existing) -> bool {
    catalogue::leaves_of(ca).any(|stem| pair_of(stem, existing).0.is_some())
}

fn fit_to_sign(cert: &FoundCert, reissue: Reissue, now: Timestamp) -> Result<(), Reason> {
    if !cert.is_ca {
        return Err(Reason::NotAuthority);
    }
    if !cert.may_sign {
        return Err(Reason::MayNotSign);
    }
    verify::authority(cert).map_err(Reason::Unusable)?;
    in_date(cert, now, |until| Reason::AuthorityExpired { until, reissue })
}

fn in_date(
    cert: &FoundCert,
    now: Timestamp,
    expired: impl FnOnce(Timestamp) -> Reason,
) -> Result<(), Reason> {
    if now < cert.not_before {
        return Err(Reason::NotYetValid { from: cert.not_before });
    }
    // A certificate holds through the whole of its last second.
    if now.as_second() > cert.not_after.as_second() {
        return Err(expired(cert.not_after));
    }
    Ok(())
}

fn leaf(
    item: &Item,
    request: &LeafRequest,
    items: &[Item],
    existing: &Existing,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let files = Files::of(item.name, item.stem, existing);
    let signer = request.signer.certificate_path();
    match (authority(request.signer, existing, now)?, files.found) {
        (Authority::Absent | Authority::KeyAlone, _) if !holds_authority(items, request.signer) => {
            Err(files.certificate(Reason::NoAuthority { signer }))
        }
        (Authority::Absent | Authority::KeyAlone | Authority::Pair(_), (None, None)) => Ok(Decision::Create),
        // A key is of no CA yet.
        (Authority::Absent | Authority::KeyAlone | Authority::Pair(_), (None, Some(key))) => {
            files.read_key(key)?;
            Ok(Decision::CompleteCertificate)
        }
        (Authority::Absent | Authority::KeyAlone, (Some(_), _)) => {
            Err(files.certificate(Reason::OlderThanAuthority { signer }))
        }
        (Authority::External(_), (None, None)) => {
            Err(files.certificate(Reason::ExternalAuthority { signer }))
        }
        (Authority::External(_), (None, Some(_))) => Err(files.certificate(Reason::CertificateMissing)),
        (Authority::External(root), (Some(certificate), _)) => {
            judge_leaf(&files, certificate, request, Signer { root: &root, key: SignerKey::Elsewhere }, now)
        }
        (Authority::Pair(root), (Some(certificate), _)) => {
            judge_leaf(&files, certificate, request, Signer { root: &root, key: SignerKey::Here }, now)
        }
    }
}

fn holds_authority(items: &[Item], ca: Ca) -> bool {
    items.iter().any(|item| matches!(&item.contents, Contents::Authority(request) if request.ca == ca))
}

/// A leaf's CA, and whether it can sign another one.
#[derive(Clone, Copy)]
struct Signer<'a> {
    root: &'a FoundCert,
    key: SignerKey,
}

#[derive(Clone, Copy)]
enum SignerKey {
    Here,
    Elsewhere,
}

impl Signer<'_> {
    const fn remedy(self) -> Remedy {
        match self.key {
            SignerKey::Here => Remedy::Remake,
            SignerKey::Elsewhere => Remedy::Resign,
        }
    }

    const fn remedy_without_key(self) -> Remedy {
        match self.key {
            SignerKey::Here => Remedy::RestoreOrRemake,
            SignerKey::Elsewhere => Remedy::RestoreOrResign,
        }
    }
}

fn judge_leaf(
    files: &Files<'_>,
    certificate: &[u8],
    request: &LeafRequest,
    signer: Signer<'_>,
    now: Timestamp,
) -> Result<Decision, Refusal> {
    let bundle = files.read(certificate)?;
    let missing = || files.key(Reason::KeyMissing(signer.remedy_without_key()));
    let key = files.found.1.ok_or_else(missing)?;
    fits(&bundle, request, signer, now).map_err(|reason| files.certificate(reason))?;
    files.check_key(key, &bundle.own)?;
    // Last of all: a certificate that only lacks names may be kept.
    covers(&bundle.own, &request.sans, signer.remedy()).map_err(|reason| files.certificate(reason))?;
    Ok(Decision::Keep(Kept::Pair))
}

fn fits(bundle: &Bundle, request: &LeafRequest, signer: Signer<'_>, now: Timestamp) -> Result<(), Reason> {
    let remedy = signer.remedy();
    in_date(&bundle.own, now, |until| Reason::Expired { until, remedy })?;
    let path = request.signer.certificate_path();
    let chain = |purposes| verify::chain(bundle, signer.root, now, purposes);
    chain(&[]).map_err(|error| unverified(path.clone(), error, remedy))?;
    allows(&bundle.own, request.usage, remedy)?;
    chain(verify::purposes(request.usage)).map_err(|error| Reason::Unverified { signer: path, error })
}

/// A signature of another kind than the CA's key makes is another CA's.
fn unverified(signer: String, error: Untrusted, remedy: Remedy) -> Reason {
    match error {
        Untrusted::UnknownIssuer | Untrusted::Signature { .. } => Reason::WrongSigner { signer, remedy },
        error => Reason::Unverified { signer, error },
    }
}

fn allows(cert: &FoundCert, usage: Usage, remedy: Remedy) -> Result<(), Reason> {
    let Some(allowed) = &cert.extended_usages else { return Ok(()) };
    if allowed.contains(&ExtendedUsage::Any) {
        return Ok(());
    }
    let is_allowed = |purpose: &&Purpose| match purpose {
        Purpose::Server => allowed.contains(&ExtendedUsage::ServerAuth),
        Purpose::Client => allowed.contains(&ExtendedUsage::ClientAuth),
    };
    match verify::purposes(usage).iter().find(|purpose| !is_allowed(purpose)) {
        None => Ok(()),
        Some(purpose) => Err(Reason::WrongUsage { usage: purpose.told(), remedy }),
    }
}

/// More names than the configuration's are no harm.
fn covers(cert: &FoundCert, wanted: &Sans, remedy: Remedy) -> Result<(), Reason> {
    let names = lacking(cert, wanted);
    if names.is_empty() { Ok(()) } else { Err(Reason::MissingNames { names, remedy }) }
}

/// The names that a certificate does not have.
pub(super) fn lacking(cert: &FoundCert, wanted: &Sans) -> Vec<String> {
    let names =
        wanted.dns_names.iter().filter(|name| !cert.dns_names.iter().any(|have| matches_name(have, name)));
    let addresses = wanted.ip_addresses.iter().filter(|ip| !cert.ip_addresses.contains(ip));
    names.cloned().chain(addresses.map(ToString::to_string)).collect()
}

/// A wildcard stands for one whole label, the first (RFC 6125, 6.4.3); case does not count.
fn matches_name(have: &str, wanted: &str) -> bool {
    let below = |name: &str| name.split_once('.').map(|(_, rest)| rest.to_ascii_lowercase());
    have.eq_ignore_ascii_case(wanted)
        || (have.starts_with("*.") && !wanted.starts_with('*') && below(have) == below(wanted))
}

/// In external-CA mode nothing is made, these keys neither: they are shared by all control planes of a cluster.
fn service_account_keys(item: &Item, existing: &Existing) -> Result<Decision, Refusal> {
    let refuse = |path: String, reason| Refusal { name: item.name, path, reason };
    let private = existing.get(&item.key_path());
    let public = existing.get(&item.public_key_path());
    let signer = || Ca::Cluster.certificate_path();
    let private = match (private, public) {
        (Some(private), _) => private,
        (None, _) if is_external(Ca::Cluster, existing) => {
            return Err(refuse(item.key_path(), Reason::ExternalAuthority { signer: signer() }));
        }
        (None, Some(_)) => return Err(refuse(item.key_path(), Reason::PrivateKeyMissing)),
        (None, None) => return Ok(Decision::Create),
    };
    let key = PrivateKey::from_pem(private).map_err(|bad| refuse(item.key_path(), Reason::BadKey(bad)))?;
    let Some(public) = public else { return Ok(Decision::CompletePublicKey) };
    let keys = key::public_keys(public).map_err(|bad| refuse(item.public_key_path(), Reason::BadKey(bad)))?;
    // More than one: keys that were rotated out still check old tokens.
    if keys.contains(&key.public_key()) {
        Ok(Decision::Keep(Kept::Pair))
    } else {
        Err(refuse(item.key_path(), Reason::KeyMismatch { other: item.public_key_path() }))
    }
}

/// An item's two files and their names in refusals.
struct Files<'a> {
    name: &'static str,
    stem: &'static str,
    found: (Option<&'a [u8]>, Option<&'a [u8]>),
}

impl<'a> Files<'a> {
    fn of(name: &'static str, stem: &'static str, existing: &'a Existing) -> Self {
        Self { name, stem, found: pair_of(stem, existing) }
    }

    fn certificate(&self, reason: Reason) -> Refusal {
        Refusal { name: self.name, path: format!("{}.crt", self.stem), reason }
    }

    fn key(&self, reason: Reason) -> Refusal {
        Refusal { name: self.name, path: format!("{}.key", self.stem), reason }
    }

    fn read(&self, certificate: &[u8]) -> Result<Bundle, Refusal> {
        inspect::certificates(certificate).map_err(|bad| self.certificate(Reason::BadCertificate(bad)))
    }

    fn read_key(&self, key: &[u8]) -> Result<PrivateKey, Refusal> {
        PrivateKey::from_pem(key).map_err(|bad| self.key(Reason::BadKey(bad)))
    }

    fn check_key(&self, key: &[u8], cert: &FoundCert) -> Result<(), Refusal> {
        let key = self.read_key(key)?;
        if cert.belongs_to(&key) {
            return Ok(());
        }
        Err(self.key(Reason::KeyMismatch { other: format!("{}.crt", self.stem) }))
    }
}

/// Certificate and key.
fn pair_of<'a>(stem: &str, existing: &'a Existing) -> (Option<&'a [u8]>, Option<&'a [u8]>) {
    (existing.get(&format!("{stem}.crt")), existing.get(&format!("{stem}.key")))
}

#[cfg(test)]
mod tests;
