//! What was decided → the bytes of every new file, with all keys made side by side.

use std::collections::BTreeMap;

use jiff::{SignedDuration, Timestamp};

use crate::config::KeyAlgorithm;
use crate::duration::GoDuration;
use crate::secret::Secret;
use crate::versions::LeafBegin;

use super::catalogue::{AuthorityRequest, Ca, Contents, Item, LeafRequest, Usage};
use super::certificate::{self, CertificateRole, IssueError, Signer, Template};
use super::decide::Decision;
use super::existing::Existing;
use super::go::Untrusted;
use super::inspect::{self, BadCertificate, Bundle, FoundCert};
use super::key::{BadKey, PrivateKey};
use super::minted::{Minted, MintedClient, MintedFile};
use super::parallel;
use super::pem;
use super::sans::Sans;
use super::source::KeySource;
use super::subject::Subject;
use super::verify;

/// Certificates hold from a little before they are made, since the clocks of a cluster's machines differ.
pub(super) const BACKDATE: SignedDuration = SignedDuration::from_mins(5);

/// What is to be made in one pass.
#[derive(Debug, Clone, Copy)]
pub struct Order<'a> {
    /// Those that are kept are skipped.
    pub items: &'a [(Item, Decision)],
    /// Certificates for kubeconfigs, signed by the cluster's CA.
    pub clients: &'a [ClientRequest],
    /// Holds the CAs that are not made in this pass.
    pub existing: &'a Existing,
}

/// A client certificate that goes into a kubeconfig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ClientRequest {
    /// The kubeconfig's file name: `admin.conf`.
    pub name: &'static str,
    /// The user and its groups.
    pub subject: Subject,
    /// The kind and size of its key.
    pub algorithm: KeyAlgorithm,
    /// From the moment of issue; the certificate holds from the moment on that its CA does, as the reference's.
    pub validity: GoDuration,
}

/// Why keys and certificates could not be made. Nothing was written yet.
#[derive(Debug, thiserror::Error)]
pub enum MintError {
    /// A key did not come about.
    #[error("cannot make a key for {owner}")]
    Key {
        /// The stem of its file, or the kubeconfig's name.
        owner: &'static str,
        /// Why not.
        source: BadKey,
    },
    /// A certificate did not come about.
    #[error("cannot issue the certificate of {owner}")]
    Issue {
        /// The stem of its file, or the kubeconfig's name.
        owner: &'static str,
        /// Why not.
        source: IssueError,
    },
    /// Its life leads out of what time can be counted in.
    #[error("the certificate of {owner} would end at a time that cannot be counted")]
    Validity {
        /// The stem of its file, or the kubeconfig's name.
        owner: &'static str,
        /// What the clock says.
        source: jiff::Error,
    },
    /// A CA, or its key, is not there.
    #[error("{path} does not exist; make the CA, or bring its key here, first")]
    NoAuthority {
        /// The file, below the certificates directory.
        path: String,
    },
    /// Certificates that would not hold below their CA.
    #[error("{}", unfit(.0))]
    Unfit(Vec<Unfit>),
    /// A CA that is there cannot be read.
    #[error("the CA {path} cannot be used")]
    Authority {
        /// The file, below the certificates directory.
        path: String,
        /// Why not.
        source: BadCertificate,
    },
    /// A key that is there cannot be read.
    #[error("the key {path} cannot be used")]
    ExistingKey {
        /// The file, below the certificates directory.
        path: String,
        /// Why not.
        source: BadKey,
    },
}

/// A certificate that nothing in Kubernetes would trust, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Unfit {
    /// The stem of its file, or the kubeconfig's name.
    pub owner: &'static str,
    /// The path of its CA, below the certificates directory.
    pub ca: String,
    /// What speaks against it.
    pub why: Untrusted,
}

fn unfit(all: &[Unfit]) -> String {
    let lines: Vec<String> =
        all.iter().map(|unfit| format!("{} below {}: {}", unfit.owner, unfit.ca, unfit.why)).collect();
    format!(
        "certificates that would be made would not hold, and nothing is written:\n  {}",
        lines.join("\n  ")
    )
}

