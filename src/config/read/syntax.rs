//! The notations of single texts: which are names, images, URLs and paths, as Kubernetes and its registries read them.

use crate::config::is_subdomain;

/// RFC 1123 label: what a volume is called.
pub fn is_label(text: &str) -> bool {
    text.len() <= 63 && !text.contains('.') && is_subdomain(text)
}

/// A DNS name, with or without `*.` in front, or an IP address.
pub fn is_san(text: &str) -> bool {
    is_subdomain(text)
        || text.strip_prefix("*.").is_some_and(is_subdomain)
        || text.parse::<std::net::IpAddr>().is_ok()
}

/// Whether a path does not depend on a working directory: it begins with `/`.
pub fn is_absolute(path: &str) -> bool {
    path.starts_with('/')
}

/// The name part of labels and taints: letters, digits, `-`, `_` and `.`, 63 at most, a letter or digit at each end.
pub fn is_qualified_part(text: &str) -> bool {
    let inner = text.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.'));
    let ends = |c: char| c.is_ascii_alphanumeric();
    inner && text.len() <= 63 && text.starts_with(ends) && text.ends_with(ends)
}

/// `[prefix/]name`, the prefix a DNS name.
pub fn is_qualified_name(text: &str) -> bool {
    match text.split_once('/') {
        Some((prefix, name)) => is_subdomain(prefix) && is_qualified_part(name),
        None => is_qualified_part(text),
    }
}

/// What may stand before `/name:tag` in an image reference
/// (<https://pkg.go.dev/github.com/distribution/reference#pkg-overview>).
pub fn is_repository(text: &str) -> bool {
    let (first, rest) = text.split_once('/').map_or((text, None), |(first, rest)| (first, Some(rest)));
    let rest_sound = rest.is_none_or(|rest| rest.split('/').all(is_path_component));
    rest_sound && (is_registry(first) || is_path_component(first))
}

/// `host[:port]`, the host in any case or a bracketed IPv6 address.
fn is_registry(text: &str) -> bool {
    let (host, port) = match text.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => (host, Some(port)),
        _ => (text, None),
    };
    let digits = |port: &str| !port.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit());
    let ipv6 = host.strip_prefix('[').and_then(|rest| rest.strip_suffix(']'));
    let named = match ipv6 {
        Some(address) => {
            !address.is_empty() && address.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b':')
        }
        None => host.split('.').all(is_domain_part),
    };
    named && port.is_none_or(digits)
}

fn is_domain_part(text: &str) -> bool {
    let inner = text.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    inner && !text.is_empty() && !text.starts_with('-') && !text.ends_with('-')
}

/// Lower-case letters and digits, joined by one `.`, one or two `_`, or any number of `-`.
fn is_path_component(text: &str) -> bool {
    let alphanumeric = |c: char| c.is_ascii_lowercase() || c.is_ascii_digit();
    let inner = text.chars().all(|c| alphanumeric(c) || matches!(c, '.' | '_' | '-'));
    let joints = text.split(alphanumeric).filter(|joint| !joint.is_empty());
    let sound = |joint: &str| matches!(joint, "." | "_" | "__") || joint.bytes().all(|byte| byte == b'-');
    inner && text.starts_with(alphanumeric) && text.ends_with(alphanumeric) && joints.into_iter().all(sound)
}

/// Digests that the runtimes know, and how many hexadecimal digits each has.
const DIGESTS: [(&str, usize); 3] = [("sha256", 64), ("sha384", 96), ("sha512", 128)];

/// What stands behind `name:` in an image reference: a tag, with or without a digest.
pub fn is_tag_with_digest(text: &str) -> bool {
    text.split_once('@').map_or_else(|| is_tag(text), |(tag, digest)| is_tag(tag) && is_digest(digest))
}

fn is_digest(text: &str) -> bool {
    let hexadecimal = |text: &str| text.bytes().all(|byte| matches!(byte, b'0'..=b'9' | b'a'..=b'f'));
    text.split_once(':')
        .is_some_and(|(name, digits)| DIGESTS.contains(&(name, digits.len())) && hexadecimal(digits))
}

fn is_tag(text: &str) -> bool {
    let word = |c: char| c.is_ascii_alphanumeric() || c == '_';
    text.len() <= 128 && text.starts_with(word) && text.chars().all(|c| word(c) || matches!(c, '.' | '-'))
}

/// What stands between the dashes of a flag and its `=`.
pub fn is_flag_name(text: &str) -> bool {
    let inner = |c: char| c.is_ascii_alphanumeric() || matches!(c, '-' | '_' | '.');
    text.starts_with(|c: char| c.is_ascii_alphanumeric()) && text.chars().all(inner)
}

