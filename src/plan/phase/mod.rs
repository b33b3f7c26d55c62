//! The phases of each command: their names, what they do, which flags each takes, and how some are chosen.
//!
//! Names and flags are kubeadm's (`kubeadm init phase --help`), so that scripts can call either.

mod init;
mod join;
mod reset;
mod upgrade;

use std::collections::BTreeSet;

pub use init::INIT;
pub use join::JOIN;
pub use reset::RESET;
use serde::{Deserialize, Serialize};
pub use upgrade::{UPGRADE_APPLY, UPGRADE_NODE};

use crate::kubeconfig;
use crate::manifests::static_pod::StaticPod;
use crate::pki;

/// One phase that does something by itself. Groups (`certs`, `addon`, …) are made of these. The order is that in
/// which each command runs its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Phase {
    /// `init phase preflight`
    Preflight,
    /// `init phase certs ca`
    CertsCa,
    /// `init phase certs apiserver`
    CertsApiserver,
    /// `init phase certs apiserver-kubelet-client`
    CertsApiserverKubeletClient,
    /// `init phase certs front-proxy-ca`
    CertsFrontProxyCa,
    /// `init phase certs front-proxy-client`
    CertsFrontProxyClient,
    /// `init phase certs etcd-ca`
    CertsEtcdCa,
    /// `init phase certs etcd-server`
    CertsEtcdServer,
    /// `init phase certs etcd-peer`
    CertsEtcdPeer,
    /// `init phase certs etcd-healthcheck-client`
    CertsEtcdHealthcheckClient,
    /// `init phase certs apiserver-etcd-client`
    CertsApiserverEtcdClient,
    /// `init phase certs sa`
    CertsSa,
    /// `init phase kubeconfig admin`
    KubeconfigAdmin,
    /// `init phase kubeconfig super-admin`
    KubeconfigSuperAdmin,
    /// `init phase kubeconfig kubelet`
    KubeconfigKubelet,
    /// `init phase kubeconfig controller-manager`
    KubeconfigControllerManager,
    /// `init phase kubeconfig scheduler`
    KubeconfigScheduler,
    /// `init phase etcd local`
    EtcdLocal,
    /// `init phase control-plane apiserver`
    ControlPlaneApiserver,
    /// `init phase control-plane controller-manager`
    ControlPlaneControllerManager,
    /// `init phase control-plane scheduler`
    ControlPlaneScheduler,
    /// `init phase kubelet-start`
    KubeletStart,
    /// `init phase wait-control-plane`
    WaitControlPlane,
    /// `init phase upload-config kubeadm`
    UploadConfigKubeadm,
    /// `init phase upload-config kubelet`
    UploadConfigKubelet,
    /// `init phase upload-certs`
    UploadCerts,
    /// `init phase mark-control-plane`
    MarkControlPlane,
    /// `init phase bootstrap-token`
    BootstrapToken,
    /// `init phase kubelet-finalize enable-client-cert-rotation`
    KubeletFinalizeEnableClientCertRotation,
    /// `init phase addon coredns`
    AddonCoredns,
    /// `init phase addon kube-proxy`
    AddonKubeProxy,
    /// `init phase show-join-command`
    ShowJoinCommand,
    /// `join phase preflight`
    JoinPreflight,
    /// `join phase control-plane-prepare download-certs`
    JoinDownloadCerts,
    /// `join phase control-plane-prepare certs`
    JoinCerts,
    /// `join phase control-plane-prepare kubeconfig`
    JoinKubeconfig,
    /// `join phase control-plane-prepare control-plane`
    JoinControlPlane,
    /// `join phase check-etcd`, which help does not list.
    JoinCheckEtcd,
    /// `join phase kubelet-start`
    JoinKubeletStart,
    /// `join phase etcd-join`
    JoinEtcd,
    /// `join phase kubelet-wait-bootstrap`
    JoinKubeletWaitBootstrap,
    /// `join phase control-plane-join mark-control-plane`
    JoinMarkControlPlane,
    /// `join phase wait-control-plane`
    JoinWaitControlPlane,
    /// `reset phase preflight`
    ResetPreflight,
    /// `reset phase remove-etcd-member`
    ResetRemoveEtcdMember,
    /// `reset phase cleanup-node`
    ResetCleanupNode,
    /// `upgrade apply phase preflight`
    UpgradePreflight,
    /// `upgrade apply phase control-plane`
    UpgradeControlPlane,
    /// `upgrade apply phase upload-config kubeadm`
    UpgradeUploadKubeadm,
    /// `upgrade apply phase upload-config kubelet`
    UpgradeUploadKubelet,
    /// `upgrade apply phase kubeconfig`, which help does not list.
    UpgradeKubeconfig,
    /// `upgrade apply phase kubelet-config`
    UpgradeKubeletConfig,
    /// `upgrade apply phase bootstrap-token`
    UpgradeBootstrapToken,
    /// `upgrade apply phase addon coredns`
    UpgradeAddonCoredns,
    /// `upgrade apply phase addon kube-proxy`
    UpgradeAddonKubeProxy,
    /// `upgrade apply phase post-upgrade`
    UpgradePostUpgrade,
    /// `upgrade node phase preflight`
    NodePreflight,
    /// `upgrade node phase control-plane`
    NodeControlPlane,
    /// `upgrade node phase kubeconfig`, which help does not list.
    NodeKubeconfig,
    /// `upgrade node phase kubelet-config`
    NodeKubeletConfig,
    /// `upgrade node phase addon coredns`
    NodeAddonCoredns,
    /// `upgrade node phase addon kube-proxy`
    NodeAddonKubeProxy,
    /// `upgrade node phase post-upgrade`
    NodePostUpgrade,
}

