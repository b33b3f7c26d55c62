//! The error behind a call without an answer → what was in its way.

use std::error::Error;
use std::io::{self, ErrorKind};
use std::time::Duration;

use http_body_util::LengthLimitError;
use jiff::Timestamp;
use rustls::CertificateError;
use rustls_pki_types::UnixTime;

use super::connect::AtProxy;
use crate::join::discovery::{CertificateFault, Fault, Moments, ProxyFault, ProxyRefusal, Unreached};

/// Looks along the chain for the first error that says what it is.
pub fn fault(error: &(dyn Error + 'static)) -> Fault {
    let mut next = Some(error);
    while let Some(error) = next {
        if let Some(fault) = told_by(error) {
            return fault;
        }
        next = below(error);
    }
    Fault::Other(last(error).to_string())
}

/// An I/O error leaves the error that it was made of out of the chain, and goes on below it.
fn below<'a>(error: &'a (dyn Error + 'static)) -> Option<&'a (dyn Error + 'static)> {
    match error.downcast_ref::<io::Error>().and_then(io::Error::get_ref) {
        Some(inner) => Some(inner),
        None => error.source(),
    }
}

fn last<'a>(error: &'a (dyn Error + 'static)) -> &'a (dyn Error + 'static) {
    let mut last = error;
    while let Some(next) = below(last) {
        last = next;
    }
    last
}

fn told_by(error: &(dyn Error + 'static)) -> Option<Fault> {
    if let Some(error) = error.downcast_ref::<AtProxy>() {
        return Some(Fault::Proxy(of_proxy(error)));
    }
    if let Some(error) = error.downcast_ref::<rustls::Error>() {
        return Some(of_tls(error));
    }
    if error.is::<LengthLimitError>() {
        return Some(Fault::NotHttp);
    }
    if let Some(error) = error.downcast_ref::<io::Error>() {
        return of_io(error);
    }
    error.downcast_ref::<hyper::Error>().and_then(of_http)
}

/// The libraries' errors of proxies have no names outside of them, only words.
fn of_proxy(error: &AtProxy) -> ProxyFault {
    let why = match last(error).to_string() {
        said if said.ends_with("proxy authorization required") => ProxyRefusal::Credentials,
        said if said.ends_with("tunnel error: unsuccessful") => ProxyRefusal::Refused,
        said => ProxyRefusal::NoAnswer(said),
    };
    ProxyFault { proxy: error.proxy.clone(), why }
}

fn of_http(error: &hyper::Error) -> Option<Fault> {
    if error.is_parse() {
        Some(Fault::NotHttp)
    } else if error.is_incomplete_message() || error.is_canceled() && error.source().is_none() {
        Some(Fault::Unreached(Unreached::Closed))
    } else {
        None
    }
}

fn of_io(error: &io::Error) -> Option<Fault> {
    Some(Fault::Unreached(match error.kind() {
        ErrorKind::ConnectionRefused => Unreached::Refused,
        ErrorKind::HostUnreachable | ErrorKind::NetworkUnreachable | ErrorKind::NetworkDown => {
            Unreached::NoRoute
        }
        ErrorKind::TimedOut => Unreached::Silent,
        ErrorKind::ConnectionReset
        | ErrorKind::ConnectionAborted
        | ErrorKind::BrokenPipe
        | ErrorKind::UnexpectedEof => Unreached::Closed,
        _ => return None,
    }))
}

fn of_tls(error: &rustls::Error) -> Fault {
    match error {
        rustls::Error::InvalidCertificate(error) => Fault::Certificate(of_certificate(error)),
        rustls::Error::AlertReceived(alert) => Fault::Alert(format!("{alert:?}")),
        rustls::Error::InvalidMessage(_)
        | rustls::Error::InappropriateMessage { .. }
        | rustls::Error::InappropriateHandshakeMessage { .. }
        | rustls::Error::PeerSentOversizedRecord => Fault::NotTls,
        other => Fault::Other(other.to_string()),
    }
}

fn of_certificate(error: &CertificateError) -> CertificateFault {
    match error {
        // A CA of the same name, as all that kubeadm makes have, is tried and does not fit.
        CertificateError::UnknownIssuer | CertificateError::BadSignature => CertificateFault::Signer,
        CertificateError::NotValidForNameContext { presented, .. } => {
            CertificateFault::Name(presented.iter().map(|name| plain(name)).collect())
        }
        CertificateError::NotValidYetContext { time, not_before } => early(*time, *not_before),
        CertificateError::ExpiredContext { time, not_after } => expired(*time, *not_after),
        other => CertificateFault::Other(other.to_string()),
    }
}

fn early(now: UnixTime, not_before: UnixTime) -> CertificateFault {
    CertificateFault::Early(Moments { ours: moment(now), bound: moment(not_before) })
}

fn expired(now: UnixTime, not_after: UnixTime) -> CertificateFault {
    CertificateFault::Expired(Moments { ours: moment(now), bound: moment(not_after) })
}

fn moment(time: UnixTime) -> Timestamp {
    let since = Duration::from_secs(time.as_secs());
    Timestamp::UNIX_EPOCH.checked_add(since).unwrap_or(Timestamp::MAX)
}

/// `DnsName("a")`, `IpAddress(10.0.0.1)` → `a`, `10.0.0.1`
fn plain(name: &str) -> String {
    let inner = name.split_once('(').and_then(|(_, rest)| rest.strip_suffix(')')).unwrap_or(name);
    inner.trim_matches('"').to_owned()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn errors_inside_of_io_errors_are_found() {
        let tls = rustls::Error::InvalidCertificate(CertificateError::UnknownIssuer);
        let error = io::Error::other(io::Error::new(ErrorKind::InvalidData, tls));
        assert_eq!(fault(&error), Fault::Certificate(CertificateFault::Signer));
        let error = io::Error::other(io::Error::from(ErrorKind::ConnectionRefused));
        assert_eq!(fault(&error), Fault::Unreached(Unreached::Refused));
    }

    #[test]
    fn what_is_not_known_keeps_its_innermost_words() {
        let error = io::Error::other(io::Error::other("no such luck"));
        assert_eq!(fault(&error), Fault::Other("no such luck".to_owned()));
    }

    #[test]
    fn names_are_taken_out_of_their_wrapping() {
        assert_eq!(plain("DnsName(\"kubernetes\")"), "kubernetes");
        assert_eq!(plain("IpAddress(10.0.0.1)"), "10.0.0.1");
        assert_eq!(plain("?"), "?");
    }
}
