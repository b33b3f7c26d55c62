//! Certificates that do not count, and clocks that make them so.
//!
//! Seen in two ways: on the servers themselves, by the certificate that they show, and in what components say of each other,
//! in the words of Go's crypto/x509.

use std::net::IpAddr;

use super::{Cause, Diagnosis, Line, Outlook, Row, ServerSeen, Symptoms, Wanted};
use crate::join::discovery::{CertificateFault, Fault, Skew};
use crate::pki::Entry;

/// A clock that is wrong, and certificates that cannot be used.
pub const ROWS: &[Row] = &[
    Row { cause: Cause::ClockSkew, judge: clock_skew },
    Row { cause: Cause::CertificateNotYetValid, judge: |seen, wanted| judge(Wrong::Early, seen, wanted) },
    Row { cause: Cause::CertificateExpired, judge: |seen, wanted| judge(Wrong::Expired, seen, wanted) },
    Row { cause: Cause::CertificateOtherAuthority, judge: |seen, wanted| judge(Wrong::Signer, seen, wanted) },
];

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Wrong {
    Early,
    Expired,
    Signer,
}

const DATES: &str = "x509: certificate has expired or is not yet valid";
const SIGNER: &str = "x509: certificate signed by unknown authority";

/// A certificate whose dates would do by the server's own clock.
fn clock_skew(symptoms: &Symptoms, _: &Wanted) -> Option<Diagnosis> {
    servers(symptoms).find_map(|server| {
        let (ours, theirs) = (symptoms.now, server.date?);
        let Err(Fault::Certificate(fault)) = &server.answer else { return None };
        let says = match fault {
            CertificateFault::Early(moments) if theirs >= moments.bound => "not yet valid",
            CertificateFault::Expired(moments) if theirs <= moments.bound => "expired",
            CertificateFault::Early(_)
            | CertificateFault::Expired(_)
            | CertificateFault::Signer
            | CertificateFault::Name(_)
            | CertificateFault::Other(_) => return None,
        };
        let (at, skew) = (place(server), Skew { ours, theirs });
        let found = Diagnosis::new(Outlook::Final, format!("this host's clock is {skew} that of {at}"));
        Some(
            found
                .seen(format!("here it is {ours:.0}, at {at} it is {theirs:.0}; its certificate counts as {says} here"))
                .remedy("set this host's clock, best by an NTP service (`timedatectl set-ntp true`), and run this again"),
        )
    })
}

fn judge(wrong: Wrong, symptoms: &Symptoms, wanted: &Wanted) -> Option<Diagnosis> {
    shown(wrong, symptoms).or_else(|| told(wrong, symptoms, wanted))
}

/// By what a server shows to this host.
fn shown(wrong: Wrong, symptoms: &Symptoms) -> Option<Diagnosis> {
    servers(symptoms).find_map(|server| {
        let Err(Fault::Certificate(fault)) = &server.answer else { return None };
        let at = place(server);
        let seen = match (wrong, fault) {
            (Wrong::Early, CertificateFault::Early(moments)) => {
                format!(
                    "it is not valid before {:.0}; this host's clock says {:.0}",
                    moments.bound, moments.ours
                )
            }
            (Wrong::Expired, CertificateFault::Expired(moments)) => {
                format!("it was valid until {:.0}; this host's clock says {:.0}", moments.bound, moments.ours)
            }
            (Wrong::Signer, CertificateFault::Signer) => "this host's ca.crt did not sign it".to_owned(),
            (Wrong::Early | Wrong::Expired | Wrong::Signer, _) => return None,
        };
        let found = wrong.found(&format!("the certificate of {at}"));
        Some(
            found
                .seen(format!("the certificate that {at} shows: {seen}"))
                .remedy(wrong.remedy(Subject::ApiServer)),
        )
    })
}

/// By what the components say of each other. A client that none of them knows, an old cluster's perhaps, may be turned
/// away by them for ever: what they say of strangers does not count.
fn told(wrong: Wrong, symptoms: &Symptoms, wanted: &Wanted) -> Option<Diagnosis> {
    let containers = wanted.components.iter().filter_map(|component| symptoms.newest(component.name));
    let lines = containers.flat_map(super::ContainerSeen::lines).chain(symptoms.journal());
    let lines: Vec<Line<'_>> = lines.filter(|line| wrong.is_meant_by(*line)).collect();
    Subject::ALL.into_iter().find_map(|subject| {
        let line = lines.iter().find(|line| subject.is_meant_by(**line, wanted))?;
        Some(wrong.found(&subject.told(wanted)).said(*line).remedy(wrong.remedy(subject)))
    })
}

impl Wrong {
    fn is_meant_by(self, line: Line<'_>) -> bool {
        match self {
            Self::Early => line.behind(DATES).is_some_and(|rest| rest.contains(" is before ")),
            Self::Expired => line.behind(DATES).is_some_and(|rest| rest.contains(" is after ")),
            Self::Signer => line.has(SIGNER),
        }
    }

