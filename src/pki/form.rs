//! What a file holds in the place of what is wanted of it, and what to do about it.

use super::pem::{self, find};

/// What is read.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Wanted {
    /// One or more, of which the first counts.
    Certificate,
    /// A private one.
    Key,
}

/// What is wrong with a file; never a part of it, since it may be a key.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum BadPem {
    /// Nothing, or blanks and zero bytes alone.
    #[error("it is empty")]
    Empty,
    /// The encoding without PEM around it.
    #[error(
        "it is DER, not PEM; `openssl x509 -inform der -in FILE -out NEW` converts a certificate, `openssl pkey -inform der -in \
         FILE -out NEW` a key"
    )]
    Der,
    /// A certificate and its key in one encrypted container.
    #[error(
        "it is PKCS#12 (.p12, .pfx), not PEM; `openssl pkcs12 -in FILE -nokeys -out NEW.crt` takes the certificate out of it, \
         `openssl pkcs12 -in FILE -nocerts -noenc -out NEW.key` the key"
    )]
    Pkcs12,
    /// Text of two bytes a character.
    #[error("it is UTF-16 text, and PEM is ASCII; `iconv -f utf-16 -t utf-8 FILE > NEW` converts it")]
    Utf16,
    /// PEM behind the mark with which some editors begin UTF-8.
    #[error(
        "it begins with a byte order mark, behind which Go finds no PEM; `tail -c +4 FILE > NEW` copies it without"
    )]
    ByteOrderMark,
    /// A key behind a password.
    #[error(
        "its private key is encrypted, and nothing in Kubernetes asks for a password (encrypted keys are not read); `openssl pkey \
         -in FILE -out NEW` decrypts it, and NEW is to be of mode 0600"
    )]
    EncryptedKey,
    /// `OPENSSH PRIVATE KEY`.
    #[error(
        "its private key is in OpenSSH's own format; `ssh-keygen -p -m PKCS8 -f FILE` rewrites it as PEM"
    )]
    OpenSsh,
    /// The other half of the pair.
    #[error("it holds a private key where a certificate is wanted")]
    PrivateKey,
    /// The other half of the pair.
    #[error("it holds a certificate where a private key is wanted")]
    Certificate,
    /// A CSR.
    #[error("it holds a request for a certificate (CSR), which a CA has still to sign")]
    Request,
    /// No certificate, and no private key.
    #[error("it holds a public key alone")]
    PublicKey,
    /// Certificates in another container.
    #[error("it is PKCS#7; `openssl pkcs7 -in FILE -print_certs -out NEW` takes the certificates out of it")]
    Pkcs7,
    /// `X509 CERTIFICATE` or `TRUSTED CERTIFICATE`.
    #[error(
        "its block is not called CERTIFICATE but as OpenSSL once did, which Go does not read; `openssl x509 -in FILE -out NEW` \
         writes it as usual"
    )]
    OldLabel,
    /// Lines such as `Proc-Type:` inside of the block.
    #[error("its PEM block has header lines, and Go reads no certificate that has; remove those lines")]
    Headers,
    /// It was cut off, or its last line changed.
    #[error("a PEM block has no END line")]
    NoEnd,
    /// Its first line was changed.
    #[error("a PEM block's BEGIN line is malformed")]
    BadBegin,
    /// What is between the two lines was changed.
    #[error("a PEM block's body is not base64")]
    BadBody,
}

/// What `text`, in which nothing that is wanted was found, is instead; `None` where that cannot be told.
pub fn of(text: &[u8], wanted: Wanted) -> Option<BadPem> {
    if text.iter().all(|byte| *byte == 0 || byte.is_ascii_whitespace()) {
        return Some(BadPem::Empty);
    }
    binary(text).or_else(|| labelled(text, wanted)).or_else(|| torn(text))
}

fn binary(text: &[u8]) -> Option<BadPem> {
    // PKCS#12 begins with its version, 3.
    const VERSION: &[u8] = &[0x02, 0x01, 0x03, 0x30];
    match text {
        [0xff, 0xfe, ..] | [0xfe, 0xff, ..] | [b'-', 0, ..] | [0, b'-', ..] => Some(BadPem::Utf16),
        [0xef, 0xbb, 0xbf, rest @ ..] if find(rest, b"-----BEGIN ").is_some() => Some(BadPem::ByteOrderMark),
        [0x30, 0x80..=0x84, rest @ ..] => {
            let begins = rest.get(..8).is_some_and(|begin| find(begin, VERSION).is_some());
            Some(if begins { BadPem::Pkcs12 } else { BadPem::Der })
        }
        _ => None,
    }
}

