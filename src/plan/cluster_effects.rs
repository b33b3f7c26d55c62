//! The part of a plan that happens in the cluster, once there is one.

use std::collections::BTreeMap;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD as BASE64;
use serde_json::json;

use super::draft::PlanError;
use super::host_effects::missing;
use super::inputs::{Inputs, Upload, shared_path};
use super::reach::reach;
use super::tokens::reconciled_tokens;
use super::{Action, ClusterState, ClusterWork, Effect, Files, Phase, Work};
use crate::config;
use crate::manifests::objects::{self, Object, UploadToken};
use crate::manifests::patches::PatchTarget;
use crate::pki;
use crate::yaml;

/// What a phase puts into the cluster, if it does.
fn cluster_work(phase: Phase) -> Option<ClusterWork> {
    if let Work::Cluster(work) = phase.entry().work { Some(work) } else { None }
}

/// The administrators' group gets its rights before anything else is asked of the cluster.
pub fn first_rights(phases: &[Phase]) -> Option<Effect> {
    let phase = phases.iter().copied().find(|phase| cluster_work(*phase).is_some())?;
    Some(Effect { phase, action: Action::Send(vec![objects::cluster_admins()]) })
}

/// Every object of `phases`, a batch a phase. `files` are the host's as they are by then; `seen` is what the cluster
/// holds already.
///
/// # Errors
/// A patch does not fit; a file that is uploaded or announced is missing or cannot be used; an object that the API would refuse.
pub fn cluster_effects(
    inputs: &Inputs<'_>,
    files: &Files,
    seen: &ClusterState,
    phases: &[Phase],
) -> Result<Vec<Effect>, PlanError> {
    let works = phases.iter().filter_map(|phase| Some((*phase, cluster_work(*phase)?)));
    let mut effects = Vec::new();
    for (phase, work) in works {
        let objects = objects_of(inputs, files, seen, work)?;
        if !objects.is_empty() {
            effects.push(Effect { phase, action: Action::Send(objects) });
        }
    }
    Ok(effects)
}

fn objects_of(
    inputs: &Inputs<'_>,
    files: &Files,
    seen: &ClusterState,
    work: ClusterWork,
) -> Result<Vec<Object>, PlanError> {
    let Some(own) = inputs.spec.control_plane() else { return Ok(Vec::new()) };
    let spec = own.spec();
    match work {
        ClusterWork::KubeadmConfig => upload_kubeadm(inputs),
        ClusterWork::KubeletConfig => {
            let mut uploaded = objects::upload_kubelet_config(spec)?;
            uploaded.extend(objects::cri_socket(spec));
            Ok(uploaded)
        }
        ClusterWork::Certificates => {
            inputs.upload.as_ref().map_or(Ok(Vec::new()), |upload| upload_certs(inputs, files, seen, upload))
        }
        ClusterWork::NodeMarks => Ok(vec![objects::mark_control_plane(spec, &seen.taints)]),
        ClusterWork::BootstrapTokens => bootstrap_tokens(inputs, files, seen),
        ClusterWork::JoinRights => Ok(objects::join_rights(spec)),
        ClusterWork::Coredns => {
            let plain = objects::coredns_deployment(spec, &seen.dns);
            let patched = inputs.patches.apply(PatchTarget::CoreDnsDeployment, plain)?;
            Ok(objects::addon_coredns(spec, &seen.dns, patched)?)
        }
        ClusterWork::KubeProxy => {
            let plain = objects::kube_proxy_daemon_set(spec.cluster);
            let patched = inputs.patches.apply(PatchTarget::KubeProxyDaemonSet, plain)?;
            Ok(objects::addon_kube_proxy(own, &inputs.host.proxies, patched)?)
        }
    }
}

fn bootstrap_tokens(
    inputs: &Inputs<'_>,
    files: &Files,
    seen: &ClusterState,
) -> Result<Vec<Object>, PlanError> {
    let reach = reach(&inputs.paths.kubeconfig, files)?;
    let cluster =
        json!({ "certificate-authority-data": BASE64.encode(&reach.authority), "server": reach.server });
    let tokens = reconciled_tokens(inputs.tokens, seen, inputs.now);
    Ok(objects::bootstrap_token(inputs.spec, &tokens, &cluster, inputs.now)?)
}

fn upload_kubeadm(inputs: &Inputs<'_>) -> Result<Vec<Object>, PlanError> {
    let document = config::stored_cluster_configuration(inputs.spec);
    let text = yaml::to_string(&document)
        .map_err(|source| PlanError::Render { what: "ClusterConfiguration".to_owned(), source })?;
    Ok(objects::upload_kubeadm_config(&text))
}

/// The shared files, each sealed with a nonce of its own; one that the configuration does not name is empty.
fn upload_certs(
    inputs: &Inputs<'_>,
    files: &Files,
    seen: &ClusterState,
    upload: &Upload,
) -> Result<Vec<Object>, PlanError> {
    let shared = pki::shared_files(inputs.spec.cluster);
    let mut sealed = BTreeMap::new();
    for (file, nonce) in shared.iter().zip(&upload.nonces) {
        let content = match shared_path(inputs.spec.cluster, &file.path) {
            None => Vec::new(),
            Some(path) => {
                let found = files.get(&path).ok_or_else(|| missing(&path, "`init phase certs all`"))?;
                upload.key.seal(found.bytes(), *nonce)?
            }
        };
        sealed.insert(file.entry.to_owned(), content);
    }
    let token = UploadToken::among(&seen.tokens, &upload.token);
    Ok(objects::upload_certs(&token, &sealed, inputs.now))
}
