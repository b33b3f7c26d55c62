//! What was seen of a host while something is waited for and does not come: plain values, each of which can say that it
//! could not be seen.

use std::net::IpAddr;
use std::path::PathBuf;

use jiff::Timestamp;

use crate::facts::{CriError, PortHolder, Seen};
use crate::join::discovery::Fault;

/// A host at one moment of a wait.
#[derive(Debug, Clone, PartialEq)]
pub struct Symptoms {
    /// The kubelet's unit and its journal.
    pub kubelet: Seen<KubeletSeen>,
    /// Those of this host's static pods, the oldest first; of the ended only those that were made since this run has
    /// changed something.
    pub containers: Result<Vec<ContainerSeen>, CriError>,
    /// Who listens on the components' ports.
    pub listeners: Vec<Listener>,
    /// Of the file systems that matter.
    pub space: Vec<Space>,
    /// This host's.
    pub addresses: Seen<Vec<IpAddr>>,
    /// This host's own API server, where it is to have one.
    pub own: Option<ServerSeen>,
    /// What leads to the cluster.
    pub endpoint: Option<ServerSeen>,
    /// Where the kubelet looks for static pods.
    pub manifests: Seen<ManifestsSeen>,
    /// By this host's clock.
    pub now: Timestamp,
}

/// The kubelet as systemd has it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct KubeletSeen {
    /// Its unit's state.
    pub unit: KubeletUnit,
    /// What it and systemd have said of it since this run has started it, oldest first, each line without its head.
    pub journal: Vec<String>,
}

/// The state of kubelet.service.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KubeletUnit {
    /// There is no such unit.
    Missing,
    /// There is one.
    Loaded {
        /// What it does now.
        activity: Activity,
        /// By systemd, since this run has started it.
        restarts: u32,
        /// The exit status of its last end.
        status: i32,
    },
}

/// What a unit does now, in systemd's words.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Activity {
    /// It runs.
    Active,
    /// It is being started.
    Activating,
    /// It has ended, and systemd is about to start it again.
    Restarting,
    /// It has ended, and is not started again.
    Failed,
    /// It was stopped, or never started.
    Inactive,
}

/// A container of a static pod; where a component was started several times, each that the runtime still knows.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ContainerSeen {
    /// The container's name, which is the component's: `kube-apiserver`.
    pub component: String,
    /// How many others of it this run has seen end before: 0 for the first start.
    pub attempt: u32,
    /// Whether it runs.
    pub state: ContainerState,
    /// Its log's first and last lines, without the runtime's time stamps.
    pub log: Vec<String>,
}

/// The state of a container, in the CRI's words.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum ContainerState {
    /// It is not started yet.
    Created,
    /// It runs.
    Running,
    /// It has ended.
    Ended {
        /// Its exit code: 0 is well, 137 killed.
        code: i32,
        /// The runtime's word: `Completed`, `Error`, `OOMKilled`, `StartError`.
        reason: String,
        /// What the runtime says of it, often nothing.
        message: String,
    },
}

/// A socket that listens.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Listener {
    /// A TCP port.
    pub port: u16,
    /// Where that could be seen. The kernel cuts its name to 15 bytes.
    pub holder: Option<PortHolder>,
}

/// What is left of a file system.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Space {
    /// A folder on it, as the cluster uses it: `/var/lib/etcd`.
    pub path: PathBuf,
    /// Bytes.
    pub bytes: Left,
    /// All zero on file systems that do not count them.
    pub inodes: Left,
}

/// What there is of a thing, and what is left of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Left {
    /// Bytes, or inodes, that can still be used.
    pub free: u64,
    /// Bytes, or inodes, in all.
    pub total: u64,
}

/// A server, asked for its health without credentials.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ServerSeen {
    /// An address or a name.
    pub host: String,
    /// A TCP port.
    pub port: u16,
    /// The addresses of its name.
    pub resolved: Seen<Vec<IpAddr>>,
    /// The status that it answered with, where the cluster's CA vouches for its certificate.
    pub answer: Result<u16, Fault>,
    /// The server's clock, whoever vouches for it.
    pub date: Option<Timestamp>,
}

/// What the kubelet was told of static pods.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct ManifestsSeen {
    /// What says so: its configuration, or a flag.
    pub told_by: String,
    /// `staticPodPath`; a kubelet without one runs no static pods.
    pub read: Option<PathBuf>,
}

/// A line that somebody has said.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Line<'a> {
    /// Who has said it.
    pub speaker: Speaker<'a>,
    /// The line, without its head.
    pub text: &'a str,
}

