//! A host on which nothing stands out, and hosts that join.

use super::{
    Action, Content, EtcdAccess, Files, HostInputs, Inputs, JoinInputs, Leave, MemberQuestion, Paths,
    Teardown, shared_path,
};
use crate::config::{ApiEndpoint, Config, Join, JoinControlPlane, fixture};
use crate::duration::GoDuration;
use crate::facts::MemberId;
use crate::manifests::component::Resolver;
use crate::manifests::patches::Patches;
use crate::pki::fixtures;

/// What `test` makes of the inputs.
///
/// # Panics
/// Never: the time is one.
pub fn with<T>(config: &Config, files: &Files, test: impl FnOnce(&Inputs<'_>) -> T) -> T {
    let host = HostInputs {
        name: "node-1".into(),
        resolver: Resolver::Other,
        ca_directories: Vec::new(),
        proxies: Vec::new(),
        foreign_mounts: Vec::new(),
    };
    test(&Inputs {
        config,
        files,
        patches: &Patches::default(),
        host: &host,
        paths: &Paths::default(),
        upload: None,
        accounts: None,
        joining: None,
        now: "2026-11-21T08:00:00Z".parse().unwrap(),
    })
}

/// A host that joins: what it joins as, what is on it, and what came out of the cluster.
#[derive(Debug)]
pub struct Joining {
    pub config: Config,
    pub join: Join,
    pub files: Files,
    pub shared: Files,
    pub bootstrap: Option<Content>,
}

fn bootstrap() -> Content {
    Content::new("kind: Config")
}

/// A worker, on a host where nothing is.
pub fn worker() -> Joining {
    Joining {
        config: fixture::config(),
        join: fixture::join(),
        files: Files::new(),
        shared: Files::new(),
        bootstrap: Some(bootstrap()),
    }
}

/// A control plane, with the shared certificates of a cluster that another one has made.
pub fn control_plane() -> Joining {
    let config = fixtures::config();
    let endpoint = ApiEndpoint { ..config.init.endpoint };
    let made = fixtures::complete(&config);
    let shared = crate::pki::shared_files(&config.cluster).into_iter().filter_map(|file| {
        let path = shared_path(&config, &file.path)?;
        let below = path.strip_prefix(&config.cluster.certificates_dir).ok()?.to_str()?.to_owned();
        Some((path, Content::new(made.get(&below)?)))
    });
    let shared = shared.collect();
    let join =
        Join { control_plane: Some(JoinControlPlane { endpoint, certificate_key: None }), ..fixture::join() };
    Joining { config, join, files: Files::new(), shared, bootstrap: Some(bootstrap()) }
}

impl Joining {
    /// What `test` makes of the inputs.
    pub fn with<T>(&self, test: impl FnOnce(&Inputs<'_>) -> T) -> T {
        let joining = JoinInputs {
            join: self.join.clone(),
            bootstrap: self.bootstrap.clone(),
            authority: Content::new("the CA"),
            shared: self.shared.clone(),
        };
        with(&self.config, &self.files, |inputs| {
            test(&Inputs { joining: Some(&joining), now: fixtures::now(), ..inputs.clone() })
        })
    }
}

/// The member of a host that is reset.
pub fn leave_etcd() -> Action {
    let access = EtcdAccess {
        authority: "/ca.crt".into(),
        certificate: "/client.crt".into(),
        key: "/client.key".into(),
        timeout: GoDuration::ZERO,
    };
    let asked = MemberQuestion {
        name: "node-1".into(),
        peer_urls: Vec::new(),
        access,
        endpoints: Vec::new(),
        data_dir: None,
        kubeconfig: "/admin.conf".into(),
    };
    Action::Teardown(Teardown::LeaveEtcd(Leave { id: MemberId(7), asked }))
}
