//! One certificate, taken apart as `crypto/x509` does it; what Go refuses is refused here.

use jiff::Timestamp;

use super::extensions::Extensions;
use super::keys::PublicKey;
use super::names::Name;
use super::reader::{Reader, constructed};
use super::signature::{Algorithm, Signed};
use super::words::Unread;
use crate::pki::der;

/// A certificate's fields, borrowed from its DER.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate<'a> {
    /// The whole DER.
    pub raw: &'a [u8],
    /// 1 to 3.
    pub version: i64,
    /// Big-endian, with the zero before it that keeps it positive.
    pub serial: &'a [u8],
    /// The Name of the CA that has signed it.
    pub issuer: Name<'a>,
    /// The Name of its holder.
    pub subject: Name<'a>,
    /// It holds from this second on.
    pub not_before: Timestamp,
    /// It holds up to this second.
    pub not_after: Timestamp,
    /// The public key of its holder.
    pub key: PublicKey<'a>,
    /// The extensions, as far as Go reads them.
    pub extensions: Extensions<'a>,
    /// What is signed, and the signature.
    pub signed: Signed<'a>,
}

impl<'a> Certificate<'a> {
    /// Of one certificate's DER, and nothing behind it.
    pub fn parse(der: &'a [u8]) -> Result<Self, Unread> {
        let mut input = Reader::new(der);
        let whole = input.element(der::SEQUENCE).ok_or(Unread::NotACertificate)?;
        let mut outer = Reader::new(whole.content);
        let content = outer.element(der::SEQUENCE).ok_or(Unread::NotACertificate)?;
        let mut fields = Reader::new(content.content);
        let version = version(&mut fields)?;
        let serial = fields.integer().ok_or(Unread::Malformed("serial number"))?;
        if serial.first().is_some_and(|first| first & 0x80 != 0) {
            return Err(Unread::NegativeSerial);
        }
        let algorithm = algorithm(&mut fields, &mut outer)?;
        let issuer = name(&mut fields, "issuer")?;
        let (not_before, not_after) = validity(&mut fields)?;
        let subject = name(&mut fields, "subject")?;
        let key = fields.element(der::SEQUENCE).ok_or(Unread::Malformed("public key"))?;
        let key = PublicKey::parse(key.whole)?;
        let extensions = extensions(fields, version)?;
        let (unused, signature) = outer.bits().ok_or(Unread::Malformed("signature"))?;
        // Go takes one that ends within a byte, by its bits from the right: no signature is of that kind, so it verifies never.
        let signature = if unused == 0 { signature } else { &[] };
        let signed = Signed { content: content.whole, algorithm, signature };
        if !input.is_empty() {
            return Err(Unread::Trailing);
        }
        Ok(Self {
            raw: whole.whole,
            version,
            serial,
            issuer,
            subject,
            not_before,
            not_after,
            key,
            extensions,
            signed,
        })
    }

    /// For people: whose it is.
    pub fn told(&self) -> String {
        self.subject.told()
    }
}

/// Counted from 1, and written from 0.
fn version(fields: &mut Reader<'_>) -> Result<i64, Unread> {
    let malformed = Unread::Malformed("version");
    let Some(mut field) = fields.optional(constructed(0)).ok_or(malformed)? else { return Ok(1) };
    let written = field.count().filter(|_| field.is_empty()).ok_or(malformed)?;
    if written <= 2 { Ok(written.saturating_add(1)) } else { Err(Unread::Version) }
}

/// The signature's algorithm, which has to be the same in what is signed and behind it.
fn algorithm(inner: &mut Reader<'_>, outer: &mut Reader<'_>) -> Result<Algorithm, Unread> {
    let malformed = || Unread::Malformed("signature algorithm");
    let inner = inner.inside(der::SEQUENCE).ok_or_else(malformed)?;
    let outer = outer.inside(der::SEQUENCE).ok_or_else(malformed)?;
    if inner != outer {
        return Err(Unread::TwoAlgorithms);
    }
    Algorithm::parse(inner.rest()).ok_or_else(malformed)
}

fn name<'a>(fields: &mut Reader<'a>, part: &'static str) -> Result<Name<'a>, Unread> {
    Name::parse(fields.element(der::SEQUENCE).ok_or(Unread::Malformed(part))?.whole, part)
}

fn validity(fields: &mut Reader<'_>) -> Result<(Timestamp, Timestamp), Unread> {
    let malformed = || Unread::Malformed("validity");
    let mut times = fields.inside(der::SEQUENCE).ok_or_else(malformed)?;
    Ok((times.time().ok_or_else(malformed)?, times.time().ok_or_else(malformed)?))
}

/// Two identifiers, which nobody uses, and the extensions, which only version 3 has; what an older one has there is not
/// looked at.
fn extensions(mut fields: Reader<'_>, version: i64) -> Result<Extensions<'_>, Unread> {
    if version == 1 {
        return Ok(Extensions::default());
    }
    let malformed = || Unread::Malformed("extensions");
    for unused in [der::context(1), der::context(2)] {
        fields.optional(unused).ok_or_else(malformed)?;
    }
    if version == 2 {
        return Ok(Extensions::default());
    }
    fields
        .optional(constructed(3))
        .ok_or_else(malformed)?
        .map_or_else(|| Ok(Extensions::default()), Extensions::parse)
}
