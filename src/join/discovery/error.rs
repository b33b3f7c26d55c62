//! Why a cluster was not found, or is not the one that is meant. No message holds a token's secret or a kubeconfig.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::cluster_info::BadClusterInfo;
use super::fault::ProxyFault;
use crate::kubeconfig::{BadKubeconfig, NotEmbedded};

#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    #[error("the cluster-info of {at} is signed for token {id}, but with another secret")]
    WrongToken { at: String, id: String },
    #[error("the CA of the cluster at {at} is none of those whose hash was given; its hash is {}", .found.join(" and "))]
    WrongHash { at: String, found: Vec<String> },
    #[error(
        "{at} shows a certificate of a CA that its cluster-info holds, but whose hash was not given: {hash}"
    )]
    NotPinned { at: String, hash: String },
    #[error("{}", unsigned(.at, .id, *.standing))]
    Unsigned { at: String, id: String, standing: Standing },
    #[error("{}", not_signed(.at, .id, *.standing))]
    NotSigned { at: String, id: String, standing: Standing },
    #[error("{}", foreign(.at, .voucher))]
    Foreign { at: String, voucher: Voucher },
    #[error("{at} gives another cluster-info once its certificate is verified; the first was not its own")]
    Changed { at: String },
    #[error("this host's clock is {skew} that of {at}, so that the certificate there counts as {counts_as}")]
    Skewed { at: String, skew: Skew, counts_as: &'static str },
    #[error("the certificate of {at} has expired: it was valid until {on}")]
    Expired { at: String, on: Timestamp, ours: Timestamp },
    #[error("the certificate of {at} is not valid before {from}")]
    Early { at: String, from: Timestamp, ours: Timestamp },
    #[error("the certificate of {at} is not made out to that address, but to {}", .names.join(", "))]
    OtherName { at: String, names: Vec<String> },
    #[error("the certificate of {at} cannot be accepted: {cause}")]
    Certificate { at: String, cause: String },
    #[error("{at} cannot be reached: {why}, tried for {waited}")]
    Unreachable { at: String, why: Unreached, waited: Waited },
    #[error("{at} cannot be reached: {fault}")]
    Proxy { at: String, fault: ProxyFault },
    #[error("{at} is not ready: it answered {code} for {waited}")]
    Busy { at: String, code: u16, waited: Waited },
    #[error("{at} is no Kubernetes API server: {saw}")]
    NotKubernetes { at: String, saw: Saw },
    #[error("the call to {at} failed: {cause}")]
    Failed { at: String, cause: String },
    #[error("the cluster at {at} has no cluster-info: it is not set up for nodes to join")]
    NoClusterInfo { at: String },
    #[error("{at} does not let anonymous users read cluster-info (it answered {code})")]
    NoAnonymous { at: String, code: u16 },
    #[error("the cluster-info of {at} cannot be used")]
    BadClusterInfo {
        at: String,
        #[source]
        source: BadClusterInfo,
    },
    #[error("cannot read the discovery file {path}")]
    ReadFile {
        path: PathBuf,
        #[source]
        source: std::io::Error,
    },
    #[error("the discovery file {file} is not usable as a kubeconfig")]
    BadFile {
        file: String,
        #[source]
        source: BadKubeconfig,
    },
    #[error(
        "the discovery file {file} leads to no cluster: no current context names one, and none is without a name"
    )]
    NoCluster { file: String },
    #[error("the discovery file {file} cannot be completed")]
    NotEmbedded {
        file: String,
        #[source]
        source: NotEmbedded,
    },
    #[error("neither the discovery file {file} nor cluster-info holds a CA that can be read")]
    NoAuthority { file: String },
    #[error("the discovery file {file} has insecure-skip-tls-verify: it would be believed whoever answers")]
    Insecure { file: String },
    #[error(
        "the discovery file {file} has its credentials from an auth-provider ({name}), which is not supported"
    )]
    AuthProvider { file: String, name: String },
    #[error("the discovery document at {url} names {what}: what comes from elsewhere may not do that")]
    Reaches { url: String, what: Reached },
    #[error("the discovery file {file} holds no credentials, and no TLS bootstrap token is given")]
    NoCredentials { file: String },
    #[error("{at} does not accept the credentials of the discovery file {file}")]
    CredentialsRefused { at: String, file: String },
    #[error("the discovery URL {url} cannot be used: {why}")]
    BadUrl { url: String, why: &'static str },
    #[error("the discovery URL {url} answered {code}")]
    UrlRefused { url: String, code: u16 },
    #[error("no client can be made for {at}")]
    Client {
        at: String,
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What a document from elsewhere would have this host run or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reached {
    Program(String),
    File { field: &'static str, path: String },
}

impl fmt::Display for Reached {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Program(command) => write!(out, "a program to be run (exec, {command:?})"),
            Self::File { field, path } => write!(out, "a file of this host ({field}, {path:?})"),
        }
    }
}

/// How the API server takes a token whose signature is missing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    /// It does not know it.
    Refused,
    Alive,
    /// It was not asked: nothing vouched for it.
    Unasked,
}

