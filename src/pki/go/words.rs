//! Why Go does not read a certificate, or does not trust it, in words of people.

use jiff::Timestamp;

/// Why Go cannot read a certificate. Reads on from "it" or "its certificate number 2".
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Unread {
    /// Not even its outermost form.
    #[error("is not an X.509 certificate")]
    NotACertificate,
    /// Something follows it inside of its PEM block.
    #[error("has bytes behind its end")]
    Trailing,
    /// This part of it is damaged.
    #[error("is damaged: its {0} cannot be read")]
    Malformed(&'static str),
    /// Other than 1 to 3.
    #[error("is of an X.509 version that there is not")]
    Version,
    /// As some tools wrote it that took random bytes for a number.
    #[error(
        "has a negative serial number, which no program written in Go reads any more, and so no part of Kubernetes from 1.32 on; it \
         has to be issued again, for the same key, with a positive one"
    )]
    NegativeSerial,
    /// RFC 5280, 4.1.1.2.
    #[error("names two different signature algorithms, one inside of what is signed and one outside")]
    TwoAlgorithms,
    /// A text of this type of ASN.1's holds others.
    #[error("has a subject or an issuer with characters that a {0} does not allow")]
    Characters(&'static str),
    /// A text that is of none of ASN.1's types that Go reads.
    #[error("has a subject or an issuer in a type of text that Go does not read")]
    StringType,
    /// RFC 5480, 2.1.1, forbids it.
    #[error(
        "has a key on an elliptic curve that is written out in numbers instead of by its name (openssl's param_enc:explicit); it \
         needs a key with a named curve, P-256 or P-384"
    )]
    ExplicitCurve,
    /// A curve that Go has not.
    #[error("has a key on an elliptic curve other than P-224, P-256, P-384 and P-521")]
    Curve,
    /// An ECDSA key that is no uncompressed point of its curve.
    #[error("has a key whose point is compressed, or not on its curve")]
    Point,
    /// A key whose encoding does not hold.
    #[error("has a damaged public key")]
    Key,
    /// An extension of this name.
    #[error("has its {0} twice")]
    Duplicate(&'static str),
    /// An extension of this name.
    #[error("has a malformed {0}")]
    Extension(&'static str),
    /// An extension of this name.
    #[error("marks its {0} as critical, which RFC 5280 forbids")]
    Critical(&'static str),
    /// A host name, mail address or URL.
    #[error("has an alternative name with other characters than ASCII's")]
    NameCharacters,
    /// So many bytes.
    #[error("has an alternative name that should be an IP address and has {0} bytes instead of 4 or 16")]
    AddressLength(usize),
    /// One that `net/url` does not take.
    #[error("has an alternative name that should be a URL and is none")]
    Url,
    /// They permit and exclude nothing.
    #[error("has empty name constraints")]
    EmptyConstraints,
    /// A subtree that cannot be read.
    #[error("has name constraints with something that is no name, address range or mail address")]
    Constraint,
}

/// Why Go does not trust a certificate. `of` names the certificate at fault, by its subject's common name.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Untrusted {
    /// The chain ends without a root.
    #[error("no CA of that name is known")]
    UnknownIssuer,
    /// Another key has signed, or the text was changed.
    #[error("the signature of {of} was not made with the key of {by}")]
    Signature {
        /// The certificate that is signed.
        of: String,
        /// The CA that its issuer names.
        by: String,
    },
    /// SHA-1 or older.
    #[error("the signature of {of} is made with {algorithm}, which Go refuses as broken")]
    BrokenAlgorithm {
        /// The certificate that is signed.
        of: String,
        /// As people call it.
        algorithm: &'static str,
    },
    /// One that Go has no name for.
    #[error("the signature of {of} is of a kind that Go does not check")]
    UnknownAlgorithm {
        /// The certificate that is signed.
        of: String,
    },
    /// An RSA key that is too short or too long.
    #[error("the RSA key of {of} has {bits} bits, and Go takes from 1024 to 8192")]
    KeySize {
        /// The CA whose key it is.
        of: String,
        /// Its size.
        bits: usize,
    },
    /// DSA, or a kind that Go has no name for.
    #[error("the key of {of} is of a kind with which Go checks nothing")]
    KeyKind {
        /// The CA whose key it is.
        of: String,
    },
    /// It has the place of a CA in the chain.
    #[error("{of} is not a CA: its basic constraints do not say CA:TRUE")]
    NotAuthority {
        /// The certificate at fault.
        of: String,
    },
    /// A CA that may do other things.
    #[error("{of} may not sign certificates: its key usage lacks keyCertSign")]
    MayNotSign {
        /// The certificate at fault.
        of: String,
    },
    /// Of any certificate of the chain.
    #[error("{of} expired at {until}")]
    Expired {
        /// The certificate at fault.
        of: String,
        /// Its end.
        until: Timestamp,
    },
    /// Of any certificate of the chain.
    #[error("{of} is not valid before {from}")]
    NotYetValid {
        /// The certificate at fault.
        of: String,
        /// Its begin.
        from: Timestamp,
    },
    /// A condition that cannot be judged.
    #[error("{of} has the critical extension {oid}, which Go does not know")]
    CriticalExtension {
        /// The certificate at fault.
        of: String,
        /// The extension's identifier, with dots.
        oid: String,
    },
    /// More CAs below a CA than it allows.
    #[error("{of} allows {limit} CAs below itself (pathlen), and there are more")]
    TooLong {
        /// That CA.
        of: String,
        /// So many it allows.
        limit: i64,
    },
    /// A CA has signed for names that its constraints exclude.
    #[error("{of} may not sign for {} (its name constraints{})", .names.join(", "), permits(.permitted))]
    Names {
        /// The CA.
        of: String,
        /// Each of them.
        names: Vec<String>,
        /// What it may sign for, where it says so.
        permitted: Vec<String>,
    },
    /// A CA has name constraints, and the certificate a name that has no form.
    #[error("{of} has the name {name}, which cannot be held against name constraints")]
    BadName {
        /// The certificate at fault.
        of: String,
        /// That name.
        name: String,
    },
    /// A certificate of the chain is not for what is asked.
    #[error("{of} is not for {usage}: its extended key usage lacks that")]
    Usage {
        /// The certificate at fault.
        of: String,
        /// What is asked, in words.
        usage: &'static str,
    },
    /// Its form has turned out to be wrong only now.
    #[error("the certificate cannot be read again: it {0}")]
    Unread(Unread),
}

fn permits(names: &[String]) -> String {
    if names.is_empty() { String::new() } else { format!(" permit {}", names.join(", ")) }
}