/// What kind of thing a phase does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Judged before there is a plan.
    Preflight,
    /// One certificate with its key, or the service accounts' key pair.
    Certificate(&'static pki::Entry),
    /// One kubeconfig with its client certificate.
    Kubeconfig(&'static kubeconfig::File),
    /// The static pod of the first etcd member, and the folder of its data.
    Etcd,
    /// The static pod of one component of the control plane.
    Manifest(StaticPod),
    /// The kubelet's settings, and its start with a kubeconfig that `init` has made.
    KubeletStart,
    /// Until the kubelet and the control plane's components are healthy.
    WaitControlPlane,
    /// `kubelet.conf` names the file of the rotating certificate from now on.
    EnableCertificateRotation,
    /// Objects that are sent to the API server.
    Cluster(ClusterWork),
    /// Printed at the end.
    JoinCommand,
    /// What the kubeadm-certs Secret holds.
    SharedCertificates,
    /// Every certificate that is not shared.
    Certificates,
    /// The administrator's, the controller manager's and the scheduler's.
    Kubeconfigs,
    /// The API server's, the controller manager's and the scheduler's.
    Manifests,
    /// The cluster's etcd has to be healthy before this host touches it.
    CheckEtcd,
    /// The kubelet's start with a bootstrap token.
    BootstrapKubelet,
    /// This host becomes a learner, starts its etcd and is promoted.
    JoinEtcd,
    /// Until the kubelet has its certificate; its bootstrap kubeconfig is removed then.
    WaitBootstrap,
    /// This host's member leaves the cluster's etcd.
    LeaveEtcd,
    /// All that `init` or `join` have left on this host goes.
    CleanUp,
    /// The static pods of this host get another version.
    UpgradeControlPlane,
    /// The kubelet of a control plane reaches its own API server.
    LocalKubelet,
    /// The kubelet's settings, from the cluster's.
    UpgradeKubelet,
    /// What the new kubelet no longer takes of its flags.
    KubeletFlags,
}

/// What a phase puts into the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterWork {
    /// The ConfigMap kubeadm-config, and who may read it.
    KubeadmConfig,
    /// The ConfigMap kubelet-config, who may read it, and the runtime's socket as this node's annotation.
    KubeletConfig,
    /// The Secret kubeadm-certs, and the token that it ends with.
    Certificates,
    /// The labels and taints of this node.
    NodeMarks,
    /// The tokens' Secrets, cluster-info, and the rules by which nodes join.
    BootstrapTokens,
    /// The rules by which nodes join, without tokens.
    JoinRights,
    /// The addon's Deployment, Service, ConfigMap and rights.
    Coredns,
    /// The addon's DaemonSet, ConfigMap and rights.
    KubeProxy,
}

