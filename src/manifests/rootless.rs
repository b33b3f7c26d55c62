//! `RootlessControlPlane`: static pods as users of their own, and what of the host these must own (KEP-2568).
//!
//! The reference makes the users and hands over the files only when it changes the host; its dry run leaves the
//! manifests as root's. Callers do the same by passing no [`Identities`].

use k8s_openapi::api::core::v1::{Capabilities, Pod, SecurityContext};
use serde::{Deserialize, Serialize};

use super::go_path;
use super::static_pod::{CaKey, StaticPod, certificates_dir, container, pod_spec};
use crate::config::{Etcd, Spec};

/// The numbers of the control plane's users and groups on this host, as `accounts` finds or makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identities {
    /// The user `kubeadm-etcd`.
    pub etcd: Identity,
    /// The user `kubeadm-kas`.
    pub api_server: Identity,
    /// The user `kubeadm-kcm`.
    pub controller_manager: Identity,
    /// The user `kubeadm-ks`.
    pub scheduler: Identity,
    /// The group of all who read the service account key.
    pub key_readers: u32,
}

/// A user and its own group, as the kernel numbers them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    /// The user.
    pub uid: u32,
    /// The group.
    pub gid: u32,
}

impl Identities {
    /// The user with which this static pod runs.
    pub fn of(&self, kind: StaticPod) -> Identity {
        match kind {
            StaticPod::Etcd => self.etcd,
            StaticPod::ApiServer => self.api_server,
            StaticPod::ControllerManager => self.controller_manager,
            StaticPod::Scheduler => self.scheduler,
        }
    }
}

/// Lets the pod run as its user, with no capability but the one its binary carries.
pub(super) fn run_as(pod: &mut Pod, kind: StaticPod, identities: &Identities) {
    let identity = identities.of(kind);
    let spec = pod_spec(pod);
    let context = spec.security_context.get_or_insert_default();
    context.run_as_user = Some(identity.uid.into());
    context.run_as_group = Some(identity.gid.into());
    context.supplemental_groups =
        reads_service_account_key(kind).then(|| vec![identities.key_readers.into()]);
    container(spec).security_context = Some(security_context(kind));
}

fn reads_service_account_key(kind: StaticPod) -> bool {
    match kind {
        StaticPod::ApiServer | StaticPod::ControllerManager => true,
        StaticPod::Etcd | StaticPod::Scheduler => false,
    }
}

/// kube-apiserver's binary has the file capability `cap_net_bind_service`; without it in the bounding set, and
/// with escalation forbidden, the kernel would not start it.
fn security_context(kind: StaticPod) -> SecurityContext {
    let (add, escalation) = match kind {
        StaticPod::ApiServer => (Some(vec!["NET_BIND_SERVICE".to_owned()]), None),
        StaticPod::Etcd | StaticPod::ControllerManager | StaticPod::Scheduler => (None, Some(false)),
    };
    SecurityContext {
        allow_privilege_escalation: escalation,
        capabilities: Some(Capabilities { add, drop: Some(vec!["ALL".to_owned()]) }),
        ..SecurityContext::default()
    }
}

/// A file or tree that passes to another owner.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Ownership {
    /// The file, or the top of the tree.
    pub path: String,
    /// The new owner.
    pub owner: Identity,
    /// How far down that goes.
    pub reach: Reach,
}

/// How much of a path passes to another owner.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Reach {
    /// One file, which takes this mode too.
    File {
        /// Permission bits, such as 0o640.
        mode: u32,
    },
    /// A directory and all below it, modes kept.
    Tree,
}