    fn found(self, subject: &str) -> Diagnosis {
        let wrong = match self {
            Self::Early => "is not valid yet",
            Self::Expired => "has expired",
            Self::Signer => "is of another CA than the one that is to vouch for it",
        };
        Diagnosis::new(self.outlook(), format!("{subject} {wrong}"))
    }

    /// Time heals no certificate that has expired; others may be replaced, or a clock set, while a host comes up.
    fn outlook(self) -> Outlook {
        match self {
            Self::Expired => Outlook::Final,
            Self::Early | Self::Signer => Outlook::FinalIfItLasts,
        }
    }

    fn remedy(self, subject: Subject) -> String {
        let names = subject.items();
        match self {
            Self::Early => {
                format!(
                    "set this host's clock if it is wrong (`timedatectl`); else renew {names} (`kubewright certs renew`); then \
                     run this again"
                )
            }
            Self::Expired => {
                format!(
                    "renew {names} (`kubewright certs renew`), and restart what uses it; then run this again"
                )
            }
            Self::Signer => format!(
                "see which CA is the right one, and have {names} signed by it (`kubewright certs renew`); then run this again"
            ),
        }
    }
}

/// Whose certificate it is.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Subject {
    ApiServer,
    Etcd,
    /// What speaks to etcd from this host.
    EtcdClient,
}

impl Subject {
    /// etcd calls itself with its own certificate, and turns that away too: the client comes last.
    const ALL: [Self; 3] = [Self::ApiServer, Self::Etcd, Self::EtcdClient];

    /// As `certs renew` calls them.
    fn items(self) -> String {
        match self {
            Self::ApiServer => Entry::APISERVER.name().to_owned(),
            Self::Etcd => Entry::ETCD_SERVER.name().to_owned(),
            Self::EtcdClient => {
                format!("{} or {}", Entry::APISERVER_ETCD_CLIENT.name(), Entry::ETCD_SERVER.name())
            }
        }
    }

    fn told(self, wanted: &Wanted) -> String {
        let file = |entry: Entry| wanted.certificates.join(entry.certificate_path()).display().to_string();
        match self {
            Self::ApiServer => format!("the API server's certificate, {},", file(Entry::APISERVER)),
            Self::Etcd => format!("etcd's certificate, {},", file(Entry::ETCD_SERVER)),
            Self::EtcdClient => format!(
                "the certificate that etcd is called with on this host, {} or its own {},",
                file(Entry::APISERVER_ETCD_CLIENT),
                file(Entry::ETCD_SERVER)
            ),
        }
    }

    fn is_meant_by(self, line: Line<'_>, wanted: &Wanted) -> bool {
        match self {
            Self::ApiServer => {
                matches!(line.component(), "kubelet" | "kube-controller-manager" | "kube-scheduler")
                    && leads_to_the_cluster(line, wanted)
            }
            Self::Etcd => line.component() == "kube-apiserver" && line.has(":2379"),
            Self::EtcdClient => {
                line.component() == "etcd"
                    && line.has("rejected connection on client endpoint")
                    && is_from_here(line, wanted)
            }
        }
    }
}

/// `"remote-addr":"127.0.0.1:41290"`
fn is_from_here(line: Line<'_>, wanted: &Wanted) -> bool {
    let address = line.behind("\"remote-addr\":\"").and_then(|rest| rest.split('"').next());
    let address = address.and_then(|text| text.rsplit_once(':')).map(|(ip, _)| ip.trim_matches(['[', ']']));
    let address: Option<IpAddr> = address.and_then(|ip| ip.parse().ok());
    address.is_some_and(|ip| ip.is_loopback() || wanted.advertised.is_some_and(|own| own.ip == ip))
}

fn leads_to_the_cluster(line: Line<'_>, wanted: &Wanted) -> bool {
    let own =
        wanted.advertised.map(|own| format!("https://{}/", std::net::SocketAddr::new(own.ip, own.port)));
    let endpoint = wanted.endpoint.as_ref().map(|endpoint| format!("https://{endpoint}/"));
    own.into_iter().chain(endpoint).any(|url| line.has(&url))
}

fn servers(symptoms: &Symptoms) -> impl Iterator<Item = &ServerSeen> {
    symptoms.own.iter().chain(&symptoms.endpoint)
}

