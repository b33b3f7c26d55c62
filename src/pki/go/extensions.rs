//! The extensions of a certificate as Go reads them; those that it does not know count where they are critical.

use std::net::IpAddr;

use super::constraints::Constraints;
use super::reader::{BOOLEAN, INTEGER, Reader, constructed, dotted};
use super::url;
use super::words::Unread;
use crate::pki::der;

/// What a certificate's extensions say, as far as Go reads them.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Extensions<'a> {
    /// keyCertSign; nothing where no usage is named at all.
    pub may_sign: Option<bool>,
    /// The first eight bits of the key usage, digitalSignature highest; nothing where no usage is named at all.
    pub key_usage: Option<u8>,
    /// Whether it is a CA's.
    pub basic: Option<BasicConstraints>,
    /// The subject's, those that are not known left out.
    pub names: AlternativeNames<'a>,
    /// The extension's value, where there is one.
    pub names_raw: Option<&'a [u8]>,
    /// What a CA's certificates may be named.
    pub constraints: Option<Constraints<'a>>,
    /// The identifiers of what its key may be used for; empty where anything is allowed.
    pub usages: Vec<&'a [u8]>,
    /// Of its own key.
    pub subject_key_id: Option<&'a [u8]>,
    /// Of its signer's key.
    pub authority_key_id: Option<&'a [u8]>,
    /// Whether its signer is named by its issuer and serial number, too.
    pub names_authority_serial: bool,
    /// Critical ones that Go does not know, by their numbers.
    pub unknown: Vec<String>,
}

/// RFC 5280, 4.2.1.9.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct BasicConstraints {
    /// Whether it may sign certificates.
    pub is_ca: bool,
    /// How many CAs may stand below it.
    pub path_length: Option<i64>,
}

/// A subject's alternative names (RFC 5280, 4.2.1.6).
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct AlternativeNames<'a> {
    /// DNS names, wildcards among them.
    pub dns: Vec<&'a str>,
    /// IPv4 and IPv6.
    pub addresses: Vec<IpAddr>,
    /// RFC 822 mailboxes.
    pub emails: Vec<&'a str>,
    /// URIs, as they stand.
    pub urls: Vec<&'a str>,
}

impl AlternativeNames<'_> {
    fn is_empty(&self) -> bool {
        self.dns.is_empty() && self.addresses.is_empty() && self.emails.is_empty() && self.urls.is_empty()
    }
}

const fn standard(number: u8) -> [u8; 3] {
    [0x55, 0x1d, number]
}

const SUBJECT_KEY_ID: &[u8] = &standard(14);
const KEY_USAGE: &[u8] = &standard(15);
const ALTERNATIVE_NAMES: &[u8] = &standard(17);
const BASIC_CONSTRAINTS: &[u8] = &standard(19);
const NAME_CONSTRAINTS: &[u8] = &standard(30);
const CRL_POINTS: &[u8] = &standard(31);
const POLICIES: &[u8] = &standard(32);
const POLICY_MAPPINGS: &[u8] = &standard(33);
const AUTHORITY_KEY_ID: &[u8] = &standard(35);
const POLICY_CONSTRAINTS: &[u8] = &standard(36);
const EXTENDED_USAGE: &[u8] = &standard(37);
const INHIBIT_ANY: &[u8] = &standard(54);
const AUTHORITY_ACCESS: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x01, 0x01];

/// Those that Go looks into, with their names for people.
const KNOWN: &[(&[u8], &str)] = &[
    (SUBJECT_KEY_ID, "subject key identifier"),
    (KEY_USAGE, "key usage"),
    (ALTERNATIVE_NAMES, "subject alternative names extension"),
    (BASIC_CONSTRAINTS, "basic constraints extension"),
    (NAME_CONSTRAINTS, "name constraints extension"),
    (CRL_POINTS, "CRL distribution points extension"),
    (POLICIES, "certificate policies extension"),
    (POLICY_MAPPINGS, "policy mappings extension"),
    (AUTHORITY_KEY_ID, "authority key identifier"),
    (POLICY_CONSTRAINTS, "policy constraints extension"),
    (EXTENDED_USAGE, "extended key usage"),
    (INHIBIT_ANY, "inhibit any policy extension"),
    (AUTHORITY_ACCESS, "authority information access extension"),
];

fn name_of(oid: &[u8]) -> &'static str {
    KNOWN.iter().find(|(known, _)| *known == oid).map_or("extension of its own", |(_, name)| name)
}

