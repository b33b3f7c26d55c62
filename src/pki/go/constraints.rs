//! Name constraints (RFC 5280, 4.2.1.10) as Go reads and checks them.

use std::net::IpAddr;

use super::extensions::{AlternativeNames, address, ascii};
use super::reader::{Reader, constructed};
use super::url;
use super::words::Unread;
use crate::pki::der;

/// What a CA may sign for, and what not.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Constraints<'a> {
    permitted: Subtrees<'a>,
    excluded: Subtrees<'a>,
}

#[derive(Debug, Clone, Default, PartialEq, Eq)]
struct Subtrees<'a> {
    dns: Vec<&'a str>,
    /// Network and mask.
    ranges: Vec<(IpAddr, IpAddr)>,
    emails: Vec<&'a str>,
    urls: Vec<&'a str>,
}

const EMAIL: u8 = der::context(1);
const DNS: u8 = der::context(2);
const URL: u8 = der::context(6);
const RANGE: u8 = der::context(7);

impl<'a> Constraints<'a> {
    /// Of the extension's value, and whether all of it is of the kinds that are known.
    pub fn parse(mut value: Reader<'a>) -> Result<(Self, bool), Unread> {
        let fields = Self::fields(&mut value).ok_or(Unread::Extension("name constraints extension"))?;
        if fields.iter().all(Reader::is_empty) {
            return Err(Unread::EmptyConstraints);
        }
        let [permitted, excluded] = fields.map(Subtrees::parse);
        let ((permitted, first), (excluded, second)) = (permitted?, excluded?);
        Ok((Self { permitted, excluded }, first && second))
    }

    fn fields(value: &mut Reader<'a>) -> Option<[Reader<'a>; 2]> {
        let mut fields = value.inside(der::SEQUENCE)?;
        let nothing = Reader::new(&[]);
        let permitted = fields.optional(constructed(0))?.unwrap_or(nothing);
        let excluded = fields.optional(constructed(1))?.unwrap_or(nothing);
        (value.is_empty() && fields.is_empty()).then_some([permitted, excluded])
    }

    /// What is permitted, for people.
    pub fn permitted(&self) -> Vec<String> {
        let names = [&self.permitted.dns, &self.permitted.emails, &self.permitted.urls];
        let names = names.into_iter().flatten().map(|name| (*name).to_owned());
        names
            .chain(self.permitted.ranges.iter().map(|(ip, mask)| format!("{ip}/{}", length(*mask))))
            .collect()
    }

    /// All of `names` that are not permitted, or excluded; the error is the name that cannot be judged.
    pub fn refused(&self, names: &AlternativeNames<'_>) -> Result<Vec<String>, String> {
        let mut refused = Vec::new();
        for name in &names.dns {
            if !is_domain(name) {
                return Err((*name).to_owned());
            }
            let fits =
                self.lets(|tree| &tree.dns, |tree| tree.has_name(name), |tree| tree.excludes_name(name));
            refused.extend((!fits).then(|| (*name).to_owned()));
        }
        for ip in &names.addresses {
            let holds = |tree: &Subtrees<'_>| tree.ranges.iter().any(|range| contains(*range, *ip));
            refused.extend((!self.lets(|tree| &tree.ranges, holds, holds)).then(|| ip.to_string()));
        }
        for url in &names.urls {
            let host = host(url).ok_or_else(|| (*url).to_owned())?;
            let holds = |tree: &Subtrees<'_>| tree.urls.iter().any(|domain| is_below(domain, &host));
            refused.extend((!self.lets(|tree| &tree.urls, holds, holds)).then(|| (*url).to_owned()));
        }
        for email in &names.emails {
            let mailbox = mailbox(email).ok_or_else(|| (*email).to_owned())?;
            let holds = |tree: &Subtrees<'_>| tree.emails.iter().any(|wanted| is_mailbox(wanted, mailbox));
            refused.extend((!self.lets(|tree| &tree.emails, holds, holds)).then(|| (*email).to_owned()));
        }
        Ok(refused)
    }

