//! `token create --control-plane`: the certificates that a further control plane needs, from this host's files to the
//! cluster.

use jiff::Timestamp;

use super::failure::TokenFailure;
use super::reached::Reached;
use crate::cli::failure::Failure;
use crate::cli::plan_inputs;
use crate::config::{Config, Stored};
use crate::host::{FileError, Node};
use crate::join::JoinCommand;
use crate::manifests::component::Resolver;
use crate::manifests::objects::Object;
use crate::manifests::patches::Patches;
use crate::pki;
use crate::plan::{self, ClusterState, Files, HostInputs, Inputs, Paths, Phase};
use crate::secret::Secret;

/// The objects of the phase upload-certs, and the key that opens them: that of `config`, or a new one. All else that
/// counts is in the cluster's own configuration. `command` says which CA the cluster shows.
pub fn plan(
    node: &Node,
    reached: &Reached,
    config: &Config,
    command: &JoinCommand,
    now: Timestamp,
) -> Result<(Vec<Object>, Secret), Failure> {
    let config = as_in_the_cluster(reached, config)?;
    let paths = Paths { kubeconfig: reached.kubeconfig.clone(), ..Paths::default() };
    let files = files(node, &config).map_err(TokenFailure::ReadCertificates)?;
    judge(reached, &config, &files, command)?;
    let upload = plan_inputs::fresh_upload(&config)?;
    let key = upload.key.to_hex();
    let (patches, host) = (Patches::default(), no_host());
    let inputs = Inputs::new(config.spec(), &files, &patches, &host, &paths, now);
    let inputs = Inputs { upload: Some(upload), ..inputs };
    let effects = plan::cluster_effects(&inputs, &files, &ClusterState::default(), &[Phase::UploadCerts])?;
    Ok((effects.iter().flat_map(|effect| effect.action.describe().subject.sent()).cloned().collect(), key))
}

/// `config` with the ClusterConfiguration that init has stored, where further control planes can join by it.
fn as_in_the_cluster(reached: &Reached, config: &Config) -> Result<Config, Failure> {
    let text = reached.store.cluster_configuration().map_err(TokenFailure::Call)?;
    let cluster = Stored::parse_cluster(&text.ok_or(TokenFailure::NoClusterConfiguration)?)?;
    if cluster.control_plane_endpoint.is_none() {
        return Err(Failure::NoControlPlaneEndpoint);
    }
    Ok(Config { cluster, ..config.clone() })
}

fn files(node: &Node, config: &Config) -> Result<Files, FileError> {
    let found = node.tree().read(&plan::shared_paths(&config.cluster))?;
    Ok(found.into_iter().map(|(path, found)| (path, found.content)).collect())
}

/// All files must be here, and be those of the cluster that the kubeconfig leads to.
fn judge(
    reached: &Reached,
    config: &Config,
    files: &Files,
    command: &JoinCommand,
) -> Result<(), TokenFailure> {
    if let Some(path) = plan::shared_paths(&config.cluster).into_iter().find(|path| !files.contains_key(path))
    {
        return Err(TokenFailure::NotHere { path });
    }
    let ca = config.cluster.certificates_dir.join("ca.crt");
    let hashes = files.get(&ca).and_then(|found| pki::ca_cert_hashes(found.bytes()).ok()).unwrap_or_default();
    if hashes.iter().any(|hash| command.ca_cert_hashes.contains(hash)) {
        Ok(())
    } else {
        Err(TokenFailure::OtherCluster { ca, kubeconfig: reached.kubeconfig.clone() })
    }
}

/// The certificates hold nothing of the host.
fn no_host() -> HostInputs {
    HostInputs {
        name: String::new(),
        resolver: Resolver::Other,
        ca_directories: Vec::new(),
        proxies: Vec::new(),
        foreign_mounts: Vec::new(),
    }
}
