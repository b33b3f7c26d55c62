//! The second half of a plan, on the host: keys made, every file rendered, and the calls around them.

use std::path::{Path, PathBuf};

use k8s_openapi::api::core::v1::Pod;
use serde_json::Value;

use super::draft::{Draft, PlanError, makes_certificate, makes_kubeconfig};
use super::inputs::{self, GROUP, Inputs, MANIFESTS, PASSWD, certificate_path, kubelet_path, manifest_path};
use super::render::{ca_key, kubelet_document, kubelet_settings, pod_text};
use super::{
    Action, Content, Directory, Effect, EtcdRecovery, Expect, File, FileKind, Files, KubeletCall,
    KubeletCertificate, Mounting, Phase, Work, health, previous_init,
};
use crate::config::{Etcd, NodeRole};
use crate::facts::LocalEtcd;
use crate::kubeconfig::{self, Kubeconfig};
use crate::manifests::etcd::InitialCluster;
use crate::manifests::kubelet_env::Taints;
use crate::manifests::rootless;
use crate::manifests::static_pod::{CaKey, StaticPod};
use crate::pki::{self, ClientRequest, KeySource, Minted, Order};
use crate::yaml;

/// All that happens on the host, and the host's files as they will be.
#[derive(Debug)]
pub struct HostPlan {
    /// In the order in which they are carried out.
    pub effects: Vec<Effect>,
    /// With those that this run writes.
    pub files: Files,
}

/// Makes the keys and renders every file of `phases`; nothing is written yet.
///
/// # Errors
/// Keys or certificates that cannot be made; a patch that does not fit; a file of an earlier phase that is missing or cannot be
/// used.
pub fn host_effects(
    inputs: &Inputs<'_>,
    draft: &Draft,
    phases: &[Phase],
    keys: &dyn KeySource,
) -> Result<HostPlan, PlanError> {
    let minted = mint(inputs, draft, keys)?;
    let mut plan = Planner { inputs, draft, minted: &minted, files: inputs.files.clone(), etcd: None };
    let mut effects = Vec::new();
    for phase in phases {
        let actions = plan.actions(*phase)?;
        effects.extend(actions.into_iter().map(|action| Effect { phase: *phase, action }));
    }
    Ok(HostPlan { effects, files: plan.files })
}

fn mint(inputs: &Inputs<'_>, draft: &Draft, keys: &dyn KeySource) -> Result<Minted, PlanError> {
    let new = draft.kubeconfigs.iter().filter(|(_, decision)| *decision == kubeconfig::Decision::Create);
    let clients: Vec<ClientRequest> = new.map(|(file, _)| file.request.clone()).collect();
    let order = Order { items: &draft.certificates, clients: &clients, existing: &draft.existing };
    Ok(pki::mint(&order, inputs.now, keys)?)
}

pub(super) struct Planner<'a> {
    pub(super) inputs: &'a Inputs<'a>,
    pub(super) draft: &'a Draft,
    pub(super) minted: &'a Minted,
    /// The host's files as they will be after the effects so far.
    pub(super) files: Files,
    /// The cluster that this host's etcd joins.
    pub(super) etcd: Option<InitialCluster>,
}