/// What a component must own before it can run as its user.
pub fn ownerships(kind: StaticPod, spec: Spec<'_>, ca: CaKey, identities: &Identities) -> Vec<Ownership> {
    let pki = certificates_dir(spec);
    let owner = identities.of(kind);
    let whole = |path: String| Ownership { path, owner, reach: Reach::File { mode: 0o600 } };
    let own = |file: &str| whole(go_path::join(&pki, file));
    let kubeconfig = || whole(format!("{KUBERNETES_DIR}/{}", kind.name().replace("kube-", "") + ".conf"));
    match (kind, &spec.cluster.etcd) {
        (StaticPod::Etcd, Etcd::External(_)) => Vec::new(),
        (StaticPod::Etcd, Etcd::Local(local)) => {
            let path = local.data_dir.to_string_lossy().into_owned();
            vec![Ownership { path, owner, reach: Reach::Tree }, own("etcd/server.key"), own("etcd/peer.key")]
        }
        (StaticPod::ApiServer, etcd) => {
            let mut files = vec![own("sa.pub"), service_account_key(&pki, identities)];
            files.extend(API_SERVER_KEYS.map(own));
            files.extend(matches!(etcd, Etcd::Local(_)).then(|| own("apiserver-etcd-client.key")));
            files
        }
        (StaticPod::ControllerManager, _) => {
            let mut files = vec![kubeconfig(), service_account_key(&pki, identities)];
            files.extend((ca == CaKey::Present).then(|| own("ca.key")));
            files
        }
        (StaticPod::Scheduler, _) => vec![kubeconfig()],
    }
}

const KUBERNETES_DIR: &str = "/etc/kubernetes";
const API_SERVER_KEYS: [&str; 3] =
    ["apiserver.key", "apiserver-kubelet-client.key", "front-proxy-client.key"];

/// Root's, and readable by the group of the two components that share it.
fn service_account_key(pki: &str, identities: &Identities) -> Ownership {
    Ownership {
        path: go_path::join(pki, "sa.key"),
        owner: Identity { uid: 0, gid: identities.key_readers },
        reach: Reach::File { mode: 0o640 },
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture;
    use crate::manifests::static_pod::{PodInputs, static_pod, static_pods};

    const fn identity(id: u32) -> Identity {
        Identity { uid: id, gid: id + 10 }
    }

    const IDENTITIES: Identities = Identities {
        etcd: identity(101),
        api_server: identity(102),
        controller_manager: identity(103),
        scheduler: identity(104),
        key_readers: 120,
    };

    #[test]
    fn each_pod_runs_as_its_user_and_without_capabilities() {
        let inputs = PodInputs { identities: Some(IDENTITIES), ..PodInputs::default() };
        for kind in static_pods(fixture::config().spec()) {
            let mut pod = static_pod(kind, fixture::config().spec(), &inputs).unwrap();
            let context = pod_spec(&mut pod).security_context.clone().unwrap();
            assert_eq!(context.run_as_user, Some(IDENTITIES.of(kind).uid.into()));
            assert_eq!(context.run_as_group, Some(IDENTITIES.of(kind).gid.into()));
            assert!(context.seccomp_profile.is_some());
            let reads_key = ownerships(kind, fixture::config().spec(), CaKey::Present, &IDENTITIES)
                .iter()
                .any(|ownership| ownership.path.ends_with("/sa.key"));
            assert_eq!(context.supplemental_groups, reads_key.then(|| vec![120]));
            let capabilities =
                container(pod_spec(&mut pod)).security_context.clone().unwrap().capabilities.unwrap();
            assert_eq!(capabilities.drop, Some(vec!["ALL".to_owned()]));
        }
    }

    #[test]
    fn no_two_components_own_a_file_other_than_the_shared_key() {
        let config = fixture::config();
        let owned = |kind| ownerships(kind, config.spec(), CaKey::Present, &IDENTITIES);
        let mut paths: Vec<String> =
            static_pods(config.spec()).into_iter().flat_map(owned).map(|ownership| ownership.path).collect();
        paths.sort();
        let twice: Vec<_> = paths.windows(2).filter(|pair| pair[0] == pair[1]).map(|pair| &pair[0]).collect();
        assert_eq!(twice, ["/etc/kubernetes/pki/sa.key"]);
    }

    #[test]
    fn an_absent_ca_key_is_nobody_s() {
        let owned =
            ownerships(StaticPod::ControllerManager, fixture::config().spec(), CaKey::External, &IDENTITIES);
        assert!(owned.iter().all(|ownership| !ownership.path.ends_with("ca.key")));
    }
}
