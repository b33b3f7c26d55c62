//! The client certificate that a kubeconfig carries, or has in a file: read, and replaced with all else kept as it is.

use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::catalogue::Kubeconfig;
use super::document::{AuthInfo, Cluster, Document, decode, encode};
use super::places::beside;
use super::render;
use crate::pki::{self, BadCertificate, Bundle};
use crate::secret::Secret;
use crate::yaml::BadYaml;

/// Why a kubeconfig's certificate cannot be told or renewed. Reads on from the file's path.
#[derive(Debug, thiserror::Error)]
pub enum NoClient {
    /// It is no kubeconfig.
    #[error("cannot be read: {said}")]
    Unreadable {
        /// What the reader says.
        said: String,
    },
    /// Nothing in it says which user counts.
    #[error("has no current context with a cluster and a user")]
    NoContext,
    /// The user has other credentials, or none.
    #[error("carries no client certificate: its current user has no client-certificate-data")]
    NoCertificate,
    /// A file that it names is not there.
    #[error("names {path} for its client certificate, which is not there")]
    NoFile {
        /// That file.
        path: PathBuf,
    },
    /// A file that it names cannot be read.
    #[error("names {path} for its client certificate, which cannot be used: {bad}")]
    BadFile {
        /// That file.
        path: PathBuf,
        /// Why not.
        bad: BadCertificate,
    },
    /// The data in it cannot be read.
    #[error("has a client certificate that cannot be used: {0}")]
    BadCertificate(BadCertificate),
}

/// A kubeconfig whose current user has a client certificate, in it or in a file that it names.
#[derive(Debug)]
pub struct Embedded {
    document: Document,
    /// The client's, with the chain that it has brought along.
    pub certificate: Bundle,
    /// Its key, PEM, where that is in a file.
    key_file: Option<Pem>,
}

type Pem = Zeroizing<Vec<u8>>;

impl Embedded {
    /// Reads a kubeconfig's text that carries its certificate itself.
    ///
    /// # Errors
    /// It is no kubeconfig, or carries no certificate for its current user.
    pub fn parse(text: &[u8]) -> Result<Self, NoClient> {
        Self::parse_with(text, Path::new(""), |_| None)
    }

    /// The same for one that may name files; it has the path `kubeconfig`, and `read` gives what a file holds.
    ///
    /// # Errors
    /// As [`parse`](Self::parse), or a file that is not there.
    pub fn parse_with(
        text: &[u8],
        kubeconfig: &Path,
        read: impl Fn(&Path) -> Option<Pem>,
    ) -> Result<Self, NoClient> {
        let document = Document::parse(text).map_err(|error| unreadable(&error))?;
        document.current_cluster().ok_or(NoClient::NoContext)?;
        let user = document.current_user().ok_or(NoClient::NoContext)?;
        let certificate = match user.certificate_file() {
            Some(path) => of_file(beside(kubeconfig, path), &read)?,
            None => of_data(user)?,
        };
        let key_file = user.key_file().and_then(|path| read(&beside(kubeconfig, path)));
        Ok(Self { document, certificate, key_file })
    }

    /// The current user's key, PEM; nothing where it has none that can be decoded.
    pub fn key(&self) -> Option<Pem> {
        let user = self.document.current_user()?;
        match user.key_file() {
            Some(_) => self.key_file.clone(),
            None => decode(user.client_key_data.as_ref()?.expose_secret()).map(Zeroizing::new),
        }
    }

    /// Whether it carries a CA, and that is not `authority`. A CA that is named by a path is not looked at.
    pub fn trusts_another(&self, authority: &[u8]) -> bool {
        let data =
            self.document.current_cluster().and_then(|cluster| cluster.certificate_authority_data.as_deref());
        let found = data.and_then(decode).and_then(|text| pki::trusted(&text).ok());
        match (data, found) {
            (None, _) => false,
            (Some(_), None) => true,
            (Some(_), Some((bundle, _))) => bundle.own.der != authority,
        }
    }