/// Makes what `order` lists. All keys are made before anything is signed, on all processors.
///
/// # Errors
/// A CA that is neither made here nor on disk with its key, or a failure of the random source or the library.
pub fn mint(order: &Order<'_>, now: Timestamp, source: &dyn KeySource) -> Result<Minted, MintError> {
    let jobs = jobs(order);
    let keyed = with_keys(&jobs, order.existing, source)?;
    let loaded = load_authorities(order, &jobs)?;
    let made = sign_authorities(&keyed, now, source)?;
    let authorities: Authorities<'_> =
        made.into_iter().chain(loaded.iter().map(LoadedAuthority::authority)).collect();
    let products = parallel::map(&keyed, |keyed| produce(keyed, &authorities, now, source));
    let mut minted = Minted { files: complete_public_keys(order)?, clients: Vec::new() };
    let mut bad = Vec::new();
    for product in products {
        match product {
            Ok(Product::Files(files)) => minted.files.extend(files),
            Ok(Product::Client(client)) => minted.clients.push(client),
            Err(MintError::Unfit(all)) => bad.extend(all),
            Err(other) => return Err(other),
        }
    }
    if bad.is_empty() { Ok(minted) } else { Err(MintError::Unfit(bad)) }
}

/// One key, and what is made around it.
#[derive(Clone, Copy)]
struct Job<'a> {
    owner: &'static str,
    key: KeyFrom,
    work: Work<'a>,
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum KeyFrom {
    New(KeyAlgorithm),
    /// It is on disk and stays there; only what it lacks is made.
    Disk,
}

#[derive(Clone, Copy)]
enum Work<'a> {
    Authority(&'a AuthorityRequest),
    Leaf(&'a LeafRequest),
    ServiceAccountKeys,
    Client(&'a ClientRequest),
}

struct Keyed<'a> {
    job: Job<'a>,
    key: PrivateKey,
}

fn jobs<'a>(order: &Order<'a>) -> Vec<Job<'a>> {
    let items = order.items.iter().filter_map(|(item, decision)| {
        let key = match decision {
            Decision::Create => KeyFrom::New(item.algorithm),
            Decision::CompleteCertificate => KeyFrom::Disk,
            Decision::Keep(_) | Decision::CompletePublicKey => return None,
        };
        let work = match &item.contents {
            Contents::Authority(request) => Work::Authority(request),
            Contents::Leaf(request) => Work::Leaf(request),
            Contents::ServiceAccountKeys => Work::ServiceAccountKeys,
        };
        Some(Job { owner: item.stem, key, work })
    });
    let clients = order.clients.iter().map(|client| Job {
        owner: client.name,
        key: KeyFrom::New(client.algorithm),
        work: Work::Client(client),
    });
    items.chain(clients).collect()
}

fn with_keys<'a>(
    jobs: &[Job<'a>],
    existing: &Existing,
    source: &dyn KeySource,
) -> Result<Vec<Keyed<'a>>, MintError> {
    let keys = parallel::map(jobs, |job| match job.key {
        KeyFrom::New(algorithm) => {
            source.key(job.owner, algorithm).map_err(|source| MintError::Key { owner: job.owner, source })
        }
        KeyFrom::Disk => load_key(format!("{}.key", job.owner), existing),
    });
    jobs.iter().zip(keys).map(|(job, key)| Ok(Keyed { job: *job, key: key? })).collect()
}

/// The CAs of one pass, made or loaded.
type Authorities<'a> = BTreeMap<Ca, Authority<'a>>;

struct Authority<'a> {
    cert: FoundCert,
    key: &'a PrivateKey,
}

impl Authority<'_> {
    fn signer(&self) -> Signer<'_> {
        Signer { name: &self.cert.subject, key_id: self.cert.subject_key_id.as_deref(), key: self.key }
    }
}

struct LoadedAuthority {
    ca: Ca,
    cert: FoundCert,
    key: PrivateKey,
}

impl LoadedAuthority {
    fn authority(&self) -> (Ca, Authority<'_>) {
        (self.ca, Authority { cert: self.cert.clone(), key: &self.key })
    }
}

