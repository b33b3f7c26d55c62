//! A kubeconfig → the server that it leads to, whom it trusts, and as whom it comes; of its key the public half.

use std::path::{Path, PathBuf};

use super::content::Pem;
use crate::kubeconfig::{Document, Part, Trust, beside};
use crate::text::in_full;

/// A kubeconfig's current context.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Kubeconfig {
    /// `10.0.0.1:6443`
    pub place: String,
    /// The name that the server's certificate has to be for.
    pub name: String,
    /// Whom it trusts; nothing where it does not say, or trusts anybody.
    pub authority: Option<Source>,
    /// As whom it comes; nothing where it comes with a token, or as nobody.
    pub identity: Option<Identity>,
    /// Whether it has a token, a password or a plug-in.
    pub has_other_credentials: bool,
}

/// A client certificate and its key.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Identity {
    /// The certificate, and its chain.
    pub certificate: Source,
    /// Its key.
    pub key: Source,
}

/// Where something is.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Source {
    /// In the kubeconfig, in this field.
    Data(&'static str, Box<Pem>),
    /// In a file of its own.
    File(PathBuf),
}

impl Kubeconfig {
    /// Of the text at this path; or what is wrong with it.
    pub fn parse(text: &[u8], path: &Path) -> Result<Self, String> {
        let document = Document::parse(text).map_err(|error| in_full(&error))?;
        let connection = document.connection().map_err(|error| in_full(&error))?;
        let source = |field, part: &Part<Vec<u8>>| match part {
            Part::Data(bytes) => Source::Data(field, Box::new(Pem::read(bytes))),
            Part::File(file) => Source::File(beside(path, file)),
        };
        let authority = match &connection.trust {
            Trust::Authority(part) => Some(source("certificate-authority-data", part)),
            Trust::Host | Trust::Nobody => None,
        };
        let user = &connection.user;
        let identity = user.identity.as_ref().map(|(certificate, key)| Identity {
            certificate: source("client-certificate-data", certificate),
            key: match key {
                Part::Data(text) => {
                    Source::Data("client-key-data", Box::new(Pem::read(text.expose_secret().as_bytes())))
                }
                Part::File(file) => Source::File(beside(path, file)),
            },
        });
        let host = connection.server.uri().host().unwrap_or_default();
        let host = host.trim_start_matches('[').trim_end_matches(']');
        Ok(Self {
            place: connection.server.place(),
            name: connection.server_name.clone().unwrap_or_else(|| host.to_owned()),
            authority,
            identity,
            has_other_credentials: user.token.is_some()
                || user.token_file.is_some()
                || user.basic.is_some()
                || user.plugin.is_some(),
        })
    }

    /// The files that it names.
    pub fn files(&self) -> impl Iterator<Item = &PathBuf> {
        let identity = self.identity.iter().flat_map(|identity| [&identity.certificate, &identity.key]);
        self.authority.iter().chain(identity).filter_map(|source| match source {
            Source::File(path) => Some(path),
            Source::Data(..) => None,
        })
    }

    /// Whether a private key stands in it.
    pub fn holds_key(&self) -> bool {
        self.identity.as_ref().is_some_and(|identity| matches!(identity.key, Source::Data(..)))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "{kind: Config, apiVersion: v1, current-context: c, contexts: [{name: c, context: {cluster: k, user: u}}], \
        clusters: [{name: k, cluster: {server: 'https://[fd00::1]:6443', certificate-authority: pki/ca.crt}}], \
        users: [{name: u, user: {client-certificate: u.crt, client-key: /u.key}}]}";

    #[test]
    fn files_count_from_the_kubeconfig_s_folder() {
        let read = Kubeconfig::parse(TEXT.as_bytes(), Path::new("/etc/kubernetes/a.conf")).unwrap();
        let files: Vec<_> = read.files().map(|path| path.display().to_string()).collect();
        assert_eq!(files, ["/etc/kubernetes/pki/ca.crt", "/etc/kubernetes/u.crt", "/u.key"]);
        assert_eq!((read.place.as_str(), read.name.as_str()), ("[fd00::1]:6443", "fd00::1"));
        assert!(!read.holds_key() && !read.has_other_credentials);
    }

    #[test]
    fn what_is_no_kubeconfig_says_why() {
        let said = Kubeconfig::parse(TEXT.replace("current-context: c", "x: c").as_bytes(), Path::new("/a"));
        assert_eq!(said.unwrap_err(), "it has no current-context");
    }
}