    /// The text with its current user's certificate and key replaced by these (PEM), and the CA, where it carries one. Files
    /// that it has named for both are no longer read, and stay as they are.
    ///
    /// # Errors
    /// As [`yaml::to_string`](crate::yaml::to_string).
    pub fn with(mut self, authority: &[u8], certificate: &[u8], key: &[u8]) -> Result<Secret, BadYaml> {
        if let Some(cluster) = self.cluster().filter(|cluster| cluster.certificate_authority_data.is_some()) {
            cluster.certificate_authority_data = Some(encode(authority));
            cluster.secure();
        }
        if let Some(user) = self.user() {
            user.client_certificate_data = Some(encode(certificate));
            user.client_key_data = Some(secret(key));
            for field in ["client-certificate", "client-key"] {
                user.other.shift_remove(field);
            }
        }
        self.document.to_yaml()
    }

    fn cluster(&mut self) -> Option<&mut Cluster> {
        let name = self.document.current_context()?.cluster.clone();
        let mut all = self.document.clusters.iter_mut();
        all.find(|named| named.name == name).map(|named| &mut named.cluster)
    }

    fn user(&mut self) -> Option<&mut AuthInfo> {
        let name = self.document.current_context()?.user.clone();
        self.document.users.iter_mut().find(|named| named.name == name).map(|named| &mut named.user)
    }
}

fn of_data(user: &AuthInfo) -> Result<Bundle, NoClient> {
    let data = user.client_certificate_data.as_deref().ok_or(NoClient::NoCertificate)?;
    let text = decode(data).ok_or(NoClient::BadCertificate(BadCertificate::None))?;
    pki::certificates(&text).map_err(NoClient::BadCertificate)
}

fn of_file(path: PathBuf, read: impl Fn(&Path) -> Option<Pem>) -> Result<Bundle, NoClient> {
    let Some(text) = read(&path) else { return Err(NoClient::NoFile { path }) };
    pki::certificates(&text).map_err(|bad| NoClient::BadFile { path, bad })
}

fn unreadable(error: &dyn std::error::Error) -> NoClient {
    let causes = std::iter::successors(Some(error), |error| error.source());
    NoClient::Unreadable { said: causes.map(ToString::to_string).collect::<Vec<_>>().join(": ") }
}

fn secret(pem: &[u8]) -> Secret {
    Secret::new(encode(pem))
}

/// A kubeconfig with a key alone: its certificate is still to be signed, by a CA that it does not know.
///
/// # Errors
/// As [`yaml::to_string`](crate::yaml::to_string).
pub fn with_key_alone(kubeconfig: &Kubeconfig, key: &[u8]) -> Result<Secret, BadYaml> {
    let user = AuthInfo { client_key_data: Some(secret(key)), ..AuthInfo::default() };
    render::document(kubeconfig, None, user).to_yaml()
}

#[cfg(test)]
mod tests {
    use serde_json::Value;

    use super::*;
    use crate::yaml;

    const CERTIFICATE: &[u8] = include_bytes!("../../tests/golden/pki/p256-leaf.crt");
    const AUTHORITY: &[u8] = include_bytes!("../../tests/golden/pki/p256-ca.crt");
    const KEY: &[u8] = include_bytes!("../../tests/golden/pki/p256-leaf.key");

    fn text() -> String {
        let (certificate, authority, key) = (encode(CERTIFICATE), encode(AUTHORITY), encode(KEY));
        format!(
            "{{kind: Config, apiVersion: v1, current-context: c, colours: red, contexts: [{{name: c, context: {{cluster: k, \
             user: u, namespace: n}}}}, {{name: d, context: {{}}}}], clusters: [{{name: k, cluster: {{server: 'https://h', \
             certificate-authority-data: {authority}}}}}, {{name: l, cluster: {{}}}}], users: [{{name: v, user: {{token: t}}}}, \
             {{name: u, user: {{as: a, client-certificate-data: {certificate}, client-key-data: {key}}}}}]}}"
        )
    }