/// Who has said a line.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Speaker<'a> {
    /// Its journal.
    Kubelet,
    /// A container's log.
    Container(&'a ContainerSeen),
    /// What the runtime says of a container's end.
    Runtime(&'a ContainerSeen),
}

/// The attempt that counts as the third: before what a component needs is there, it may end once or twice.
pub const THIRD: u32 = 2;

impl Symptoms {
    /// Those that could be seen, the oldest first.
    pub fn containers(&self) -> impl Iterator<Item = &ContainerSeen> {
        self.containers.iter().flatten()
    }

    /// Those that ended otherwise than well, even if another has taken their place.
    pub fn failed(&self) -> impl Iterator<Item = &ContainerSeen> {
        self.containers().filter(|container| container.failed())
    }

    /// Those that failed, and have no other in their place yet.
    pub fn down(&self) -> impl Iterator<Item = &ContainerSeen> {
        self.failed().filter(|container| self.newest(&container.component) == Some(*container))
    }

    /// Those that failed, where their component is not done with failing: it is down, or has been started for the third
    /// time. What ended once and runs since was a start's disorder.
    pub fn failing(&self) -> impl Iterator<Item = &ContainerSeen> {
        let fails = |newest: &ContainerSeen| newest.failed() || newest.attempt >= THIRD;
        self.failed().filter(move |container| self.newest(&container.component).is_some_and(fails))
    }

    /// The last that was made of this component.
    pub fn newest(&self, component: &str) -> Option<&ContainerSeen> {
        self.containers().filter(|container| container.component == component).last()
    }

    /// The kubelet's journal, newest line first.
    pub fn journal(&self) -> impl Iterator<Item = Line<'_>> {
        let lines = self.kubelet.iter().flat_map(|kubelet| kubelet.journal.iter().rev());
        lines.map(|text| Line { speaker: Speaker::Kubelet, text })
    }

    /// What those have said that are not done with failing.
    pub fn cries(&self) -> impl Iterator<Item = Line<'_>> {
        let kubelet = self.kubelet_ends().then(|| self.journal()).into_iter().flatten();
        self.failing().flat_map(ContainerSeen::lines).chain(kubelet)
    }

    /// All lines of failed containers, and of the kubelet where it has ended.
    pub fn last_words(&self) -> impl Iterator<Item = Line<'_>> {
        let kubelet = self.kubelet_ends().then(|| self.journal()).into_iter().flatten();
        self.failed().flat_map(ContainerSeen::lines).chain(kubelet)
    }

    /// Whether systemd has had to start the kubelet again, is about to, or has given it up.
    pub fn kubelet_ends(&self) -> bool {
        match self.kubelet.as_ref().map(|kubelet| kubelet.unit) {
            Ok(KubeletUnit::Loaded { activity, restarts, .. }) => {
                restarts > 0 || matches!(activity, Activity::Failed | Activity::Restarting)
            }
            Ok(KubeletUnit::Missing) | Err(_) => false,
        }
    }
}

impl ContainerSeen {
    /// Whether it ended otherwise than well.
    pub fn failed(&self) -> bool {
        matches!(self.state, ContainerState::Ended { code, .. } if code != 0)
    }

    /// Newest line first.
    pub fn lines(&self) -> impl Iterator<Item = Line<'_>> {
        let message = match &self.state {
            ContainerState::Ended { message, .. } if !message.is_empty() => Some(message),
            ContainerState::Ended { .. } | ContainerState::Created | ContainerState::Running => None,
        };
        let message = message.map(|text| Line { speaker: Speaker::Runtime(self), text });
        let log = self.log.iter().rev().map(|text| Line { speaker: Speaker::Container(self), text });
        message.into_iter().chain(log)
    }

    /// How it is with it: `container etcd ended with exit code 1, for the 3rd time`.
    pub fn told(&self) -> String {
        let name = &self.component;
        match &self.state {
            ContainerState::Created => format!("container {name} is not started yet"),
            ContainerState::Running => format!("container {name} runs, started {} times", self.attempt + 1),
            ContainerState::Ended { code, .. } if self.attempt == 0 => {
                format!("container {name} ended with exit code {code}")
            }
            ContainerState::Ended { code, .. } => {
                format!("container {name} ended with exit code {code}, start {} of it", self.attempt + 1)
            }
        }
    }
}

impl Line<'_> {
    /// The component that speaks, or is spoken of.
    pub fn component(&self) -> &str {
        match self.speaker {
            Speaker::Kubelet => "kubelet",
            Speaker::Container(container) | Speaker::Runtime(container) => &container.component,
        }
    }

    /// Whether this is anywhere in it.
    pub fn has(&self, part: &str) -> bool {
        self.text.contains(part)
    }

    /// What follows `mark` in it.
    pub fn behind(&self, mark: &str) -> Option<&str> {
        Some(self.text.split_once(mark)?.1)
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{ended, not_started, quiet, running};

    #[test]
    fn the_newest_words_come_first_and_the_runtime_s_before_all() {
        let log = ended("etcd", 0, &["first", "second"]);
        let texts: Vec<&str> = log.lines().map(|line| line.text).collect();
        assert_eq!(texts, ["second", "first"]);
        let refused = not_started("etcd", "no such profile");
        assert_eq!(refused.lines().next().unwrap().text, "no such profile");
    }

    #[test]
    fn what_runs_has_no_last_words() {
        let symptoms =
            quiet().with(running("etcd", 0, &["unknown flag: --x"])).journal_of(&["unknown flag: --x"]);
        assert_eq!(symptoms.last_words().count(), 0);
        assert_eq!(symptoms.kubelet_ended(1, 1).last_words().count(), 1);
    }
}
