//! The certificates of a host → how long each of them holds.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

use super::inputs::{certificate_path, kubelet_path};
use super::renewable::{CertificateFiles, authorities, embedded, targets};
use super::{Content, Files};
use crate::config::Spec;
use crate::pki::{self, Ca, FoundCert};

/// What is looked at; keys are not read.
#[derive(Debug)]
pub struct ExpirationInputs<'a> {
    /// The configuration that says which certificates there are, and where.
    pub spec: Spec<'a>,
    /// Those of [`expiration_paths`] that are there.
    pub files: &'a Files,
    /// Where `admin.conf` and its like are.
    pub kubeconfig_dir: &'a Path,
    /// Those that are there and cannot be read, with what is in the way.
    pub unread: &'a BTreeMap<PathBuf, String>,
    /// Those of [`authority_keys`] that are there.
    pub keys: &'a [PathBuf],
}

/// The ends of a host's certificates.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Expirations {
    /// Of the control plane, in the order of their names, as kubeadm lists them.
    pub certificates: Vec<Expiration>,
    /// Of the CAs, in the order of their names.
    pub authorities: Vec<Expiration>,
    /// The kubelet's own, which it renews by itself, as far as they are there.
    pub kubelet: Vec<Expiration>,
    /// Every file whose end cannot be told, with its path, once each.
    pub refusals: Vec<String>,
}

/// What is known of one certificate's end.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Expiration {
    /// kubeadm's name, such as `apiserver-etcd-client` or `admin.conf`.
    pub name: &'static str,
    /// Whether it is there and can be read.
    pub state: State,
}

/// What was found at a certificate's path.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum State {
    /// There is no file.
    Missing,
    /// Something is there, and it has no end that can be told.
    Unreadable,
    /// A certificate, and its end.
    Held(Held),
}

impl Expiration {
    /// `None` where it is missing, or has no end that can be told.
    pub fn found(&self) -> Option<&Held> {
        match &self.state {
            State::Held(held) => Some(held),
            State::Missing | State::Unreadable => None,
        }
    }
}

/// A certificate as it is on the host.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Held {
    /// The certificate's file, or the kubeconfig that it is in.
    pub path: PathBuf,
    /// Its notAfter.
    pub until: Timestamp,
    /// The name of its CA; nothing for a CA.
    pub authority: Option<String>,
    /// Whether `certs renew` can renew it.
    pub managed: Managed,
}

/// Who renews a certificate.
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
pub fn expiration_paths(spec: Spec<'_>, kubeconfig_dir: &Path) -> Vec<PathBuf> {
    let authorities =
        authorities(spec).into_iter().map(|(ca, _)| certificate_path(spec.cluster, &ca.certificate_path()));
    let targets = targets(spec, kubeconfig_dir).into_iter().map(|target| match target.place {
        CertificateFiles::Pair { certificate, .. } => certificate,
        CertificateFiles::Kubeconfig(path) => path,
    });
    let kubelet = KUBELET.iter().flat_map(|(_, names)| *names).map(|name| kubelet_path(name));
    authorities.chain(targets).chain(kubelet).collect()
}

/// The CAs' keys, of which only counts whether they are there.
pub fn authority_keys(spec: Spec<'_>) -> Vec<PathBuf> {
    authorities(spec).into_iter().map(|(ca, _)| certificate_path(spec.cluster, &ca.key_path())).collect()
}

/// Tells the end of each certificate; a file that is odd does not hide the others.
pub fn expirations(inputs: &ExpirationInputs<'_>) -> Expirations {
    let mut reader = Reader { inputs, refusals: Vec::new() };
    let (certificates, authorities) = (reader.certificates(), reader.authorities());
    let kubelet = reader.kubelet();
    Expirations { certificates, authorities, kubelet, refusals: reader.refusals }
}

struct Reader<'a> {
    inputs: &'a ExpirationInputs<'a>,
    refusals: Vec<String>,
}

/// A certificate that was read, or why there is none: missing, or a refusal.
type Read = Result<FoundCert, Option<String>>;