impl Planner<'_> {
    fn actions(&mut self, phase: Phase) -> Result<Vec<Action>, PlanError> {
        match phase.entry().work {
            Work::Certificate(_) | Work::Certificates => Ok(self.certificates(phase)),
            Work::Kubeconfig(_) | Work::Kubeconfigs => self.kubeconfigs(phase),
            Work::Etcd => self.etcd(),
            Work::Manifest(pod) => self.manifest(pod),
            Work::Manifests => self.manifests(),
            Work::KubeletStart => self.kubelet(Taints::Later),
            Work::SharedCertificates => Ok(self.shared_certificates()),
            Work::CheckEtcd => Ok(self.check_etcd()),
            Work::JoinEtcd => self.join_etcd(),
            Work::BootstrapKubelet => self.bootstrap_kubelet(),
            Work::WaitBootstrap => Ok(self.wait_bootstrap()),
            Work::WaitControlPlane => self.waits(),
            Work::EnableCertificateRotation => Ok(vec![self.enable_rotation()]),
            // An upgrade and a reset plan by themselves.
            Work::Preflight
            | Work::Cluster(_)
            | Work::JoinCommand
            | Work::LeaveEtcd
            | Work::CleanUp
            | Work::UpgradeControlPlane
            | Work::LocalKubelet
            | Work::UpgradeKubelet
            | Work::KubeletFlags => Ok(Vec::new()),
        }
    }

    /// A whole file, and what it takes the place of.
    pub(super) fn write(&mut self, path: PathBuf, kind: FileKind, content: Content) -> Action {
        let expect = Expect::seen(self.inputs.files.get(&path).map(Content::bytes));
        self.files.insert(path.clone(), content.clone());
        Action::WriteFile(File { path, kind, content, expect })
    }

    fn certificates(&mut self, phase: Phase) -> Vec<Action> {
        let draft = self.draft;
        let wanted = draft.certificates.iter().filter(|(item, _)| makes_certificate(phase, item));
        // A key without its certificate can be gone on from; a CA's certificate without its key is an external CA.
        let paths =
            wanted.flat_map(|(item, _)| [item.key_path(), item.certificate_path(), item.public_key_path()]);
        paths.filter_map(|path| self.certificate_file(&path)).collect()
    }

    /// The file was made, or is kept, or is none of this item's.
    fn certificate_file(&mut self, below: &str) -> Option<Action> {
        let path = certificate_path(self.inputs.spec.cluster, below);
        let minted = self.minted;
        match minted.files.iter().find(|file| file.path == below) {
            Some(file) => {
                Some(self.write(path, FileKind::Pki(file.kind), Content::new(file.bytes.as_slice())))
            }
            None => self.inputs.files.contains_key(&path).then_some(Action::KeepFile(path)),
        }
    }

    fn kubeconfigs(&mut self, phase: Phase) -> Result<Vec<Action>, PlanError> {
        let draft = self.draft;
        let wanted = draft.kubeconfigs.iter().filter(|(file, _)| makes_kubeconfig(phase, file));
        wanted.map(|(file, _)| self.kubeconfig(file)).collect()
    }

    fn kubeconfig(&mut self, file: &Kubeconfig) -> Result<Action, PlanError> {
        let path = self.inputs.paths.kubeconfig_dir.join(file.name);
        let Some(client) = self.minted.clients.iter().find(|client| client.name == file.name) else {
            return Ok(Action::KeepFile(path));
        };
        let text = kubeconfig::render(file, client)
            .map_err(|source| PlanError::Render { what: file.name.to_owned(), source })?;
        Ok(self.write(path, FileKind::Kubeconfig, Content::new(text.expose_secret())))
    }

    pub(super) fn etcd(&mut self) -> Result<Vec<Action>, PlanError> {
        let Etcd::Local(local) = &self.inputs.spec.cluster.etcd else { return Ok(Vec::new()) };
        let data = Action::MakeDir(Directory { path: local.data_dir.clone(), mode: 0o700 });
        let mut actions = vec![data];
        actions.extend(self.manifest(StaticPod::Etcd)?);
        Ok(actions)
    }

    fn manifests(&mut self) -> Result<Vec<Action>, PlanError> {
        let mut actions = Vec::new();
        for pod in [StaticPod::ApiServer, StaticPod::ControllerManager, StaticPod::Scheduler] {
            actions.extend(self.manifest(pod)?);
        }
        Ok(actions)
    }

    fn manifest(&mut self, pod: StaticPod) -> Result<Vec<Action>, PlanError> {
        let ca = ca_key(&self.draft.existing);
        let mut actions = self.accounts(pod, ca);
        let text = pod_text(self.inputs, pod, ca, self.etcd.clone())?;
        actions
            .extend(text.map(|text| self.write_unless_it_fits(manifest_path(pod), FileKind::Manifest, text)));
        Ok(actions)
    }

    /// What means the same stays, whoever has written it.
    fn write_unless_it_fits(&mut self, path: PathBuf, kind: FileKind, text: String) -> Action {
        let content = Content::new(text);
        match self.inputs.files.get(&path) {
            Some(found) if *found != content && previous_init::fits(&path, found, &content) => {
                Action::KeepFile(path)
            }
            Some(_) | None => self.write(path, kind, content),
        }
    }

    /// Before a pod that does not run as root: its user, and what that user must own.
    fn accounts(&mut self, pod: StaticPod, ca: CaKey) -> Vec<Action> {
        let Some(accounts) = &self.inputs.accounts else { return Vec::new() };
        let mut actions = Vec::new();
        // A group may be without its user, and a user not without his group.
        for (path, text) in [(GROUP, &accounts.group), (PASSWD, &accounts.passwd)] {
            let is_there =
                self.files.get(Path::new(path)).is_some_and(|found| found.bytes() == text.as_slice());
            if !is_there {
                actions.push(self.write(path.into(), FileKind::Accounts, Content::new(text.as_slice())));
            }
        }
        let given = rootless::ownerships(pod, self.inputs.spec, ca, &accounts.identities);
        actions.extend(given.into_iter().map(Action::GiveTo));
        actions
    }

    pub(super) fn kubelet(&mut self, taints: Taints) -> Result<Vec<Action>, PlanError> {
        let mut actions = vec![Action::Kubelet(KubeletCall::Stop)];
        actions.extend(self.mounting());
        if self.inputs.spec.node.is_control_plane() {
            // A kubelet that does not find it at once looks a second later.
            actions.push(Action::MakeDir(Directory { path: MANIFESTS.into(), mode: 0o700 }));
        }
        for (name, text) in kubelet_settings(self.inputs, taints)? {
            actions.push(self.write_unless_it_fits(kubelet_path(name), FileKind::KubeletSettings, text));
        }
        actions.push(Action::Kubelet(KubeletCall::Restart));
        Ok(actions)
    }

    /// Where a pod of others has started before the file that it mounts was there, the runtime has made a folder in its place, and
    /// that is what its container goes on seeing.
    fn mounting(&self) -> Option<Action> {
        let mounts = self.inputs.host.foreign_mounts.iter();
        let paths: Vec<PathBuf> = mounts.filter(|path| self.files.contains_key(*path)).cloned().collect();
        let cri_socket = self.inputs.spec.node.cri_socket.clone();
        (!paths.is_empty()).then_some(Action::RestartMounting(Mounting { cri_socket, paths }))
    }

    fn waits(&self) -> Result<Vec<Action>, PlanError> {
        let Some(own) = self.inputs.spec.control_plane() else { return Ok(Vec::new()) };
        let components: &[StaticPod] = if own.cluster.has(own.cluster.minor.switches.wait_for_all) {
            &[StaticPod::ApiServer, StaticPod::ControllerManager, StaticPod::Scheduler]
        } else {
            match own.node.role {
                NodeRole::FirstControlPlane(_) => &[StaticPod::ApiServer],
                NodeRole::ControlPlane(_) | NodeRole::Worker => return Ok(Vec::new()),
            }
        };
        let pods = components
            .iter()
            .copied()
            .map(|kind| Ok((kind, pod_among(&self.files, kind)?)))
            .collect::<Result<Vec<_>, PlanError>>()?;
        let replaced: Vec<StaticPod> =
            components.iter().copied().filter(|kind| self.replaces(&manifest_path(*kind))).collect();
        let kubelet = health::kubelet(own.node, &kubelet_document(self.inputs));
        let control_plane = health::control_plane(own, &pods, &replaced);
        let waits = kubelet.into_iter().chain([control_plane]).map(Action::Wait);
        Ok(self.etcd_recovery().into_iter().chain(waits).collect())
    }

    /// Of a cluster's first member: one that joins others is told by them all that it needs.
    fn etcd_recovery(&self) -> Option<Action> {
        let manifest =
            self.files.get(&manifest_path(StaticPod::Etcd)).filter(|_| self.inputs.joining.is_none())?;
        let etcd = LocalEtcd::parse(&String::from_utf8_lossy(manifest.bytes())).ok()?;
        let cri_socket = self.inputs.spec.node.cri_socket.clone();
        Some(Action::AllowEtcdRecovery(EtcdRecovery { data_dir: etcd.data_dir, cri_socket }))
    }

    /// Whether the file takes the place of one that says something else.
    fn replaces(&self, path: &Path) -> bool {
        let before = self.inputs.files.get(path);
        before.is_some_and(|before| self.files.get(path) != Some(before))
    }

    fn enable_rotation(&self) -> Action {
        let args = &self.inputs.spec.node.kubelet_extra_args;
        let folder =
            args.iter().rev().find(|arg| arg.name == "cert-dir").map(|arg| PathBuf::from(&arg.value));
        Action::EnableCertificateRotation(KubeletCertificate {
            kubeconfig: Path::new(inputs::KUBERNETES).join("kubelet.conf"),
            certificate: folder.unwrap_or_else(|| kubelet_path("pki")).join("kubelet-client-current.pem"),
        })
    }
}

