//! Looks at a host: files, the kernel, the init system, the runtime. Nothing is changed.

mod command;
mod etcd;
mod files;
mod kernel;
mod kubeconfig;
mod machine;
mod network;
pub mod node_network;
mod ports;
pub mod reset;
mod root;
mod runtime;
mod services;
mod static_pods;
mod symptoms;
mod system_folders;

use std::collections::BTreeMap;
use std::thread::{self, ScopedJoinHandle};

pub use files::{cri_sockets, exists};
pub use kubeconfig::kubeconfigs;
pub use machine::{installed_kubelet, now, proxies, user};
pub use root::Root;
pub use services::observe as services;
pub use symptoms::{Observer, Watch};
pub use system_folders::SystemFolders;

use crate::config::Config;
use crate::facts::{Facts, HostFacts, Kernel, Network, Questions};
use crate::preflight;

/// What needs no configuration, and what a configuration takes its defaults from.
pub fn facts(root: &Root) -> HostFacts {
    HostFacts {
        now: machine::now(),
        host_name: machine::host_name(),
        network: observe_network(root),
        cri_sockets: files::cri_sockets(root),
        ca_directories: files::ca_directories(root),
        proxies: machine::proxies(),
        foreign_mounts: static_pods::foreign_mounts(root),
    }
}

/// All that preflight judges of `config` on this host.
pub fn preflight_facts(root: &Root, config: &Config) -> Facts {
    answer(root, &preflight::questions(config))
}

/// The answers to `questions`. What waits for others (name servers, init system, runtime, etcd, programs) runs side
/// by side, each with its own limit.
pub fn answer(root: &Root, questions: &Questions) -> Facts {
    thread::scope(|scope| {
        let node_addresses = scope.spawn(|| network::resolve(&questions.node_name));
        let services = scope.spawn(|| services::observe(root, &questions.units));
        let kubelet = scope.spawn(|| machine::kubelet_version(root));
        let runtime = scope.spawn(|| runtime::observe(&questions.cri_socket, &questions.images));
        let etcd = scope.spawn(|| etcd::observe(root, questions.etcd.as_ref()));
        let kernel = scope.spawn(|| observe_kernel(root));
        Facts {
            user: machine::user(),
            cpus: machine::cpus(root),
            memory: machine::memory(),
            swaps: machine::swaps(root),
            cgroups: kernel::cgroups(root),
            network: observe_network(root),
            proxies: machine::proxies(),
            ports: each(&questions.ports, |port| ports::state(root, port)),
            files: each(&questions.files, |path| files::exists(root, path)),
            folders: each(&questions.folders, |path| files::folder(root, path)),
            tools: each(&questions.tools, |name| root.program(name)),
            switches: each(&questions.switches, |path| root.text(path)),
            node_addresses: joined(node_addresses),
            services: joined(services),
            kubelet: joined(kubelet),
            runtime: joined(runtime),
            etcd: joined(etcd),
            kernel: joined(kernel),
        }
    })
}

fn observe_network(root: &Root) -> Network {
    Network { routes: network::routes(root), interfaces: network::interfaces() }
}

fn observe_kernel(root: &Root) -> Kernel {
    let (system, release) = kernel::names();
    let config = release.clone().and_then(|release| kernel::config(root, &release));
    Kernel { system, release, config }
}

fn each<Q: Clone + Ord, A>(questions: &[Q], answer: impl Fn(&Q) -> A) -> BTreeMap<Q, A> {
    questions.iter().map(|question| (question.clone(), answer(question))).collect()
}

/// A panic in a thread goes on in this one.
fn joined<T>(handle: ScopedJoinHandle<'_, T>) -> T {
    handle.join().unwrap_or_else(|panic| std::panic::resume_unwind(panic))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture::config;
    use crate::facts::{CriError, FolderState};

    /// A host of which there is nothing to see.
    fn empty() -> (tempfile::TempDir, Facts) {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::at(folder.path());
        let mut questions = preflight::questions(&config());
        questions.node_name = "localhost".to_owned();
        questions.ports.clear();
        questions.cri_socket = format!("unix://{}/cri.sock", folder.path().display());
        let facts = answer(&root, &questions);
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
        let ids: Vec<String> = preflight::judge(preflight::Gate::Init, &config(), &facts)
            .into_iter()
            .map(|finding| finding.id)
            .collect();
        for id in ["CRI", "KubeletVersion", "SystemVerification", "FileExisting-mount", "NumCPU"] {
            assert!(ids.iter().any(|found| found == id), "{id} is not in {ids:?}");
        }
    }

    #[test]
    fn every_question_has_its_answer() {
        let (_folder, facts) = empty();
        let asked = preflight::questions(&config());
        assert!(facts.tools.keys().eq(asked.tools.iter().collect::<std::collections::BTreeSet<_>>()));
        assert!(asked.files.iter().all(|path| facts.files.contains_key(path)));
        assert!(asked.folders.iter().all(|path| facts.folders.contains_key(path)));
        assert!(asked.switches.iter().all(|path| facts.switches.contains_key(path)));
    }
}
