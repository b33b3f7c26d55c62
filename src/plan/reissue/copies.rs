//! Where copies of a CA's certificate are on this host, and which programs see a newer one only when they start.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::pki::FoundCert;
use crate::pki_graph::{Graph, Role, Trust};

/// Copies of one CA's certificate.
#[derive(Debug, Default)]
pub struct Copies {
    /// What reads it only when it starts.
    pub readers: BTreeSet<&'static str>,
    /// Where an older copy stays: a path, with the field in brackets behind it where it stands in a kubeconfig.
    pub left: BTreeSet<String>,
    /// The first end of an older copy.
    pub older_until: Option<Timestamp>,
}

/// As they were before any of `written` is; `cert` is the newest of them.
pub fn of(cert: &FoundCert, graph: &Graph<'_>, written: &BTreeSet<PathBuf>) -> Copies {
    let mut copies = Copies::default();
    for node in &graph.nodes {
        let real =
            |path: &PathBuf| node.tree.file(path).map_or_else(|| path.clone(), |file| file.real.clone());
        let written: BTreeSet<PathBuf> = written.iter().map(real).collect();
        for bundle in &node.bundles {
            let held = bundle.held.certificates().iter().map(|one| &one.found);
            let held: Vec<&FoundCert> = held.filter(|one| one.is_again(cert)).collect();
            if held.is_empty() {
                continue;
            }
            copies.readers.extend(reads_when_it_starts(bundle.trust));
            if held.iter().any(|one| one.der == cert.der) {
                continue;
            }
            let ends = held.iter().map(|one| one.not_after);
            copies.older_until = ends.chain(copies.older_until).min();
            if !written.contains(&real(&bundle.held.path)) {
                copies.left.insert(bundle.held.name.clone());
            }
        }
    }
    copies
}

/// Everything else looks at its files again while it runs.
fn reads_when_it_starts(trust: Trust) -> Option<&'static str> {
    match trust {
        Trust::ApiToEtcd | Trust::ApiToKubelets => Some("kube-apiserver"),
        Trust::EtcdClients | Trust::EtcdPeers => Some("etcd"),
        Trust::Published | Trust::Client(Role::ControllerManager) => Some("kube-controller-manager"),
        Trust::Client(Role::Scheduler) => Some("kube-scheduler"),
        Trust::Client(Role::Kubelet) => Some("kubelet"),
        Trust::Client(Role::KubeProxy) => Some("kube-proxy"),
        Trust::ApiClients
        | Trust::ApiProxies
        | Trust::KubeletClients
        | Trust::ControllerManagerClients
        | Trust::ControllerManagerProxies
        | Trust::SchedulerClients
        | Trust::Client(_) => None,
    }
}
