//! What of a host may tell why something does not come, looked at side by side, each part with its limit.

mod containers;
mod journal;
mod kubelet;
mod servers;
mod space;

use std::future::Future;
use std::net::IpAddr;
use std::sync::{Mutex, MutexGuard, PoisonError};
use std::thread;
use std::time::Duration;

use futures::channel::oneshot;
use futures::future::join3;
use jiff::Timestamp;

use super::ports;
use crate::causes::{Explanation, KubeletSeen, Listener, ManifestsSeen, Space, Symptoms, Wanted};
use crate::facts::{Seen, Unseen};
use crate::host::node::Node;
use containers::Starts;

/// For each part of a look: a part that is not done by then is a symptom by itself.
const LIMIT: Duration = Duration::from_secs(3);

/// Looking at this host while something is waited for.
#[derive(Debug, Clone)]
pub struct Watch {
    /// What the run waits for: paths, ports, images and versions that causes are found by.
    pub wanted: Wanted,
    /// What a kubelet said before that, which has run on since and may say nothing more, tells nothing. `None` of a run that starts it.
    pub since: Option<Timestamp>,
    /// Is told of what may heal by itself, once it has been in the way for some seconds: the wait goes on.
    pub notice: fn(&Explanation),
}

/// Looks at this host, again and again, for what it wants of it.
#[derive(Debug)]
pub struct Observer {
    node: Node,
    watch: Watch,
    /// When this run has last started the kubelet; what it said before that tells nothing of it.
    kubelet_since: Mutex<Option<Timestamp>>,
    /// When this run has last changed what the kubelet runs; what ended before that tells nothing of it.
    pods_since: Mutex<Option<Timestamp>>,
    starts: Mutex<Starts>,
}

impl Observer {
    /// Of `node`; until it is told of a restart, all that it sees counts.
    pub fn new(node: Node, watch: Watch) -> Self {
        let since = watch.since;
        Self {
            node,
            watch,
            kubelet_since: Mutex::new(since),
            pods_since: Mutex::default(),
            starts: Mutex::default(),
        }
    }

    /// What the host is looked at for.
    pub fn wanted(&self) -> &Wanted {
        &self.watch.wanted
    }

    /// What is wanted, and who is told.
    pub fn watch(&self) -> &Watch {
        &self.watch
    }

    /// From now on, this host's kubelet runs by other files than before, and so do its pods.
    pub fn kubelet_restarts(&self) {
        *lock(&self.kubelet_since) = Some(self.node.now());
        self.pods_restart();
    }

    /// From now on, its pods do; its kubelet may have been started before.
    pub fn pods_restart(&self) {
        *lock(&self.pods_since) = Some(self.node.now());
    }

    /// Looks once at all of it, 3 s at most for each part.
    pub async fn look(&self) -> Symptoms {
        let (since, pods_since) = (*lock(&self.kubelet_since), *lock(&self.pods_since));
        let (node, wanted) = (self.node.clone(), self.wanted().clone());
        let may_be_silent = self.watch.since.is_some();
        let host = in_thread(move || HostSeen::of(&node, &wanted, since, may_be_silent));
        let containers = containers::look(&self.node, self.wanted(), pods_since, &self.starts);
        let (host, containers, (own, endpoint)) =
            join3(host, containers, servers::look(&self.node, self.wanted())).await;
        let host = host.unwrap_or_else(HostSeen::silent);
        Symptoms {
            kubelet: host.kubelet,
            containers,
            listeners: host.listeners,
            space: host.space,
            addresses: host.addresses,
            own,
            endpoint,
            manifests: host.manifests,
            now: self.node.now(),
        }
    }
}

/// Several steps may look at the same time.
fn lock<T>(shared: &Mutex<T>) -> MutexGuard<'_, T> {
    shared.lock().unwrap_or_else(PoisonError::into_inner)
}

/// What is looked at by calls that block.
struct HostSeen {
    kubelet: Seen<KubeletSeen>,
    listeners: Vec<Listener>,
    space: Vec<Space>,
    addresses: Seen<Vec<IpAddr>>,
    manifests: Seen<ManifestsSeen>,
}

impl HostSeen {
    fn of(node: &Node, wanted: &Wanted, since: Option<Timestamp>, may_be_silent: bool) -> Self {
        let unit = kubelet::unit(node);
        Self {
            manifests: kubelet::manifests(node, wanted, unit.as_ref().ok()),
            kubelet: unit.map(|unit| {
                let journal = journal::of_kubelet(node, since);
                let counts = journal.as_deref().filter(|said| may_be_silent || !said.is_empty());
                let unit = kubelet::counted_by(unit.seen, counts);
                KubeletSeen { unit, journal: journal.unwrap_or_default() }
            }),
            listeners: wanted.ports().into_iter().filter_map(|port| ports::listener(node, port)).collect(),
            space: space::look(node, &wanted.folders()),
            addresses: node.addresses(),
        }
    }

    /// A disk or a program that does not answer holds all of it up.
    fn silent() -> Self {
        let unseen = |what: &str| Unseen::new(what, format!("no answer within {} s", LIMIT.as_secs()));
        Self {
            kubelet: Err(unseen("the kubelet")),
            listeners: Vec::new(),
            space: Vec::new(),
            addresses: Err(unseen("the addresses")),
            manifests: Err(unseen("the kubelet's configuration")),
        }
    }
}

/// Does blocking work beside the event loop, so that the wait's own polls go on; `None` where it is not done in time. A
/// thread that hangs is left behind: it holds nothing, and ends with the program.
fn in_thread<T: Send + 'static>(
    work: impl FnOnce() -> T + Send + 'static,
) -> impl Future<Output = Option<T>> {
    let (sender, receiver) = oneshot::channel();
    // The receiver may have given up by then.
    thread::spawn(move || drop(sender.send(work())));
    async { tokio::time::timeout(LIMIT, receiver).await.ok()?.ok() }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture::config;
    use crate::host::node::fake_node;

    #[tokio::test]
    async fn a_host_without_anything_is_looked_at_without_a_panic() {
        let mut config = config();
        config.node.cri_socket = "unix:///nonexistent/cri.sock".to_owned();
        config.advertise("127.0.0.1");
        config.serve_at(|endpoint| endpoint.bind_port = 1);
        let folder = tempfile::tempdir().unwrap();
        let watch =
            Watch { wanted: Wanted::of_control_plane(config.control_plane()), since: None, notice: |_| () };
        let observer = Observer::new(fake_node(folder.path()), watch);
        let seen = observer.look().await;
        assert!(seen.kubelet.is_err() && seen.manifests.is_err() && seen.containers.is_err());
        assert!(seen.addresses.unwrap().iter().any(IpAddr::is_loopback));
        let own = seen.own.unwrap();
        assert!(own.answer.is_err() && own.date.is_none(), "{own:?}");
    }
}