/// A phase's row: `path` is its name, `group/name` in a group, as `--skip-phases` takes it.
#[derive(Debug)]
pub struct Entry {
    /// The phase whose row this is.
    pub phase: Phase,
    /// `group/name`, or the name of a phase without a group.
    pub path: &'static str,
    /// In help: a sentence without its full stop.
    pub about: &'static str,
    /// The flags that the phase takes as a subcommand, without their dashes.
    pub flags: &'static [&'static str],
    /// What it does.
    pub work: Work,
}

/// A phase, or group of phases, on the first level of `init phase`.
#[derive(Debug)]
pub struct Group {
    /// As the command line has it.
    pub name: &'static str,
    /// kubeadm's other name for it, where there is one.
    pub alias: Option<&'static str>,
    /// In help: a sentence without its full stop.
    pub about: &'static str,
    /// Whether help lists it.
    pub hidden: bool,
}

/// A phase, by the name that an older kubeadm had for it.
#[derive(Debug)]
pub struct LegacyName {
    /// `group/name`
    pub path: &'static str,
    /// The name of today; none where the phase had no work any more.
    pub now: Option<&'static str>,
    /// The minor that had it last.
    pub until: u64,
    /// The flags that the phase takes as a subcommand, without their dashes.
    pub flags: &'static [&'static str],
}

/// A command that is made of phases.
#[derive(Debug)]
pub struct Pipeline {
    /// Its name on the command line, as in `upgrade apply`.
    pub command: &'static str,
    /// In the order in which they run.
    pub phases: &'static [Entry],
    /// The first level of its `phase` subcommand, in the same order.
    pub groups: &'static [Group],
    /// Accepted with a warning.
    pub legacy_names: &'static [LegacyName],
}

/// All of them.
pub const PIPELINES: [&Pipeline; 5] = [&INIT, &JOIN, &RESET, &UPGRADE_APPLY, &UPGRADE_NODE];

/// A name that is no phase, no group and no old name of the command's.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{name:?} is not a phase of {command}; `kubewright {command} --help` lists them")]
pub struct UnknownPhase {
    /// As given.
    pub name: String,
    /// As in `init`.
    pub command: &'static str,
}

impl Entry {
    /// The first part of the path: the phase's own name where it stands alone.
    pub fn group(&self) -> &'static str {
        self.path.split_once('/').map_or(self.path, |(group, _)| group)
    }

    /// The name within its group, where it is in one.
    pub fn sub(&self) -> Option<&'static str> {
        self.path.split_once('/').map(|(_, sub)| sub)
    }

    /// Whether `name`, a path or a group, takes this phase in.
    fn is_named_by(&self, name: &str) -> bool {
        self.path == name || self.group() == name
    }
}

/// Phases whose result holds neither the node's name nor its address, so that a host without either can run them.
const SAME_EVERYWHERE: &[Phase] = &[
    Phase::CertsCa,
    Phase::CertsApiserverKubeletClient,
    Phase::CertsFrontProxyCa,
    Phase::CertsFrontProxyClient,
    Phase::CertsEtcdCa,
    Phase::CertsEtcdHealthcheckClient,
    Phase::CertsApiserverEtcdClient,
    Phase::CertsSa,
];

/// Phases whose result holds no address of this host, so that one without a route can run them.
const WITHOUT_ADDRESS: &[Phase] =
    &[Phase::ControlPlaneControllerManager, Phase::ControlPlaneScheduler, Phase::KubeletStart];

impl Phase {
    /// # Panics
    /// Never: each phase has its row, as a test shows.
    pub fn entry(self) -> &'static Entry {
        let entries = || PIPELINES.iter().flat_map(|pipeline| pipeline.phases);
        entries().find(|entry| entry.phase == self).expect("every phase has its row, as a test shows")
    }

    /// Its group's row, which says what it is about.
    pub fn group(self) -> Option<&'static Group> {
        let name = self.entry().group();
        let pipeline = PIPELINES.iter().find(|pipeline| pipeline.all().contains(&self))?;
        pipeline.groups.iter().find(|group| group.name == name)
    }

    /// Whether its result holds no address of this host, so that one without a default route can run it.
    pub fn needs_no_address(self) -> bool {
        self.is_the_same_on_every_host() || WITHOUT_ADDRESS.contains(&self)
    }

    /// Whether its result holds neither the node's name nor its address, so that a host without either can run it.
    pub fn is_the_same_on_every_host(self) -> bool {
        SAME_EVERYWHERE.contains(&self)
    }
}

