//! Why a cluster was not found, or is not the one that is meant. No message holds a token's secret or a kubeconfig.

use std::fmt;
use std::path::PathBuf;
use std::time::Duration;

use jiff::Timestamp;

use super::cluster_info::BadClusterInfo;
use super::fault::ProxyFault;
use crate::kubeconfig::{BadKubeconfig, BadServerUrl, NotEmbedded};

/// Why discovery ends: the first fault that no waiting cures, or one that has lasted too long.
#[derive(Debug, thiserror::Error)]
pub enum DiscoveryError {
    /// The token's id is known there, and the signature under it was made with another secret.
    #[error("the cluster-info of {at} is signed for token {id}, but with another secret")]
    WrongToken {
        /// The API server that was asked, `host:port`.
        at: String,
        /// The token's id: the six characters before the dot, which are no secret.
        id: String,
    },
    /// None of the CAs in cluster-info is among `--discovery-token-ca-cert-hash`.
    #[error("the CA of the cluster at {at} is none of those whose hash was given; its hash is {}", .found.join(" and "))]
    WrongHash {
        /// The API server that was asked, `host:port`.
        at: String,
        /// Of all CAs in cluster-info, each `sha256:` and 64 hexadecimal digits.
        found: Vec<String>,
    },
    /// Pins were given for some CAs of a cluster-info, and the server's own CA is not one of them.
    #[error(
        "{at} shows a certificate of a CA that its cluster-info holds, but whose hash was not given: {hash}"
    )]
    NotPinned {
        /// The API server that was asked, `host:port`.
        at: String,
        /// `sha256:…` of the CA that has signed the server's certificate.
        hash: String,
    },
    /// No token's signature came in time; the controller manager's bootstrapsigner makes them.
    #[error("{}", unsigned(.at, .id, *.token))]
    Unsigned {
        /// The API server that was asked, `host:port`.
        at: String,
        /// The token's id: the six characters before the dot, which are no secret.
        id: String,
        /// How the API server takes the token itself.
        token: TokenState,
    },
    /// Other tokens have signed cluster-info, this one has not: it has expired, or has no usage `signing`.
    #[error("{}", not_signed(.at, .id, *.token))]
    NotSigned {
        /// The API server that was asked, `host:port`.
        at: String,
        /// The token's id: the six characters before the dot, which are no secret.
        id: String,
        /// How the API server takes the token itself.
        token: TokenState,
    },
    /// The server's certificate was signed by another CA than the one that is vouched for.
    #[error("{}", foreign(.at, .voucher))]
    Foreign {
        /// The API server that was asked, `host:port`.
        at: String,
        /// Who has named the CA that the certificate should be of.
        voucher: Voucher,
    },
    /// What was answered over verified TLS differs from what was answered before it could be verified.
    #[error("{at} gives another cluster-info once its certificate is verified; the first was not its own")]
    Changed {
        /// The API server that was asked, `host:port`.
        at: String,
    },
    /// The certificate would be valid by the server's clock and is not by this host's.
    #[error("this host's clock is {skew} that of {at}, so that the certificate there counts as {counts_as}")]
    Skewed {
        /// The API server that was asked, `host:port`.
        at: String,
        /// Both clocks, when the answer came.
        skew: Skew,
        /// `expired` or `not yet valid`: how the message ends.
        counts_as: &'static str,
    },
    /// Both clocks agree that the server's certificate has ended, or the server's was not seen.
    #[error("the certificate of {at} has expired: it was valid until {on}")]
    Expired {
        /// The API server that was asked, `host:port`.
        at: String,
        /// The certificate's notAfter.
        on: Timestamp,
        /// This host's clock.
        ours: Timestamp,
    },
    /// Both clocks agree that the server's certificate has not begun, or the server's was not seen.
    #[error("the certificate of {at} is not valid before {from}")]
    Early {
        /// The API server that was asked, `host:port`.
        at: String,
        /// The certificate's notBefore.
        from: Timestamp,
        /// This host's clock.
        ours: Timestamp,
    },
    /// No SAN of the server's certificate is the host of the address that was asked.
    #[error("the certificate of {at} is not made out to that address, but to {}", .names.join(", "))]
    OtherName {
        /// The API server that was asked, `host:port`.
        at: String,
        /// The DNS names and IP addresses among the certificate's SANs.
        names: Vec<String>,
    },
    /// The server's certificate is refused for another reason than its signer, its dates or its names.
    #[error("the certificate of {at} cannot be accepted: {cause}")]
    Certificate {
        /// The API server that was asked, `host:port`.
        at: String,
        /// As the TLS library words it.
        cause: String,
    },
    /// The network did not lead to the server for as long as `TransientLimits::network` allows.
    #[error("{at} cannot be reached: {why}, tried for {waited}")]
    Unreachable {
        /// The API server that was asked, `host:port`.
        at: String,
        /// How the last attempt failed.
        why: Unreached,
        /// From the fault's first sight to the last attempt.
        waited: Waited,
    },
    /// A proxy did not lead to the server.
    #[error("{at} cannot be reached: {fault}")]
    Proxy {
        /// The API server that was asked, `host:port`.
        at: String,
        /// The proxy, and what it did.
        fault: ProxyFault,
    },
    /// 429 or 5xx for as long as `TransientLimits::network` allows.
    #[error("{at} is not ready: it answered {code} for {waited}")]
    Busy {
        /// The API server that was asked, `host:port`.
        at: String,
        /// HTTP's status.
        code: u16,
        /// From the fault's first sight to the last attempt.
        waited: Waited,
    },
    /// Whoever answers at the address is something else.
    #[error("{at} is no Kubernetes API server: {saw}")]
    NotKubernetes {
        /// The API server that was asked, `host:port`.
        at: String,
        /// By what it was told from an API server.
        saw: Saw,
    },
    /// A fault of the call for which there is no variant of its own.
    #[error("the call to {at} failed: {cause}")]
    Failed {
        /// The API server that was asked, `host:port`.
        at: String,
        /// As the HTTP client words it.
        cause: String,
    },
    /// 404 for as long as `TransientLimits::rights` allows: `kubeadm init phase bootstrap-token` has not run.
    #[error("the cluster at {at} has no cluster-info: it is not set up for nodes to join")]
    NoClusterInfo {
        /// The API server that was asked, `host:port`.
        at: String,
    },
    /// 401 or 403 for as long as it may last: an API server with `--anonymous-auth=false`, or without the Role
    /// for cluster-info.
    #[error("{at} does not let anonymous users read cluster-info (it answered {code})")]
    NoAnonymous {
        /// The API server that was asked, `host:port`.
        at: String,
        /// HTTP's status.
        code: u16,
    },
    /// The server has a ConfigMap of that name, and it describes no cluster.
    #[error("the cluster-info of {at} cannot be used")]
    BadClusterInfo {
        /// The API server that was asked, `host:port`.
        at: String,
        /// What is wrong with the ConfigMap.
        #[source]
        source: BadClusterInfo,
    },
    /// The path of `--discovery-file` cannot be read.
    #[error("cannot read the discovery file {path}")]
    ReadFile {
        /// On this host.
        path: PathBuf,
        /// As the system says it.
        #[source]
        source: std::io::Error,
    },
    /// The text of the discovery file, or of what came from its URL, is no kubeconfig.
    #[error("the discovery file {file} is not usable as a kubeconfig")]
    BadFile {
        /// The discovery file's path, or its URL.
        file: String,
        /// What is wrong with the kubeconfig.
        #[source]
        source: BadKubeconfig,
    },
    /// Neither the current context nor an entry without a name leads to a cluster with a server.
    #[error(
        "the discovery file {file} leads to no cluster: no current context names one, and none is without a name"
    )]
    NoCluster {
        /// The discovery file's path, or its URL.
        file: String,
    },
    /// Its server is none, or anybody could answer in its place.
    #[error("the server in the discovery file {file} cannot be used: {why}")]
    BadServer {
        /// The discovery file's path, or its URL.
        file: String,
        /// The rule that it breaks.
        why: BadServerUrl,
    },
    /// A CA, a certificate or a key that the discovery file names by its path cannot be read into it.
    #[error("the discovery file {file} cannot be completed")]
    NotEmbedded {
        /// The discovery file's path, or its URL.
        file: String,
        /// Which file could not be read into it.
        #[source]
        source: NotEmbedded,
    },
    /// Nothing says which CA the server's certificate has to be of.
    #[error("neither the discovery file {file} nor cluster-info holds a CA that can be read")]
    NoAuthority {
        /// The discovery file's path, or its URL.
        file: String,
    },
    /// kubeadm takes such a file; here it is refused, since a join would trust anybody.
    #[error("the discovery file {file} has insecure-skip-tls-verify: it would be believed whoever answers")]
    Insecure {
        /// The discovery file's path, or its URL.
        file: String,
    },
    /// An `auth-provider` is a plugin that is built into client-go; this program has none.
    #[error(
        "the discovery file {file} has its credentials from an auth-provider ({name}), which is not supported"
    )]
    AuthProvider {
        /// The discovery file's path, or its URL.
        file: String,
        /// The provider's name, such as `oidc`.
        name: String,
    },
    /// A document from a URL would have this host run a program or read a file.
    #[error("the discovery document at {url} names {what}: what comes from elsewhere may not do that")]
    Reaches {
        /// `https://…`, as given by `--discovery-file`.
        url: String,
        /// The program, or the file.
        what: Reached,
    },
    /// The kubelet would have nothing with which to ask for its certificate.
    #[error("the discovery file {file} holds no credentials, and no TLS bootstrap token is given")]
    NoCredentials {
        /// The discovery file's path, or its URL.
        file: String,
    },
    /// The API server has answered 401 to what the discovery file holds.
    #[error("{at} does not accept the credentials of the discovery file {file}")]
    CredentialsRefused {
        /// The API server that was asked, `host:port`.
        at: String,
        /// The discovery file's path, or its URL.
        file: String,
    },
    /// `--discovery-file` begins with `https://` and is no URL that can be asked.
    #[error("the discovery URL {url} cannot be used: {why}")]
    BadUrl {
        /// `https://…`, as given by `--discovery-file`.
        url: String,
        /// The rule that it breaks; the message ends in it.
        why: String,
    },
    /// The discovery URL has given another answer than 200.
    #[error("the discovery URL {url} answered {code}")]
    UrlRefused {
        /// `https://…`, as given by `--discovery-file`.
        url: String,
        /// HTTP's status.
        code: u16,
    },
    /// TLS or HTTP could not be set up on this host, before anything was asked.
    #[error("no client can be made for {at}")]
    Client {
        /// The API server that was asked, `host:port`.
        at: String,
        /// As the library says it.
        #[source]
        source: Box<dyn std::error::Error + Send + Sync>,
    },
}