/// The CAs that `jobs` need and do not make. Of a file with several certificates, the first signs.
fn load_authorities(order: &Order<'_>, jobs: &[Job<'_>]) -> Result<Vec<LoadedAuthority>, MintError> {
    let is_made =
        |ca| jobs.iter().any(|job| matches!(job.work, Work::Authority(request) if request.ca == ca));
    let mut wanted: Vec<Ca> =
        jobs.iter().filter_map(|job| signer_of(job.work)).filter(|ca| !is_made(*ca)).collect();
    wanted.sort();
    wanted.dedup();
    wanted.into_iter().map(|ca| load_authority(ca, order.existing)).collect()
}

fn signer_of(work: Work<'_>) -> Option<Ca> {
    match work {
        Work::Authority(_) | Work::ServiceAccountKeys => None,
        Work::Leaf(request) => Some(request.signer),
        Work::Client(_) => Some(Ca::Cluster),
    }
}

fn load_authority(ca: Ca, existing: &Existing) -> Result<LoadedAuthority, MintError> {
    let path = ca.certificate_path();
    let key = load_key(ca.key_path(), existing)?;
    let text = existing.get(&path).ok_or_else(|| MintError::NoAuthority { path: path.clone() })?;
    match inspect::certificates(text) {
        Ok(bundle) => Ok(LoadedAuthority { ca, cert: bundle.own, key }),
        Err(source) => Err(MintError::Authority { path, source }),
    }
}

fn load_key(path: String, existing: &Existing) -> Result<PrivateKey, MintError> {
    let text = existing.get(&path).ok_or_else(|| MintError::NoAuthority { path: path.clone() })?;
    PrivateKey::from_pem(text).map_err(|source| MintError::ExistingKey { path, source })
}

fn sign_authorities<'a>(
    keyed: &'a [Keyed<'_>],
    now: Timestamp,
    source: &dyn KeySource,
) -> Result<Vec<(Ca, Authority<'a>)>, MintError> {
    let mut made = Vec::new();
    for Keyed { job, key } in keyed {
        if let Work::Authority(request) = job.work {
            made.push((request.ca, sign_authority(job.owner, request, key, now, source)?));
        }
    }
    Ok(made)
}

/// A CA's own name is its one alternative name, as Go's client asks for none other.
fn sign_authority<'a>(
    owner: &'static str,
    request: &AuthorityRequest,
    key: &'a PrivateKey,
    now: Timestamp,
    source: &dyn KeySource,
) -> Result<Authority<'a>, MintError> {
    let template = Template {
        subject: &request.subject,
        role: CertificateRole::Authority,
        sans: &Sans::new([request.subject.common_name.clone()], []),
        serial: source.serial(owner).map_err(|source| MintError::Key { owner, source })?,
        not_before: backdated(now, owner)?,
        not_after: after(now, request.validity, owner)?,
    };
    let der =
        certificate::self_signed(&template, key).map_err(|source| MintError::Issue { owner, source })?;
    let cert = read(&der, owner)?;
    verify::signed(&cert, &cert).map_err(|why| refused(owner, request.ca, why))?;
    Ok(Authority { cert, key })
}

enum Product {
    Files(Vec<MintedFile>),
    Client(MintedClient),
}

fn produce(
    Keyed { job, key }: &Keyed<'_>,
    authorities: &Authorities<'_>,
    now: Timestamp,
    source: &dyn KeySource,
) -> Result<Product, MintError> {
    let owner = job.owner;
    let key_text = key.to_pem().map_err(|source| MintError::Key { owner, source })?;
    let other = match job.work {
        Work::Authority(request) => MintedFile::certificate(owner, &find(authorities, request.ca)?.cert.der),
        Work::Leaf(request) => {
            let der = sign_leaf(owner, request, key, find(authorities, request.signer)?, now, source)?;
            MintedFile::certificate(owner, &der)
        }
        Work::ServiceAccountKeys => MintedFile::public_key(owner, key),
        Work::Client(request) => {
            let authority = find(authorities, Ca::Cluster)?;
            let der = sign_client(request, key, authority, now, source)?;
            return Ok(Product::Client(client(request.name, authority, &der, &key_text)));
        }
    };
    let own = match job.key {
        KeyFrom::New(_) => Some(MintedFile::private_key(owner, key_text)),
        KeyFrom::Disk => None,
    };
    Ok(Product::Files(own.into_iter().chain([other]).collect()))
}

