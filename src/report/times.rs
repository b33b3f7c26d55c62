//! Points in time, in UTC.

use jiff::Timestamp;

/// For people, as kubeadm has it: `Jan 02, 2006 15:04 UTC`.
pub fn date(at: Timestamp) -> String {
    at.strftime("%b %d, %Y %H:%M UTC").to_string()
}

/// For programs: RFC 3339, whole seconds.
pub fn rfc3339(at: Timestamp) -> String {
    at.strftime("%Y-%m-%dT%H:%M:%SZ").to_string()
}
