//! `RootlessControlPlane`: static pods as users of their own, and what of the host these must own (KEP-2568).
//!
//! The reference makes the users and hands over the files only when it changes the host; its dry run leaves the
//! manifests as root's. Callers do the same by passing no [`Identities`].

use k8s_openapi::api::core::v1::{Capabilities, Pod, SecurityContext};

use super::go_path;
use super::static_pod::{CaKey, StaticPod, certificates_dir, container, spec};
use crate::config::{Config, Etcd};

/// The numbers of the control plane's users and groups on this host, as `accounts` finds or makes them.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identities {
    pub etcd: Identity,
    pub api_server: Identity,
    pub controller_manager: Identity,
    pub scheduler: Identity,
    /// The group of all who read the service account key.
    pub key_readers: u32,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Identity {
    pub uid: u32,
    pub gid: u32,
}

impl Identities {
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
    let spec = spec(pod);
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
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Ownership {
    pub path: String,
    pub owner: Identity,
    pub reach: Reach,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Reach {
    /// One file, which takes this mode too.
    File { mode: u32 },
    /// A directory and all below it, modes kept.
    Tree,
}

/// What a component must own before it can run as its user.
pub fn ownerships(kind: StaticPod, config: &Config, ca: CaKey, identities: &Identities) -> Vec<Ownership> {
    let pki = certificates_dir(config);
    let owner = identities.of(kind);
    let whole = |path: String| Ownership { path, owner, reach: Reach::File { mode: 0o600 } };
    let own = |file: &str| whole(go_path::join(&pki, file));
    let kubeconfig = || whole(format!("{KUBERNETES_DIR}/{}", kind.name().replace("kube-", "") + ".conf"));
    match (kind, &config.cluster.etcd) {
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
