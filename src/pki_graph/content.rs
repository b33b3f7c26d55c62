//! A file's bytes → what of them counts for a PKI. Of a private key only its public half is kept.

use std::fmt::Write as _;
use std::path::Path;

use super::hash::Hash;
use super::kubeconfigs::Kubeconfig;
use super::kubelet::KubeletSettings;
use super::layout;
use super::program::{Program, in_arguments, in_pod, in_unit};
use crate::pki::{self, BadCertificate, BadKey, FoundCert};

/// A certificate, with the two hashes that stand for it and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Certificate {
    /// What it says.
    pub found: FoundCert,
    /// Of all of it.
    pub hash: Hash,
    /// Of its public key.
    pub key: Hash,
}

/// What is in a file of PEM blocks.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Pem {
    /// In the order of the file.
    pub certificates: Vec<Certificate>,
    /// Of certificates that cannot be read; of the file, where it has none.
    pub bad: Vec<BadCertificate>,
    /// The public half of its first private key; nothing where it has none.
    pub key: Option<Result<Hash, BadKey>>,
    /// Of its public keys, those of certificates among them.
    pub public_keys: Vec<Hash>,
}

/// What a file is.
#[derive(Debug, Clone)]
pub enum Content {
    /// Certificates, keys, or both.
    Pem(Box<Pem>),
    /// Or why it cannot be read as one.
    Kubeconfig(Box<Result<Kubeconfig, String>>),
    /// Static pods' programs, or systemd's.
    Programs(Vec<Program>),
    /// A KubeletConfiguration.
    Kubelet(Box<KubeletSettings>),
    /// The flags and variables of a file for systemd's `EnvironmentFile`.
    Environment(Vec<(String, String)>),
    /// What a host is called.
    HostName(String),
    /// Something else, with what was in the way of reading it as PEM.
    Other(Box<Pem>),
    /// A link that leads nowhere.
    Dangling,
    /// It is there, and this user cannot read it, or it is not worth it.
    Unread(String),
}

impl Certificate {
    fn new(found: FoundCert) -> Self {
        let (hash, key) = (Hash::of(&found.der), Hash::of(&found.public_key));
        Self { found, hash, key }
    }

    /// Its subject, for people.
    pub fn told(&self) -> String {
        let found = &self.found;
        let name = found.common_name.as_deref().or(found.organizations.first().map(String::as_str));
        name.unwrap_or("a certificate without a name").to_owned()
    }

    /// In hexadecimal digits.
    pub fn serial(&self) -> String {
        self.found.serial.iter().fold(String::new(), |mut text, byte| {
            // Writing into a String cannot fail.
            let _ = write!(text, "{byte:02x}");
            text
        })
    }

    /// Whether it is its own issuer.
    pub fn is_self_issued(&self) -> bool {
        self.found.subject == self.found.issuer
    }

    /// Whether Go takes it for a CA.
    pub fn is_authority(&self) -> bool {
        self.found.is_ca
    }
}

impl Pem {
    /// Of a text, whatever is in it.
    pub fn read(text: &[u8]) -> Self {
        let mut pem = Self::default();
        match pki::each_certificate(text) {
            Ok(all) => {
                for one in all {
                    match one {
                        Ok(found) => pem.certificates.push(Certificate::new(found)),
                        Err(why) => pem.bad.push(why),
                    }
                }
            }
            Err(why) => pem.bad.push(why),
        }
        pem.key = match pki::public_half(text) {
            Ok(key) => Some(Ok(Hash::of(key.as_der()))),
            // What has no key at all is told by whoever wants one.
            Err(BadKey::NoPrivateKey) => None,
            Err(why) => Some(Err(why)),
        };
        pem.public_keys = pki::public_keys(text)
            .map(|keys| keys.iter().map(|key| Hash::of(key.as_der())).collect())
            .unwrap_or_default();
        pem
    }

    /// A private key that can be read.
    pub fn private(&self) -> Option<Hash> {
        self.key.and_then(Result::ok)
    }
}

/// By what it says of itself, and where that is not enough by its path.
pub fn content(path: &Path, bytes: &[u8]) -> Content {
    let has = |text: &str| contains(bytes, text);
    if has("-----BEGIN ") {
        return Content::Pem(Box::new(Pem::read(bytes)));
    }
    let text = std::str::from_utf8(bytes).unwrap_or_default();
    if path == Path::new(layout::HOSTNAME) {
        return Content::HostName(text.trim().to_lowercase());
    }
    let ending = path.extension().and_then(|ending| ending.to_str()).unwrap_or_default();
    if path.starts_with(layout::MICROK8S_ARGUMENTS) {
        return Content::Programs(in_arguments(path, text).into_iter().collect());
    }
    if ending == "service" || ending == "conf" && path.to_string_lossy().contains("/systemd/system/") {
        return Content::Programs(in_unit(path, text));
    }
    if has("KubeletConfiguration") {
        return KubeletSettings::parse(text)
            .map_or_else(other(bytes), |read| Content::Kubelet(Box::new(read)));
    }
    if has("containers") && has("Pod") {
        return in_pod(path, text).map_or_else(other(bytes), Content::Programs);
    }
    if has("clusters") && has("users") || ending == "conf" && path.starts_with("/etc/kubernetes") {
        return Content::Kubeconfig(Box::new(Kubeconfig::parse(bytes, path)));
    }
    if ending == "env" || path == Path::new("/etc/etcd/etcd.conf") {
        return Content::Environment(environment(text));
    }
    other(bytes)()
}

fn other(bytes: &[u8]) -> impl FnOnce() -> Content {
    move || Content::Other(Box::new(Pem::read(bytes)))
}

fn contains(bytes: &[u8], text: &str) -> bool {
    bytes.windows(text.len()).any(|window| window == text.as_bytes())
}

/// `NAME="value"` a line; comments are left out.
fn environment(text: &str) -> Vec<(String, String)> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with('#'));
    let pairs = lines.filter_map(|line| line.strip_prefix("export ").unwrap_or(line).split_once('='));
    pairs
        .map(|(name, value)| (name.trim().to_owned(), value.trim().trim_matches(['"', '\'']).to_owned()))
        .collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &[u8] = include_bytes!("../../tests/golden/pki/p256-leaf.key");
    const CERTIFICATE: &[u8] = include_bytes!("../../tests/golden/pki/p256-leaf.crt");

    #[test]
    fn of_a_pair_the_certificate_and_the_public_half_of_its_key_are_kept() {
        let Content::Pem(pem) = content(Path::new("/x.pem"), &[CERTIFICATE, KEY].concat()) else { panic!() };
        assert_eq!(pem.private(), Some(pem.certificates[0].key));
        assert!(pem.bad.is_empty() && pem.public_keys.len() == 1);
        assert_eq!(pem.certificates[0].told(), "node-1");
    }

    #[test]
    fn what_is_no_pem_is_told_with_the_reason() {
        let Content::Other(pem) = content(Path::new("/x.crt"), b"") else { panic!() };
        assert!(pem.certificates.is_empty() && pem.key.is_some_and(|key| key.is_err()) && pem.bad.len() == 1);
    }

    #[test]
    fn an_environment_file_has_names_and_values() {
        let read = environment("# A=b\nETCD_NAME=a\n export X=\"y z\"\n");
        assert_eq!(read, [("ETCD_NAME".into(), "a".into()), ("X".into(), "y z".into())]);
    }
}
