//! A host on which nothing stands out, and hosts that join.

use std::path::Path;
use std::sync::OnceLock;

use super::inputs::KUBERNETES;
use super::{
    Action, Content, EtcdAccess, Files, HostInputs, Inputs, JoinInputs, Leave, MemberQuestion, Paths,
    Teardown, renewal_paths, shared_path,
};
use crate::config::{ClusterSpec, Config, Join, NodeRole, Spec, fixture};
use crate::duration::GoDuration;
use crate::facts::MemberId;
use crate::kubeconfig;
use crate::manifests::component::Resolver;
use crate::manifests::patches::Patches;
use crate::pki::fixtures::{self, KnownKeys};
use crate::pki::{self, Order};

/// What `test` makes of the inputs.
///
/// # Panics
/// Never: the time is one.
pub fn with<T>(config: &Config, files: &Files, test: impl FnOnce(&Inputs<'_>) -> T) -> T {
    on(config.spec(), files, |inputs| test(&Inputs { tokens: &config.bootstrap_tokens, ..inputs.clone() }))
}

/// The same of any node.
///
/// # Panics
/// Never: the time is one.
pub fn on<T>(spec: Spec<'_>, files: &Files, test: impl FnOnce(&Inputs<'_>) -> T) -> T {
    let host = HostInputs {
        name: "node-1".into(),
        resolver: Resolver::Other,
        ca_directories: Vec::new(),
        proxies: Vec::new(),
        foreign_mounts: Vec::new(),
    };
    test(&Inputs {
        spec,
        tokens: &[],
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
    /// What it joins.
    pub cluster: ClusterSpec,
    /// As what.
    pub join: Join,
    /// Those that are on it.
    pub files: Files,
    /// What the control planes share, by path.
    pub shared: Files,
    /// The kubelet's bootstrap-kubelet.conf, where discovery gave one.
    pub bootstrap: Option<Content>,
}

fn bootstrap() -> Content {
    Content::new("kind: Config")
}

/// A worker, on a host where nothing is.
pub fn worker() -> Joining {
    Joining {
        cluster: fixture::config().cluster,
        join: fixture::join(),
        files: Files::new(),
        shared: Files::new(),
        bootstrap: Some(bootstrap()),
    }
}

/// A control plane, with the shared certificates of a cluster that another one has made.
pub fn control_plane() -> Joining {
    let config = fixtures::config();
    let endpoint = config.control_plane().endpoint;
    let made = fixtures::complete(config.spec());
    let shared = crate::pki::shared_files(&config.cluster).into_iter().filter_map(|file| {
        let path = shared_path(&config.cluster, &file.path)?;
        let below = path.strip_prefix(&config.cluster.certificates_dir).ok()?.to_str()?.to_owned();
        Some((path, Content::new(made.get(&below)?)))
    });
    let shared = shared.collect();
    let mut join = fixture::join();
    join.node.role = NodeRole::ControlPlane(endpoint);
    Joining { cluster: config.cluster, join, files: Files::new(), shared, bootstrap: Some(bootstrap()) }
}

impl Joining {
    /// What `test` makes of the inputs.
    pub fn with<T>(&self, test: impl FnOnce(&Inputs<'_>) -> T) -> T {
        let joining = JoinInputs {
            ca_cert_path: self.join.ca_cert_path.clone(),
            bootstrap: self.bootstrap.clone(),
            authority: Content::new("the CA"),
            shared: self.shared.clone(),
        };
        let spec = Spec { cluster: &self.cluster, node: &self.join.node };
        on(spec, &self.files, |inputs| {
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

/// The files of a control plane, as init writes them for the fixture's configuration; made once, since an ECDSA certificate differs each
/// time.
///
/// # Panics
/// Never: all of them can be made.
pub fn init_files() -> &'static Files {
    static FILES: OnceLock<Files> = OnceLock::new();
    FILES.get_or_init(made)
}

fn made() -> Files {
    let config = fixtures::config();
    let existing = fixtures::complete(config.spec());
    let requests: Vec<_> =
        kubeconfig::catalogue(config.spec()).into_iter().map(|file| file.request).collect();
    let order = Order { items: &[], clients: &requests, existing: &existing };
    let clients = pki::mint(&order, fixtures::now(), &KnownKeys).unwrap().clients;
    let kubeconfigs = kubeconfig::catalogue(config.spec()).into_iter().zip(clients).map(|(file, client)| {
        let text = kubeconfig::render(&file, &client).unwrap();
        (Path::new(KUBERNETES).join(file.name), Content::new(text.expose_secret()))
    });
    let below = renewal_paths(config.spec(), Path::new(KUBERNETES)).into_iter().filter_map(|path| {
        let below = path.strip_prefix(&config.cluster.certificates_dir).ok()?;
        let content = Content::new(existing.get(below.to_str()?)?);
        Some((path, content))
    });
    below.chain(kubeconfigs).collect()
}
