//! What an upgrade finds on the host of a control plane, its certificates left aside.

use std::collections::BTreeSet;

use super::{etcd, files, kubelet_setup};
use crate::config::Spec;
use crate::facts::{EtcdSaid, LocalEtcd, UpgradeHost};
use crate::host::file_error::room;
use crate::host::node::Node;
use crate::manifests::static_pod::StaticPod;
use crate::plan::manifest_path;
use crate::preflight;

/// Where kubeadm keeps copies of what it replaces.
const COPIES: &str = "/etc/kubernetes/tmp";

/// The manifests, the member of etcd, and the room for copies.
pub fn host(node: &Node) -> UpgradeHost {
    let (mut manifests, mut unseen) = (BTreeSet::new(), Vec::new());
    for component in StaticPod::ALL {
        match files::exists(node, &manifest_path(component)) {
            Ok(true) => drop(manifests.insert(component)),
            Ok(false) => {}
            Err(why) => unseen.push(why),
        }
    }
    UpgradeHost {
        manifests,
        etcd_member: own_member(node).map(|member| member.name),
        room: room(&node.path(COPIES)).map(|room| room.free),
        kubelet: kubelet_setup::observe(node),
        unseen,
        ..UpgradeHost::default()
    }
}

/// Where the host's own member of etcd, and those that its manifest names, are reached; none where it has none. In a cluster that was just
/// set up, or whose control plane was just replaced, no pod tells it yet.
pub fn own_etcd_endpoints(node: &Node) -> Vec<String> {
    own_member(node).map(|member| member.endpoints).unwrap_or_default()
}

fn own_member(node: &Node) -> Option<LocalEtcd> {
    node.text(manifest_path(StaticPod::Etcd)).and_then(|text| LocalEtcd::parse(&text)).ok()
}

/// The versions of an etcd that is not the cluster's own; none where it is.
pub fn external_etcd(node: &Node, spec: Spec<'_>) -> Option<EtcdSaid> {
    let question = preflight::questions(spec).etcd?;
    Some(EtcdSaid::External(etcd::observe_once(node, &question)))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the test makes the files of a host")]
mod tests {
    use super::*;
    use crate::host::node::fake_node;

    #[test]
    fn a_host_tells_its_manifests_its_member_and_its_room() {
        let folder = tempfile::tempdir().unwrap();
        let node = fake_node(folder.path());
        assert!(host(&node).manifests.is_empty() && own_etcd_endpoints(&node).is_empty());
        let manifests = folder.path().join("etc/kubernetes/manifests");
        std::fs::create_dir_all(&manifests).unwrap();
        std::fs::write(manifests.join("kube-scheduler.yaml"), "").unwrap();
        let etcd = "spec: {containers: [{name: etcd, command: [etcd, --name=cp1]}], \
                    volumes: [{name: etcd-data, hostPath: {path: /var/lib/etcd}}]}";
        std::fs::write(manifests.join("etcd.yaml"), etcd).unwrap();
        assert_eq!(own_etcd_endpoints(&node), ["https://127.0.0.1:2379"]);
        let found = host(&node);
        assert_eq!(found.manifests, BTreeSet::from([StaticPod::Scheduler, StaticPod::Etcd]));
        assert_eq!(found.etcd_member.as_deref(), Some("cp1"));
        assert!(found.room.is_some_and(|bytes| bytes > 0));
    }
}
