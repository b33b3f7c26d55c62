//! What kube-proxy, the kubelet and network plug-ins have set up → how it is removed.

use std::path::{Path, PathBuf};

use super::{Action, Effect, NetworkTeardown, Phase, Removal, Teardown, What};
use crate::facts::{NodeNetwork, PathState};

const STATE: &str = "/var/lib/cni";
/// Where the plug-ins note the addresses that they have given, by network.
const ADDRESSES: &str = "/var/lib/cni/networks";

/// How the network of a node is taken down.
pub struct NetworkPlan {
    /// In the order in which they are done.
    pub undo: Vec<Teardown>,
    /// What the user should know.
    pub remarks: Vec<String>,
}

/// From what was found of the network; what is of other programs stays.
pub fn plan(network: &NodeNetwork) -> NetworkPlan {
    let rules = network.rules.iter().cloned().map(NetworkTeardown::Rules);
    let tables = network.tables.iter();
    let tables =
        tables.map(|(family, name)| NetworkTeardown::Table { family: family.clone(), name: name.clone() });
    let services = some(&network.virtual_services).map(NetworkTeardown::VirtualServices);
    let sets = some(&network.address_sets).map(NetworkTeardown::AddressSets);
    let interfaces = network.interfaces.iter().cloned().map(NetworkTeardown::Interface);
    // Sets can go once no rule looks into them any more.
    let steps = services.into_iter().chain(rules).chain(tables).chain(sets).chain(interfaces);
    let files = state(network).into_iter().map(Teardown::Remove);
    let mut remarks: Vec<String> = network.unseen.iter().map(ToString::to_string).collect();
    if network.records.iter().any(|record| !record.of_kubernetes) {
        remarks.push(format!("{STATE} holds records of other programs, which stay"));
    }
    NetworkPlan { undo: steps.map(Teardown::Network).chain(files).collect(), remarks }
}

/// The steps by themselves.
pub fn network_effects(network: &NodeNetwork) -> Vec<Effect> {
    let effect = |teardown| Effect { phase: Phase::ResetCleanupNode, action: Action::Teardown(teardown) };
    plan(network).undo.into_iter().map(effect).collect()
}

fn some(names: &[String]) -> Option<Vec<String>> {
    (!names.is_empty()).then(|| names.to_vec())
}

/// The plug-ins' state as a whole, or, where others use them too, what is Kubernetes' of it.
fn state(network: &NodeNetwork) -> Vec<Removal> {
    let whole = |path: PathBuf| Removal { path, what: What::Whole };
    let (ours, others): (Vec<_>, Vec<_>) = network.records.iter().partition(|record| record.of_kubernetes);
    if others.is_empty() {
        return match &network.state {
            PathState::Folder(names) if !names.is_empty() => {
                vec![Removal { path: STATE.into(), what: What::Contents(names.clone()) }]
            }
            PathState::Folder(_)
            | PathState::Missing
            | PathState::Link(_)
            | PathState::File
            | PathState::Unseen(_) => Vec::new(),
        };
    }
    let mut networks: Vec<&str> = ours.iter().map(|record| record.network.as_str()).collect();
    networks.sort_unstable();
    networks.dedup();
    networks.retain(|network| others.iter().all(|other| other.network != *network));
    let folders = networks.into_iter().map(|network| whole(Path::new(ADDRESSES).join(network)));
    ours.iter().map(|record| whole(record.path.clone())).chain(folders).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::CniRecord;

    fn record(network: &str, of_kubernetes: bool) -> CniRecord {
        let path = format!("{STATE}/results/{network}-abc-eth0").into();
        CniRecord {
            path,
            network: network.into(),
            container: "abc".into(),
            of_kubernetes,
            interfaces: Vec::new(),
        }
    }

    fn network(records: Vec<CniRecord>) -> NodeNetwork {
        NodeNetwork {
            rules: Vec::new(),
            tables: vec![("ip".into(), "kube-proxy".into())],
            virtual_services: Vec::new(),
            address_sets: Vec::new(),
            interfaces: vec!["cni0".into()],
            records,
            state: PathState::Folder(vec!["networks".into(), "results".into()]),
            unseen: Vec::new(),
        }
    }

    fn removed(plan: &NetworkPlan) -> Vec<&Path> {
        let path = |teardown| match teardown {
            &Teardown::Remove(Removal { ref path, .. }) => Some(path.as_path()),
            Teardown::LeaveEtcd(_)
            | Teardown::RemoveLearner(_)
            | Teardown::StopPods(_)
            | Teardown::Unmount(_)
            | Teardown::UnmountRest(_)
            | Teardown::Network(_) => None,
        };
        plan.undo.iter().filter_map(path).collect()
    }

    #[test]
    fn the_plug_ins_state_goes_as_a_whole_where_it_is_kubernetes_alone() {
        let plan = plan(&network(vec![record("bridge", true)]));
        assert_eq!((removed(&plan), plan.undo.len()), (vec![Path::new(STATE)], 3));
    }

    #[test]
    fn the_records_of_other_programs_stay() {
        let plan = plan(&network(vec![record("bridge", true), record("podman", false)]));
        let wanted = ["/var/lib/cni/results/bridge-abc-eth0", "/var/lib/cni/networks/bridge"];
        assert_eq!(removed(&plan), wanted.map(Path::new));
        assert_eq!(plan.remarks.len(), 1);
    }
}
