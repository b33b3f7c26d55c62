//! The phases of each command: their names, what they do, which flags each takes, and how some are chosen.
//!
//! Names and flags are kubeadm's (`kubeadm init phase --help`), so that scripts can call either.

mod init;
mod join;
mod reset;

use std::collections::BTreeSet;

pub use init::INIT;
pub use join::JOIN;
pub use reset::RESET;

use crate::kubeconfig;
use crate::manifests::static_pod::StaticPod;
use crate::pki;

/// One phase that does something by itself. Groups (`certs`, `addon`, …) are made of these. The order is that in
/// which each command runs its own.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord)]
pub enum Phase {
    Preflight,
    CertsCa,
    CertsApiserver,
    CertsApiserverKubeletClient,
    CertsFrontProxyCa,
    CertsFrontProxyClient,
    CertsEtcdCa,
    CertsEtcdServer,
    CertsEtcdPeer,
    CertsEtcdHealthcheckClient,
    CertsApiserverEtcdClient,
    CertsSa,
    KubeconfigAdmin,
    KubeconfigSuperAdmin,
    KubeconfigKubelet,
    KubeconfigControllerManager,
    KubeconfigScheduler,
    EtcdLocal,
    ControlPlaneApiserver,
    ControlPlaneControllerManager,
    ControlPlaneScheduler,
    KubeletStart,
    WaitControlPlane,
    UploadConfigKubeadm,
    UploadConfigKubelet,
    UploadCerts,
    MarkControlPlane,
    BootstrapToken,
    KubeletFinalizeEnableClientCertRotation,
    AddonCoredns,
    AddonKubeProxy,
    ShowJoinCommand,
    JoinPreflight,
    JoinDownloadCerts,
    JoinCerts,
    JoinKubeconfig,
    JoinControlPlane,
    JoinCheckEtcd,
    JoinKubeletStart,
    JoinEtcd,
    JoinKubeletWaitBootstrap,
    JoinMarkControlPlane,
    JoinWaitControlPlane,
    ResetPreflight,
    ResetRemoveEtcdMember,
    ResetCleanupNode,
}

/// What kind of thing a phase does.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Work {
    /// Judged before there is a plan.
    Preflight,
    Certificate(&'static pki::Entry),
    Kubeconfig(&'static kubeconfig::File),
    Etcd,
    Manifest(StaticPod),
    KubeletStart,
    WaitControlPlane,
    SettleKubelet,
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
    CheckEtcd,
    /// The kubelet's start with a bootstrap token.
    BootstrapKubelet,
    JoinEtcd,
    WaitBootstrap,
    LeaveEtcd,
    CleanUp,
}

/// What a phase puts into the cluster.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ClusterWork {
    KubeadmConfig,
    KubeletConfig,
    Certificates,
    NodeMarks,
    BootstrapTokens,
    Coredns,
    KubeProxy,
}

/// A phase's row: `path` is its name, `group/name` in a group, as `--skip-phases` takes it.
#[derive(Debug)]
pub struct Entry {
    pub phase: Phase,
    pub path: &'static str,
    pub about: &'static str,
    pub flags: &'static [&'static str],
    pub work: Work,
}

/// A phase, or group of phases, on the first level of `init phase`.
#[derive(Debug)]
pub struct Group {
    pub name: &'static str,
    pub alias: Option<&'static str>,
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
    pub flags: &'static [&'static str],
}

/// A command that is made of phases.
#[derive(Debug)]
pub struct Pipeline {
    /// Its name on the command line.
    pub command: &'static str,
    /// In the order in which they run.
    pub phases: &'static [Entry],
    /// The first level of its `phase` subcommand, in the same order.
    pub groups: &'static [Group],
    pub legacy_names: &'static [LegacyName],
}

const PIPELINES: [&Pipeline; 3] = [&INIT, &JOIN, &RESET];

#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{name:?} is not a phase of {command}; `kubewright {command} --help` lists them")]
pub struct UnknownPhase {
    pub name: String,
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
    pub fn is_named_by(&self, name: &str) -> bool {
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

    pub fn needs_no_address(self) -> bool {
        self.is_the_same_on_every_host() || WITHOUT_ADDRESS.contains(&self)
    }

    pub fn is_the_same_on_every_host(self) -> bool {
        SAME_EVERYWHERE.contains(&self)
    }
}

impl LegacyName {
    pub fn group(&self) -> &'static str {
        self.path.split('/').next().unwrap_or(self.path)
    }

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
        assert_eq!(numbers, (0..=Phase::ResetCleanupNode as usize).collect::<Vec<_>>());
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