impl<'a> Extensions<'a> {
    /// Of the inside of the field `[3]`.
    pub fn parse(mut field: Reader<'a>) -> Result<Self, Unread> {
        let malformed = || Unread::Malformed("extensions");
        let mut list = field.inside(der::SEQUENCE).ok_or_else(malformed)?;
        let mut all: Vec<Extension<'a>> = Vec::new();
        while !list.is_empty() {
            let extension = list.inside(der::SEQUENCE).and_then(Extension::parse).ok_or_else(malformed)?;
            if all.iter().any(|other| other.oid == extension.oid) {
                return Err(Unread::Duplicate(name_of(extension.oid)));
            }
            all.push(extension);
        }
        let mut read = Self::default();
        for extension in all {
            let is_known = read.take_in(extension)?;
            if extension.critical && !is_known {
                read.unknown.push(dotted(extension.oid));
            }
        }
        Ok(read)
    }

    /// Whether it is known, and all of it understood.
    fn take_in(&mut self, extension: Extension<'a>) -> Result<bool, Unread> {
        let name = name_of(extension.oid);
        let malformed = || Unread::Extension(name);
        let mut value = Reader::new(extension.value);
        match extension.oid {
            KEY_USAGE => {
                self.key_usage = key_usage(value).ok_or_else(malformed)?;
                self.may_sign = self.key_usage.map(|bits| bits & KEY_CERT_SIGN != 0);
            }
            BASIC_CONSTRAINTS => self.basic = Some(basic_constraints(value).ok_or_else(malformed)?),
            ALTERNATIVE_NAMES => {
                self.names = alternative_names(value)?;
                self.names_raw = Some(extension.value);
                return Ok(!self.names.is_empty());
            }
            NAME_CONSTRAINTS => {
                let (constraints, is_whole) = Constraints::parse(value)?;
                self.constraints = Some(constraints);
                return Ok(is_whole);
            }
            AUTHORITY_KEY_ID => {
                not_critical(extension)?;
                let (key_id, names_serial) = authority_key_id(value).ok_or_else(malformed)?;
                (self.authority_key_id, self.names_authority_serial) = (key_id, names_serial);
            }
            SUBJECT_KEY_ID => {
                not_critical(extension)?;
                self.subject_key_id = Some(value.inside(der::OCTET_STRING).ok_or_else(malformed)?.rest());
            }
            EXTENDED_USAGE => self.usages = identifiers(value).ok_or_else(malformed)?,
            CRL_POINTS => crl_points(value).ok_or_else(malformed)?,
            POLICIES => policies(value).ok_or_else(malformed)?,
            POLICY_MAPPINGS => policy_mappings(value).ok_or_else(malformed)?,
            POLICY_CONSTRAINTS => policy_constraints(value).ok_or_else(malformed)?,
            INHIBIT_ANY => drop(value.integer().filter(|bytes| bytes.len() <= 8).ok_or_else(malformed)?),
            AUTHORITY_ACCESS => {
                not_critical(extension)?;
                authority_access(value).ok_or_else(malformed)?;
            }
            _ => return Ok(false),
        }
        Ok(true)
    }
}

#[derive(Debug, Clone, Copy)]
struct Extension<'a> {
    oid: &'a [u8],
    critical: bool,
    value: &'a [u8],
}

impl<'a> Extension<'a> {
    fn parse(mut fields: Reader<'a>) -> Option<Self> {
        let oid = fields.oid()?;
        let critical = if fields.next_is(BOOLEAN) { fields.boolean()? } else { false };
        Some(Self { oid, critical, value: fields.inside(der::OCTET_STRING)?.rest() })
    }
}

fn not_critical(extension: Extension<'_>) -> Result<(), Unread> {
    if extension.critical { Err(Unread::Critical(name_of(extension.oid))) } else { Ok(()) }
}

/// Of the nine usages the sixth is keyCertSign; where none is named, nothing is forbidden.
const KEY_CERT_SIGN: u8 = 0b0000_0100;

#[expect(clippy::option_option, reason = "the outer one is malformed")]
fn key_usage(mut value: Reader<'_>) -> Option<Option<u8>> {
    let (_, bytes) = value.bits()?;
    let first = bytes.first().copied().unwrap_or(0);
    let ninth = bytes.get(1).is_some_and(|byte| byte & 0x80 != 0);
    Some((first != 0 || ninth).then_some(first))
}

fn basic_constraints(mut value: Reader<'_>) -> Option<BasicConstraints> {
    let mut fields = value.inside(der::SEQUENCE)?;
    let is_ca = if fields.next_is(BOOLEAN) { fields.boolean()? } else { false };
    let path_length = if fields.next_is(INTEGER) { Some(fields.count()?) } else { None };
    Some(BasicConstraints { is_ca, path_length })
}

