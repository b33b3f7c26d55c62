//! Which kubeconfigs are wanted × which exist → create, keep, or refuse with the reason.

use std::collections::BTreeMap;
use std::fmt;

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::pki::{self, BadCertificate, BadKey, Bundle, Ca, Existing, FoundCert, PrivateKey};
use crate::text::in_full;

use super::catalogue::Kubeconfig;
use super::document::{AuthInfo, Cluster, Document, decode};

/// A kubeconfig on disk.
#[derive(Clone)]
pub struct FoundKubeconfig {
    /// The file's content.
    pub text: Zeroizing<Vec<u8>>,
    /// What its `certificate-authority` file holds, where it names one (see [`Cluster::authority_file`]) that could be
    /// read; the path counts from the kubeconfig's folder.
    pub authority_file: Option<Vec<u8>>,
}

impl fmt::Debug for FoundKubeconfig {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str("FoundKubeconfig(…)")
    }
}

/// The cluster's CA as kubeconfigs see it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ClusterCa {
    /// It is made in this run, so nothing that exists can trust it.
    ToBeMade,
    /// Its first certificate signs and is trusted.
    Signing(FoundCert),
    /// Its key is elsewhere: all kubeconfigs have to exist, and may trust any certificate of its file.
    External(Bundle),
}

impl ClusterCa {
    /// The CA that is in `existing`.
    ///
    /// # Errors
    /// `ca.crt` cannot be read.
    pub fn of(existing: &Existing) -> Result<Self, BadCertificate> {
        match existing.get(&Ca::Cluster.certificate_path()) {
            None => Ok(Self::ToBeMade),
            Some(text) if pki::is_external(Ca::Cluster, existing) => {
                Ok(Self::External(pki::certificates(text)?))
            }
            Some(text) => Ok(Self::Signing(pki::certificates(text)?.own)),
        }
    }

    fn trusts(&self, cert: &FoundCert) -> bool {
        match self {
            Self::ToBeMade => false,
            Self::Signing(own) => own.der == cert.der,
            Self::External(bundle) => bundle.iter().any(|trusted| trusted.der == cert.der),
        }
    }
}

/// What happens to one kubeconfig.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Decision {
    /// The file is not there, and is made.
    Create,
    /// It is there, and stays.
    Keep(Kept),
}

/// Why a file stays as it is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Kept {
    /// It trusts the cluster's CA and talks to the wanted server.
    Fits,
    /// It trusts the cluster's CA and talks to another server, which the reference allows with a warning.
    OtherServer {
        /// The URL that it would have if it were made.
        wanted: String,
        /// The URL that it has.
        found: String,
    },
    /// It trusts the cluster's CA, and has others beside it that no client reads.
    UnreadBeside(BadCertificate),
}

/// A file that cannot be used, and that init will not overwrite.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("{name} {reason}")]
pub struct Refusal {
    /// The file's name below `/etc/kubernetes`.
    pub name: &'static str,
    /// Reads on from the name.
    pub reason: Reason,
}

/// Why a kubeconfig cannot be used.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Reason {
    /// The text is no kubeconfig.
    #[error("cannot be read: {said}")]
    Unreadable {
        /// What the reader says.
        said: String,
    },
    /// Its current context is not among its contexts.
    #[error("has a current-context {context:?} that it does not define")]
    NoContext {
        /// That context's name.
        context: String,
    },
    /// Its current context's cluster is not among its clusters.
    #[error("has a current context whose cluster it does not define")]
    NoCluster,
    /// Its cluster has neither the data of a CA nor the file.
    #[error("names no CA for its cluster: certificate-authority-data is wanted")]
    NoAuthority,
    /// Its cluster has the file of a CA, and that is not there.
    #[error(
        "names {path} for its cluster's CA, which is not there (a path counts from the kubeconfig's folder)"
    )]
    NoAuthorityFile {
        /// As the kubeconfig names it.
        path: String,
    },
    /// What it has for a CA cannot be read.
    #[error("has a CA that cannot be used: {0}")]
    BadAuthority(BadCertificate),
    /// It would trust another cluster.
    #[error("trusts another CA than the cluster's; {0}")]
    OtherAuthority(Remedy),
    /// Its client certificate cannot be read.
    #[error("has a client certificate that cannot be used: {0}")]
    BadCertificate(BadCertificate),
    /// Its client key cannot be read.
    #[error("has a client key that cannot be used: {0}")]
    BadKey(BadKey),
    /// Its client key is another certificate's.
    #[error("has a client key that is not its client certificate's; {0}")]
    KeyMismatch(Remedy),
    /// Its client certificate has ended.
    #[error("has a client certificate that expired at {until}; {remedy}")]
    Expired {
        /// When the certificate has ended.
        until: Timestamp,
        /// How to get another one.
        remedy: Remedy,
    },
    /// It is not there, and its certificate cannot be signed here.
    #[error("has to be given, since the key of the cluster's CA is not here (external CA)")]
    ExternalAuthority,
}

