//! The control plane's static pods: a template and a table of flags each, set field by field from the configuration → a
//! Pod, or its YAML.

use std::net::IpAddr;

use k8s_openapi::api::core::v1::{Container, EnvVar, Pod, PodSpec};
use serde::{Deserialize, Serialize};

use super::etcd::InitialCluster;
use super::patches::{PatchError, PatchTarget, Patches, Unfit};
use super::pod_check::faults_of_pod;
use super::rootless::{self, Identities};
use super::{apiserver, controller_manager, env, etcd, go_form, oddities, older, probes, scheduler, volumes};
use crate::config::{ApiEndpoint, ComponentSettings, Etcd, HostPathMount, Spec};
use crate::yaml;

pub use super::env::proxy_variables;

/// The annotation of a manifest of before whose pod is there only to end the one that runs, until the new manifest comes. A run that was cut
/// off leaves it.
pub const HANDED_OVER: &str = "kubewright.io/handed-over";

/// A control plane component that the kubelet runs from a manifest file.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum StaticPod {
    /// A member of the cluster's etcd.
    Etcd,
    /// kube-apiserver.
    ApiServer,
    /// kube-controller-manager.
    ControllerManager,
    /// kube-scheduler.
    Scheduler,
}

/// So much of a process's name the kernel keeps, in bytes.
const PROCESS_NAME: usize = 15;

impl StaticPod {
    /// All of them, in the order in which init writes them.
    pub const ALL: [Self; 4] = [Self::Etcd, Self::ApiServer, Self::ControllerManager, Self::Scheduler];

    /// The pod's, container's, patch target's and image's name, and the manifest's without `.yaml`.
    pub const fn name(self) -> &'static str {
        match self {
            Self::Etcd => "etcd",
            Self::ApiServer => "kube-apiserver",
            Self::ControllerManager => "kube-controller-manager",
            Self::Scheduler => "kube-scheduler",
        }
    }

    /// The pod of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pod| pod.name() == name)
    }

    /// The pod whose process has this name: its own, as far as the kernel keeps it.
    pub fn of_process(name: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|pod| pod.name().get(..PROCESS_NAME).unwrap_or(pod.name()) == name)
    }

    const fn template(self) -> &'static str {
        match self {
            Self::Etcd => include_str!("../../templates/etcd.yaml"),
            Self::ApiServer => include_str!("../../templates/kube-apiserver.yaml"),
            Self::ControllerManager => include_str!("../../templates/kube-controller-manager.yaml"),
            Self::Scheduler => include_str!("../../templates/kube-scheduler.yaml"),
        }
    }

    pub(super) fn target(self) -> PatchTarget {
        match self {
            Self::Etcd => PatchTarget::Etcd,
            Self::ApiServer => PatchTarget::ApiServer,
            Self::ControllerManager => PatchTarget::ControllerManager,
            Self::Scheduler => PatchTarget::Scheduler,
        }
    }
}

/// What of the host a static pod depends on.
#[derive(Debug, Clone, Default)]
pub struct PodInputs {
    /// Those of any minor's `ca_folders` that exist.
    pub host_ca_dirs: Vec<String>,
    /// The [`proxy_variables`] of the caller's environment.
    pub proxy_env: Vec<(String, String)>,
    /// Whether the controller manager can sign certificates.
    pub cluster_ca: CaKey,
    /// Whom the pods run as under `RootlessControlPlane`; `None` is root, as in the reference's dry run.
    pub identities: Option<Identities>,
    /// The cluster that this node's etcd joins; `None` is a new one of this member alone.
    pub etcd_cluster: Option<InitialCluster>,
}

/// What the values of a static pod's flags depend on beside the cluster and its node.
pub(super) struct PodNode {
    /// Of the node's API server.
    pub endpoint: ApiEndpoint,
    /// What the host says of it.
    pub inputs: PodInputs,
}

impl PodNode {
    /// That the node's servers advertise.
    pub const fn address(&self) -> IpAddr {
        self.endpoint.advertise_address
    }
}

/// Whether the key of the cluster's CA lies in the certificates directory.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub enum CaKey {
    /// It can be signed with here.
    #[default]
    Present,
    /// External CA mode: the controller manager cannot sign, and is told so.
    External,
}

/// The static pods of a node, in the order in which init writes them; a worker has none.
pub fn static_pods(spec: Spec<'_>) -> Vec<StaticPod> {
    if !spec.node.is_control_plane() {
        return Vec::new();
    }
    let mut pods = vec![StaticPod::ApiServer, StaticPod::ControllerManager, StaticPod::Scheduler];
    match spec.cluster.etcd {
        Etcd::Local(_) => pods.insert(0, StaticPod::Etcd),
        Etcd::External(_) => {}
    }
    pods
}

/// One static pod before any patch; `None` on a worker, and for etcd where etcd is external.
pub fn static_pod(kind: StaticPod, spec: Spec<'_>, inputs: &PodInputs) -> Option<Pod> {
    let node = PodNode { endpoint: spec.node.endpoint()?, inputs: inputs.clone() };
    let mut pod = template(kind);
    match (kind, &spec.cluster.etcd) {
        (StaticPod::Etcd, Etcd::External(_)) => return None,
        (StaticPod::Etcd, Etcd::Local(local)) => etcd::fill(&mut pod, spec, &node, local),
        (StaticPod::ApiServer, _) => apiserver::fill(&mut pod, spec, &node),
        (StaticPod::ControllerManager, _) => controller_manager::fill(&mut pod, spec, &node),
        (StaticPod::Scheduler, _) => scheduler::fill(&mut pod, spec, &node),
    }
    older::adapt(&mut pod, kind, &spec.cluster.minor.pods);
    probes::be_patient(container(pod_spec(&mut pod)), &spec.node.timeouts);
    if let Some(identities) = &inputs.identities {
        rootless::run_as(&mut pod, kind, identities);
    }
    Some(pod)
}

