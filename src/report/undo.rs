//! The steps of a reset → lines for people, and JSON for programs.

use serde_json::{Value, json};

use crate::facts::PodSandbox;
use crate::plan::{Action, Effect, KubeletCall, NetworkUndo, Removal, Undo, What};

/// Every path, mount, pod, rule and member that goes, a line each.
pub fn lines(undo: &Undo) -> Vec<String> {
    match undo {
        Undo::LeaveEtcd(leave) => {
            vec![format!("etcd member {} ({}): leaves the cluster", leave.asked.name, leave.id)]
        }
        Undo::StopPods(wanted) => {
            wanted.pods.iter().map(|pod| format!("pod {}: stop and remove", named(pod))).collect()
        }
        Undo::Unmount(wanted) => vec![format!("mount {}: unmount", wanted.path.display())],
        Undo::UnmountRest(rest) => {
            vec![format!("mounts in {}: unmount what is there by then", rest.folder.display())]
        }
        Undo::Remove(removal) => removed(removal),
        Undo::Network(network) => of_network(network),
    }
}

fn named(pod: &PodSandbox) -> String {
    format!("{}/{} ({:.13})", pod.namespace, pod.name, pod.id)
}

fn removed(removal: &Removal) -> Vec<String> {
    let path = &removal.path;
    match &removal.what {
        What::Whole => vec![format!("{}: remove", path.display())],
        What::Contents(names) if names.is_empty() => {
            vec![format!("{}: remove what is in it by then", path.display())]
        }
        What::Contents(names) | What::These(names) => {
            names.iter().map(|name| format!("{}: remove", path.join(name).display())).collect()
        }
    }
}

fn of_network(network: &NetworkUndo) -> Vec<String> {
    let each =
        |kind: &str, names: &[String]| names.iter().map(|name| format!("{kind} {name}: remove")).collect();
    match network {
        NetworkUndo::Rules(rules) => {
            let program = rules.save.file_name().unwrap_or_default().to_string_lossy();
            let program = program.trim_end_matches("-save");
            let chains = rules.chains.iter();
            chains.map(|chain| format!("chain {chain} of {program}, and the jumps to it: remove")).collect()
        }
        NetworkUndo::Table { family, name } => vec![format!("nftables table {family} {name}: remove")],
        NetworkUndo::VirtualServices(services) => each("IPVS service", services),
        NetworkUndo::AddressSets(sets) => each("ipset", sets),
        NetworkUndo::Interface(name) => vec![format!("interface {name}: remove")],
    }
}

/// `[{phase, action, …}]`, an entry a step.
pub fn steps_json(effects: &[Effect]) -> Value {
    let step = |effect: &Effect| {
        let mut step = action_json(&effect.action);
        step["phase"] = json!(effect.phase.entry().path);
        step
    };
    effects.iter().map(step).collect()
}

fn action_json(action: &Action) -> Value {
    match action {
        Action::Undo(undo) => undo_json(undo),
        Action::Kubelet(KubeletCall::Stop) => json!({ "action": "stop-kubelet" }),
        Action::Kubelet(KubeletCall::Restart) => json!({ "action": "restart-kubelet" }),
        Action::WriteFile(file) => json!({ "action": "write", "path": file.path }),
        Action::RemoveFile(path) => json!({ "action": "remove", "path": path }),
        // No steps of a reset.
        Action::MakeDir(_)
        | Action::KeepFile(_)
        | Action::GiveTo(_)
        | Action::RestartMounting(_)
        | Action::Wait(_)
        | Action::SettleKubelet(_)
        | Action::AwaitBootstrap(_)
        | Action::CheckEtcd(_)
        | Action::PromoteEtcd(_)
        | Action::Replace(_)
        | Action::Send(_) => json!({}),
    }
}

fn undo_json(undo: &Undo) -> Value {
    match undo {
        Undo::LeaveEtcd(leave) => {
            json!({ "action": "leave-etcd", "member": leave.asked.name, "id": leave.id.to_string() })
        }
        Undo::StopPods(wanted) => {
            let pod =
                |pod: &PodSandbox| json!({ "namespace": pod.namespace, "name": pod.name, "id": pod.id });
            json!({ "action": "stop-pods", "pods": wanted.pods.iter().map(pod).collect::<Vec<_>>() })
        }
        Undo::Unmount(wanted) => json!({ "action": "unmount", "path": wanted.path }),
        Undo::UnmountRest(rest) => json!({ "action": "unmount-rest", "path": rest.folder }),
        Undo::Remove(Removal { path, what: What::Whole }) => json!({ "action": "remove", "path": path }),
        Undo::Remove(Removal { path, what: What::Contents(names) }) => {
            json!({ "action": "empty", "path": path, "names": names })
        }
        Undo::Remove(Removal { path, what: What::These(names) }) => {
            json!({ "action": "remove-in", "path": path, "names": names })
        }
        Undo::Network(NetworkUndo::Rules(rules)) => {
            json!({ "action": "remove-chains", "program": rules.restore, "chains": rules.chains })
        }
        Undo::Network(NetworkUndo::Table { family, name }) => {
            json!({ "action": "remove-nftables-table", "family": family, "name": name })
        }
        Undo::Network(NetworkUndo::VirtualServices(services)) => {
            json!({ "action": "remove-ipvs-services", "services": services })
        }
        Undo::Network(NetworkUndo::AddressSets(sets)) => json!({ "action": "remove-ipsets", "sets": sets }),
        Undo::Network(NetworkUndo::Interface(name)) => json!({ "action": "remove-interface", "name": name }),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{PodsOf, Unmount};

    #[test]
    fn every_path_mount_and_pod_has_a_line() {
        let pod = PodSandbox {
            id: "0123456789abcdef".into(),
            namespace: "kube-system".into(),
            name: "etcd-cp".into(),
            is_static: true,
        };
        let contents = |names: &[&str]| What::Contents(names.iter().map(|name| (*name).to_owned()).collect());
        let removal = |what| Undo::Remove(Removal { path: "/etc/kubernetes/pki".into(), what });
        for (undo, wanted) in [
            (
                Undo::StopPods(PodsOf { socket: String::new(), pods: vec![pod] }),
                vec!["pod kube-system/etcd-cp (0123456789abc): stop and remove"],
            ),
            (Undo::Unmount(Unmount { path: "/m".into(), flags: vec![] }), vec!["mount /m: unmount"]),
            (removal(What::Whole), vec!["/etc/kubernetes/pki: remove"]),
            (removal(What::These(vec!["ca.key".into()])), vec!["/etc/kubernetes/pki/ca.key: remove"]),
            (
                removal(contents(&["ca.crt", "ca.key"])),
                vec!["/etc/kubernetes/pki/ca.crt: remove", "/etc/kubernetes/pki/ca.key: remove"],
            ),
            (removal(contents(&[])), vec!["/etc/kubernetes/pki: remove what is in it by then"]),
        ] {
            assert_eq!(lines(&undo), wanted);
        }
    }
}