/// A static pod as its manifest has it, which may be this run's or an earlier one's.
pub(super) fn pod_among(files: &Files, kind: StaticPod) -> Result<Pod, PlanError> {
    let path = manifest_path(kind);
    let text = files.get(&path).ok_or_else(|| missing(&path, "`init phase control-plane all`"))?;
    pod_in(&path, text)
}

/// The static pod of the manifest at `path`.
pub(super) fn pod_in(path: &Path, manifest: &Content) -> Result<Pod, PlanError> {
    let text = std::str::from_utf8(manifest.bytes()).unwrap_or_default();
    let value: Value = yaml::from_str(text).map_err(|error| unusable(path, &error))?;
    serde_json::from_value(value).map_err(|error| unusable(path, &error))
}

pub(super) fn missing(path: &Path, phase: &'static str) -> PlanError {
    PlanError::Missing { path: path.display().to_string(), phase }
}

pub(super) fn unusable(path: &Path, why: &dyn std::fmt::Display) -> PlanError {
    PlanError::Unusable { path: path.display().to_string(), why: why.to_string() }
}

#[cfg(test)]
mod tests {
    use super::super::{Paths, are_mounted, draft, fixture};
    use super::*;
    use crate::config::fixture::config;
    use crate::pki::SystemKeys;

