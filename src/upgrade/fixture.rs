//! A sound cluster of one control plane, 1.36.1, that unit tests start from and change.

use std::collections::{BTreeMap, BTreeSet};

use super::{EditChoice, Finding, Hop, Severity};
use crate::config::{Allowed, ClusterSpec, Etcd, fixture};
use crate::facts::{
    CertificateEnd, ComponentPod, EtcdMember, EtcdSaid, KubeletSetup, Member, MemberId, MemberStatus,
    NodeKubelet, StoredSettings, UpgradeFacts, UpgradeHost,
};
use crate::manifests::static_pod::StaticPod;
use crate::versions::{KubernetesVersion, Minor, resolve};

/// A hop of that cluster, and what it is judged by.
#[derive(Debug)]
pub struct Case {
    pub facts: UpgradeFacts,
    pub cluster: ClusterSpec,
    pub from: KubernetesVersion,
    pub to: (KubernetesVersion, &'static Minor),
    pub allowed: Allowed,
    pub with_etcd: bool,
    pub edits: EditChoice,
}

impl Case {
    pub fn to(version: &str) -> Self {
        Self {
            facts: facts(),
            cluster: cluster(),
            from: self::version("v1.36.1"),
            to: resolve(version).unwrap(),
            allowed: Allowed::default(),
            with_etcd: true,
            edits: EditChoice::Unsaid,
        }
    }

    pub fn hop(&self) -> Hop<'_> {
        Hop {
            facts: &self.facts,
            cluster: &self.cluster,
            from: &self.from,
            to: &self.to.0,
            minor: self.to.1,
            allowed: self.allowed,
            with_etcd: self.with_etcd,
            edits: self.edits,
        }
    }

    /// Names the tag of etcd's image in the configuration.
    pub fn pin(&mut self, tag: &str) {
        let Etcd::Local(local) = &mut self.cluster.etcd else { panic!("a local etcd") };
        local.image.tag = Some(tag.to_owned());
    }
}

pub fn version(text: &str) -> KubernetesVersion {
    text.parse().unwrap()
}

pub fn cluster() -> ClusterSpec {
    let mut config = fixture::config();
    config.of_version("v1.36.1");
    config.cluster
}

pub fn facts() -> UpgradeFacts {
    let pod = |component, version: &str| ComponentPod {
        component,
        node: "cp1".to_owned(),
        version: version.to_owned(),
    };
    UpgradeFacts {
        server: Ok("v1.36.0".to_owned()),
        nodes: vec![NodeKubelet {
            name: "cp1".to_owned(),
            kubelet: "v1.36.1".to_owned(),
            is_ready: true,
            is_control_plane: true,
        }],
        components: vec![
            pod(StaticPod::ApiServer, "v1.36.1"),
            pod(StaticPod::ControllerManager, "v1.36.1"),
            pod(StaticPod::Scheduler, "v1.36.1"),
            pod(StaticPod::Etcd, "3.6.6-0"),
        ],
        dns: Some("v1.14.2".to_owned()),
        configurations: BTreeMap::from([
            ("kubelet.config.k8s.io".to_owned(), "v1beta1".to_owned()),
            ("kubeproxy.config.k8s.io".to_owned(), "v1alpha1".to_owned()),
        ]),
        stored: StoredSettings::default(),
        deprecated_apis: Ok(Vec::new()),
        addon_edits: Vec::new(),
        webhooks: Ok(Vec::new()),
        etcd: EtcdSaid::Local(vec![member(1, "3.6.6")]),
        host: UpgradeHost {
            manifests: BTreeSet::from(StaticPod::ALL),
            node_name: Some("cp1".to_owned()),
            etcd_member: Some("cp1".to_owned()),
            room: Some(1 << 34),
            certificates: ["apiserver", "etcd-server"].map(end).into(),
            kubelet_client_groups: Vec::new(),
            kubelet: KubeletSetup::default(),
            edits: Vec::new(),
            unseen: Vec::new(),
        },
    }
}

fn end(name: &str) -> CertificateEnd {
    CertificateEnd { name: name.to_owned(), until: "2027-11-29T08:00:00Z".parse().unwrap() }
}

/// The member of the control plane of this number; it has two MiB.
pub fn member(number: u64, version: &str) -> EtcdMember {
    EtcdMember {
        member: Member {
            id: MemberId(number),
            name: format!("cp{number}"),
            peer_urls: vec![format!("https://10.0.0.{number}:2380")],
            client_urls: vec![format!("https://10.0.0.{number}:2379")],
            is_learner: false,
        },
        status: Ok(MemberStatus {
            version: version.to_owned(),
            leader: Some(MemberId(1)),
            is_learner: false,
            data_size: 2 << 20,
            errors: Vec::new(),
        }),
    }
}

/// `error EtcdBridge`
pub fn labels(all: &[Finding]) -> Vec<String> {
    let word = |severity| match severity {
        Severity::Info => "info",
        Severity::Warning => "warning",
        Severity::Error => "error",
    };
    all.iter().map(|finding| format!("{} {}", word(finding.severity), finding.id)).collect()
}
