//! What a joining node writes and waits for.

use std::path::{Path, PathBuf};

use super::draft::{Draft, PlanError, holds};
use super::host_effects::Planner;
use super::inputs::{self, Inputs, JoinInputs, KUBERNETES, certificate_path, kubelet_path, manifest_path};
use super::{
    Action, Bootstrap, BootstrapFrom, Content, Directory, Effect, EtcdAccess, EtcdJoin, FileKind, Files,
    Learner, Phase,
};
use crate::config::{Config, Etcd};
use crate::facts::MemberId;
use crate::join::is_blank;
use crate::manifests::etcd::{InitialCluster, InitialMember, client_url, peer_url};
use crate::manifests::kubelet_env::Taints;
use crate::manifests::objects;
use crate::manifests::static_pod::StaticPod;
use crate::pki::{self, Ca, Minted};

const BOOTSTRAP_KUBECONFIG: &str = "bootstrap-kubelet.conf";
const KUBELET_KUBECONFIG: &str = "kubelet.conf";
/// The certificate with which kubeadm and kubewright call etcd.
const ETCD_CLIENT: &str = "etcd/healthcheck-client";

impl Planner<'_> {
    /// The files that control planes share, as they came out of the cluster.
    pub(super) fn shared_certificates(&mut self) -> Vec<Action> {
        let Some(joining) = self.inputs.joining else { return Vec::new() };
        let places = inputs::shared_places(self.inputs.config).into_iter();
        let fetched = places.filter_map(|(path, kind)| Some((joining.shared.get(&path)?, path, kind)));
        fetched.map(|(content, path, kind)| self.shared_certificate(path, kind, content)).collect()
    }

    fn shared_certificate(&mut self, path: PathBuf, kind: pki::FileKind, content: &Content) -> Action {
        match self.inputs.files.get(&path) {
            Some(found) if holds(kind, found, content) => Action::KeepFile(path),
            Some(_) | None => self.write(path, FileKind::Pki(kind), content.clone()),
        }
    }

    fn write_or_keep(&mut self, path: PathBuf, kind: FileKind, content: Content) -> Action {
        if self.inputs.files.get(&path) == Some(&content) {
            Action::KeepFile(path)
        } else {
            self.write(path, kind, content)
        }
    }

    /// The kubelet's settings, with which it asks the cluster for a certificate.
    pub(super) fn bootstrap_kubelet(&mut self) -> Result<Vec<Action>, PlanError> {
        let Some(joining) = self.inputs.joining else { return Ok(Vec::new()) };
        let mut files = match &joining.bootstrap {
            Some(text) => self.ask_for_certificate(text),
            None => vec![Action::KeepFile(kubelet_kubeconfig())],
        };
        let authority = &joining.join.ca_cert_path;
        // A control plane has its CA by now, and kubeadm leaves any file that is there.
        if !self.files.contains_key(authority) {
            let kind = FileKind::Pki(pki::FileKind::Certificate);
            files.push(self.write(authority.clone(), kind, joining.authority.clone()));
        }
        let taints = if joining.join.control_plane.is_some() {
            // A kubelet that starts without this folder looks for it again only after its time.
            let manifests = Directory { path: manifests_folder(), mode: FileKind::Manifest.folder_mode() };
            files.push(Action::MakeDir(manifests));
            Taints::Later
        } else {
            Taints::Kubelet
        };
        let kubelet = self.kubelet(taints)?;
        Ok(files.into_iter().chain(kubelet).collect())
    }

    fn ask_for_certificate(&mut self, bootstrap: &Content) -> Vec<Action> {
        let write = self.write_or_keep(bootstrap_path(), FileKind::Kubeconfig, bootstrap.clone());
        let torn = self.inputs.files.get(&kubelet_certificate()).filter(|found| is_blank(found.bytes()));
        // With one that lost power has emptied, a kubelet would not start.
        torn.map(|_| Action::RemoveFile(kubelet_certificate())).into_iter().chain([write]).collect()
    }

    /// Rendered now, so that a patch that does not fit is refused before anything is written; the members are known,
    /// and the manifest written, once this host's own is among them: [`etcd_effects`].
    pub(super) fn join_etcd(&mut self) -> Result<Vec<Action>, PlanError> {
        self.etcd().map(|_| Vec::new())
    }

    pub(super) fn wait_bootstrap(&self) -> Vec<Action> {
        let is_control_plane = |joining: &JoinInputs| joining.join.control_plane.is_some();
        let is_local = self.inputs.config.has(self.inputs.config.minor.switches.local_kubelet);
        let from = if is_local && self.inputs.joining.is_some_and(is_control_plane) {
            BootstrapFrom::OwnApiServer
        } else {
            BootstrapFrom::Cluster
        };
        let annotation = objects::cri_socket(self.inputs.config).map(|object| Action::Send(vec![object]));
        wait_bootstrap(self.inputs.config, from).into_iter().chain(annotation).collect()
    }

    pub(super) fn check_etcd(&self) -> Vec<Action> {
        match self.inputs.config.cluster.etcd {
            Etcd::Local(_) => vec![Action::CheckEtcd(etcd_access(self.inputs.config))],
            Etcd::External(_) => Vec::new(),
        }
    }
}

