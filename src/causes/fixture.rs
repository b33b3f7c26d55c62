//! Symptoms for tests: a host on which nothing strikes the eye, and what is added to it.

use super::{
    Activity, ContainerSeen, ContainerState, Explanation, KubeletSeen, KubeletUnit, ManifestsSeen, Symptoms,
    Wanted, explain,
};
use crate::config::fixture::config;

/// A kubelet that runs, and no container yet.
pub fn quiet() -> Symptoms {
    let unit = KubeletUnit::Loaded { activity: Activity::Active, restarts: 0, status: 0 };
    Symptoms {
        kubelet: Ok(KubeletSeen { unit, journal: Vec::new() }),
        containers: Ok(Vec::new()),
        listeners: Vec::new(),
        space: Vec::new(),
        addresses: Ok(vec![config().control_plane().endpoint.advertise_address]),
        own: None,
        endpoint: None,
        manifests: Ok(ManifestsSeen {
            told_by: "/var/lib/kubelet/config.yaml".into(),
            read: Some("/etc/kubernetes/manifests".into()),
        }),
        now: "2026-11-21T20:00:00Z".parse().unwrap(),
    }
}

pub fn wanted() -> Wanted {
    Wanted::of_control_plane(config().control_plane())
}

impl Symptoms {
    #[must_use]
    pub(crate) fn with(mut self, container: ContainerSeen) -> Self {
        self.containers.as_mut().unwrap().push(container);
        self
    }

    /// What the kubelet has said, oldest first.
    #[must_use]
    pub(crate) fn journal_of(mut self, lines: &[&str]) -> Self {
        self.kubelet.as_mut().unwrap().journal = lines.iter().map(|line| (*line).to_owned()).collect();
        self
    }

    /// A kubelet that systemd starts again and again.
    #[must_use]
    pub(crate) fn kubelet_ended(mut self, restarts: u32, status: i32) -> Self {
        self.kubelet.as_mut().unwrap().unit =
            KubeletUnit::Loaded { activity: Activity::Restarting, restarts, status };
        self
    }

    pub(crate) fn explained(&self) -> Option<Explanation> {
        explain(self, &wanted())
    }
}

/// A container that ended with code 1 at its start `attempt`, counted from 0.
pub fn ended(component: &str, attempt: u32, log: &[&str]) -> ContainerSeen {
    let state = ContainerState::Ended { code: 1, reason: "Error".into(), message: String::new() };
    ContainerSeen { state, ..running(component, attempt, log) }
}

/// One that the runtime could not start, with its words.
pub fn not_started(component: &str, message: &str) -> ContainerSeen {
    let state = ContainerState::Ended { code: 128, reason: "StartError".into(), message: message.into() };
    ContainerSeen { state, ..running(component, 0, &[]) }
}

pub fn running(component: &str, attempt: u32, log: &[&str]) -> ContainerSeen {
    let log = log.iter().map(|line| (*line).to_owned()).collect();
    ContainerSeen { component: component.into(), attempt, state: ContainerState::Running, log }
}
