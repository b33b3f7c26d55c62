//! What a kubelet has of credentials on this host → whose they are.

use std::path::Path;

use jiff::Timestamp;
use zeroize::Zeroizing;

use crate::kubeconfig::{self, ClientCertificate, Embedded};
use crate::pki::{self, Bundle, PrivateKey};

type Pem = Zeroizing<Vec<u8>>;

/// The user of a kubeconfig's client certificate (`system:node:NAME`), where that is here with its key and has not expired.
/// `at` is the kubeconfig's path; `read` looks into the file that it names for both.
///
/// A kubelet names that file before it gets its certificate, and writes neither durably.
pub fn user_of(
    kubeconfig: &[u8],
    at: &Path,
    now: Timestamp,
    read: impl FnOnce(&Path) -> Option<Pem>,
) -> Option<String> {
    let (bundle, key) = match kubeconfig::client_certificate(kubeconfig, at)? {
        ClientCertificate::Embedded => embedded(kubeconfig)?,
        ClientCertificate::File(path) => both(read(&path)?)?,
    };
    let key = PrivateKey::from_pem(&key).ok()?;
    let holds = bundle.own.belongs_to(&key) && now <= bundle.own.not_after;
    bundle.own.common_name.filter(|_| holds)
}

/// Kubernetes' name for the user that a node is.
pub fn node_user(name: &str) -> String {
    format!("system:node:{name}")
}

/// Nothing in it but what lost power leaves of a file that was not synced.
pub fn is_blank(content: &[u8]) -> bool {
    content.iter().all(|byte| *byte == 0 || byte.is_ascii_whitespace())
}

fn embedded(kubeconfig: &[u8]) -> Option<(Bundle, Pem)> {
    let embedded = Embedded::parse(kubeconfig).ok()?;
    let key = embedded.key()?;
    Some((embedded.certificate, key))
}

fn both(pem: Pem) -> Option<(Bundle, Pem)> {
    Some((pki::certificates(&pem).ok()?, pem))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture::config;
    use crate::pki::fixtures::{self, KnownKeys};

    const AT: &str = "/etc/kubernetes/kubelet.conf";
    const NAMED: &[u8] = b"current-context: a@k\ncontexts: [{name: a@k, context: {cluster: k, user: a}}]\n\
        users: [{name: a, user: {client-certificate: /pki/current.pem, client-key: /pki/current.pem}}]\n";

    /// The kubelet's kubeconfig of init, and its certificate and key in one.
    fn kubelet() -> (Vec<u8>, Vec<u8>) {
        let config = config();
        let mut files = kubeconfig::catalogue(config.spec()).into_iter();
        let file = files.find(|file| file.name == kubeconfig::File::KUBELET.name).unwrap();
        let existing = fixtures::complete(fixtures::config().spec());
        let order =
            pki::Order { items: &[], clients: std::slice::from_ref(&file.request), existing: &existing };
        let client = pki::mint(&order, fixtures::now(), &KnownKeys).unwrap().clients.remove(0);
        let text = kubeconfig::render(&file, &client).unwrap();
        let both = [client.certificate.as_slice(), client.key.expose_secret().as_bytes()].concat();
        (text.expose_secret().as_bytes().to_vec(), both)
    }

    #[test]
    fn a_node_is_known_by_the_certificate_in_its_kubeconfig_or_in_the_file_that_this_names() {
        let (text, both) = kubelet();
        let own = Some(node_user("node-1"));
        assert_eq!(user_of(&text, AT.as_ref(), fixtures::now(), |_| None), own);
        let read = |path: &Path| (path == Path::new("/pki/current.pem")).then(|| Pem::new(both));
        assert_eq!(user_of(NAMED, AT.as_ref(), fixtures::now(), read), own);
    }

    #[test]
    fn half_of_it_tells_nothing() {
        let (text, both) = kubelet();
        let text_of = |pem: &[u8]| String::from_utf8_lossy(pem).into_owned();
        let certificate =
            text_of(&both).split_inclusive("-----END CERTIFICATE-----\n").next().unwrap().to_owned();
        for pem in [None, Some(""), Some("\0\0"), Some(certificate.as_str())] {
            let read = |_: &Path| pem.map(|pem| Pem::new(pem.into()));
            assert_eq!(user_of(NAMED, AT.as_ref(), fixtures::now(), read), None, "{pem:?}");
        }
        let later = fixtures::now() + jiff::SignedDuration::from_hours(24 * 366);
        assert_eq!(user_of(&text, AT.as_ref(), later, |_| None), None, "it has expired");
        assert_eq!(user_of(b"", AT.as_ref(), fixtures::now(), |_| None), None);
    }

    #[test]
    fn what_lost_power_leaves_is_blank() {
        assert!(is_blank(b"") && is_blank(b"\0\0\0") && is_blank(b" \n"));
        assert!(!is_blank(b"a: 1\n"));
    }
}
