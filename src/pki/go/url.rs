//! URLs as far as Go reads them in certificates: whether one is valid, and its host.

use super::constraints::is_domain;

/// Whether Go's `url.Parse` takes it, with a host that is a domain, where it has one.
pub fn is_valid(text: &str) -> bool {
    parse(text).is_some_and(|host| host.is_empty() || is_domain(host))
}

/// The host, with its port; empty where there is none.
pub fn parse(text: &str) -> Option<&str> {
    let (text, fragment) = text.split_once('#').unwrap_or((text, ""));
    if text.bytes().any(|byte| byte.is_ascii_control()) || !is_escaped(fragment) {
        return None;
    }
    let (scheme, rest) = split_scheme(text)?;
    let rest = rest.split('?').next().unwrap_or_default();
    if !rest.starts_with('/') {
        let segment = rest.split('/').next().unwrap_or_default();
        // Behind a scheme anything may stand.
        return (!scheme.is_empty() || (!segment.contains(':') && is_escaped(rest))).then_some("");
    }
    let Some(behind) = rest.strip_prefix("//").filter(|_| !scheme.is_empty() || !rest.starts_with("///"))
    else {
        return is_escaped(rest).then_some("");
    };
    let (authority, path) = behind.find('/').map_or((behind, ""), |place| behind.split_at(place));
    let (user, host) = authority.rsplit_once('@').unwrap_or(("", authority));
    let is_user = |byte: u8| byte.is_ascii_alphanumeric() || b"-._:~!$&'()*+,;=%@".contains(&byte);
    let is_whole = user.bytes().all(is_user) && is_escaped(user) && is_host(host) && is_escaped(path);
    is_whole.then_some(host)
}

/// Nothing but letters, digits, `+`, `-` and `.` before the first colon; without a scheme all is the rest.
fn split_scheme(text: &str) -> Option<(&str, &str)> {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"+-.".contains(&byte);
    match text.split_once(':') {
        Some(("", _)) => None,
        Some((scheme, rest))
            if scheme.bytes().all(is_inner)
                && scheme.as_bytes().first().is_some_and(u8::is_ascii_alphabetic) =>
        {
            Some((scheme, rest))
        }
        _ => Some(("", text)),
    }
}

/// Each `%` stands before two hexadecimal digits.
fn is_escaped(text: &str) -> bool {
    text.split('%')
        .skip(1)
        .all(|rest| rest.as_bytes().get(..2).is_some_and(|digits| digits.iter().all(u8::is_ascii_hexdigit)))
}

fn is_host(host: &str) -> bool {
    let is_inner = |byte: u8| byte.is_ascii_alphanumeric() || b"-_.~!$&'()*+,;=:[]<>\"".contains(&byte);
    let port = match host.strip_prefix('[') {
        Some(rest) => match rest.rsplit_once(']') {
            Some((_, port)) => port,
            None => return false,
        },
        None => host.rfind(':').map_or("", |place| &host[place..]),
    };
    let is_port = port.is_empty()
        || port.strip_prefix(':').is_some_and(|port| port.bytes().all(|b| b.is_ascii_digit()));
    is_port && host.bytes().all(is_inner)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_go_takes_for_a_url_is_one() {
        for (text, valid) in [
            ("spiffe://cluster.local/ns/a/sa/b", true),
            ("https://u:p@a.b:1/x?y#z", true),
            ("urn:uuid:1", true),
            ("a/b", true),
            ("", true),
            (":x", false),
            ("a b:c", false),
            ("http://a b/", false),
            ("http://a:b/", false),
            ("http://a/%zz", false),
            ("http://a.b./", false),
            ("http://a..b/", false),
            ("http://[fd00::1/", false),
        ] {
            assert_eq!(is_valid(text), valid, "{text}");
        }
    }
}