fn find<'a, 'k>(authorities: &'a Authorities<'k>, ca: Ca) -> Result<&'a Authority<'k>, MintError> {
    authorities.get(&ca).ok_or_else(|| MintError::NoAuthority { path: ca.certificate_path() })
}

fn sign_leaf(
    owner: &'static str,
    request: &LeafRequest,
    key: &PrivateKey,
    authority: &Authority<'_>,
    now: Timestamp,
    source: &dyn KeySource,
) -> Result<Vec<u8>, MintError> {
    let template = Template {
        subject: &request.subject,
        role: CertificateRole::Leaf(request.usage),
        sans: &request.sans,
        serial: source.serial(owner).map_err(|source| MintError::Key { owner, source })?,
        not_before: match request.begin {
            LeafBegin::WithItsCa => authority.cert.not_before,
            LeafBegin::Backdated => backdated(now, owner)?,
        },
        not_after: after(now, request.validity, owner)?,
    };
    issue(owner, &template, key, Signing { authority, ca: request.signer, now })
}

fn sign_client(
    request: &ClientRequest,
    key: &PrivateKey,
    authority: &Authority<'_>,
    now: Timestamp,
    source: &dyn KeySource,
) -> Result<Vec<u8>, MintError> {
    let owner = request.name;
    let template = Template {
        subject: &request.subject,
        role: CertificateRole::Leaf(Usage::Client),
        sans: &Sans::default(),
        serial: source.serial(owner).map_err(|source| MintError::Key { owner, source })?,
        not_before: authority.cert.not_before,
        not_after: after(now, request.validity, owner)?,
    };
    issue(owner, &template, key, Signing { authority, ca: Ca::Cluster, now })
}

/// A CA that signs, and when.
#[derive(Clone, Copy)]
struct Signing<'a> {
    authority: &'a Authority<'a>,
    ca: Ca,
    now: Timestamp,
}

/// What Go would not trust is not handed out: a name that the CA may not sign for, a use that it is not for, a
/// signature that its key does not make.
fn issue(
    owner: &'static str,
    template: &Template<'_>,
    key: &PrivateKey,
    signing: Signing<'_>,
) -> Result<Vec<u8>, MintError> {
    let der = certificate::issue(template, key, signing.authority.signer())
        .map_err(|source| MintError::Issue { owner, source })?;
    let purposes = match template.role {
        CertificateRole::Authority => &[],
        CertificateRole::Leaf(usage) => verify::purposes(usage),
    };
    let bundle = Bundle { own: read(&der, owner)?, others: Vec::new() };
    verify::chain(&bundle, &signing.authority.cert, signing.now, purposes)
        .map_err(|why| refused(owner, signing.ca, why))?;
    Ok(der)
}

fn read(der: &[u8], owner: &'static str) -> Result<FoundCert, MintError> {
    FoundCert::from_der(der).ok_or(MintError::Issue { owner, source: IssueError::Shape })
}

fn refused(owner: &'static str, ca: Ca, why: Untrusted) -> MintError {
    MintError::Unfit(vec![Unfit { owner, ca: ca.certificate_path(), why }])
}

pub(super) fn backdated(now: Timestamp, owner: &'static str) -> Result<Timestamp, MintError> {
    now.checked_sub(BACKDATE).map_err(|source| MintError::Validity { owner, source })
}

pub(super) fn after(
    now: Timestamp,
    validity: GoDuration,
    owner: &'static str,
) -> Result<Timestamp, MintError> {
    now.checked_add(SignedDuration::from_nanos(validity.nanoseconds()))
        .map_err(|source| MintError::Validity { owner, source })
}

fn client(name: &'static str, authority: &Authority<'_>, der: &[u8], key: &[u8]) -> MintedClient {
    MintedClient {
        name,
        authority: authority.cert.to_pem(),
        certificate: pem::encode("CERTIFICATE", der).to_vec(),
        key: Secret::new(String::from_utf8_lossy(key)),
    }
}

fn complete_public_keys(order: &Order<'_>) -> Result<Vec<MintedFile>, MintError> {
    let incomplete = order.items.iter().filter(|(_, decision)| *decision == Decision::CompletePublicKey);
    incomplete
        .map(|(item, _)| Ok(MintedFile::public_key(item.stem, &load_key(item.key_path(), order.existing)?)))
        .collect()
}

#[cfg(test)]
mod tests;
