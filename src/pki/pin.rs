//! The CA's pin, with which `join` recognises it.

use std::fmt::Write;

use sha2::{Digest, Sha256};

use super::inspect::{self, BadCertificate, FoundCert};

/// `sha256:` and the hexadecimal SHA-256 of the DER of the certificate's SubjectPublicKeyInfo (RFC 7469's pin), as
/// `join --discovery-token-ca-cert-hash` takes it.
pub fn ca_cert_hash(cert: &FoundCert) -> String {
    let mut text = String::from("sha256:");
    for byte in Sha256::digest(&cert.public_key) {
        // Writing into a String cannot fail.
        let _ = write!(text, "{byte:02x}");
    }
    text
}

/// The pin of every certificate in a CA's PEM file; join commands list them all.
///
/// # Errors
/// As [`certificates`](super::certificates).
pub fn ca_cert_hashes(text: &[u8]) -> Result<Vec<String>, BadCertificate> {
    Ok(inspect::certificates(text)?.iter().map(ca_cert_hash).collect())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pin_is_the_one_that_openssl_computes() {
        // openssl x509 -pubkey -in rsa-ca.crt | openssl rsa -pubin -outform der | openssl dgst -sha256 -hex
        let rsa = "sha256:211878b6d736fb78459c3ea9bc081d809b935c2372714dd9510707a65d4b3758";
        let text = include_bytes!("../../tests/golden/pki/rsa-ca.crt");
        assert_eq!(ca_cert_hashes(text).unwrap(), [rsa]);
        let both = [&text[..], include_bytes!("../../tests/golden/pki/p256-ca.crt")].concat();
        assert_eq!(ca_cert_hashes(&both).unwrap().len(), 2);
    }
}