const EMAIL: u8 = der::context(1);
const DNS: u8 = der::context(2);
const URL: u8 = der::context(6);
const ADDRESS: u8 = der::context(7);

fn alternative_names(mut value: Reader<'_>) -> Result<AlternativeNames<'_>, Unread> {
    let malformed = || Unread::Extension(name_of(ALTERNATIVE_NAMES));
    let mut list = value.inside(der::SEQUENCE).ok_or_else(malformed)?;
    let mut names = AlternativeNames::default();
    while !list.is_empty() {
        let name = list.any().ok_or_else(malformed)?;
        match name.tag {
            EMAIL => names.emails.push(ascii(name.content).ok_or(Unread::NameCharacters)?),
            DNS => names.dns.push(ascii(name.content).ok_or(Unread::NameCharacters)?),
            URL => {
                let text = ascii(name.content).ok_or(Unread::NameCharacters)?;
                names.urls.push(Some(text).filter(|text| url::is_valid(text)).ok_or(Unread::Url)?);
            }
            ADDRESS => {
                let length = Unread::AddressLength(name.content.len());
                names.addresses.push(address(name.content).ok_or(length)?);
            }
            _ => {}
        }
    }
    Ok(names)
}

/// The text of an IA5String; none where it has other bytes than ASCII's.
pub fn ascii(bytes: &[u8]) -> Option<&str> {
    bytes.is_ascii().then(|| std::str::from_utf8(bytes).ok()).flatten()
}

/// The address of four or sixteen bytes.
pub fn address(bytes: &[u8]) -> Option<IpAddr> {
    let v4 = <[u8; 4]>::try_from(bytes).ok().map(IpAddr::from);
    v4.or_else(|| <[u8; 16]>::try_from(bytes).ok().map(IpAddr::from))
}

/// Go reads the first field alone; what is behind it need not even have a form.
fn authority_key_id(mut value: Reader<'_>) -> Option<(Option<&[u8]>, bool)> {
    let mut fields = value.inside(der::SEQUENCE)?;
    let key_id = fields.optional(der::context(0))?.map(|id| id.rest());
    let _issuer = fields.optional(constructed(1));
    Some((key_id, fields.next_is(der::context(2))))
}

fn identifiers(mut value: Reader<'_>) -> Option<Vec<&[u8]>> {
    let mut list = value.inside(der::SEQUENCE)?;
    let mut all = Vec::new();
    while !list.is_empty() {
        all.push(list.oid()?);
    }
    Some(all)
}

fn crl_points(mut value: Reader<'_>) -> Option<()> {
    let mut list = value.inside(der::SEQUENCE)?;
    while !list.is_empty() {
        let mut point = list.inside(der::SEQUENCE)?;
        let Some(mut name) = point.optional(constructed(0))? else { continue };
        let mut names = name.inside(constructed(0))?;
        while names.next_is(URL) {
            names.element(URL)?;
        }
    }
    Some(())
}

/// None of them twice.
fn policies(mut value: Reader<'_>) -> Option<()> {
    let mut list = value.inside(der::SEQUENCE)?;
    let mut seen: Vec<&[u8]> = Vec::new();
    while !list.is_empty() {
        let oid = list.inside(der::SEQUENCE)?.element(der::OBJECT_IDENTIFIER)?.content;
        let ends = oid.last().is_some_and(|last| last & 0x80 == 0);
        if seen.contains(&oid) || !ends {
            return None;
        }
        seen.push(oid);
    }
    Some(())
}

fn policy_mappings(mut value: Reader<'_>) -> Option<()> {
    let mut list = value.inside(der::SEQUENCE)?;
    while !list.is_empty() {
        let mut pair = list.inside(der::SEQUENCE)?;
        pair.element(der::OBJECT_IDENTIFIER)?;
        pair.element(der::OBJECT_IDENTIFIER)?;
    }
    Some(())
}

fn policy_constraints(mut value: Reader<'_>) -> Option<()> {
    let mut fields = value.inside(der::SEQUENCE)?;
    for tag in [der::context(0), der::context(1)] {
        if fields.next_is(tag) {
            fields.number_tagged(tag)?;
        }
    }
    Some(())
}

fn authority_access(mut value: Reader<'_>) -> Option<()> {
    let mut list = value.inside(der::SEQUENCE)?;
    while !list.is_empty() {
        let mut access = list.inside(der::SEQUENCE)?;
        access.oid()?;
        if access.next_is(URL) {
            access.element(URL)?;
        }
    }
    Some(())
}