    #[test]
    fn all_but_the_current_credentials_and_ca_stays() {
        let embedded = Embedded::parse(text().as_bytes()).unwrap();
        assert_eq!(&**embedded.key().unwrap(), KEY);
        let written = embedded.with(b"new-ca", b"new-certificate", b"new-key").unwrap();
        let expected = text()
            .replace(&encode(CERTIFICATE), &encode(b"new-certificate"))
            .replace(&encode(AUTHORITY), &encode(b"new-ca"))
            .replace(&encode(KEY), &encode(b"new-key"));
        let value = |text: &str| yaml::from_str::<Value>(text).unwrap();
        let (mut written, mut expected) = (value(written.expose_secret()), value(&expected));
        // What Go leaves out stands as an empty text: it says the same.
        for document in [&mut written, &mut expected] {
            document["clusters"][1] = Value::Null;
            document["contexts"][1] = Value::Null;
        }
        assert_eq!(written, expected);
    }

    #[test]
    fn a_ca_and_no_verification_are_not_written_together() {
        let insecure =
            text().replace("server: 'https://h'", "server: 'https://h', insecure-skip-tls-verify: true");
        let written = Embedded::parse(insecure.as_bytes()).unwrap().with(b"ca", b"crt", b"key").unwrap();
        assert!(!written.expose_secret().contains("insecure"));
        let by_path = insecure.replace("certificate-authority-data", "certificate-authority");
        let written = Embedded::parse(by_path.as_bytes()).unwrap().with(b"ca", b"crt", b"key").unwrap();
        assert!(
            written.expose_secret().contains("insecure-skip-tls-verify: true"),
            "it is its owner's choice"
        );
    }

    #[test]
    fn a_certificate_in_a_file_is_read_beside_the_kubeconfig_and_put_into_it() {
        let text = text()
            .replace(
                &format!("client-certificate-data: {}", encode(CERTIFICATE)),
                "client-certificate: u.crt",
            )
            .replace(&format!("client-key-data: {}", encode(KEY)), "client-key: /u.key");
        let files = |path: &Path| match path.to_str()? {
            "/k/u.crt" => Some(CERTIFICATE.to_vec().into()),
            "/u.key" => Some(KEY.to_vec().into()),
            _ => None,
        };
        let embedded = Embedded::parse_with(text.as_bytes(), Path::new("/k/a.conf"), files).unwrap();
        assert_eq!(&**embedded.key().unwrap(), KEY);
        let written = embedded.with(b"new-ca", b"new-certificate", b"new-key").unwrap();
        let user = &yaml::from_str::<Value>(written.expose_secret()).unwrap()["users"][1]["user"];
        let expected = serde_json::json!({
            "as": "a", "client-certificate-data": encode(b"new-certificate"), "client-key-data": encode(b"new-key"),
        });
        assert_eq!(*user, expected);
        let error = Embedded::parse(text.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "names u.crt for its client certificate, which is not there");
    }

    #[test]
    fn another_ca_is_told_from_the_cluster_s() {
        let embedded = Embedded::parse(text().as_bytes()).unwrap();
        let own = pki::certificates(AUTHORITY).unwrap().own.der;
        assert!(!embedded.trusts_another(&own) && embedded.trusts_another(b"another"));
        let by_path = text().replace("certificate-authority-data", "certificate-authority");
        assert!(!Embedded::parse(by_path.as_bytes()).unwrap().trusts_another(&own));
    }

    #[test]
    fn what_carries_no_certificate_is_told_why() {
        for (from, to, said) in [
            ("current-context: c", "current-context: x", "has no current context with a cluster and a user"),
            (
                "client-certificate-data",
                "x",
                "carries no client certificate: its current user has no client-certificate-data",
            ),
            (
                "kind: Config",
                "kind: Pod",
                "cannot be read: it is of kind Pod, apiVersion v1; Config, v1 is wanted",
            ),
        ] {
            let error = Embedded::parse(text().replace(from, to).as_bytes()).unwrap_err();
            assert_eq!(error.to_string(), said);
        }
        let broken = text().replace(&encode(CERTIFICATE), &encode(b"hunter2"));
        let error = Embedded::parse(broken.as_bytes()).unwrap_err().to_string();
        assert_eq!(error, "has a client certificate that cannot be used: it holds no certificate in PEM");
    }
}
