//! Which configuration a command of `certs` goes by: that of a file, that of the cluster, or kubeadm's defaults.

use std::path::{Path, PathBuf};

use super::failure::CertsFailure;
use crate::cli::failure::Failure;
use crate::cli::flags::FlagValues;
use crate::cli::request::{self, folder};
use crate::config::{self, ClusterSpec, Config, ConfigErrors, Flags, HostDefaults, Need, Requested, Stored};
use crate::duration::GoDuration;
use crate::facts::advertised_address;
use crate::host::{Access, ClusterError, Node, TokenError, TokenStore, Tree, observe};
use crate::kubeconfig::{self, ClientCertificate, Embedded};
use crate::pki::{self, FoundCert};
use crate::plan::{Content, Paths};
use crate::report;
use crate::text::in_full;

/// What the configuration is needed for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Purpose {
    /// Where the certificates are, and which there are.
    Places,
    /// What the certificates of this node say; defaults will not do.
    Certificates,
}

/// Why the cluster's own configuration is not known.
#[derive(Debug, thiserror::Error)]
enum NotFetched {
    #[error("there is no {}", .0.display())]
    NoKubeconfig(PathBuf),
    #[error(transparent)]
    Kubeconfig(#[from] ClusterError),
    #[error(transparent)]
    Call(#[from] TokenError),
    #[error("the cluster has no ConfigMap kube-system/kubeadm-config")]
    NoConfigMap,
    #[error(transparent)]
    Config(#[from] ConfigErrors),
}

/// The configuration by the flags; `--cert-dir` goes before it all. `files` are the control plane's: those of `host`, or of the folder
/// that stands for it.
pub fn settings(
    host: &Node,
    files: &Tree,
    given: FlagValues<'_>,
    purpose: Purpose,
) -> Result<Config, Failure> {
    known_settings(host, files, given, purpose).map(|(config, _)| config)
}

/// The same, and whether it is a configuration that somebody has written; else it is kubeadm's defaults.
pub fn known_settings(
    host: &Node,
    files: &Tree,
    given: FlagValues<'_>,
    purpose: Purpose,
) -> Result<(Config, bool), Failure> {
    let (mut config, is_known) = match given.text("config") {
        Some(_) => {
            let (requested, source) = request::read_with_source(host, given, &Flags::default())?;
            let config = resolve(requested, purpose, host, files)
                .map_err(|failure| failure.in_file(source.as_ref()))?;
            (config, true)
        }
        None => of_cluster(host, files, given, purpose)?,
    };
    if let Some(folder) = folder(given, "cert-dir")? {
        config.cluster.certificates_dir = folder;
    }
    Ok((config, is_known))
}

/// The cluster need not be up for its certificates to be looked at.
fn of_cluster(
    host: &Node,
    files: &Tree,
    given: FlagValues<'_>,
    purpose: Purpose,
) -> Result<(Config, bool), Failure> {
    let path = request::from_here(given, "kubeconfig")?.unwrap_or_else(|| Paths::default().kubeconfig);
    let defaults = || resolve(Requested::parse(None, &Flags::default())?, purpose, host, files);
    match (fetch(host, &path), purpose) {
        (Ok(cluster), _) => Ok((Config { cluster, ..defaults()? }, true)),
        (Err(why), Purpose::Certificates) => Err(CertsFailure::NoConfiguration { why: in_full(&why) }.into()),
        (Err(why), Purpose::Places) => {
            report::warn(&format!("{}; going by kubeadm's defaults, or by --config FILE", in_full(&why)));
            Ok((defaults()?, false))
        }
    }
}

/// Nothing is put into the cluster.
pub fn no_access(given: FlagValues<'_>) -> Access {
    let named = request::from_here(given, "kubeconfig").ok().flatten();
    let kubeconfig = named.unwrap_or_else(|| Paths::default().kubeconfig);
    Access {
        kubeconfig,
        super_admin: None,
        server: None,
        retry_limit: GoDuration::ZERO,
        watch: None,
        readiness: None,
    }
}

fn fetch(host: &Node, kubeconfig: &Path) -> Result<ClusterSpec, NotFetched> {
    let missing = || NotFetched::NoKubeconfig(kubeconfig.to_owned());
    let found = host.tree().read_named(kubeconfig).map_err(ClusterError::File)?.ok_or_else(missing)?;
    let text = TokenStore::open(kubeconfig, &found)?.cluster_configuration()?;
    Ok(Stored::parse_cluster(&text.ok_or(NotFetched::NoConfigMap)?)?)
}

fn resolve(requested: Requested, purpose: Purpose, host: &Node, files: &Tree) -> Result<Config, Failure> {
    let (defaults, need) = match purpose {
        Purpose::Places => (HostDefaults::default(), Need::Listing),
        Purpose::Certificates => (this_node(host, files)?, Need::Node),
    };
    let defaults = HostDefaults { fresh_tokens: request::fresh_tokens(&requested)?, ..defaults };
    Ok(config::resolve(requested, &defaults, need)?)
}

/// What the files of a node say of it goes before what the host would be called now.
pub fn this_node(host: &Node, files: &Tree) -> Result<HostDefaults, Failure> {
    let mut defaults = request::host_defaults(&observe::facts(host), Vec::new());
    // Which of several runtimes it is does not matter to a certificate.
    defaults.cri_sockets.clear();
    defaults.node_name = node_name(files)?.or(defaults.node_name);
    let manifest = files.read_one(Path::new("/etc/kubernetes/manifests/kube-apiserver.yaml"))?;
    let text = manifest.as_ref().and_then(|found| std::str::from_utf8(found.content.bytes()).ok());
    if let Some(address) = text.and_then(advertised_address) {
        defaults.addresses.default_route = Some(address);
        defaults.addresses.default_route_v6 = Some(address);
    }
    Ok(defaults)
}

/// By the kubelet's client certificate.
fn node_name(tree: &Tree) -> Result<Option<String>, Failure> {
    let path = Path::new("/etc/kubernetes/kubelet.conf");
    let Some(found) = tree.read_one(path)? else { return Ok(None) };
    let certificate = match kubeconfig::client_certificate(found.content.bytes(), path) {
        None => None,
        Some(ClientCertificate::Embedded) => embedded(&found.content),
        Some(ClientCertificate::File(path)) => {
            let text = tree.read_one(&path)?;
            text.and_then(|text| pki::certificates(text.content.bytes()).ok()).map(|bundle| bundle.own)
        }
    };
    let name = certificate.and_then(|cert| cert.common_name);
    Ok(name.and_then(|name| name.strip_prefix("system:node:").map(str::to_owned)))
}

fn embedded(text: &Content) -> Option<FoundCert> {
    Embedded::parse(text.bytes()).ok().map(|embedded| embedded.certificate.own)
}
