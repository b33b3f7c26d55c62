//! The certificates of a host → how long each of them holds.

use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::draft::PlanError;
use super::inputs::{certificate_path, kubelet_path};
use super::renewable::{Place, authorities, targets};
use super::{Content, Files};
use crate::config::Config;
use crate::kubeconfig::Embedded;
use crate::pki::{self, Ca, FoundCert};

/// What is looked at; keys are not read.
#[derive(Debug)]
pub struct ExpirationInputs<'a> {
    pub config: &'a Config,
    /// Those of [`expiration_paths`] that are there.
    pub files: &'a Files,
    pub kubeconfig_dir: &'a Path,
    /// Those of [`authority_keys`] that are there.
    pub keys: &'a [PathBuf],
}

/// The ends of a host's certificates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expirations {
    /// Of the control plane, in the order of their names, as kubeadm lists them.
    pub certificates: Vec<Expiration>,
    pub authorities: Vec<Expiration>,
    /// The kubelet's own, which it renews by itself, as far as they are there.
    pub kubelet: Vec<Expiration>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiration {
    pub name: &'static str,
    /// Nothing where there is no such file.
    pub found: Option<Held>,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    pub path: PathBuf,
    pub until: Timestamp,
    /// The name of its CA; nothing for a CA.
    pub authority: Option<String>,
    pub managed: Managed,
}

/// Who makes a certificate anew.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Managed {
    /// Whoever has the key of its CA, which is here.
    Here,
    /// Whoever has the key of its CA, which is not here.
    Externally,
}

/// The first that is there of several files counts: a kubelet has its serving certificate from the cluster, or makes one.
const KUBELET: &[(&str, &[&str])] = &[
    ("kubelet-client", &["pki/kubelet-client-current.pem"]),
    ("kubelet-server", &["pki/kubelet-server-current.pem", "pki/kubelet.crt"]),
];

/// Every file that is read.
pub fn expiration_paths(config: &Config, kubeconfig_dir: &Path) -> Vec<PathBuf> {
    let authorities =
        authorities(config).into_iter().map(|(ca, _)| certificate_path(config, &ca.certificate_path()));
    let targets = targets(config, kubeconfig_dir).into_iter().map(|target| match target.place {
        Place::Pair { certificate, .. } => certificate,
        Place::Kubeconfig(path) => path,
    });
    let kubelet = KUBELET.iter().flat_map(|(_, names)| *names).map(|name| kubelet_path(name));
    authorities.chain(targets).chain(kubelet).collect()
}

/// The CAs' keys, of which only counts whether they are there.
pub fn authority_keys(config: &Config) -> Vec<PathBuf> {
    authorities(config).into_iter().map(|(ca, _)| certificate_path(config, &ca.key_path())).collect()
}

/// Tells the end of each certificate.
///
/// # Errors
/// Every file that cannot be read as a certificate, all at once.
pub fn expirations(inputs: &ExpirationInputs<'_>) -> Result<Expirations, PlanError> {
    let mut reader = Reader { inputs, refusals: Vec::new() };
    let all = Expirations {
        certificates: reader.certificates(),
        authorities: reader.authorities(),
        kubelet: reader.kubelet(),
    };
    if reader.refusals.is_empty() { Ok(all) } else { Err(PlanError::Unreadable(reader.refusals)) }
}

struct Reader<'a> {
    inputs: &'a ExpirationInputs<'a>,
    refusals: Vec<String>,
}

