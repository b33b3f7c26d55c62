//! Looks at a host: files, the kernel, the init system, the runtime. Nothing is changed.

mod command;
mod etcd;
mod files;
mod kernel;
mod kubeconfig;
pub mod kubelet_setup;
mod machine;
mod network;
pub mod node_network;
mod pki;
mod ports;
pub mod reset;
mod runtime;
mod services;
mod static_pods;
mod symptoms;
mod system_folders;
pub mod upgrade;

use std::collections::BTreeMap;
use std::thread::{self, ScopedJoinHandle};

pub use files::{cri_sockets, exists};
pub use kubeconfig::kubeconfigs;
pub use machine::installed_kubelet;
pub use pki::pki;
pub use services::observe as services;
pub use symptoms::{Observer, Watch};
pub use system_folders::SystemFolders;

use super::node::Node;
use crate::config::Spec;
use crate::facts::{Facts, HostFacts, Kernel, Network, Questions};
use crate::preflight;

/// What needs no configuration, and what a configuration takes its defaults from.
pub fn facts(node: &Node) -> HostFacts {
    HostFacts {
        now: node.now(),
        host_name: node.host_name(),
        network: observe_network(node),
        cri_sockets: files::cri_sockets(node),
        ca_directories: files::ca_directories(node),
        proxies: node.proxies(),
        foreign_mounts: static_pods::foreign_mounts(node),
    }
}

/// All that preflight judges of `config` on this host, of which `host` was seen.
pub fn preflight_facts(node: &Node, spec: Spec<'_>, host: &HostFacts) -> Facts {
    answer(node, &preflight::questions(spec), host)
}

/// Those of `images` that the runtime does not have; all of them where it does not tell.
pub fn missing_images(cri_socket: &str, images: &[String]) -> Vec<String> {
    let found = runtime::observe(cri_socket, images).map(|runtime| runtime.images).unwrap_or_default();
    images.iter().filter(|image| !found.contains(*image)).cloned().collect()
}

/// The answers to `questions`, beside what was seen of `host`. What waits for others (name servers, init system, runtime, etcd, programs) runs side
/// by side, each with its own limit.
pub fn answer(node: &Node, questions: &Questions, host: &HostFacts) -> Facts {
    thread::scope(|scope| {
        let node_addresses = scope.spawn(|| node.resolve(&questions.node_name));
        let services = scope.spawn(|| services::observe(node, &questions.units));
        let kubelet = scope.spawn(|| machine::kubelet_version(node));
        let runtime = scope.spawn(|| runtime::observe(&questions.cri_socket, &questions.images));
        let etcd = scope.spawn(|| etcd::observe(node, questions.etcd.as_ref()));
        let kernel = scope.spawn(|| observe_kernel(node));
        Facts {
            user: node.user(),
            cpus: machine::cpus(node),
            memory: node.memory(),
            swaps: machine::swaps(node),
            cgroups: kernel::cgroups(node),
            network: host.network.clone(),
            proxies: host.proxies.clone(),
            ports: each(&questions.ports, |port| ports::state(node, port)),
            files: each(&questions.files, |path| files::exists(node, path)),
            folders: each(&questions.folders, |path| files::folder(node, path)),
            tools: each(&questions.tools, |name| node.program(name)),
            switches: each(&questions.switches, |path| node.text(path)),
            node_addresses: joined(node_addresses),
            services: joined(services),
            kubelet: joined(kubelet),
            runtime: joined(runtime),
            etcd: joined(etcd),
            kernel: joined(kernel),
        }
    })
}

fn observe_network(node: &Node) -> Network {
    Network { routes: network::routes(node), interfaces: node.interfaces() }
}

fn observe_kernel(node: &Node) -> Kernel {
    let names = node.kernel();
    let config = names.clone().and_then(|names| kernel::config(node, &names.release));
    Kernel {
        system: names.clone().map(|names| names.system),
        release: names.map(|names| names.release),
        config,
    }
}

fn each<Q: Clone + Ord, A>(questions: &[Q], answer: impl Fn(&Q) -> A) -> BTreeMap<Q, A> {
    questions.iter().map(|question| (question.clone(), answer(question))).collect()
}