    /// Where a kind is permitted in part, all else of that kind is not.
    fn lets<T>(
        &self,
        kind: impl for<'t> Fn(&'t Subtrees<'a>) -> &'t Vec<T>,
        permits: impl Fn(&Subtrees<'a>) -> bool,
        excludes: impl Fn(&Subtrees<'a>) -> bool,
    ) -> bool {
        (kind(&self.permitted).is_empty() || permits(&self.permitted)) && !excludes(&self.excluded)
    }
}

impl<'a> Subtrees<'a> {
    fn parse(mut list: Reader<'a>) -> Result<(Self, bool), Unread> {
        let malformed = || Unread::Extension("name constraints extension");
        let (mut trees, mut is_whole) = (Self::default(), true);
        while !list.is_empty() {
            let base = list.inside(der::SEQUENCE).and_then(|mut tree| tree.any()).ok_or_else(malformed)?;
            let domain = || ascii(base.content).filter(|name| is_constraint(name)).ok_or(Unread::Constraint);
            match base.tag {
                DNS => trees.dns.push(domain()?),
                URL => trees.urls.push(domain().and_then(no_address)?),
                EMAIL => {
                    let text = ascii(base.content).filter(|text| is_mail_constraint(text));
                    trees.emails.push(text.ok_or(Unread::Constraint)?);
                }
                RANGE => trees.ranges.push(range(base.content).ok_or(Unread::Constraint)?),
                _ => is_whole = false,
            }
        }
        Ok((trees, is_whole))
    }

    fn has_name(&self, name: &str) -> bool {
        self.dns.iter().any(|domain| is_below(domain, name))
    }

    /// A wildcard is excluded by each name that it stands for.
    fn excludes_name(&self, name: &str) -> bool {
        let parent = |name: &str| name.find('.').map(|dot| name[dot..].to_ascii_lowercase());
        let wild = name.starts_with('*').then(|| parent(name)).flatten();
        self.has_name(name) || self.dns.iter().any(|domain| wild.is_some() && parent(domain) == wild)
    }
}

fn no_address(domain: &str) -> Result<&str, Unread> {
    if domain.parse::<IpAddr>().is_ok() { Err(Unread::Constraint) } else { Ok(domain) }
}

/// A domain of a name; the empty one counts as valid.
pub fn is_domain(name: &str) -> bool {
    name.is_empty()
        || name.split('.').all(|label| !label.is_empty() && label.bytes().all(|byte| byte.is_ascii_graphic()))
}

/// A constraint may begin with a dot: then one label more has to stand before it.
fn is_constraint(name: &str) -> bool {
    is_domain(name.strip_prefix('.').filter(|rest| !rest.is_empty()).unwrap_or(name))
}

fn is_mail_constraint(text: &str) -> bool {
    if text.contains('@') { mailbox(text).is_some() } else { is_constraint(text) }
}

/// Whether `name` is `domain` or below it; case does not count.
fn is_below(domain: &str, name: &str) -> bool {
    let Some(start) = name.len().checked_sub(domain.len()) else { return false };
    let Some((before, end)) = name.split_at_checked(start) else { return false };
    let at_a_dot = domain.is_empty() || domain.starts_with('.') || before.is_empty() || before.ends_with('.');
    end.eq_ignore_ascii_case(domain) && at_a_dot
}

/// The two sides of the at sign, without quotes.
fn mailbox(text: &str) -> Option<(&str, &str)> {
    let (local, domain) = text.rsplit_once('@')?;
    let is_local = |byte: u8| byte.is_ascii_alphanumeric() || b"!#$%&'*+-/=?^_`{|}~.".contains(&byte);
    let is_whole = !local.is_empty()
        && local.bytes().all(is_local)
        && !local.starts_with('.')
        && !local.ends_with('.')
        && !local.contains("..")
        && !domain.is_empty()
        && is_domain(domain);
    is_whole.then_some((local, domain))
}

fn is_mailbox(wanted: &str, (local, domain): (&str, &str)) -> bool {
    match wanted.rsplit_once('@') {
        Some((name, at)) => name == local && at.eq_ignore_ascii_case(domain),
        None => is_below(wanted, domain),
    }
}

/// Without its port; addresses and nothing at all cannot be held against domains.
fn host(url: &str) -> Option<String> {
    let host = url::parse(url)?.to_ascii_lowercase();
    let host = if host.ends_with(']') { host } else { host.split(':').next().unwrap_or_default().to_owned() };
    let is_named = !host.is_empty() && !host.starts_with('[') && host.parse::<IpAddr>().is_err();
    (is_named && is_domain(&host)).then_some(host)
}

/// Address and mask, one behind the other; a mask is ones, and then zeroes.
fn range(bytes: &[u8]) -> Option<(IpAddr, IpAddr)> {
    let (ip, mask) = bytes.split_at_checked(bytes.len() / 2)?;
    let (ip, mask) = (address(ip)?, address(mask)?);
    (bits(mask).leading_ones() == bits(mask).count_ones()).then_some((ip, mask))
}

/// In the upper bits, so that masks of both kinds are counted alike.
fn bits(ip: IpAddr) -> u128 {
    match ip {
        IpAddr::V4(ip) => u128::from(ip.to_bits()) << 96,
        IpAddr::V6(ip) => ip.to_bits(),
    }
}

fn length(mask: IpAddr) -> u32 {
    bits(mask).leading_ones()
}

fn contains((network, mask): (IpAddr, IpAddr), ip: IpAddr) -> bool {
    network.is_ipv4() == ip.is_ipv4() && bits(network) & bits(mask) == bits(ip) & bits(mask)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_domain_is_for_itself_and_all_below_it() {
        for (domain, name, holds) in [
            ("example.org", "example.org", true),
            ("example.org", "a.Example.org", true),
            ("example.org", "anexample.org", false),
            (".example.org", "example.org", false),
            (".example.org", "a.b.example.org", true),
            ("", "anything", true),
            ("a.b", "b", false),
        ] {
            assert_eq!(is_below(domain, name), holds, "{domain} {name}");
        }
    }

    #[test]
    fn a_wildcard_is_excluded_by_a_name_that_it_stands_for() {
        let trees = Subtrees { dns: vec!["a.example.org"], ..Subtrees::default() };
        assert!(trees.excludes_name("*.example.org") && !trees.excludes_name("*.a.b.example.org"));
        assert!(trees.excludes_name("*.a.example.org") && !trees.excludes_name("b.example.org"));
    }

    #[test]
    fn ranges_are_told_as_networks_are() {
        let v4 = range(&[10, 1, 0, 0, 255, 255, 0, 0]).unwrap();
        assert!(contains(v4, "10.1.2.3".parse().unwrap()) && !contains(v4, "10.2.2.3".parse().unwrap()));
        assert!(!contains(v4, "fd00::1".parse().unwrap()));
        assert_eq!(range(&[10, 1, 0, 0, 255, 0, 255, 0]), None);
        assert_eq!(range(&[10, 1, 0, 0, 255]), None);
        let constraints = Constraints {
            permitted: Subtrees { ranges: vec![v4], dns: vec![".a"], ..Subtrees::default() },
            ..Constraints::default()
        };
        assert_eq!(constraints.permitted(), [".a", "10.1.0.0/16"]);
    }

    #[test]
    fn what_is_not_permitted_is_listed_kind_by_kind() {
        let permitted = Subtrees {
            dns: vec![".example.org"],
            emails: vec!["x@y.z"],
            urls: vec!["a.b"],
            ..Subtrees::default()
        };
        let constraints = Constraints { permitted, excluded: Subtrees::default() };
        let names = AlternativeNames {
            dns: vec!["a.example.org", "kubernetes"],
            addresses: vec!["10.0.0.1".parse().unwrap()],
            emails: vec!["x@Y.z", "x@y.y"],
            urls: vec!["https://a.b:1/", "https://c/"],
        };
        assert_eq!(constraints.refused(&names).unwrap(), ["kubernetes", "https://c/", "x@y.y"]);
        let odd = AlternativeNames { urls: vec!["https://10.0.0.1/"], ..AlternativeNames::default() };
        assert_eq!(constraints.refused(&odd), Err("https://10.0.0.1/".to_owned()));
    }
}
