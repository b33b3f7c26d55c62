//! Who a certificate is for, and how X.501 writes it.

use super::der;

/// A subject as Kubernetes reads it: the user is the common name, the groups are the organizations.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Subject {
    /// The user; nothing is written where it is empty.
    pub common_name: String,
    /// The groups.
    pub organizations: Vec<String>,
}

const COMMON_NAME: &[u8] = &[0x55, 0x04, 0x03];
const ORGANIZATION: &[u8] = &[0x55, 0x04, 0x0a];

impl Subject {
    /// A user in no group.
    pub fn named(common_name: impl Into<String>) -> Self {
        Self { common_name: common_name.into(), organizations: Vec::new() }
    }

    /// A user in one group.
    pub fn in_group(common_name: impl Into<String>, organization: impl Into<String>) -> Self {
        Self { common_name: common_name.into(), organizations: vec![organization.into()] }
    }

    /// The DER of the Name, byte for byte as Go's `crypto/x509` writes it: the organizations as one set, then the
    /// common name. rcgen cannot hold a set of two, so it is written here.
    pub fn to_der(&self) -> Vec<u8> {
        let organizations: Vec<Vec<u8>> =
            self.organizations.iter().map(|text| attribute(ORGANIZATION, text)).collect();
        let mut names = Vec::new();
        if !organizations.is_empty() {
            names.extend(der::set(organizations));
        }
        if !self.common_name.is_empty() {
            names.extend(der::set(vec![attribute(COMMON_NAME, &self.common_name)]));
        }
        der::wrap(der::SEQUENCE, &names)
    }
}

fn attribute(oid: &[u8], text: &str) -> Vec<u8> {
    let tag = if text.bytes().all(is_printable) { der::PRINTABLE_STRING } else { der::UTF8_STRING };
    let fields = [der::wrap(der::OBJECT_IDENTIFIER, oid), der::wrap(tag, text.as_bytes())].concat();
    der::wrap(der::SEQUENCE, &fields)
}

/// X.680's PrintableString; Go leaves `*` and `&` out of it when it writes.
fn is_printable(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b" '()+,-./:=?".contains(&byte)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_not_printable_is_written_as_utf8() {
        assert!(Subject::named("a_b").to_der().contains(&der::UTF8_STRING));
        assert!(!Subject::named("system:node:a.b-c").to_der().contains(&der::UTF8_STRING));
    }
}