impl LegacyName {
    /// The first part of its path.
    pub fn group(&self) -> &'static str {
        self.path.split('/').next().unwrap_or(self.path)
    }

    /// The last part of its path.
    pub fn sub(&self) -> &'static str {
        self.path.rsplit('/').next().unwrap_or(self.path)
    }
}

impl std::fmt::Display for LegacyName {
    fn fmt(&self, out: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self.now {
            Some(now) => write!(out, "the phase {} is called {now} since 1.{}", self.path, self.until + 1),
            None => {
                write!(out, "the phase {} did nothing until 1.{}, and is skipped", self.path, self.until)
            }
        }
    }
}

impl Pipeline {
    /// All phases, in order.
    pub fn all(&self) -> Vec<Phase> {
        self.phases.iter().map(|entry| entry.phase).collect()
    }

    /// The old name that `name` is.
    pub fn legacy_names(&self, name: &str) -> Option<&'static LegacyName> {
        self.legacy_names.iter().find(|old| old.path == name)
    }

    /// The phases that `name` stands for: one path, or all of a group. An old name stands for what it is today.
    ///
    /// # Errors
    /// `name` is no path, no group and no old name.
    pub fn named(&self, name: &str) -> Result<Vec<Phase>, UnknownPhase> {
        let name = match self.legacy_names(name) {
            Some(LegacyName { now: None, .. }) => return Ok(Vec::new()),
            Some(LegacyName { now: Some(now), .. }) => now,
            None => name,
        };
        let phases: Vec<Phase> =
            self.phases.iter().filter(|entry| entry.is_named_by(name)).map(|entry| entry.phase).collect();
        if phases.is_empty() {
            Err(UnknownPhase { name: name.to_owned(), command: self.command })
        } else {
            Ok(phases)
        }
    }

    /// `phases` without those that `skipped` names.
    ///
    /// # Errors
    /// The first of `skipped` that is no path, no group and no old name.
    pub fn without(&self, phases: &[Phase], skipped: &[String]) -> Result<Vec<Phase>, UnknownPhase> {
        let mut left_out = BTreeSet::new();
        for name in skipped {
            left_out.extend(self.named(name)?);
        }
        Ok(phases.iter().copied().filter(|phase| !left_out.contains(phase)).collect())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_pipeline_stands_in_the_order_of_the_enum_and_holds_each_phase_once() {
        let phases: Vec<Phase> = PIPELINES.iter().flat_map(|pipeline| pipeline.all()).collect();
        let numbers: Vec<usize> = phases.iter().map(|phase| *phase as usize).collect();
        assert_eq!(numbers, (0..=Phase::NodePostUpgrade as usize).collect::<Vec<_>>());
    }

    #[test]
    fn every_phase_belongs_to_a_group_and_every_group_has_a_phase() {
        for pipeline in PIPELINES {
            let of_phases: BTreeSet<&str> = pipeline.phases.iter().map(Entry::group).collect();
            let of_groups: BTreeSet<&str> = pipeline.groups.iter().map(|group| group.name).collect();
            assert_eq!(of_phases, of_groups);
        }
    }

    #[test]
    fn a_group_s_name_skips_all_of_it() {
        let left = INIT.without(&INIT.all(), &["certs".into(), "addon/coredns".into()]).unwrap();
        assert!(!left.contains(&Phase::CertsSa) && !left.contains(&Phase::AddonCoredns));
        assert!(left.contains(&Phase::AddonKubeProxy));
    }

    #[test]
    fn a_phase_answers_to_its_old_name() {
        assert_eq!(JOIN.named("control-plane-join/etcd").unwrap(), [Phase::JoinEtcd]);
        assert_eq!(JOIN.named("control-plane-join/update-status").unwrap(), []);
        for pipeline in PIPELINES {
            for old in pipeline.legacy_names {
                assert!(
                    old.now.is_none_or(|now| pipeline.phases.iter().any(|entry| entry.path == now)),
                    "{old}"
                );
                assert!(pipeline.groups.iter().any(|group| group.name == old.group()), "{old}");
            }
        }
    }

    #[test]
    fn an_unknown_phase_is_named_in_the_error_with_its_command() {
        let said = JOIN.without(&JOIN.all(), &["certs".into()]).unwrap_err().to_string();
        assert_eq!(said, "\"certs\" is not a phase of join; `kubewright join --help` lists them");
    }
}
