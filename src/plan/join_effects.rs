//! What a joining node writes and waits for.

use std::path::{Path, PathBuf};

use super::draft::{Draft, PlanError, holds};
use super::host_effects::Planner;
use super::inputs::{self, Inputs, KUBERNETES, certificate_path, kubelet_path, manifest_path};
use super::{
    Action, Bootstrap, BootstrapFrom, Content, Effect, EtcdAccess, EtcdJoin, FileKind, Files, Learner, Phase,
};
use crate::config::{Etcd, NodeSpec, Spec};
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
        let places = inputs::shared_places(self.inputs.spec.cluster).into_iter();
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
        let authority = &joining.ca_cert_path;
        // A control plane has its CA by now, and kubeadm leaves any file that is there.
        if !self.files.contains_key(authority) {
            let kind = FileKind::Pki(pki::FileKind::Certificate);
            files.push(self.write(authority.clone(), kind, joining.authority.clone()));
        }
        let taints = if self.inputs.spec.node.is_control_plane() { Taints::Later } else { Taints::Kubelet };
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
        let Spec { cluster, node } = self.inputs.spec;
        let from = if cluster.has(cluster.minor.switches.local_kubelet) && node.is_control_plane() {
            BootstrapFrom::OwnApiServer
        } else {
            BootstrapFrom::Cluster
        };
        let annotation = objects::cri_socket(self.inputs.spec).map(|object| Action::Send(vec![object]));
        wait_bootstrap(node, from).into_iter().chain(annotation).collect()
    }

    pub(super) fn check_etcd(&self) -> Vec<Action> {
        match self.inputs.spec.cluster.etcd {
            Etcd::Local(_) => vec![Action::CheckEtcd(etcd_access(self.inputs.spec))],
            Etcd::External(_) => Vec::new(),
        }
    }
}

/// Writes the static pod of a member that the cluster knows as a learner, and makes it a voting one.
///
/// # Errors
/// A patch of etcd's manifest does not fit.
pub fn etcd_effects(
    inputs: &Inputs<'_>,
    draft: &Draft,
    wanted: &EtcdJoin,
    joined: Joined,
) -> Result<Vec<Effect>, PlanError> {
    let mut actions = match (joined.state, inputs.files.contains_key(&etcd_manifest())) {
        (MemberState::Started, true) => vec![Action::KeepFile(etcd_manifest())],
        (MemberState::Started, false) | (MemberState::New, _) => etcd_pod(inputs, draft, joined.cluster)?,
    };
    actions.push(Action::PromoteEtcd(Learner {
        access: wanted.access.clone(),
        member: joined.member,
        client_url: wanted.client_url.clone(),
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
    /// As etcd has given it.
    pub member: MemberId,
    /// Whether its etcd has been up.
    pub state: MemberState,
    /// All members, for etcd's `--initial-cluster`.
    pub cluster: InitialCluster,
}

/// How far a member has come.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum MemberState {
    /// It was added, and its etcd has not started so far.
    New,
    /// An earlier join's: it has been up, and its manifest, if it is there, made it so.
    Started,
}

impl Joined {
    /// For a dry run, which does not ask who else there is.
    pub fn alone(wanted: &EtcdJoin) -> Self {
        let own = InitialMember { name: wanted.name.clone(), peer_urls: vec![wanted.peer_url.clone()] };
        Self { member: MemberId(0), state: MemberState::New, cluster: InitialCluster(vec![own]) }
    }
}

/// The kubeconfig with which the kubelet asks for its certificate: `/etc/kubernetes/bootstrap-kubelet.conf`.
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
pub fn bootstrap_wait(node: &NodeSpec) -> Vec<Effect> {
    let phase = Phase::JoinKubeletWaitBootstrap;
    wait_bootstrap(node, BootstrapFrom::Cluster).map(|action| Effect { phase, action }).into()
}

/// The bootstrap kubeconfig holds a token, which nobody needs once the kubelet has its certificate.
fn wait_bootstrap(node: &NodeSpec, from: BootstrapFrom) -> [Action; 2] {
    let wait = Bootstrap {
        kubeconfig: kubelet_kubeconfig(),
        credentials: bootstrap_path(),
        from,
        timeout: node.timeouts.tls_bootstrap,
    };
    [Action::AwaitBootstrap(wait), Action::RemoveFile(bootstrap_path())]
}

/// The files with which a control plane reaches the cluster's own etcd.
pub fn etcd_access(spec: Spec<'_>) -> EtcdAccess {
    EtcdAccess {
        authority: certificate_path(spec.cluster, &Ca::Etcd.certificate_path()),
        certificate: certificate_path(spec.cluster, &format!("{ETCD_CLIENT}.crt")),
        key: certificate_path(spec.cluster, &format!("{ETCD_CLIENT}.key")),
        timeout: spec.node.timeouts.etcd_api_call,
    }
}

/// The member that this host becomes; none on a worker, and where etcd is external.
pub fn etcd_join(spec: Spec<'_>) -> Option<EtcdJoin> {
    let Etcd::Local(local) = &spec.cluster.etcd else { return None };
    let address = spec.node.endpoint()?.advertise_address;
    Some(EtcdJoin {
        access: etcd_access(spec),
        name: spec.node.name.to_string(),
        peer_url: peer_url(address),
        client_url: client_url(address),
        data_dir: local.data_dir.clone(),
        cri_socket: spec.node.cri_socket.clone(),
    })
}

#[cfg(test)]
#[path = "join_tests.rs"]
mod tests;