impl Reader<'_> {
    fn certificates(&mut self) -> Vec<Expiration> {
        let targets = targets(self.inputs.config, self.inputs.kubeconfig_dir);
        let mut all = Vec::new();
        for target in targets {
            let signer = target.request.signer;
            let found = match &target.place {
                Place::Pair { certificate, .. } => self.certificate(certificate),
                Place::Kubeconfig(path) => self.embedded(path),
            };
            let found = found.map(|(path, cert)| Held {
                path,
                until: cert.not_after,
                authority: Some(signer.name().to_owned()),
                managed: self.managed(signer),
            });
            all.push(Expiration { name: target.item.name, found });
        }
        all
    }

    /// In the order of their names.
    fn authorities(&mut self) -> Vec<Expiration> {
        let mut all = Vec::new();
        for (ca, _) in authorities(self.inputs.config) {
            let found = self.certificate(&certificate_path(self.inputs.config, &ca.certificate_path()));
            let managed = self.managed(ca);
            let found =
                found.map(|(path, cert)| Held { path, until: cert.not_after, authority: None, managed });
            all.push(Expiration { name: ca.name(), found });
        }
        all.sort_by_key(|row| row.name);
        all
    }

    /// They are signed in the cluster, or by the kubelet itself.
    fn kubelet(&mut self) -> Vec<Expiration> {
        let own = certificate_path(self.inputs.config, &Ca::Cluster.certificate_path());
        let ca = self.inputs.files.get(&own).and_then(|text| pki::certificates(text.bytes()).ok());
        let mut all = Vec::new();
        for (name, files) in KUBELET {
            let path =
                files.iter().map(|file| kubelet_path(file)).find(|path| self.inputs.files.contains_key(path));
            let found = path.and_then(|path| self.certificate(&path)).map(|(path, cert)| {
                let by_cluster = ca.as_ref().is_some_and(|ca| ca.own.subject == cert.issuer);
                let authority =
                    if by_cluster { Some(Ca::Cluster.name().to_owned()) } else { cert.issuer_common_name };
                Held { path, until: cert.not_after, authority, managed: Managed::Here }
            });
            all.extend(found.map(|found| Expiration { name, found: Some(found) }));
        }
        all
    }

    fn certificate(&mut self, path: &Path) -> Option<(PathBuf, FoundCert)> {
        let text = self.inputs.files.get(path)?;
        let read = pki::certificates(text.bytes())
            .map_err(|bad| format!("{} cannot be used: {bad}", path.display()));
        self.kept(read).map(|bundle| (path.to_owned(), bundle.own))
    }

    fn embedded(&mut self, path: &Path) -> Option<(PathBuf, FoundCert)> {
        let text: &Content = self.inputs.files.get(path)?;
        let read = Embedded::parse(text.bytes()).map_err(|why| format!("{} {why}", path.display()));
        self.kept(read).map(|embedded| (path.to_owned(), embedded.certificate.own))
    }

    fn kept<T>(&mut self, read: Result<T, String>) -> Option<T> {
        read.map_err(|refusal| self.refusals.push(refusal)).ok()
    }

    /// A CA's certificate without its key.
    fn managed(&self, ca: Ca) -> Managed {
        let config = self.inputs.config;
        let is_here = self.inputs.files.contains_key(&certificate_path(config, &ca.certificate_path()));
        let has_key = self.inputs.keys.contains(&certificate_path(config, &ca.key_path()));
        if is_here && !has_key { Managed::Externally } else { Managed::Here }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::fixtures;

    fn files() -> Files {
        let config = fixtures::config();
        let existing = fixtures::complete(&config);
        let read = |path: &PathBuf| {
            let below = path.strip_prefix(&config.cluster.certificates_dir).ok()?.to_str()?;
            Some(Content::new(existing.get(below)?))
        };
        let paths = expiration_paths(&config, Path::new("/etc/kubernetes"));
        paths.into_iter().filter_map(|path| Some((path.clone(), read(&path)?))).collect()
    }

    fn told(files: &Files, keys: &[PathBuf]) -> Result<Expirations, PlanError> {
        let kubeconfig_dir = Path::new("/etc/kubernetes");
        expirations(&ExpirationInputs { config: &fixtures::config(), files, kubeconfig_dir, keys })
    }

    fn row<'a>(rows: &'a [Expiration], name: &str) -> Option<&'a Held> {
        rows.iter().find(|row| row.name == name).unwrap().found.as_ref()
    }

    #[test]
    fn what_is_there_has_its_end_and_what_is_not_is_missing() {
        let all = told(&files(), &authority_keys(&fixtures::config())).unwrap();
        let server = row(&all.certificates, "etcd-server").unwrap();
        assert_eq!(server.until.to_string(), "2027-11-21T08:00:00Z");
        assert_eq!((server.authority.as_deref(), server.managed), (Some("etcd-ca"), Managed::Here));
        assert_eq!(row(&all.certificates, "admin.conf"), None);
        let names: Vec<_> = all.authorities.iter().map(|row| row.name).collect();
        assert_eq!(names, ["ca", "etcd-ca", "front-proxy-ca"]);
        assert!(all.kubelet.is_empty());
    }

    #[test]
    fn a_ca_without_its_key_is_managed_elsewhere_and_so_is_all_below_it() {
        let all = told(&files(), &authority_keys(&fixtures::config())[1..]).unwrap();
        let managed = |rows: &[Expiration], name| row(rows, name).unwrap().managed;
        assert_eq!(managed(&all.authorities, "ca"), Managed::Externally);
        assert_eq!(managed(&all.certificates, "apiserver"), Managed::Externally);
        assert_eq!(managed(&all.certificates, "etcd-server"), Managed::Here);
    }

    #[test]
    fn the_kubelet_s_own_are_told_with_whoever_signed_them() {
        let mut files = files();
        let client = files[Path::new("/etc/kubernetes/pki/apiserver-kubelet-client.crt")].clone();
        files.insert("/var/lib/kubelet/pki/kubelet-client-current.pem".into(), client);
        let server = files[Path::new("/etc/kubernetes/pki/etcd/server.crt")].clone();
        files.insert("/var/lib/kubelet/pki/kubelet.crt".into(), server);
        let all = told(&files, &[]).unwrap();
        let told: Vec<_> = all
            .kubelet
            .iter()
            .map(|row| (row.name, row.found.as_ref().unwrap().authority.as_deref()))
            .collect();
        assert_eq!(told, [("kubelet-client", Some("ca")), ("kubelet-server", Some("etcd-ca"))]);
    }

    #[test]
    fn every_broken_file_is_named() {
        let mut files = files();
        for path in ["/etc/kubernetes/pki/apiserver.crt", "/etc/kubernetes/admin.conf"] {
            files.insert(path.into(), Content::new("- broken"));
        }
        let said = told(&files, &[]).unwrap_err().to_string();
        assert!(said.contains("pki/apiserver.crt cannot be used: it holds no certificate in PEM"), "{said}");
        assert!(said.contains("/etc/kubernetes/admin.conf cannot be read"), "{said}");
    }
}