/// By the blocks that are there, whether or not their content can be read.
fn labelled(text: &[u8], wanted: Wanted) -> Option<BadPem> {
    let has = |label: &str| find(text, format!("-----BEGIN {label}-----").as_bytes()).is_some();
    let has_key = ["PRIVATE KEY", "RSA PRIVATE KEY", "EC PRIVATE KEY"].into_iter().any(has);
    let is_encrypted = has("ENCRYPTED PRIVATE KEY") || has_key && find(text, b"ENCRYPTED").is_some();
    let rows = [
        (wanted == Wanted::Key && is_encrypted, BadPem::EncryptedKey),
        (wanted == Wanted::Key && has("OPENSSH PRIVATE KEY"), BadPem::OpenSsh),
        (has("CERTIFICATE REQUEST") || has("NEW CERTIFICATE REQUEST"), BadPem::Request),
        (has("PKCS7") || has("CMS"), BadPem::Pkcs7),
        (has("TRUSTED CERTIFICATE") || has("X509 CERTIFICATE"), BadPem::OldLabel),
        (wanted == Wanted::Key && has("CERTIFICATE"), BadPem::Certificate),
        (wanted == Wanted::Certificate && is_whole(text, |block| block.has_headers), BadPem::Headers),
        (
            wanted == Wanted::Certificate && !has("CERTIFICATE") && (has_key || is_encrypted),
            BadPem::PrivateKey,
        ),
        (has("PUBLIC KEY"), BadPem::PublicKey),
    ];
    rows.into_iter().find(|(holds, _)| *holds).map(|(_, bad)| bad)
}

fn is_whole(text: &[u8], holds: impl Fn(&pem::Block<'_>) -> bool) -> bool {
    pem::blocks(text).iter().any(|block| block.label == b"CERTIFICATE" && holds(block))
}

/// A block that is begun.
fn torn(text: &[u8]) -> Option<BadPem> {
    let begin = find(text, b"-----BEGIN ")?;
    let line = text[begin..].split(|byte| *byte == b'\n').next().unwrap_or_default();
    Some(if !line.trim_ascii_end().ends_with(b"-----") || begin > 0 && text.get(begin - 1) != Some(&b'\n') {
        BadPem::BadBegin
    } else if find(text, b"\n-----END ").is_none() {
        BadPem::NoEnd
    } else {
        BadPem::BadBody
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_stands_in_the_place_of_what_is_wanted_is_called_by_its_name() {
        let block =
            |label: &str| format!("-----BEGIN {label}-----\nc2VjcmV0\n-----END {label}-----\n").into_bytes();
        let encrypted = b"-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\nDEK-Info: AES-256-CBC,00\n\nc2VjcmV0\n-----END RSA PRIVATE KEY-----\n";
        let headed = b"-----BEGIN CERTIFICATE-----\na: b\n\nc2VjcmV0\n-----END CERTIFICATE-----\n";
        for (text, wanted, is) in [
            (Vec::new(), Wanted::Key, Some(BadPem::Empty)),
            (b"\0\0\n".to_vec(), Wanted::Certificate, Some(BadPem::Empty)),
            (vec![0x30, 0x82, 0x01, 0x00, 0x30, 0x81], Wanted::Certificate, Some(BadPem::Der)),
            (
                vec![0x30, 0x82, 0x01, 0x00, 0x02, 0x01, 0x03, 0x30, 0x82, 0, 0],
                Wanted::Key,
                Some(BadPem::Pkcs12),
            ),
            ([&[0xff, 0xfe][..], b"-\0-\0"].concat(), Wanted::Certificate, Some(BadPem::Utf16)),
            (
                [&[0xef, 0xbb, 0xbf][..], &block("CERTIFICATE")].concat(),
                Wanted::Certificate,
                Some(BadPem::ByteOrderMark),
            ),
            (block("ENCRYPTED PRIVATE KEY"), Wanted::Key, Some(BadPem::EncryptedKey)),
            (encrypted.to_vec(), Wanted::Key, Some(BadPem::EncryptedKey)),
            (block("OPENSSH PRIVATE KEY"), Wanted::Key, Some(BadPem::OpenSsh)),
            (block("CERTIFICATE"), Wanted::Key, Some(BadPem::Certificate)),
            (block("RSA PRIVATE KEY"), Wanted::Certificate, Some(BadPem::PrivateKey)),
            (block("CERTIFICATE REQUEST"), Wanted::Certificate, Some(BadPem::Request)),
            (block("PKCS7"), Wanted::Certificate, Some(BadPem::Pkcs7)),
            (block("TRUSTED CERTIFICATE"), Wanted::Certificate, Some(BadPem::OldLabel)),
            (headed.to_vec(), Wanted::Certificate, Some(BadPem::Headers)),
            (block("PUBLIC KEY"), Wanted::Key, Some(BadPem::PublicKey)),
            (b"hello".to_vec(), Wanted::Key, None),
        ] {
            assert_eq!(of(&text, wanted), is, "{}", String::from_utf8_lossy(&text));
        }
    }

    #[test]
    fn what_is_malformed_is_named_and_not_shown() {
        for (text, wrong) in [
            ("-----BEGIN PRIVATE KEY-----\nc2VjcmV0\n", BadPem::NoEnd),
            ("-----BEGIN PRIVATE KEY--\nc2VjcmV0\n-----END PRIVATE KEY-----\n", BadPem::BadBegin),
            ("-----BEGIN PRIVATE KEY-----\n?c2VjcmV0\n-----END PRIVATE KEY-----\n", BadPem::BadBody),
            ("-----BEGIN RSA PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n\nc2Vj\n", BadPem::EncryptedKey),
        ] {
            let found = of(text.as_bytes(), Wanted::Key).unwrap();
            assert_eq!(found, wrong);
            assert!(!format!("{found} {found:?}").contains("c2VjcmV0"));
        }
    }
}