/// The manifest's text: the pod, patched, in the form in which Go writes it; `None` as for [`static_pod`].
///
/// # Errors
/// A patch does not apply, or leaves something that is no Pod.
pub fn render(
    kind: StaticPod,
    spec: Spec<'_>,
    inputs: &PodInputs,
    patches: &Patches,
) -> Result<Option<String>, PatchError> {
    static_pod(kind, spec, inputs).map(|pod| manifest(kind, &pod, patches)).transpose()
}

/// A manifest's text → the same pod in the form in which Go writes it, as [`render`] does; `None` where it is no Pod.
pub fn in_go_s_form(text: &str) -> Option<String> {
    let pod = go_form::pod(yaml::from_str(text).ok()?).ok()?;
    yaml::to_string(&pod).ok()
}

fn manifest(kind: StaticPod, pod: &Pod, patches: &Patches) -> Result<String, PatchError> {
    let value = serde_json::to_value(pod).expect("a Pod has text keys and finite numbers only");
    let after = patches.apply(kind.target(), value)?;
    let wrong_shape = |source| PatchError::WrongShape { target: kind.name(), kind: "Pod", source };
    let written = go_form::pod(after).map_err(wrong_shape)?;
    refuse_unfit(kind, &serde_json::from_value(written.clone()).map_err(wrong_shape)?, patches)?;
    Ok(yaml::to_string(&written).expect("JSON values are YAML values"))
}

/// The kubelet would say what is wrong in its log, and nowhere else.
fn refuse_unfit(kind: StaticPod, pod: &Pod, patches: &Patches) -> Result<(), Unfit> {
    let faults: Vec<String> = faults_of_pod(pod, kind.name()).iter().map(ToString::to_string).collect();
    if faults.is_empty() {
        return Ok(());
    }
    let what = format!("the kubelet would refuse the static pod {}", kind.name());
    Err(Unfit { what, faults, patches: patches.files(kind.target()) })
}

/// What of a static pod the kubelet takes, but hardly anybody means.
///
/// # Errors
/// As [`render`].
///
/// # Panics
/// Never: a Pod has text keys and finite numbers only.
pub fn cautions(
    kind: StaticPod,
    spec: Spec<'_>,
    inputs: &PodInputs,
    patches: &Patches,
) -> Result<Vec<String>, PatchError> {
    let Some(pod) = static_pod(kind, spec, inputs).filter(|_| patches.touch(kind.target())) else {
        return Ok(Vec::new());
    };
    let before = serde_json::to_value(&pod).expect("a Pod has text keys and finite numbers only");
    let after = patches.apply(kind.target(), before)?;
    let files: Vec<String> =
        patches.files(kind.target()).iter().map(|file| file.display().to_string()).collect();
    let from = format!("static pod {} after its patches ({})", kind.name(), files.join(", "));
    Ok(oddities::of(kind.name(), &after).into_iter().map(|said| format!("{from}: {said}")).collect())
}

fn template(kind: StaticPod) -> Pod {
    yaml::from_str(kind.template()).expect("templates are Pods, as a test of each shows")
}

/// What is set in the template of one of the three Kubernetes components.
pub(super) struct Settings<'a> {
    /// With registry and tag.
    pub image: String,
    /// The component's own and the user's.
    pub arguments: Vec<String>,
    /// The user's settings of the component.
    pub user: &'a ComponentSettings,
    /// Beside those of the template.
    pub mounts: Vec<HostPathMount>,
    /// The host of its probes, where it is not the template's.
    pub probe_host: Option<String>,
}

/// Fills what the three Kubernetes components have in common.
pub(super) fn fill_component(pod: &mut Pod, inputs: &PodInputs, settings: Settings) {
    let Settings { image, arguments, user, mounts, probe_host } = settings;
    let spec = pod_spec(pod);
    volumes::add(spec, mounts.into_iter().chain(user.extra_volumes.iter().cloned()));
    let container = container(spec);
    container.image = Some(image);
    add_arguments(container, arguments);
    set_env(container, env::merged(&inputs.proxy_env, &user.extra_envs));
    probes::aim(container, probe_host.as_deref());
}

/// Puts the arguments behind the program, which is all of the command that the template has.
pub(super) fn add_arguments(container: &mut Container, arguments: Vec<String>) {
    container.command.get_or_insert_default().extend(arguments);
}

pub(super) fn set_env(container: &mut Container, variables: Vec<EnvVar>) {
    container.env = (!variables.is_empty()).then_some(variables);
}

pub(super) fn annotate(pod: &mut Pod, name: &str, value: String) {
    pod.metadata.annotations.get_or_insert_default().insert(name.to_owned(), value);
}

/// The port that the probes know as `probe-port`.
pub(super) fn set_probe_port(container: &mut Container, port: u16) {
    for known in container.ports.iter_mut().flatten() {
        known.container_port = port.into();
    }
}

pub(super) fn pod_spec(pod: &mut Pod) -> &mut PodSpec {
    pod.spec.get_or_insert_default()
}

/// The one container that each of our templates has.
pub(super) fn container(spec: &mut PodSpec) -> &mut Container {
    &mut spec.containers[0]
}

/// The certificates directory as the flags name it.
pub(super) fn certificates_dir(spec: Spec<'_>) -> String {
    spec.cluster.certificates_dir.to_string_lossy().into_owned()
}

#[cfg(test)]
#[path = "static_pod_tests.rs"]
mod tests;
