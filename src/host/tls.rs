//! Whom TLS clients trust: webpki's judgement first, and Go's where webpki is stricter than all of Kubernetes' clients.

use std::net::IpAddr;
use std::sync::Arc;
use std::time::Duration;

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::CryptoProvider;
use rustls::{CertificateError, DigitallySignedStruct, Error, RootCertStore, SignatureScheme};
use rustls_pki_types::{CertificateDer, ServerName, UnixTime};

use crate::pki::{self, NotVouched, PeerName, vouch};

/// The process' provider of cryptography; the first who asks sets it.
pub fn provider() -> Arc<CryptoProvider> {
    if CryptoProvider::get_default().is_none() {
        // Another thread may have been faster, which is as good.
        let _ = rustls::crypto::aws_lc_rs::default_provider().install_default();
    }
    let known = CryptoProvider::get_default().map(Arc::clone);
    known.unwrap_or_else(|| Arc::new(rustls::crypto::aws_lc_rs::default_provider()))
}

/// The certificates of a bundle that can be read. What cannot is skipped, as Go skips it.
pub fn authorities(pem: &[u8]) -> Vec<Vec<u8>> {
    let Ok((bundle, _)) = pki::trusted(pem) else { return Vec::new() };
    bundle.iter().map(|cert| cert.der.clone()).collect()
}

/// Trusts these certificates, whatever they are.
#[derive(Debug)]
pub struct Trusting {
    roots: Vec<Vec<u8>>,
    /// None where webpki can read none of them.
    strict: Option<Arc<WebPkiServerVerifier>>,
    provider: Arc<CryptoProvider>,
}

impl Trusting {
    /// `roots` in DER; those that cannot be read count by their bytes alone.
    pub fn new(roots: Vec<Vec<u8>>) -> Self {
        let provider = provider();
        let mut store = RootCertStore::empty();
        store.add_parsable_certificates(roots.iter().map(|der| CertificateDer::from(der.as_slice())));
        let strict = WebPkiServerVerifier::builder_with_provider(Arc::new(store), Arc::clone(&provider));
        Self { roots, strict: strict.build().ok(), provider }
    }

    fn as_go(
        &self,
        leaf: &CertificateDer,
        others: &[CertificateDer],
        name: &ServerName,
        now: UnixTime,
    ) -> Result<(), NotVouched> {
        let name = match name {
            ServerName::DnsName(name) => PeerName::Dns(name.as_ref().to_owned()),
            ServerName::IpAddress(address) => PeerName::Ip(IpAddr::from(*address)),
            _ => return Err(NotVouched::Unknown),
        };
        let others: Vec<&[u8]> = others.iter().map(AsRef::as_ref).collect();
        let roots: Vec<&[u8]> = self.roots.iter().map(Vec::as_slice).collect();
        let now = i64::try_from(now.as_secs()).unwrap_or(i64::MAX);
        vouch(leaf, &others, &roots, &name, now)
    }
}

impl ServerCertVerifier for Trusting {
    fn verify_server_cert(
        &self,
        leaf: &CertificateDer<'_>,
        others: &[CertificateDer<'_>],
        name: &ServerName<'_>,
        stapled: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        let strict = match &self.strict {
            Some(strict) => strict.verify_server_cert(leaf, others, name, stapled, now),
            None => Err(CertificateError::UnknownIssuer.into()),
        };
        match strict {
            Ok(verified) => Ok(verified),
            Err(strict) => match self.as_go(leaf, others, name, now) {
                Ok(()) => Ok(ServerCertVerified::assertion()),
                Err(own) => Err(told(strict, own, name, now)),
            },
        }
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls12_signature(message, cert, signed, known)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        signed: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        let known = &self.provider.signature_verification_algorithms;
        rustls::crypto::verify_tls13_signature(message, cert, signed, known)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// The refusal that says more: webpki's own, unless it stumbled over something that would not have mattered.
fn told(strict: Error, own: NotVouched, name: &ServerName<'_>, now: UnixTime) -> Error {
    let says_enough = matches!(
        strict,
        Error::InvalidCertificate(
            CertificateError::ExpiredContext { .. }
                | CertificateError::NotValidYetContext { .. }
                | CertificateError::NotValidForNameContext { .. }
                | CertificateError::BadSignature
        )
    );
    if says_enough { strict } else { of(own, name, now).map_or(strict, Error::InvalidCertificate) }
}

fn of(own: NotVouched, name: &ServerName<'_>, time: UnixTime) -> Option<CertificateError> {
    match own {
        NotVouched::Early { not_before } => {
            Some(CertificateError::NotValidYetContext { time, not_before: moment(not_before) })
        }
        NotVouched::Expired { not_after } => {
            Some(CertificateError::ExpiredContext { time, not_after: moment(not_after) })
        }
        NotVouched::Name { has: presented } => {
            Some(CertificateError::NotValidForNameContext { expected: name.to_owned(), presented })
        }
        NotVouched::Usage => Some(CertificateError::InvalidPurpose),
        NotVouched::Unreadable | NotVouched::Extension | NotVouched::Unknown => None,
    }
}

fn moment(seconds: i64) -> UnixTime {
    UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(seconds).unwrap_or(0)))
}
