//! What a joining node writes and waits for.

use std::path::{Path, PathBuf};

use super::draft::PlanError;
use super::host_effects::Planner;
use super::inputs::{KUBERNETES, certificate_path, manifest_path, shared_path};
use super::{Action, Bootstrap, Content, Directory, EtcdAccess, EtcdJoin, FileKind};
use crate::config::{Config, Etcd};
use crate::manifests::etcd::peer_url;
use crate::manifests::kubelet_env::Taints;
use crate::manifests::static_pod::StaticPod;
use crate::pki::{self, Ca};

pub const BOOTSTRAP_KUBECONFIG: &str = "bootstrap-kubelet.conf";
const KUBELET_KUBECONFIG: &str = "kubelet.conf";
/// The certificate with which kubeadm and kubewright call etcd.
const ETCD_CLIENT: &str = "etcd/healthcheck-client";

impl Planner<'_> {
    /// The files that control planes share, as they came out of the cluster.
    pub(super) fn shared_certificates(&mut self) -> Vec<Action> {
        let Some(joining) = self.inputs.joining else { return Vec::new() };
        let files = pki::shared_files(&self.inputs.config.cluster).into_iter();
        let named =
            files.filter_map(|file| Some((shared_path(self.inputs.config, &file.path)?, file.kind())));
        let fetched = named.filter_map(|(path, kind)| Some((joining.shared.get(&path)?, path, kind)));
        fetched
            .map(|(content, path, kind)| self.write_or_keep(path, FileKind::Pki(kind), content.clone()))
            .collect()
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
        let mut files =
            vec![self.write_or_keep(bootstrap_path(), FileKind::Kubeconfig, joining.bootstrap.clone())];
        let authority = &joining.join.ca_cert_path;
        // A control plane has its CA by now, and kubeadm leaves any file that is there.
        if !self.files.contains_key(authority) {
            let kind = FileKind::Pki(pki::FileKind::Certificate);
            files.push(self.write(authority.clone(), kind, joining.authority.clone()));
        }
        let manifests = Directory { path: manifests_folder(), mode: FileKind::Manifest.folder_mode() };
        files.push(Action::MakeDir(manifests));
        let taints = if joining.join.control_plane.is_some() { Taints::Later } else { Taints::Kubelet };
        let kubelet = self.kubelet(taints)?;
        Ok(files.into_iter().chain(kubelet).collect())
    }

    /// The bootstrap kubeconfig holds a token, which nobody needs once the kubelet has its certificate.
    pub(super) fn wait_bootstrap(&self) -> Vec<Action> {
        let wait = Bootstrap {
            kubeconfig: Path::new(KUBERNETES).join(KUBELET_KUBECONFIG),
            timeout: self.inputs.config.init.timeouts.tls_bootstrap,
        };
        vec![Action::AwaitBootstrap(wait), Action::RemoveFile(bootstrap_path())]
    }

    pub(super) fn check_etcd(&self) -> Vec<Action> {
        match self.inputs.config.cluster.etcd {
            Etcd::Local(_) => vec![Action::CheckEtcd(etcd_access(self.inputs.config))],
            Etcd::External(_) => Vec::new(),
        }
    }
}

fn manifests_folder() -> PathBuf {
    manifest_path(StaticPod::Etcd).parent().map(Path::to_owned).unwrap_or_default()
}

pub fn bootstrap_path() -> PathBuf {
    Path::new(KUBERNETES).join(BOOTSTRAP_KUBECONFIG)
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
    })
}