/// What a document from elsewhere would have this host run or read.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Reached {
    /// The `command` of a user's `exec`.
    Program(String),
    /// A file of this host, by its path.
    File {
        /// The kubeconfig's field, such as `client-key`.
        field: &'static str,
        /// As the document has it.
        path: String,
    },
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
pub enum TokenState {
    /// 401: the token is not known there.
    Refused,
    /// The token is known there: any answer but 401.
    Alive,
    /// It was not asked: nothing vouched for it.
    Unasked,
}

/// Whose word it is that a server is the right one.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Voucher {
    /// The CA in the cluster-info that was verified by the token or by a pin.
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
    /// The host's name has no address in DNS.
    Name,
    /// Nobody listens at the port (ECONNREFUSED).
    Refused,
    /// No route leads to the address (ENETUNREACH, EHOSTUNREACH).
    NoRoute,
    /// No answer within the call's time limit.
    Silent,
    /// The connection was ended before an answer had come.
    Closed,
}

/// What was found in place of an API server.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Saw {
    /// What answers does not speak TLS.
    NotTls,
    /// TLS was ended by the other side, with this alert (RFC 8446, section 6).
    Alert(String),
    /// TLS came about, and what was said in it is no HTTP.
    NotHttp,
    /// An answer that no API server gives.
    Status(u16),
}

