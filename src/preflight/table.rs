//! The table of checks, one row a check, in the order in which kubeadm makes and reports them.

use super::{Finding, files, machine, network, overlap, ports, runtime, services, system, versions};
use crate::config::Spec;
use crate::facts::Facts;

/// Where a host is judged. What a join can tell only of a cluster that it knows comes behind discovery.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Gate {
    /// The first control plane.
    Init,
    /// Any node, before it looks for its cluster.
    JoinHost,
    /// A worker, once it knows its cluster.
    JoinWorker,
    /// One more control plane, once it knows its cluster.
    JoinControlPlane,
}

/// What init alone asks: an etcd elsewhere serves the cluster already, or its files come from the cluster.
const FIRST: &[Gate] = &[Gate::Init];
/// Of the host by itself.
const HOST: &[Gate] = &[Gate::Init, Gate::JoinHost];
const CONTROL_PLANE: &[Gate] = &[Gate::Init, Gate::JoinControlPlane];
/// Of a host in its cluster.
const NODE: &[Gate] = &[Gate::Init, Gate::JoinWorker, Gate::JoinControlPlane];

/// A check: what it finds, it finds under ids that begin with its name.
#[derive(Debug)]
pub struct Check {
    /// kubeadm's name for it.
    pub name: &'static str,
    /// The gates at which it is made.
    pub at: &'static [Gate],
    /// Judges the facts; looks at nothing else.
    pub judge: fn(Spec<'_>, &Facts) -> Vec<Finding>,
    /// The ids of all that it looks at, where these are not its name alone.
    pub ids: Option<fn(Spec<'_>) -> Vec<String>>,
}

impl Check {
    /// The ids that its findings may have.
    pub fn ids(&self, spec: Spec<'_>) -> Vec<String> {
        self.ids.map_or_else(|| vec![self.name.to_owned()], |ids| ids(spec))
    }
}

/// kubeadm's checks (its preflight/checks.go), and, last, the four that it lacks.
pub const CHECKS: &[Check] = &[
    Check { name: "IsPrivilegedUser", at: HOST, judge: machine::user, ids: None },
    Check { name: "NumCPU", at: CONTROL_PLANE, judge: machine::cpus, ids: None },
    Check { name: "Mem", at: CONTROL_PLANE, judge: machine::memory, ids: None },
    Check { name: "KubernetesVersion", at: CONTROL_PLANE, judge: versions::kubernetes, ids: None },
    Check { name: "Firewalld", at: CONTROL_PLANE, judge: services::firewalld, ids: None },
    Check {
        name: "Port-",
        at: CONTROL_PLANE,
        judge: ports::control_plane,
        ids: Some(ports::control_plane_ids),
    },
    Check {
        name: "FileAvailable-",
        at: CONTROL_PLANE,
        judge: files::manifests,
        ids: Some(files::manifest_ids),
    },
    Check { name: "HTTPProxy", at: CONTROL_PLANE, judge: network::proxy_to_api_server, ids: None },
    Check { name: "HTTPProxyCIDR", at: CONTROL_PLANE, judge: network::proxy_to_ranges, ids: None },
    Check { name: "CRI", at: HOST, judge: runtime::answers, ids: None },
    Check { name: "ContainerRuntimeVersion", at: HOST, judge: runtime::runtime_config, ids: None },
    Check { name: "Swap", at: HOST, judge: machine::swap, ids: None },
    Check { name: "FileExisting-", at: HOST, judge: machine::tools, ids: Some(machine::tool_ids) },
    Check { name: "SystemVerification", at: HOST, judge: system::verify, ids: None },
    Check { name: "Hostname", at: HOST, judge: network::node_name, ids: None },
    Check { name: "KubeletVersion", at: NODE, judge: versions::kubelet, ids: None },
    Check { name: "Service-kubelet", at: HOST, judge: services::kubelet, ids: None },
    Check { name: "Port-", at: NODE, judge: ports::kubelet, ids: Some(ports::kubelet_ids) },
    Check { name: "FileContent-", at: NODE, judge: machine::switches, ids: Some(machine::switch_ids) },
    Check {
        name: "ExternalEtcdVersion",
        at: FIRST,
        judge: versions::external_etcd,
        ids: Some(versions::external_etcd_ids),
    },
    Check { name: "Port-", at: CONTROL_PLANE, judge: ports::etcd, ids: Some(ports::etcd_ids) },
    Check {
        name: "DirAvailable-",
        at: CONTROL_PLANE,
        judge: files::etcd_folder,
        ids: Some(files::folder_ids),
    },
    Check {
        name: "ExternalEtcdClientCertificates",
        at: FIRST,
        judge: files::etcd_client_files,
        ids: Some(files::client_ids),
    },
    Check { name: "SubnetOverlap", at: CONTROL_PLANE, judge: overlap::ranges, ids: None },
    Check { name: "CgroupDriver", at: NODE, judge: runtime::cgroup_driver, ids: None },
    Check { name: "KubeletSettings", at: NODE, judge: versions::kubelet_settings, ids: None },
    Check { name: "SandboxImage", at: CONTROL_PLANE, judge: runtime::sandbox_image, ids: None },
];

/// All that is wrong with the host at this gate, in the order of [`CHECKS`].
pub fn judge(gate: Gate, spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let checks = CHECKS.iter().filter(|check| check.at.contains(&gate));
    checks.flat_map(|check| (check.judge)(spec, facts)).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use proptest::prelude::*;
    use proptest::sample::select;

    use super::super::fixture::{self, unseen};
    use super::super::{Severity, ignore, is_fatal};
    use super::*;
    use crate::config::fixture::config;
    use crate::facts::{CriError, DriverSeen, FolderState, PortHolder, PortState, Seen};

    fn seen<T: Clone + std::fmt::Debug + 'static>(values: Vec<T>) -> impl Strategy<Value = Seen<T>> {
        prop_oneof![Just(Err(unseen())), select(values).prop_map(Ok)]
    }

    fn port_states() -> impl Strategy<Value = PortState> {
        let holder = |name: String| PortState::InUse { holder: Some(PortHolder { process: 7, name }) };
        prop_oneof![
            Just(PortState::Free),
            Just(PortState::InUse { holder: None }),
            ".+".prop_map(holder),
            ".+".prop_map(|why| PortState::Unusable { why }),
        ]
    }

    prop_compose! {
        fn machines()(
            user: u32,
            cpus in seen(vec![0, 1, 2, 64]),
            memory in seen(vec![0, 1, 1 << 34]),
            swaps in seen(vec![vec![], vec!["/dev/sda2".to_owned()]]),
            addresses in seen(vec![vec![]]),
            kubelet in seen(vec!["v1.36.3", "v1.12.0", "v9.9.9", "", "v"].into_iter().map(str::to_owned).collect()),
            release in seen(vec!["6.1.0", "4.4", "", "…"].into_iter().map(str::to_owned).collect()),
            port in port_states(),
        ) -> Facts {
            let mut facts = fixture::facts();
            (facts.user, facts.cpus, facts.memory, facts.swaps) = (user, cpus, memory, swaps);
            (facts.node_addresses, facts.kubelet, facts.kernel.release) = (addresses, kubelet, release);
            facts.ports.values_mut().for_each(|state| *state = port.clone());
            facts
        }
    }

    prop_compose! {
        fn hosts()(
            mut facts in machines(),
            present in seen(vec![true, false]),
            folder in seen(vec![FolderState::Missing, FolderState::Empty, FolderState::Filled]),
            switch in seen(vec![String::new(), "0".to_owned(), "1\n".to_owned()]),
            asked: bool,
            no_runtime: bool,
        ) -> Facts {
            facts.files.values_mut().for_each(|file| *file = present.clone());
            facts.folders.values_mut().for_each(|state| *state = folder.clone());
            facts.switches.values_mut().for_each(|text| *text = switch.clone());
            if !asked {
                (facts.ports, facts.files, facts.tools) = (BTreeMap::new(), BTreeMap::new(), BTreeMap::new());
                (facts.services, facts.cgroups) = (Err(unseen()), Err(unseen()));
            }
            facts.runtime = if no_runtime {
                Err(CriError::SocketMissing { path: "/x.sock".into() })
            } else {
                Ok(fixture::runtime(|runtime| runtime.cgroup_driver = DriverSeen::Unseen(unseen())))
            };
            facts
        }
    }

    proptest! {
        #[test]
        fn no_facts_make_a_check_panic_and_every_finding_is_whole(facts in hosts()) {
            for config in [config(), fixture::external_etcd()] {
                for check in CHECKS {
                    for finding in (check.judge)(config.spec(), &facts) {
                        prop_assert!(finding.id.starts_with(check.name), "{finding:?} of {}", check.name);
                        prop_assert!(check.ids(config.spec()).contains(&finding.id), "{finding:?}");
                        let texts = [&finding.message, &finding.evidence, &finding.fix];
                        prop_assert!(texts.iter().all(|text| !text.is_empty()), "{finding:?}");
                    }
                }
            }
        }

        #[test]
        fn ignoring_changes_severities_alone(facts in hosts(), names in proptest::collection::vec("[A-Za-z0-9-]{1,20}", 0..4)) {
            let findings = judge(Gate::Init, config().spec(), &facts);
            let filtered = ignore(findings.clone(), &names);
            prop_assert_eq!(findings.len(), filtered.len());
            for (before, after) in findings.iter().zip(&filtered) {
                prop_assert_eq!((&before.id, &before.message, &before.evidence, &before.fix),
                    (&after.id, &after.message, &after.evidence, &after.fix));
                prop_assert!(after.severity == before.severity || after.severity == Severity::Warning);
            }
            prop_assert_eq!(ignore(filtered.clone(), &names), filtered);
        }

        #[test]
        fn facts_that_were_written_as_json_are_judged_as_they_were_seen(facts in hosts()) {
            let read: Facts = serde_json::from_str(&serde_json::to_string(&facts).unwrap()).unwrap();
            prop_assert_eq!(format!("{read:?}"), format!("{facts:?}"));
            let found = judge(Gate::Init, config().spec(), &facts);
            let written = serde_json::to_string(&judge(Gate::Init, config().spec(), &read)).unwrap();
            prop_assert_eq!(serde_json::from_str::<Vec<Finding>>(&written).unwrap(), found);
        }

        #[test]
        fn ignoring_all_leaves_nothing_fatal(facts in hosts()) {
            prop_assert!(!is_fatal(&ignore(judge(Gate::Init, config().spec(), &facts), &["ALL".to_owned()])));
        }
    }

    #[test]
    fn the_documentation_names_every_check() {
        let documented = include_str!("../../docs/output.md");
        for name in CHECKS.iter().map(|check| check.name).chain(["ImagePull"]) {
            let id = if name.ends_with('-') { format!("{name}*") } else { name.to_owned() };
            assert!(documented.contains(&format!("| `{id}` | ")), "docs/output.md lacks {id}");
        }
    }

    #[test]
    fn a_sound_host_has_no_findings() {
        let found = judge(Gate::Init, config().spec(), &fixture::facts());
        assert!(found.is_empty(), "{found:?}");
    }

    #[test]
    fn names_are_ignored_without_regard_to_case() {
        let mut facts = fixture::facts();
        (facts.cpus, facts.user) = (Ok(1), 1000);
        let found = ignore(judge(Gate::Init, config().spec(), &facts), &["numcpu".to_owned()]);
        let labels: Vec<String> = found.iter().map(fixture::label).collect();
        assert_eq!(labels, ["error IsPrivilegedUser", "warning NumCPU"]);
    }
}