/// Whose word it is that a server is the right one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Voucher {
    ClusterInfo,
    /// The discovery file.
    File(String),
    /// The CAs that this host trusts.
    Host,
}

/// What to do where a proxy does not lead to a server.
pub const PROXY_HINT: &str = "the proxy comes from HTTPS_PROXY, or from proxy-url of the kubeconfig; name the server in NO_PROXY \
                              where it is to be asked without one";

/// What lies between this host and a server.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Unreached {
    Name,
    Refused,
    NoRoute,
    Silent,
    Closed,
}

/// What was found in place of an API server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saw {
    NotTls,
    Alert(String),
    NotHttp,
    /// An answer that no API server gives.
    Status(u16),
}

/// Two clocks at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skew {
    pub ours: Timestamp,
    pub theirs: Timestamp,
}

/// A time that was waited for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Waited(pub Duration);

impl DiscoveryError {
    /// What to do about it, where that is known.
    pub fn hint(&self) -> Option<String> {
        let hint = match self {
            Self::WrongToken { .. } => {
                "take the whole token as the cluster made it: `kubewright token list` shows its tokens on a control plane node, \
                 `kubewright token create --print-join-command` makes another"
            }
            Self::WrongHash { .. } => {
                "compare that hash with the one that `kubewright token create --print-join-command` prints on a control plane \
                 node: if they differ, this is not the cluster that is meant"
            }
            Self::NotPinned { hash, .. } => {
                return Some(format!(
                    "where `kubewright token create --print-join-command` on a control plane node prints that hash too, the \
                     cluster is changing its CA: add --discovery-token-ca-cert-hash {hash}; if not, this is not the cluster \
                     that is meant"
                ));
            }
            Self::Unsigned { standing: Standing::Alive, .. } => {
                "the kube-controller-manager signs cluster-info (its controller bootstrapsigner); see whether it runs"
            }
            Self::NotSigned { standing: Standing::Alive, .. } => {
                "make a token with both usages, signing and authentication, as `kubewright token create` does by itself"
            }
            Self::Unsigned { .. } | Self::NotSigned { .. } => {
                "make a new token with `kubewright token create --print-join-command` on a control plane node"
            }
            Self::Foreign { .. } => {
                "see whether the address is the cluster's own, and that nothing between here and there ends TLS"
            }
            Self::Changed { .. } => {
                "run this again; if it stays, something between here and there answers in its place"
            }
            Self::Skewed { .. } => "set this host's clock, best by an NTP service, and run this again",
            Self::Expired { ours, .. } => {
                return Some(format!(
                    "this host's clock says {ours:.0}; where it is right, renew the certificate with `kubeadm certs renew \
                     apiserver` on that control plane node"
                ));
            }
            Self::Early { ours, .. } => {
                return Some(format!(
                    "this host's clock says {ours:.0}; see whether it and the server's are right"
                ));
            }
            Self::OtherName { .. } => {
                "join by one of these, or add the address to apiServer.certSANs and make the certificate again"
            }
            Self::Unreachable { why: Unreached::Name, .. } => {
                "see whether the name is right and this host's resolver knows it"
            }
            Self::Proxy { .. } => PROXY_HINT,
            Self::Unreachable { .. } | Self::Busy { .. } => {
                "see whether the control plane runs, the address is right and no firewall is between"
            }
            Self::NotKubernetes { .. } => "give host and port of the API server, as in 10.0.0.1:6443",
            Self::NoClusterInfo { .. } => {
                "run `kubewright init phase bootstrap-token` on a control plane node, or join by a discovery file"
            }
            Self::NoAnonymous { code: 401, .. } => {
                "anonymous authentication is off there; join by a discovery file with credentials"
            }
            Self::NoAnonymous { .. } => {
                "run `kubewright init phase bootstrap-token` on a control plane node to allow it, or join by a discovery file"
            }
            Self::NoCredentials { .. } => {
                "give a token with --tls-bootstrap-token (discovery.tlsBootstrapToken), or a discovery file whose user has \
                 a token, a client certificate or an exec plugin"
            }
            Self::Insecure { .. } => {
                "put the cluster's CA into certificate-authority-data, and remove insecure-skip-tls-verify"
            }
            Self::AuthProvider { .. } => {
                "Kubernetes has removed those: give its user a token, a client certificate or an exec plugin, or join with \
                 --tls-bootstrap-token"
            }
            Self::Reaches { what: Reached::File { .. }, .. } => {
                "put what the file holds into the document (certificate-authority-data, client-certificate-data, \
                 client-key-data, token), or fetch the document yourself and give its path"
            }
            Self::Reaches { what: Reached::Program(_), .. } => {
                "give its user a token or a client certificate, or fetch the document yourself and give its path"
            }
            Self::NoAuthority { .. } => "put the cluster's CA into certificate-authority-data",
            Self::Certificate { .. }
            | Self::Failed { .. }
            | Self::BadClusterInfo { .. }
            | Self::ReadFile { .. }
            | Self::BadFile { .. }
            | Self::NoCluster { .. }
            | Self::NotEmbedded { .. }
            | Self::CredentialsRefused { .. }
            | Self::BadUrl { .. }
            | Self::UrlRefused { .. }
            | Self::Client { .. } => return None,
        };
        Some(hint.to_owned())
    }
}

