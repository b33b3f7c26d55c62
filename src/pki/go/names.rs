//! Names of holders and issuers (X.501), their texts in the types that Go reads.

use super::reader::Reader;
use super::words::Unread;
use crate::pki::der;

/// A Name: as it stands, and what Kubernetes reads of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Name<'a> {
    /// Its DER, all of it.
    pub raw: &'a [u8],
    /// The common name; the last one counts, as in Go.
    pub common: Option<String>,
    /// In their order; Kubernetes takes them for groups.
    pub organizations: Vec<String>,
}

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];

impl<'a> Name<'a> {
    /// `raw` is the whole sequence; `part` names it where it cannot be read.
    pub fn parse(raw: &'a [u8], part: &'static str) -> Result<Self, Unread> {
        let malformed = || Unread::Malformed(part);
        let mut name = Self { raw, common: None, organizations: Vec::new() };
        let mut sets = Reader::new(raw).inside(der::SEQUENCE).ok_or_else(malformed)?;
        while !sets.is_empty() {
            let mut set = sets.inside(der::SET).ok_or_else(malformed)?;
            while !set.is_empty() {
                let mut attribute = set.inside(der::SEQUENCE).ok_or_else(malformed)?;
                let kind = attribute.oid().ok_or_else(malformed)?;
                let value = attribute.any().ok_or_else(malformed)?;
                let value = text(value.tag, value.content)?;
                match kind {
                    COMMON_NAME => name.common = Some(value),
                    ORGANIZATION => name.organizations.push(value),
                    _ => {}
                }
            }
        }
        Ok(name)
    }

    /// For people: the common name, or else an organization.
    pub fn told(&self) -> String {
        let name = self.common.as_ref().or(self.organizations.first());
        name.map_or_else(|| "a certificate without a name".to_owned(), |name| format!("{name:?}"))
    }
}

const NUMERIC_STRING: u8 = 0x12;
const T61_STRING: u8 = 0x14;
const IA5_STRING: u8 = 0x16;
const BMP_STRING: u8 = 0x1e;

fn text(tag: u8, bytes: &[u8]) -> Result<String, Unread> {
    let ascii = |holds: fn(u8) -> bool, kind| {
        let fits = bytes.iter().all(|byte| holds(*byte));
        if fits {
            Ok(bytes.iter().map(|byte| char::from(*byte)).collect())
        } else {
            Err(Unread::Characters(kind))
        }
    };
    match tag {
        der::PRINTABLE_STRING => ascii(is_printable, "PrintableString"),
        der::UTF8_STRING => {
            std::str::from_utf8(bytes).map(str::to_owned).map_err(|_| Unread::Characters("UTF8String"))
        }
        IA5_STRING => ascii(|byte| byte.is_ascii(), "IA5String"),
        NUMERIC_STRING => ascii(|byte| byte.is_ascii_digit() || byte == b' ', "NumericString"),
        // Read as Latin-1.
        T61_STRING => ascii(|_| true, "T61String"),
        BMP_STRING => bmp(bytes).ok_or(Unread::Characters("BMPString")),
        _ => Err(Unread::StringType),
    }
}

/// The two last are not of the standard; many certificates have them.
fn is_printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte) || b"*&".contains(&byte)
}

/// Two bytes a character, none of them a half or reserved for ever; a zero at its end does not count.
fn bmp(bytes: &[u8]) -> Option<String> {
    let (pairs, []) = bytes.as_chunks::<2>() else { return None };
    let pairs = pairs.strip_suffix(&[[0, 0]]).unwrap_or(pairs);
    let reserved = |point: u32| point >= 0xfffe || (0xfdd0..=0xfdef).contains(&point);
    let points = pairs.iter().map(|pair| u32::from(u16::from_be_bytes(*pair)));
    points.map(|point| char::from_u32(point).filter(|_| !reserved(point))).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_read_by_their_type() {
        for (tag, bytes, read) in [
            (der::PRINTABLE_STRING, &b"a*&b"[..], Ok("a*&b")),
            (der::PRINTABLE_STRING, b"a_b", Err(Unread::Characters("PrintableString"))),
            (der::UTF8_STRING, "ä".as_bytes(), Ok("ä")),
            (der::UTF8_STRING, &[0xe4], Err(Unread::Characters("UTF8String"))),
            (T61_STRING, &[0xe4], Ok("ä")),
            (IA5_STRING, &[0xe4], Err(Unread::Characters("IA5String"))),
            (NUMERIC_STRING, b"1 2", Ok("1 2")),
            (NUMERIC_STRING, b"1a", Err(Unread::Characters("NumericString"))),
            (BMP_STRING, &[0x00, 0xe4, 0x20, 0xac, 0, 0], Ok("ä€")),
            (BMP_STRING, &[0xd8, 0x00], Err(Unread::Characters("BMPString"))),
            (BMP_STRING, &[0x00], Err(Unread::Characters("BMPString"))),
            (0x1c, b"UniversalString", Err(Unread::StringType)),
        ] {
            assert_eq!(text(tag, bytes), read.map(str::to_owned), "{tag:x} {bytes:x?}");
        }
    }
}
