//! The certificate with which a kubelet serves its own API, where nobody gives it one and it does not ask its cluster for one.

use std::net::IpAddr;

use jiff::Timestamp;

use super::catalogue::Usage;
use super::certificate::{self, CertificateRole, Template};
use super::mint::{MintError, after, backdated};
use super::minted::MintedFile;
use super::sans::Sans;
use super::source::KeySource;
use super::subject::Subject;
use crate::config::KeyAlgorithm;
use crate::duration::GoDuration;

/// Its stem, and that of its key, in the kubelet's own folder.
const OWNER: &str = "kubelet";
/// As the kubelet has it.
const VALIDITY: GoDuration = GoDuration::from_hours(365 * 24);

/// The key, and the certificate that it signs itself, named after the node and the second in which it is made, as a kubelet's own
/// (client-go's `cert.GenerateSelfSignedCertKey`). That one is signed by a CA whose key is thrown away, and both keys are RSA;
/// nobody can check it either.
///
/// # Errors
/// A failure of the random source or the library.
pub fn kubelet_serving(
    node: &str,
    now: Timestamp,
    source: &dyn KeySource,
) -> Result<[MintedFile; 2], MintError> {
    let in_key = |source| MintError::Key { owner: OWNER, source };
    let key = source.key(OWNER, KeyAlgorithm::EcdsaP256).map_err(in_key)?;
    let sans = match node.parse::<IpAddr>() {
        Ok(address) => Sans::new([], [address]),
        Err(_) => Sans::new([node.to_owned()], []),
    };
    let template = Template {
        subject: &Subject::named(format!("{node}@{}", now.as_second())),
        role: CertificateRole::Leaf(Usage::Server),
        sans: &sans,
        serial: source.serial(OWNER).map_err(in_key)?,
        not_before: backdated(now, OWNER)?,
        not_after: after(now, VALIDITY, OWNER)?,
    };
    let der = certificate::self_signed(&template, &key)
        .map_err(|source| MintError::Issue { owner: OWNER, source })?;
    let key_text = key.to_pem().map_err(in_key)?;
    Ok([MintedFile::private_key(OWNER, key_text), MintedFile::certificate(OWNER, &der)])
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::{ExtendedUsage, FoundCert, PrivateKey, SystemKeys, certificates};

    const NOW: &str = "2026-11-21T08:00:00Z";

    fn made(node: &str) -> (PrivateKey, FoundCert) {
        let [key, certificate] = kubelet_serving(node, NOW.parse().unwrap(), &SystemKeys).unwrap();
        assert_eq!([key.path.as_str(), certificate.path.as_str()], ["kubelet.key", "kubelet.crt"]);
        (PrivateKey::from_pem(&key.bytes).unwrap(), certificates(&certificate.bytes).unwrap().own)
    }

    #[test]
    fn it_serves_the_node_by_its_name_for_a_year() {
        let (key, certificate) = made("node-1");
        assert_eq!(certificate.common_name.as_deref(), Some("node-1@1795248000"));
        assert_eq!(certificate.dns_names, ["node-1"]);
        assert!(certificate.ip_addresses.is_empty());
        assert_eq!(certificate.not_after.to_string(), "2027-11-21T08:00:00Z");
        assert_eq!(certificate.extended_usages, Some(vec![ExtendedUsage::ServerAuth]));
        assert!(certificate.belongs_to(&key));
    }

    #[test]
    fn a_node_that_is_named_by_its_address_is_served_by_that() {
        let (_, certificate) = made("192.0.2.7");
        assert_eq!(certificate.ip_addresses, ["192.0.2.7".parse::<IpAddr>().unwrap()]);
        assert!(certificate.dns_names.is_empty());
    }
}