    #[test]
    fn between_stop_and_start_of_the_kubelet_containers_see_the_files_that_others_mount() {
        let config = config();
        let phases = [Phase::CertsCa, Phase::KubeconfigAdmin, Phase::KubeletStart];
        fixture::with(&config, &Files::new(), |inputs| {
            let admin = PathBuf::from("/etc/kubernetes/admin.conf");
            let mut host = inputs.host.clone();
            host.foreign_mounts = vec!["/etc/haproxy".into(), admin.clone()];
            let inputs = Inputs { host: &host, ..inputs.clone() };
            let draft = draft(&inputs, &phases).unwrap();
            let plan = host_effects(&inputs, &draft, &phases, &SystemKeys).unwrap();
            let place = |wanted: &dyn Fn(&Action) -> bool| {
                plan.effects.iter().position(|effect| wanted(&effect.action)).unwrap()
            };
            let stop = place(&|action| matches!(action, Action::Kubelet(KubeletCall::Stop)));
            let seen = place(
                &|action| matches!(action, Action::RestartMounting(all) if all.paths == [admin.clone()]),
            );
            let start = place(&|action| matches!(action, Action::Kubelet(KubeletCall::Restart)));
            assert!(stop < seen && seen < start);
        });
    }

    #[test]
    fn of_a_manifest_that_takes_the_place_of_another_the_new_container_is_waited_for() {
        let config = config();
        let phases = [
            Phase::ControlPlaneApiserver,
            Phase::ControlPlaneControllerManager,
            Phase::ControlPlaneScheduler,
            Phase::WaitControlPlane,
        ];
        let files = Files::from([(manifest_path(StaticPod::Scheduler), Content::new("kind: Pod"))]);
        fixture::with(&config, &files, |inputs| {
            let draft = draft(inputs, &phases).unwrap();
            let plan = host_effects(inputs, &draft, &phases, &SystemKeys).unwrap();
            let waits: Vec<String> = plan
                .effects
                .iter()
                .filter(|effect| matches!(effect.action, Action::Wait(_)))
                .flat_map(|effect| effect.action.describe().lines())
                .collect();
            let replaced: Vec<&String> = waits.iter().filter(|line| line.contains("new manifest")).collect();
            assert_eq!(waits.len(), 4, "{waits:?}");
            let scheduler = "wait for kube-scheduler, of its new manifest, at https://127.0.0.1:10259/livez, 4m0s at most";
            assert_eq!(replaced, [scheduler]);
            let pods = plan.effects.iter().filter_map(|effect| match &effect.action {
                Action::WriteFile(file) => file.replaced_pod(),
                _ => None,
            });
            assert_eq!(pods.collect::<Vec<_>>(), [StaticPod::Scheduler]);
        });
    }

    #[test]
    fn a_mount_counts_where_a_file_of_the_plan_is_at_it_or_below() {
        let mounted = |path: &str| are_mounted(config().spec(), &Paths::default(), &[path.into()]);
        for path in ["/etc/kubernetes/admin.conf", "/etc/kubernetes", "/", "/etc/kubernetes/pki/ca.crt"] {
            assert!(mounted(path), "{path}");
        }
        for path in ["/etc/haproxy", "/etc/kubernetes/admin.config", "/etc/kubernetes/policies"] {
            assert!(!mounted(path), "{path}");
        }
    }
}
