//! What a node's static pods and its kubelet's settings are, as texts.

use serde_json::Value;

use super::inputs::{CONFIG_FILE, FLAGS_FILE, INSTANCE_FILE, Inputs};
use super::{Phase, PlanError, Work};
use crate::manifests::component;
use crate::manifests::etcd::InitialCluster;
use crate::manifests::kubelet_env::{Taints, flags_file};
use crate::manifests::patches::PatchError;
use crate::manifests::static_pod::{self, CaKey, PodInputs, StaticPod};
use crate::pki::{self, Ca, Existing};
use crate::yaml;

/// Whether the cluster's CA can sign on this host, or is an external one.
pub fn ca_key(existing: &Existing) -> CaKey {
    if pki::is_external(Ca::Cluster, existing) { CaKey::External } else { CaKey::Present }
}

/// A static pod's manifest; none for etcd where that is external.
pub fn pod_text(
    inputs: &Inputs<'_>,
    pod: StaticPod,
    ca: CaKey,
    etcd: Option<InitialCluster>,
) -> Result<Option<String>, PatchError> {
    static_pod::render(pod, inputs.spec, &pod_inputs(inputs, ca, etcd), inputs.patches)
}

fn pod_inputs(inputs: &Inputs<'_>, ca: CaKey, etcd: Option<InitialCluster>) -> PodInputs {
    PodInputs {
        host_ca_dirs: inputs.host.ca_directories.clone(),
        proxy_env: inputs.host.proxies.clone(),
        cluster_ca: ca,
        identities: inputs.accounts.as_ref().map(|accounts| accounts.identities),
        etcd_cluster: etcd,
    }
}

/// What the user should know of what patches make of the manifests and the kubelet's settings.
pub fn cautions(
    inputs: &Inputs<'_>,
    phases: &[Phase],
    existing: &Existing,
) -> Result<Vec<String>, PatchError> {
    let pod_inputs = pod_inputs(inputs, ca_key(existing), None);
    let mut said = Vec::new();
    for phase in phases {
        let pods: &[StaticPod] = match phase.entry().work {
            Work::Etcd | Work::JoinEtcd => &[StaticPod::Etcd],
            Work::Manifest(StaticPod::ApiServer) => &[StaticPod::ApiServer],
            Work::Manifest(StaticPod::ControllerManager) => &[StaticPod::ControllerManager],
            Work::Manifest(StaticPod::Scheduler) => &[StaticPod::Scheduler],
            Work::Manifests => &[StaticPod::ApiServer, StaticPod::ControllerManager, StaticPod::Scheduler],
            _ => &[],
        };
        for pod in pods {
            said.extend(static_pod::cautions(*pod, inputs.spec, &pod_inputs, inputs.patches)?);
        }
        if matches!(phase.entry().work, Work::KubeletStart | Work::BootstrapKubelet) {
            said.extend(patched_kubelet(inputs)?.cautions);
        }
    }
    Ok(said)
}

/// This node's KubeletConfiguration behind its patches.
pub fn patched_kubelet(inputs: &Inputs<'_>) -> Result<component::PatchedKubelet, PatchError> {
    component::patched_kubelet(inputs.spec, kubelet_document(inputs), inputs.patches)
}

/// This node's KubeletConfiguration before patches.
pub fn kubelet_document(inputs: &Inputs<'_>) -> Value {
    component::node_kubelet(inputs.spec, inputs.host.resolver).document
}

/// The kubelet's files by name, in the order in which they are written.
pub fn kubelet_settings(
    inputs: &Inputs<'_>,
    taints: Taints,
) -> Result<Vec<(&'static str, String)>, PlanError> {
    let patched = patched_kubelet(inputs)?.document;
    let mut settings = vec![(FLAGS_FILE, flags_file(inputs.spec, &inputs.host.name, taints))];
    let mut document = match component::instance_config(inputs.spec) {
        None => patched,
        Some(instance) => {
            settings.push((INSTANCE_FILE, render(INSTANCE_FILE, &instance)?));
            component::with_instance_config(patched, instance)
        }
    };
    document.sort_all_objects();
    settings.push((CONFIG_FILE, render(CONFIG_FILE, &document)?));
    Ok(settings)
}

/// A document as YAML.
pub fn render(name: &str, document: &Value) -> Result<String, PlanError> {
    yaml::to_string(document).map_err(|source| PlanError::Render { what: name.to_owned(), source })
}