fn place(server: &ServerSeen) -> String {
    format!("{}:{}", server.host, server.port)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{quiet, running, wanted};
    use super::*;
    use crate::causes::Explanation;
    use crate::join::discovery::{Moments, Unreached};

    /// Of an API server of 1.36, and of etcd 3.6.
    const UNKNOWN: &str = r#"W1121 20:28:56.181793       1 logging.go:55] [core] [Channel #1 SubChannel #3] grpc: addrConn.createTransport failed to connect to {Addr: "127.0.0.1:2379", ServerName: "127.0.0.1:2379", }. Err: connection error: desc = "transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate signed by unknown authority""#;
    const EXPIRED: &str = r#"W1121 20:39:50.671793       1 logging.go:55] [core] [Channel #1 SubChannel #3] grpc: addrConn.createTransport failed to connect to {Addr: "127.0.0.1:2379", ServerName: "127.0.0.1:2379", }. Err: connection error: desc = "transport: authentication handshake failed: tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-21T20:39:50Z is after 2020-01-01T00:00:00Z""#;
    const REJECTED: &str = r#"{"level":"warn","ts":"2026-11-21T20:39:26.154901Z","caller":"embed/config_logging.go:194","msg":"rejected connection on client endpoint","remote-addr":"127.0.0.1:41290","server-name":"","error":"tls: failed to verify certificate: x509: certificate has expired or is not yet valid: current time 2026-11-21T20:39:26Z is after 2020-01-01T00:00:00Z"}"#;

    fn server(answer: Result<u16, Fault>) -> ServerSeen {
        ServerSeen { host: "api.test".into(), port: 6443, resolved: Ok(Vec::new()), answer, date: None }
    }

    fn moments(bound: &str) -> Moments {
        Moments { ours: quiet().now, bound: bound.parse().unwrap() }
    }

    fn with(endpoint: ServerSeen) -> Option<Explanation> {
        Symptoms { endpoint: Some(endpoint), ..quiet() }.explained()
    }

    fn said(component: &str, line: &str) -> Option<Explanation> {
        quiet().with(running(component, 1, &["other words", line])).explained()
    }

    #[test]
    fn a_server_s_certificate_is_judged_as_it_is_shown() {
        let dated = |fault: CertificateFault| with(server(Err(Fault::Certificate(fault)))).unwrap();
        let found = dated(CertificateFault::Expired(moments("2020-01-01T00:00:00Z")));
        assert_eq!((found.cause, found.outlook), (Cause::CertificateExpired, Outlook::Final));
        assert_eq!(found.summary, "the certificate of api.test:6443 has expired");
        assert_eq!(
            found.evidence,
            [
                "the certificate that api.test:6443 shows: it was valid until 2020-01-01T00:00:00Z; this host's clock says \
              2026-11-21T20:00:00Z"
            ]
        );
        let early = dated(CertificateFault::Early(moments("2035-01-01T00:00:00Z")));
        assert_eq!(early.cause, Cause::CertificateNotYetValid);
        assert_eq!(dated(CertificateFault::Signer).cause, Cause::CertificateOtherAuthority);
    }

    #[test]
    fn a_certificate_that_would_do_by_the_server_s_clock_is_a_clock_s_fault() {
        let fault = CertificateFault::Early(moments("2026-11-22T18:00:00Z"));
        let date = Some("2026-11-22T20:00:00Z".parse().unwrap());
        let found = with(ServerSeen { date, ..server(Err(Fault::Certificate(fault))) }).unwrap();
        assert_eq!(found.cause, Cause::ClockSkew);
        assert_eq!(found.summary, "this host's clock is 1 d behind that of api.test:6443");
    }

    #[test]
    fn what_the_api_server_says_of_etcd_names_etcd_s_certificate() {
        let found = said("kube-apiserver", UNKNOWN).unwrap();
        assert_eq!(found.cause, Cause::CertificateOtherAuthority);
        assert!(
            found.summary.starts_with("etcd's certificate, /etc/kubernetes/pki/etcd/server.crt,"),
            "{found:?}"
        );
        assert_eq!(said("kube-apiserver", EXPIRED).unwrap().cause, Cause::CertificateExpired);
        let early = EXPIRED.replace("is after", "is before");
        assert_eq!(said("kube-apiserver", &early).unwrap().cause, Cause::CertificateNotYetValid);
    }

    #[test]
    fn clients_that_etcd_turns_away_count_only_from_this_host() {
        assert_eq!(said("etcd", REJECTED).unwrap().cause, Cause::CertificateExpired);
        assert_eq!(said("etcd", &REJECTED.replace("127.0.0.1:", "10.99.0.7:")), None);
        let both =
            quiet().with(running("etcd", 0, &[REJECTED])).with(running("kube-apiserver", 1, &[EXPIRED]));
        assert!(both.explained().unwrap().summary.contains("etcd/server.crt"));
    }

    #[test]
    fn strangers_at_the_api_server_are_none_of_ours() {
        let line = r#"E1121 20:28:56.1 1 authentication.go:75] "Unable to authenticate the request" err="verifying certificate SN=1, SKID=, AKID= failed: x509: certificate signed by unknown authority""#;
        assert_eq!(said("kube-apiserver", line), None);
        let url = format!("https://{}:6443/api", wanted().advertised.unwrap().ip);
        let line = format!(r#"err="Get \"{url}\": tls: failed to verify certificate: {SIGNER}""#);
        assert_eq!(said("kube-scheduler", &line).unwrap().cause, Cause::CertificateOtherAuthority);
    }

    #[test]
    fn a_server_that_is_not_reached_says_nothing_of_certificates() {
        let found = with(server(Err(Fault::Unreached(Unreached::Refused))));
        assert!(found.is_none_or(|found| !found.cause.as_str().starts_with("Certificate")));
    }
}
