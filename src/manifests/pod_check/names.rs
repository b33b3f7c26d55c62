//! The notations of names in a pod.

pub use crate::config::is_subdomain;

/// RFC 1123 label.
pub fn is_label(text: &str) -> bool {
    text.len() <= 63 && !text.contains('.') && is_subdomain(text)
}

/// A service's name as IANA has them: a letter in it, no two dashes together.
pub fn is_port_name(text: &str) -> bool {
    let inner = text.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit() || byte == b'-');
    let ends = !text.starts_with('-') && !text.ends_with('-') && !text.contains("--");
    let letter = text.bytes().any(|byte| byte.is_ascii_lowercase());
    inner && ends && letter && text.len() <= 15
}

/// Whether a variable of the environment can be called so.
pub fn is_variable(text: &str) -> bool {
    !text.is_empty() && text.bytes().all(|byte| (b' '..=b'~').contains(&byte) && byte != b'=')
}

/// Whether `..` is a part of the path.
pub fn goes_upwards(path: &str) -> bool {
    path.split('/').any(|part| part == "..")
}