/// Two clocks at one moment.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Skew {
    /// This host's clock.
    pub ours: Timestamp,
    /// The server's, by the `Date` of its answer.
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
            Self::Unsigned { token: TokenState::Alive, .. } => {
                "the kube-controller-manager signs cluster-info (its controller bootstrapsigner); see whether it runs"
            }
            Self::NotSigned { token: TokenState::Alive, .. } => {
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
            | Self::BadServer { .. }
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

fn unsigned(at: &str, id: &str, token: TokenState) -> String {
    let begin = format!("the cluster-info of {at} carries no signature");
    match token {
        TokenState::Refused => {
            format!("{begin}, and token {id} is not known there: it has expired, was deleted or never was")
        }
        TokenState::Alive => format!("{begin}, although token {id} is valid there"),
        TokenState::Unasked => format!("{begin}, so that nothing vouches for it"),
    }
}

fn not_signed(at: &str, id: &str, token: TokenState) -> String {
    match token {
        TokenState::Refused => {
            format!(
                "token {id} is not known to the cluster at {at}: it has expired, was deleted or never was"
            )
        }
        TokenState::Alive => {
            format!(
                "token {id} is valid at {at}, but the cluster-info is not signed with it: it lacks the usage signing"
            )
        }
        TokenState::Unasked => format!(
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
