//! Names that have rules of their own.

use std::fmt;
use std::str::FromStr;

/// A node's name: an RFC 1123 subdomain, which Kubernetes asks of every node object.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct NodeName(String);

/// A text that is no RFC 1123 subdomain once spaces and capitals are gone.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
#[error(
    "{text:?} is not a node name: it takes lower-case letters, digits, '-' and '.', beginning and ending with a \
     letter or digit, 253 at most (RFC 1123)"
)]
pub struct BadNodeName {
    text: String,
}

impl NodeName {
    /// In lower case.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for NodeName {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(&self.0)
    }
}

impl FromStr for NodeName {
    type Err = BadNodeName;

    /// Spaces around it go and capitals become small, as the kubelet and kubeadm do with a host's name.
    fn from_str(text: &str) -> Result<Self, BadNodeName> {
        let name = text.trim().to_lowercase();
        if is_subdomain(&name) { Ok(Self(name)) } else { Err(BadNodeName { text: text.to_owned() }) }
    }
}

/// RFC 1123 subdomain, as Kubernetes reads it: each label begins and ends with a letter or digit; 253 characters.
pub fn is_subdomain(text: &str) -> bool {
    text.len() <= 253 && text.split('.').all(is_label_without_length)
}

fn is_label_without_length(label: &str) -> bool {
    let plain = |byte: u8| byte.is_ascii_lowercase() || byte.is_ascii_digit();
    let inner = label.bytes().all(|byte| plain(byte) || byte == b'-');
    inner && label.bytes().next().is_some_and(plain) && label.bytes().next_back().is_some_and(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn host_names_are_trimmed_and_lowered() {
        assert_eq!(" Node-1.Example ".parse::<NodeName>().unwrap().as_str(), "node-1.example");
    }

    #[test]
    fn what_a_node_object_cannot_be_called_is_refused() {
        for text in ["", "a_b", "-a", "a-", "a..b", "ä", &"a".repeat(254)] {
            assert!(text.parse::<NodeName>().is_err(), "{text}");
        }
    }
}