/// A panic in a thread goes on in this one.
fn joined<T>(handle: ScopedJoinHandle<'_, T>) -> T {
    handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests make the files of a host")]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;
    use std::path::Path;

    use super::*;
    use crate::config::fixture::config;
    use crate::facts::{CriError, FolderState};
    use crate::facts::{PortState, read_back};
    use crate::host::node::{fake_node, given};

    /// A host of which there is nothing to see.
    fn empty() -> (tempfile::TempDir, Facts) {
        let folder = tempfile::tempdir().unwrap();
        let node = fake_node(folder.path());
        let mut questions = preflight::questions(config().spec());
        questions.node_name = "localhost".to_owned();
        questions.ports.clear();
        questions.cri_socket = format!("unix://{}/cri.sock", folder.path().display());
        let facts = answer(&node, &questions, &facts(&node));
        (folder, facts)
    }

    #[test]
    fn an_empty_host_is_judged_without_a_panic_and_its_gaps_are_named() {
        let (_folder, facts) = empty();
        assert!(facts.kubelet.is_err() && facts.cpus.is_err() && facts.kernel.config.is_err());
        assert!(facts.cgroups.is_err() && facts.network.routes.is_err() && facts.services.is_err());
        assert!(matches!(facts.runtime, Err(CriError::SocketMissing { .. })), "{:?}", facts.runtime);
        assert_eq!(facts.swaps, Ok(vec![]));
        assert!(facts.files.values().all(|file| *file == Ok(false)));
        assert!(facts.folders.values().all(|folder| *folder == Ok(FolderState::Missing)));
        assert!(facts.tools.values().all(Option::is_none));
        let ids: Vec<String> = preflight::judge(preflight::Gate::Init, config().spec(), &facts)
            .into_iter()
            .map(|finding| finding.id)
            .collect();
        for id in ["CRI", "KubeletVersion", "SystemVerification", "FileExisting-mount", "NumCPU"] {
            assert!(ids.iter().any(|found| found == id), "{id} is not in {ids:?}");
        }
    }

    /// The host of `node::given`, with two CPUs, 2 GiB, a kubelet, and somebody on the kubelet's port.
    fn small(folder: &Path) -> Node {
        let write = |path: &str, text: &str| {
            let path = folder.join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(&path, text).unwrap();
            path
        };
        write("proc/self/status", "Cpus_allowed:\t3\n");
        write("proc/net/route", "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n");
        write("proc/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
        write("sys/fs/cgroup/cgroup.controllers", "cpu memory\n");
        write("boot/config-6.1.0", "CONFIG_MEMCG=y\n");
        write("etc/kubernetes/pki/ca.crt", "");
        let kubelet = write("usr/bin/kubelet", "#!/bin/sh\necho Kubernetes v1.36.3\n");
        std::fs::set_permissions(kubelet, std::fs::Permissions::from_mode(0o755)).unwrap();
        let mut given = given();
        given.taken_ports.insert(10250);
        given.variables.insert("HTTPS_PROXY".into(), "http://proxy.test:3128".into());
        Node::given(folder, given)
    }

    #[test]
    fn a_host_is_observed_by_its_own_files_and_answers_alone() {
        let folder = tempfile::tempdir().unwrap();
        let node = small(folder.path());
        let host = facts(&node);
        assert_eq!((host.now, host.host_name.as_deref()), (given().now, Ok("node-1")));
        assert_eq!(host.network.advertise_address(None).unwrap().to_string(), "192.0.2.10");
        assert_eq!(host.proxies[0].name, "HTTPS_PROXY");
        read_back(&host);

        let host = HostFacts { proxies: Vec::new(), ..host };
        let facts = preflight_facts(&node, config().spec(), &host);
        read_back(&facts);
        assert!(facts.proxies.is_empty(), "what was seen is not looked at again");
        assert_eq!((facts.user, &facts.cpus, &facts.memory), (0, &Ok(2), &Ok(2 << 30)));
        assert_eq!(facts.node_addresses, Ok(vec!["192.0.2.10".parse().unwrap()]));
        assert_eq!((facts.kubelet.as_deref(), facts.kernel.release.as_deref()), (Ok("v1.36.3"), Ok("6.1.0")));
        assert!(
            facts.kernel.config.unwrap().has("MEMCG") && facts.cgroups.unwrap().controllers.contains("cpu")
        );
        let taken: Vec<u16> = facts
            .ports
            .iter()
            .filter(|(_, state)| **state != PortState::Free)
            .map(|(port, _)| port.port)
            .collect();
        assert_eq!(taken, [10250]);
        assert!(facts.tools.values().all(Option::is_none), "this machine's are not among them");
    }

    #[test]
    fn every_question_has_its_answer() {
        let (_folder, facts) = empty();
        let asked = preflight::questions(config().spec());
        assert!(facts.tools.keys().eq(asked.tools.iter().collect::<std::collections::BTreeSet<_>>()));
        assert!(asked.files.iter().all(|path| facts.files.contains_key(path)));
        assert!(asked.folders.iter().all(|path| facts.folders.contains_key(path)));
        assert!(asked.switches.iter().all(|path| facts.switches.contains_key(path)));
    }
}