/// The scheme of `scheme://host…`; `None` where the text is no such URL.
pub fn url_scheme(text: &str) -> Option<&str> {
    let (scheme, rest) = text.split_once("://")?;
    let letters = scheme.starts_with(|c: char| c.is_ascii_alphabetic())
        && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'));
    let authority = rest.split(['/', '?', '#']).next().unwrap_or(rest);
    let sound = !rest.chars().any(|c| c.is_ascii_control() || c.is_whitespace());
    (letters && sound && is_authority(authority)).then_some(scheme)
}

/// `host[:port]`, the port a number.
fn is_authority(text: &str) -> bool {
    let host_port = text.rsplit_once('@').map_or(text, |(_, host_port)| host_port);
    match host_port.rsplit_once(':') {
        Some((host, port)) if !port.ends_with(']') => {
            !host.is_empty() && port.bytes().all(|byte| byte.is_ascii_digit())
        }
        _ => !host_port.is_empty(),
    }
}

/// `unix:` and an absolute path.
pub fn is_socket(text: &str) -> bool {
    let path = text.strip_prefix("unix:").map(|rest| rest.strip_prefix("//").unwrap_or(rest));
    path.is_some_and(|path| is_absolute(path) && path.len() > 1)
}

/// Printable ASCII without `=`, which is all that a kubelet asks of a variable's name.
pub fn is_variable(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=')
}

#[cfg(test)]
mod tests {
    use super::*;

    fn check(holds: fn(&str) -> bool, good: &[&str], bad: &[&str]) {
        for text in good {
            assert!(holds(text), "{text}");
        }
        for text in bad {
            assert!(!holds(text), "{text}");
        }
    }

    #[test]
    fn image_repositories_follow_the_reference_grammar() {
        check(
            is_repository,
            &["registry.k8s.io", "localhost:5000", "Reg.Example/a/b", "a__b/c--d", "[fd00::1]:5000/x", "foo"],
            &[
                "",
                "registry.k8s.io/",
                "/x",
                "a//b",
                "http://x",
                "x/Upper",
                "x:port",
                "a___b",
                "a..b/c",
                "x/y:z",
            ],
        );
    }

    #[test]
    fn sans_are_addresses_and_names_with_or_without_a_wildcard() {
        check(
            is_san,
            &["10.0.0.1", "fd00::1", "a.example.org", "*.example.org"],
            &["", "*", "a_b", "*.*.x", "A.example"],
        );
    }

    #[test]
    fn tags_are_words_with_dots_and_dashes() {
        check(is_tag, &["v1.14.2", "3.6.8-0", "_x"], &["", ".x", "-x", "a b", "a:b", &"x".repeat(129)]);
    }

    #[test]
    fn a_digest_may_stand_behind_a_tag() {
        let digest = |name: &str, digits: usize| format!("v1.14.2@{name}:{}", "a".repeat(digits));
        let good = [digest("sha256", 64), digest("sha512", 128), "3.6.8-0".to_owned()];
        let good: Vec<&str> = good.iter().map(String::as_str).collect();
        let upper = digest("sha256", 64).replace('a', "A");
        let bad = [digest("sha256", 63), digest("md5", 32), upper, digest("sha256", 64)[7..].to_owned()];
        let bad: Vec<&str> = bad.iter().map(String::as_str).chain(["v1@", "@sha256:", "v1@v2@v3"]).collect();
        check(is_tag_with_digest, &good, &bad);
    }

    #[test]
    fn flags_are_named_without_their_dashes() {
        let good = [
            "v",
            "authorization-mode",
            "experimental-watch-progress-notify-interval",
            "feature_gates",
            "a.b",
        ];
        check(is_flag_name, &good, &["", "--v", "-v", "a b", "a=b", "\u{2013}v", "v\n", " v", "v\u{a0}"]);
    }

    #[test]
    fn sockets_are_absolute_paths_of_unix_urls() {
        check(
            is_socket,
            &["unix:///run/containerd/containerd.sock", "unix:/run/x"],
            &["", "unix://", "unix:///", "unix://run/x", "tcp://127.0.0.1:1", "/run/x"],
        );
    }

    #[test]
    fn taint_keys_may_have_a_prefix() {
        check(
            is_qualified_name,
            &["a", "node-role.kubernetes.io/control-plane", "a_b.c"],
            &["", "/a", "a/", "-a", "A_/b/c"],
        );
    }

    #[test]
    fn urls_have_a_scheme_and_a_host() {
        for (text, scheme) in [
            ("https://10.0.0.1:2379", Some("https")),
            ("http://[fd00::1]:2379/x", Some("http")),
            ("10.0.0.1:2379", None),
            ("https://", None),
            ("https://a b", None),
            ("https://a:port", None),
            ("://a", None),
        ] {
            assert_eq!(url_scheme(text), scheme, "{text}");
        }
    }
}