/// How a file comes to be another one, which depends on where the cluster's CA is.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Remedy {
    /// The CA's key is here.
    #[error("remove the file to have it made")]
    Remake,
    /// There is no CA here.
    #[error("the cluster's is not here: restore ca.crt and ca.key, or move this file out of the way")]
    RestoreAuthority,
    /// The CA's key is elsewhere.
    #[error("have the CA, whose key is not here, sign another one")]
    Resign,
}

impl ClusterCa {
    const fn remedy(&self) -> Remedy {
        match self {
            Self::ToBeMade => Remedy::RestoreAuthority,
            Self::Signing(_) => Remedy::Remake,
            Self::External(_) => Remedy::Resign,
        }
    }
}

/// Decides on every one of `wanted`, in their order; `found` is keyed by file name.
///
/// As the reference does it: the current context's cluster has to trust the cluster's CA; another server is kept.
/// Beyond the reference: an embedded client certificate has to be in date and its key its own.
///
/// # Errors
/// Every file that cannot be used, not the first alone.
pub fn decide(
    wanted: &[Kubeconfig],
    found: &BTreeMap<String, FoundKubeconfig>,
    ca: &ClusterCa,
    now: Timestamp,
) -> Result<Vec<(Kubeconfig, Decision)>, Vec<Refusal>> {
    let mut decided = Vec::new();
    let mut refusals = Vec::new();
    for kubeconfig in wanted {
        match decide_one(kubeconfig, found.get(kubeconfig.name), ca, now) {
            Ok(decision) => decided.push((kubeconfig.clone(), decision)),
            Err(reason) => refusals.push(Refusal { name: kubeconfig.name, reason }),
        }
    }
    if refusals.is_empty() { Ok(decided) } else { Err(refusals) }
}

fn decide_one(
    wanted: &Kubeconfig,
    found: Option<&FoundKubeconfig>,
    ca: &ClusterCa,
    now: Timestamp,
) -> Result<Decision, Reason> {
    match (found, ca) {
        (Some(found), _) => judge(wanted, found, ca, now).map(Decision::Keep),
        (None, ClusterCa::External(_)) => Err(Reason::ExternalAuthority),
        (None, ClusterCa::ToBeMade | ClusterCa::Signing(_)) => Ok(Decision::Create),
    }
}

fn judge(
    wanted: &Kubeconfig,
    found: &FoundKubeconfig,
    ca: &ClusterCa,
    now: Timestamp,
) -> Result<Kept, Reason> {
    let document =
        Document::parse(&found.text).map_err(|error| Reason::Unreadable { said: in_full(&error) })?;
    let context = || Reason::NoContext { context: document.current_context.clone() };
    document.current_context().ok_or_else(context)?;
    let cluster = document.current_cluster().ok_or(Reason::NoCluster)?;
    let text = authority(cluster, found)?;
    let (bundle, unread) = pki::trusted(&text).map_err(Reason::BadAuthority)?;
    if !ca.trusts(&bundle.own) {
        return Err(Reason::OtherAuthority(ca.remedy()));
    }
    document.current_user().map_or(Ok(()), |user| credentials_hold(user, ca.remedy(), now))?;
    match (compare_server(&wanted.server, &cluster.server), unread.first()) {
        (Kept::Fits, Some(bad)) => Ok(Kept::UnreadBeside(*bad)),
        (kept, _) => Ok(kept),
    }
}

/// The data goes before the file.
fn authority(cluster: &Cluster, found: &FoundKubeconfig) -> Result<Vec<u8>, Reason> {
    match cluster.authority_file() {
        Some(path) => {
            found.authority_file.clone().ok_or_else(|| Reason::NoAuthorityFile { path: path.to_owned() })
        }
        None => cluster.certificate_authority_data.as_deref().and_then(decode).ok_or(Reason::NoAuthority),
    }
}

/// Credentials that are not embedded certificates (tokens, the kubelet's rotated files) are not looked at.
fn credentials_hold(user: &AuthInfo, remedy: Remedy, now: Timestamp) -> Result<(), Reason> {
    let Some(data) = &user.client_certificate_data else { return Ok(()) };
    let text = decode(data).ok_or(Reason::BadCertificate(BadCertificate::None))?;
    let cert = pki::certificates(&text).map_err(Reason::BadCertificate)?.own;
    if now > cert.not_after {
        return Err(Reason::Expired { until: cert.not_after, remedy });
    }
    let Some(data) = &user.client_key_data else { return Ok(()) };
    let text = Zeroizing::new(decode(data.expose_secret()).ok_or(Reason::BadKey(BadKey::NoPrivateKey))?);
    let key = PrivateKey::from_pem(&text).map_err(Reason::BadKey)?;
    if cert.belongs_to(&key) { Ok(()) } else { Err(Reason::KeyMismatch(remedy)) }
}

fn compare_server(wanted: &str, found: &str) -> Kept {
    if wanted == found {
        Kept::Fits
    } else {
        Kept::OtherServer { wanted: wanted.to_owned(), found: found.to_owned() }
    }
}

#[cfg(test)]
mod tests;
