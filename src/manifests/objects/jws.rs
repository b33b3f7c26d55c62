//! The signature under cluster-info: a content and a bootstrap token → a detached JWS, and back to whether it holds.

use aws_lc_rs::hmac;
use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD as BASE64URL;

use crate::config::TokenString;

/// What the keys of signatures in cluster-info begin with; the token's id follows.
pub const SIGNATURE_PREFIX: &str = "jws-kubeconfig-";

/// Whose signature it turned out to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Signature {
    /// Made with the token's secret, over this text.
    Genuine,
    /// Made with another secret, over another text, or no signature at all.
    Foreign,
}

/// A JWS with its payload left out (RFC 7515, appendix F): `header..signature`, HMAC-SHA-256 with the token's
/// secret part as key.
pub fn sign(content: &str, token: &TokenString) -> String {
    let signature = hmac::sign(&key(token), signed_text(content, token).as_bytes());
    format!("{}..{}", header(token), BASE64URL.encode(signature))
}

/// Compares in constant time, so that nothing can be learnt about the signature that would be right.
pub fn verify(signature: &str, content: &str, token: &TokenString) -> Signature {
    let signed = signature.split_once("..").filter(|(header, _)| *header == self::header(token));
    let bytes = signed.and_then(|(_, signature)| BASE64URL.decode(signature).ok());
    match bytes.map(|bytes| hmac::verify(&key(token), signed_text(content, token).as_bytes(), &bytes)) {
        Some(Ok(())) => Signature::Genuine,
        Some(Err(_)) | None => Signature::Foreign,
    }
}

/// Names the token by its id; the text is fixed, since it is part of what is signed.
fn header(token: &TokenString) -> String {
    BASE64URL.encode(format!(r#"{{"alg":"HS256","kid":"{}"}}"#, token.id))
}

fn key(token: &TokenString) -> hmac::Key {
    hmac::Key::new(hmac::HMAC_SHA256, token.secret.expose_secret().as_bytes())
}

fn signed_text(content: &str, token: &TokenString) -> String {
    format!("{}.{}", header(token), BASE64URL.encode(content))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::secret::Secret;

    fn token() -> TokenString {
        TokenString { id: "abcdef".to_owned(), secret: Secret::new("0123456789abcdef") }
    }

    #[test]
    fn signatures_are_those_of_go_s_bootstrap_signer() {
        // Each as ComputeDetachedSignature of k8s.io/cluster-bootstrap/token/jws gives it for abcdef.0123456789abcdef.
        let golden = [
            ("", "MO2tlCpY1xB334qWeOe_XEv9c6DIMRNmKJZImOzY17k"),
            ("apiVersion: v1\nkind: Config\n", "vH_kT4yiol-nrAWgjfCYqvum5wsKETXe0S7OOp1VgnE"),
            ("café ☕\n", "dIZTugGZeYI_2wgghBbD7jN4ZV57HH6NFL3SFaVb_nw"),
        ];
        for (content, mac) in golden {
            let signature = format!("eyJhbGciOiJIUzI1NiIsImtpZCI6ImFiY2RlZiJ9..{mac}");
            assert_eq!(sign(content, &token()), signature, "{content:?}");
            assert_eq!(verify(&signature, content, &token()), Signature::Genuine);
        }
    }

    #[test]
    fn a_signature_holds_for_one_text_one_id_and_one_secret() {
        let signature = sign("text", &token());
        let other_id = TokenString { id: "fedcba".to_owned(), ..token() };
        let other_secret = TokenString { secret: Secret::new("fedcba9876543210"), ..token() };
        assert_eq!(verify(&signature, "texT", &token()), Signature::Foreign);
        assert_eq!(verify(&signature, "text", &other_id), Signature::Foreign);
        assert_eq!(verify(&signature, "text", &other_secret), Signature::Foreign);
    }

    #[test]
    fn what_is_no_signature_does_not_hold() {
        let good = sign("text", &token());
        let (header, mac) = good.split_once("..").unwrap();
        let none = BASE64URL.encode(r#"{"alg":"none","kid":"abcdef"}"#);
        let padded = format!("{good}=");
        let short = &good[..good.len() - 1];
        for signature in
            ["", "..", header, mac, short, &padded, &format!("{none}..{mac}"), &format!("{header}..")]
        {
            assert_eq!(verify(signature, "text", &token()), Signature::Foreign, "{signature}");
        }
    }
}
