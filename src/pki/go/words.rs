//! Why Go does not read a certificate, or does not trust it, in words of people.

use jiff::Timestamp;

/// Why Go cannot read a certificate. Reads on from "it" or "its certificate number 2".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    #[error("is not an X.509 certificate")]
    NotACertificate,
    #[error("has bytes behind its end")]
    Trailing,
    #[error("is damaged: its {0} cannot be read")]
    Malformed(&'static str),
    #[error("is of an X.509 version that there is not")]
    Version,
    #[error(
        "has a negative serial number, which no program written in Go reads any more, and so no part of Kubernetes from 1.32 on; it \
         has to be issued again, for the same key, with a positive one"
    )]
    NegativeSerial,
    #[error("names two different signature algorithms, one inside of what is signed and one outside")]
    TwoAlgorithms,
    #[error("has a subject or an issuer with characters that a {0} does not allow")]
    Characters(&'static str),
    #[error("has a subject or an issuer in a type of text that Go does not read")]
    StringType,
    #[error(
        "has a key on an elliptic curve that is written out in numbers instead of by its name (openssl's param_enc:explicit); it \
         needs a key with a named curve, P-256 or P-384"
    )]
    ExplicitCurve,
    #[error("has a key on an elliptic curve other than P-224, P-256, P-384 and P-521")]
    Curve,
    #[error("has a key whose point is compressed, or not on its curve")]
    Point,
    #[error("has a damaged public key")]
    Key,
    #[error("has its {0} twice")]
    Duplicate(&'static str),
    #[error("has a malformed {0}")]
    Extension(&'static str),
    #[error("marks its {0} as critical, which RFC 5280 forbids")]
    Critical(&'static str),
    #[error("has an alternative name with other characters than ASCII's")]
    NameCharacters,
    #[error("has an alternative name that should be an IP address and has {0} bytes instead of 4 or 16")]
    AddressLength(usize),
    #[error("has an alternative name that should be a URL and is none")]
    Url,
    #[error("has empty name constraints")]
    EmptyConstraints,
    #[error("has name constraints with something that is no name, address range or mail address")]
    Constraint,
}

/// Why Go does not trust a certificate. `of` names the certificate at fault, by its subject's common name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    #[error("no CA of that name is known")]
    UnknownIssuer,
    #[error("the signature of {of} was not made with the key of {by}")]
    Signature { of: String, by: String },
    #[error("the signature of {of} is made with {algorithm}, which Go refuses as broken")]
    BrokenAlgorithm { of: String, algorithm: &'static str },
    #[error("the signature of {of} is of a kind that Go does not check")]
    UnknownAlgorithm { of: String },
    #[error("the RSA key of {of} has {bits} bits, and Go takes from 1024 to 8192")]
    KeySize { of: String, bits: usize },
    #[error("the key of {of} is of a kind with which Go checks nothing")]
    KeyKind { of: String },
    #[error("{of} is not a CA: its basic constraints do not say CA:TRUE")]
    NotAuthority { of: String },
    #[error("{of} may not sign certificates: its key usage lacks keyCertSign")]
    MayNotSign { of: String },
    #[error("{of} expired at {until}")]
    Expired { of: String, until: Timestamp },
    #[error("{of} is not valid before {from}")]
    NotYetValid { of: String, from: Timestamp },
    #[error("{of} has the critical extension {oid}, which Go does not know")]
    CriticalExtension { of: String, oid: String },
    #[error("{of} allows {limit} CAs below itself (pathlen), and there are more")]
    TooLong { of: String, limit: i64 },
    #[error("{of} may not sign for {} (its name constraints{})", .names.join(", "), permits(.permitted))]
    Names {
        of: String,
        /// Each of them.
        names: Vec<String>,
        /// What it may sign for, where it says so.
        permitted: Vec<String>,
    },
    #[error("{of} has the name {name}, which cannot be held against name constraints")]
    BadName { of: String, name: String },
    #[error("{of} is not for {usage}: its extended key usage lacks that")]
    Usage { of: String, usage: &'static str },
    #[error("the certificate cannot be read again: it {0}")]
    Unread(Unread),
}

fn permits(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(" permit {}", names.join(", ")) }
}