fn foreign(at: &str, voucher: &Voucher) -> String {
    match voucher {
        Voucher::ClusterInfo => {
            format!("the CA in the cluster-info of {at} did not sign the certificate that {at} shows")
        }
        Voucher::File(file) => {
            format!("the CA in the discovery file {file} did not sign the certificate that {at} shows")
        }
        Voucher::Host => format!("no CA that this host trusts signed the certificate that {at} shows"),
    }
}

fn unsigned(at: &str, id: &str, standing: Standing) -> String {
    let begin = format!("the cluster-info of {at} carries no signature");
    match standing {
        Standing::Refused => {
            format!("{begin}, and token {id} is not known there: it has expired, was deleted or never was")
        }
        Standing::Alive => format!("{begin}, although token {id} is valid there"),
        Standing::Unasked => format!("{begin}, so that nothing vouches for it"),
    }
}

fn not_signed(at: &str, id: &str, standing: Standing) -> String {
    match standing {
        Standing::Refused => {
            format!(
                "token {id} is not known to the cluster at {at}: it has expired, was deleted or never was"
            )
        }
        Standing::Alive => {
            format!(
                "token {id} is valid at {at}, but the cluster-info is not signed with it: it lacks the usage signing"
            )
        }
        Standing::Unasked => format!(
            "the cluster-info of {at} is signed with other tokens, but not with {id}: it has expired, was deleted, never \
             was, or lacks the usage signing"
        ),
    }
}

impl fmt::Display for Unreached {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Name => "its name does not resolve",
            Self::Refused => "the connection is refused",
            Self::NoRoute => "there is no route to it",
            Self::Silent => "it does not answer",
            Self::Closed => "it closes the connection without an answer",
        })
    }
}

impl fmt::Display for Saw {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotTls => out.write_str("it does not speak TLS"),
            Self::Alert(alert) => write!(out, "it refuses TLS with the alert {alert}"),
            Self::NotHttp => out.write_str("its answer is too long or no HTTP"),
            Self::Status(code) => write!(out, "it answers {code} as none would"),
        }
    }
}

/// `3 h behind`, in the two largest units that count.
impl fmt::Display for Skew {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        let ahead = self.ours.as_second() - self.theirs.as_second();
        let side = if ahead < 0 { "behind" } else { "ahead of" };
        write!(out, "{} {side}", length(ahead.unsigned_abs()))
    }
}

fn length(seconds: u64) -> String {
    // Beyond a few minutes neither clock's seconds are of interest, nor the hundredths that the call took.
    let minutes = (seconds + 30) / 60;
    let units = [(minutes / 1440, "d"), (minutes / 60 % 24, "h"), (minutes % 60, "min")];
    let told = units.iter().skip_while(|(count, _)| *count == 0).take(2).filter(|(count, _)| *count > 0);
    let text: Vec<String> = told.map(|(count, unit)| format!("{count} {unit}")).collect();
    if text.is_empty() { format!("{seconds} s") } else { text.join(" ") }
}

impl fmt::Display for Waited {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.0 < Duration::from_secs(1) {
            write!(out, "{} ms", self.0.as_millis())
        } else {
            write!(out, "{} s", self.0.as_secs())
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_have_their_two_largest_units() {
        let told = [
            (0, "0 s"),
            (20, "20 s"),
            (90, "2 min"),
            (3600, "1 h"),
            (3725, "1 h 2 min"),
            (90_000, "1 d 1 h"),
        ];
        for (seconds, text) in told {
            assert_eq!(length(seconds), text);
        }
        assert_eq!(length(400 * 86_400 + 59 * 60), "400 d");
    }

    #[test]
    fn what_was_waited_for_is_told_in_seconds() {
        assert_eq!(Waited(Duration::from_millis(400)).to_string(), "400 ms");
        assert_eq!(Waited(Duration::from_millis(20_180)).to_string(), "20 s");
    }
}