/// Writes the static pod of a member that the cluster knows as a learner, and makes it a voting one.
pub fn etcd_effects(
    inputs: &Inputs<'_>,
    draft: &Draft,
    wanted: &EtcdJoin,
    joined: Joined,
) -> Result<Vec<Effect>, PlanError> {
    let mut actions = match (joined.standing, inputs.files.contains_key(&etcd_manifest())) {
        (Standing::Started, true) => vec![Action::KeepFile(etcd_manifest())],
        (Standing::Started, false) | (Standing::New, _) => etcd_pod(inputs, draft, joined.cluster)?,
    };
    actions.push(Action::PromoteEtcd(Learner {
        access: wanted.access.clone(),
        member: joined.member,
        client_url: client_url(inputs.config.init.endpoint.advertise_address),
        cri_socket: wanted.cri_socket.clone(),
    }));
    Ok(actions.into_iter().map(|action| Effect { phase: Phase::JoinEtcd, action }).collect())
}

fn etcd_pod(inputs: &Inputs<'_>, draft: &Draft, cluster: InitialCluster) -> Result<Vec<Action>, PlanError> {
    let minted = Minted::default();
    Planner { inputs, draft, minted: &minted, files: Files::new(), etcd: Some(cluster) }.etcd()
}

/// What the cluster's etcd made of this host's wish to join.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Joined {
    pub member: MemberId,
    pub standing: Standing,
    pub cluster: InitialCluster,
}

/// How far a member has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Standing {
    New,
    /// An earlier join's: it has been up, and its manifest, if it is there, made it so.
    Started,
}

impl Joined {
    /// For a dry run, which does not ask who else there is.
    pub fn alone(wanted: &EtcdJoin) -> Self {
        let own = InitialMember { name: wanted.name.clone(), peer_urls: vec![wanted.peer_url.clone()] };
        Self { member: MemberId(0), standing: Standing::New, cluster: InitialCluster(vec![own]) }
    }
}

fn manifests_folder() -> PathBuf {
    manifest_path(StaticPod::Etcd).parent().map(Path::to_owned).unwrap_or_default()
}

pub fn bootstrap_path() -> PathBuf {
    Path::new(KUBERNETES).join(BOOTSTRAP_KUBECONFIG)
}

/// The static pod of this host's etcd.
pub fn etcd_manifest() -> PathBuf {
    manifest_path(StaticPod::Etcd)
}

/// Which the kubelet writes when it gets its certificate.
pub fn kubelet_kubeconfig() -> PathBuf {
    Path::new(KUBERNETES).join(KUBELET_KUBECONFIG)
}

/// Where the kubelet keeps the certificate and the key that it has, unless its configuration says another place.
pub fn kubelet_certificate() -> PathBuf {
    kubelet_path("pki/kubelet-client-current.pem")
}

/// The wait for the kubelet's certificate, by itself.
pub fn bootstrap_wait(config: &Config) -> Vec<Effect> {
    let phase = Phase::JoinKubeletWaitBootstrap;
    wait_bootstrap(config, BootstrapFrom::Cluster).map(|action| Effect { phase, action }).into()
}

/// The bootstrap kubeconfig holds a token, which nobody needs once the kubelet has its certificate.
fn wait_bootstrap(config: &Config, from: BootstrapFrom) -> [Action; 2] {
    let wait = Bootstrap {
        kubeconfig: kubelet_kubeconfig(),
        credentials: bootstrap_path(),
        from,
        timeout: config.init.timeouts.tls_bootstrap,
    };
    [Action::AwaitBootstrap(wait), Action::RemoveFile(bootstrap_path())]
}

fn etcd_access(config: &Config) -> EtcdAccess {
    EtcdAccess {
        authority: certificate_path(config, &Ca::Etcd.certificate_path()),
        certificate: certificate_path(config, &format!("{ETCD_CLIENT}.crt")),
        key: certificate_path(config, &format!("{ETCD_CLIENT}.key")),
        timeout: config.init.timeouts.etcd_api_call,
    }
}

/// The member that this host becomes; none where etcd is external.
pub fn etcd_join(config: &Config) -> Option<EtcdJoin> {
    let Etcd::Local(local) = &config.cluster.etcd else { return None };
    Some(EtcdJoin {
        access: etcd_access(config),
        name: config.init.node.name.to_string(),
        peer_url: peer_url(config.init.endpoint.advertise_address),
        data_dir: local.data_dir.clone(),
        cri_socket: config.init.node.cri_socket.clone(),
    })
}

#[cfg(test)]
#[path = "join_tests.rs"]
mod tests;