impl Reader<'_> {
    fn certificates(&mut self) -> Vec<Expiration> {
        let targets = targets(self.inputs.spec, self.inputs.kubeconfig_dir);
        let mut all = Vec::new();
        for target in targets {
            let signer = target.request.signer;
            let (path, read) = match &target.place {
                CertificateFiles::Pair { certificate, .. } => (certificate, self.certificate(certificate)),
                CertificateFiles::Kubeconfig(path) => (path, self.embedded(path)),
            };
            let authority = Some(signer.name().to_owned());
            let state = state(path, read, |_| (authority, self.managed(signer)));
            all.push(self.told(target.item.name, state));
        }
        all
    }

    /// In the order of their names.
    fn authorities(&mut self) -> Vec<Expiration> {
        let mut all = Vec::new();
        for (ca, _) in authorities(self.inputs.spec) {
            let path = certificate_path(self.inputs.spec.cluster, &ca.certificate_path());
            let state = state(&path, self.certificate(&path), |_| (None, self.managed(ca)));
            all.push(self.told(ca.name(), state));
        }
        all.sort_by_key(|row| row.name);
        all
    }

    /// They are signed in the cluster, or by the kubelet itself.
    fn kubelet(&mut self) -> Vec<Expiration> {
        let own = certificate_path(self.inputs.spec.cluster, &Ca::Cluster.certificate_path());
        let ca = self.inputs.files.get(&own).and_then(|text| pki::certificates(text.bytes()).ok());
        let authority = |cert: &FoundCert| {
            let by_cluster = ca.as_ref().is_some_and(|ca| ca.own.subject == cert.issuer);
            if by_cluster { Some(Ca::Cluster.name().to_owned()) } else { cert.issuer_common_name.clone() }
        };
        let mut all = Vec::new();
        for (name, files) in KUBELET {
            let is_there = |path: &PathBuf| {
                self.inputs.files.contains_key(path) || self.inputs.unread.contains_key(path)
            };
            let Some(path) = files.iter().map(|file| kubelet_path(file)).find(is_there) else { continue };
            let read = self.certificate(&path);
            let state = state(&path, read, |cert| (authority(cert), Managed::Here));
            all.push(self.told(name, state));
        }
        all
    }

    fn told(&mut self, name: &'static str, state: Result<State, String>) -> Expiration {
        let state = state.unwrap_or_else(|refusal| {
            self.refusals.push(refusal);
            State::Unreadable
        });
        Expiration { name, state }
    }

    fn text(&self, path: &Path) -> Result<&Content, Option<String>> {
        match self.inputs.unread.get(path) {
            Some(why) => Err(Some(why.clone())),
            None => self.inputs.files.get(path).ok_or(None),
        }
    }

    fn certificate(&self, path: &Path) -> Read {
        let read = pki::certificates(self.text(path)?.bytes());
        read.map(|bundle| bundle.own).map_err(|bad| Some(format!("{} cannot be used: {bad}", path.display())))
    }

    fn embedded(&self, path: &Path) -> Read {
        let read = embedded(path, self.text(path)?, self.inputs.files);
        read.map(|embedded| embedded.certificate.own).map_err(Some)
    }

    /// A CA's certificate without its key.
    fn managed(&self, ca: Ca) -> Managed {
        let config = self.inputs.spec;
        let is_here =
            self.inputs.files.contains_key(&certificate_path(config.cluster, &ca.certificate_path()));
        let has_key = self.inputs.keys.contains(&certificate_path(config.cluster, &ca.key_path()));
        if is_here && !has_key { Managed::Externally } else { Managed::Here }
    }
}

fn state(
    path: &Path,
    read: Read,
    of: impl FnOnce(&FoundCert) -> (Option<String>, Managed),
) -> Result<State, String> {
    match read {
        Ok(cert) => {
            let (authority, managed) = of(&cert);
            Ok(State::Held(Held { path: path.to_owned(), until: cert.not_after, authority, managed }))
        }
        Err(None) => Ok(State::Missing),
        Err(Some(refusal)) => Err(refusal),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::fixtures;

    fn files() -> Files {
        let config = fixtures::config();
        let existing = fixtures::complete(config.spec());
        let read = |path: &PathBuf| {
            let below = path.strip_prefix(&config.cluster.certificates_dir).ok()?.to_str()?;
            Some(Content::new(existing.get(below)?))
        };
        let paths = expiration_paths(config.spec(), Path::new("/etc/kubernetes"));
        paths.into_iter().filter_map(|path| Some((path.clone(), read(&path)?))).collect()
    }

    fn told(files: &Files, keys: &[PathBuf]) -> Expirations {
        told_beside(files, &BTreeMap::new(), keys)
    }

    fn told_beside(files: &Files, unread: &BTreeMap<PathBuf, String>, keys: &[PathBuf]) -> Expirations {
        let kubeconfig_dir = Path::new("/etc/kubernetes");
        expirations(&ExpirationInputs {
            spec: fixtures::config().spec(),
            files,
            kubeconfig_dir,
            unread,
            keys,
        })
    }

    fn row<'a>(rows: &'a [Expiration], name: &str) -> Option<&'a Held> {
        rows.iter().find(|row| row.name == name).unwrap().found()
    }

    #[test]
    fn what_is_there_has_its_end_and_what_is_not_is_missing() {
        let all = told(&files(), &authority_keys(fixtures::config().spec()));
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
        let all = told(&files(), &authority_keys(fixtures::config().spec())[1..]);
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
        let all = told(&files, &[]);
        let told: Vec<_> =
            all.kubelet.iter().map(|row| (row.name, row.found().unwrap().authority.as_deref())).collect();
        assert_eq!(told, [("kubelet-client", Some("ca")), ("kubelet-server", Some("etcd-ca"))]);
    }

    #[test]
    fn every_broken_file_is_named_and_the_others_have_their_ends() {
        let mut files = files();
        for path in ["/etc/kubernetes/pki/apiserver.crt", "/etc/kubernetes/admin.conf"] {
            files.insert(path.into(), Content::new("- broken"));
        }
        let folder = PathBuf::from("/etc/kubernetes/pki/etcd/peer.crt");
        files.remove(&folder);
        let unread = BTreeMap::from([(folder, "cannot read it: it is a folder".to_owned())]);
        let all = told_beside(&files, &unread, &[]);
        let said = all.refusals.join("\n");
        assert!(said.contains("pki/apiserver.crt cannot be used: it holds no certificate in PEM"), "{said}");
        assert!(said.contains("/etc/kubernetes/admin.conf cannot be read"), "{said}");
        assert!(said.contains("cannot read it: it is a folder"), "{said}");
        let names = |wanted: &dyn Fn(&State) -> bool| {
            let rows = all.certificates.iter().filter(|row| wanted(&row.state));
            rows.map(|row| row.name).collect::<Vec<_>>()
        };
        assert_eq!(names(&|state| *state == State::Unreadable), ["admin.conf", "apiserver", "etcd-peer"]);
        assert_eq!(names(&|state| matches!(state, State::Held(_))).len(), 5);
    }
}
