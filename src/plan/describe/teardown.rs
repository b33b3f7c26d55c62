//! The steps of a reset → lines for people, and JSON for programs.

use serde_json::{Value, json};

use super::{Description, Subject, path_text};
use crate::facts::PodSandbox;
use crate::plan::{NetworkTeardown, Removal, Teardown, What};

/// Every path, mount, pod, rule and member that goes.
pub fn describe(teardown: &Teardown) -> Description<'_> {
    let subject = match teardown {
        Teardown::Remove(removal) => Subject::Removal(removal),
        Teardown::RemoveLearner(wanted) => Subject::Gone(&wanted.manifest),
        Teardown::LeaveEtcd(_)
        | Teardown::StopPods(_)
        | Teardown::Unmount(_)
        | Teardown::UnmountRest(_)
        | Teardown::Network(_) => Subject::Nothing,
    };
    // A name with a line break in it takes one line, too.
    let planned: Vec<String> = lines(teardown).iter().map(|line| line.replace('\n', r"\n")).collect();
    Description {
        done: planned.iter().map(|line| format!("{line}, done")).collect(),
        ..Description::of(subject).planned(planned).json(teardown_json(teardown))
    }
}

fn lines(teardown: &Teardown) -> Vec<String> {
    match teardown {
        Teardown::LeaveEtcd(leave) => {
            vec![format!("etcd member {} ({}): leaves the cluster", leave.asked.name, leave.id)]
        }
        Teardown::RemoveLearner(wanted) => {
            vec![format!("etcd member {} ({}): leaves the cluster again", wanted.join.name, wanted.member)]
        }
        Teardown::StopPods(wanted) => {
            wanted.pods.iter().map(|pod| format!("pod {}: stop and remove", named(pod))).collect()
        }
        Teardown::Unmount(wanted) => vec![format!("mount {}: unmount", wanted.path.display())],
        Teardown::UnmountRest(rest) => {
            vec![format!("mounts in {}: unmount what is there by then", rest.folder.display())]
        }
        Teardown::Remove(removal) => removed(removal),
        Teardown::Network(network) => of_network(network),
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

fn of_network(network: &NetworkTeardown) -> Vec<String> {
    let each =
        |kind: &str, names: &[String]| names.iter().map(|name| format!("{kind} {name}: remove")).collect();
    match network {
        NetworkTeardown::Rules(rules) => {
            let program = rules.save.file_name().unwrap_or_default().to_string_lossy();
            let program = program.trim_end_matches("-save");
            let chains = rules.chains.iter();
            chains.map(|chain| format!("chain {chain} of {program}, and the jumps to it: remove")).collect()
        }
        NetworkTeardown::Table { family, name } => vec![format!("nftables table {family} {name}: remove")],
        NetworkTeardown::VirtualServices(services) => each("IPVS service", services),
        NetworkTeardown::AddressSets(sets) => each("ipset", sets),
        NetworkTeardown::Interface(name) => vec![format!("interface {name}: remove")],
    }
}

fn teardown_json(teardown: &Teardown) -> Value {
    match teardown {
        Teardown::LeaveEtcd(leave) => {
            json!({ "action": "leave-etcd", "member": leave.asked.name, "id": leave.id.to_string() })
        }
        // Removed where a join has failed, which has no list of steps.
        Teardown::RemoveLearner(_) => json!({}),
        Teardown::StopPods(wanted) => {
            let pod =
                |pod: &PodSandbox| json!({ "namespace": pod.namespace, "name": pod.name, "id": pod.id });
            json!({ "action": "stop-pods", "pods": wanted.pods.iter().map(pod).collect::<Vec<_>>() })
        }
        Teardown::Unmount(wanted) => json!({ "action": "unmount", "path": path_text(&wanted.path) }),
        Teardown::UnmountRest(rest) => json!({ "action": "unmount-rest", "path": path_text(&rest.folder) }),
        Teardown::Remove(Removal { path, what: What::Whole }) => {
            json!({ "action": "remove", "path": path_text(path) })
        }
        Teardown::Remove(Removal { path, what: What::Contents(names) }) => {
            json!({ "action": "empty", "path": path_text(path), "names": names })
        }
        Teardown::Remove(Removal { path, what: What::These(names) }) => {
            json!({ "action": "remove-in", "path": path_text(path), "names": names })
        }
        Teardown::Network(NetworkTeardown::Rules(rules)) => {
            json!({ "action": "remove-chains", "program": path_text(&rules.restore), "chains": rules.chains })
        }
        Teardown::Network(NetworkTeardown::Table { family, name }) => {
            json!({ "action": "remove-nftables-table", "family": family, "name": name })
        }
        Teardown::Network(NetworkTeardown::VirtualServices(services)) => {
            json!({ "action": "remove-ipvs-services", "services": services })
        }
        Teardown::Network(NetworkTeardown::AddressSets(sets)) => {
            json!({ "action": "remove-ipsets", "sets": sets })
        }
        Teardown::Network(NetworkTeardown::Interface(name)) => {
            json!({ "action": "remove-interface", "name": name })
        }
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
        let removal = |what| Teardown::Remove(Removal { path: "/etc/kubernetes/pki".into(), what });
        for (undo, wanted) in [
            (
                Teardown::StopPods(PodsOf { socket: String::new(), pods: vec![pod] }),
                vec!["pod kube-system/etcd-cp (0123456789abc): stop and remove"],
            ),
            (Teardown::Unmount(Unmount { path: "/m".into(), flags: vec![] }), vec!["mount /m: unmount"]),
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

    #[test]
    fn a_name_of_any_bytes_has_one_line_and_a_place_in_json() {
        use std::os::unix::ffi::OsStringExt as _;
        let path = std::ffi::OsString::from_vec(b"/m/\xff\n/b".to_vec());
        let undo = Teardown::Unmount(Unmount { path: path.into(), flags: vec![] });
        assert_eq!(describe(&undo).lines(), ["mount /m/\u{fffd}\\n/b: unmount"]);
        assert_eq!(teardown_json(&undo)["path"], "/m/\u{fffd}\n/b");
    }
}
