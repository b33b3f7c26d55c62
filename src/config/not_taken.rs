//! Why a program does not start with an argument, or with a feature gate, that the configuration gives it.

use std::fmt;

use semver::Version;

use super::suggest::nearest;
use crate::versions::facts::{self, Component, ComponentGate, GateState, Label, Presence};
use crate::versions::{GateHistory, KubernetesVersion, MINORS, Minor, gate_of_components};

/// An argument or a feature gate that a program does not take.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum NotTaken {
    /// A flag that it does not have.
    Flag {
        /// The program, such as `kube-apiserver`.
        program: &'static str,
        /// Without its dashes, as given.
        name: String,
        /// What is known of it.
        fate: FlagFate,
    },
    /// A feature gate that it has no more, or not yet.
    GoneGate {
        /// The program.
        program: &'static str,
        /// As given.
        name: String,
        /// Since when, or until when, there is or was such a gate.
        history: GateHistory,
    },
    /// A feature gate that it never had.
    UnknownGate {
        /// The program.
        program: &'static str,
        /// As given.
        name: String,
        /// 36 for Kubernetes 1.36.
        minor: u64,
        /// A known name that is much like it, where there is one.
        suggestion: Option<String>,
    },
    /// A feature gate that is set to what it cannot be.
    LockedGate {
        /// The program.
        program: &'static str,
        /// As given.
        name: String,
        /// What it is locked to.
        locked: bool,
        /// 36 for Kubernetes 1.36.
        minor: u64,
    },
}

/// What is known of a flag that a program does not have.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum FlagFate {
    /// None of its versions has it.
    Unknown {
        /// The version that was looked at, such as `Kubernetes 1.36` or `etcd 3.6.8`.
        release: String,
        /// A known name that is much like it, where there is one.
        suggestion: Option<String>,
    },
    /// It was removed.
    Gone {
        /// The first version without it.
        since: String,
    },
    /// A later version has it.
    Later {
        /// The first version that has it.
        from: String,
    },
}

/// How many minors a kubelet may be behind its API server.
const KUBELET_SKEW: u64 = 3;

/// The version whose components are started.
#[derive(Debug, Clone, Copy)]
pub struct Release {
    minor: &'static Minor,
    /// A patch that came after the tables may have what they do not.
    is_newer: bool,
}

impl Release {
    /// That of a cluster's control plane.
    pub fn of(version: &KubernetesVersion, minor: &'static Minor) -> Self {
        Self { minor, is_newer: minor.is_unknown_patch(version) }
    }

    /// The patch that the tables were made from.
    pub const fn stable(minor: &'static Minor) -> Self {
        Self { minor, is_newer: false }
    }

    /// The kubelets that may run beside it: those of its own minor, and older ones.
    pub(super) fn older(self) -> impl Iterator<Item = Self> {
        let newest = self.minor.number;
        let oldest = newest.saturating_sub(KUBELET_SKEW);
        let minors = MINORS.iter().copied().filter(move |minor| (oldest..newest).contains(&minor.number));
        minors.map(Self::stable)
    }

    /// Why a component does not take a flag.
    pub fn flag(self, component: Component, name: &str) -> Option<NotTaken> {
        let kubernetes = |label: Label| format!("Kubernetes 1.{}", label.minor());
        let known = || facts::flags(component, self.minor);
        let here = kubernetes(Label::of_minor(self.minor.number));
        let presence = facts::flag(component, name, self.minor);
        let fate = fate(name, presence, self.is_newer, here, known, kubernetes)?;
        Some(NotTaken::Flag { program: component.name(), name: name.to_owned(), fate })
    }

    /// Why a component does not take a feature gate, or not with this value, where that is known.
    pub fn gate(self, component: Component, name: &str, value: Option<bool>) -> Option<NotTaken> {
        let (program, minor) = (component.name(), self.minor.number);
        let name = name.to_owned();
        match facts::gate(component, &name, self.minor) {
            ComponentGate::Has(GateState { default, locked: true }) if value == Some(!default) => {
                Some(NotTaken::LockedGate { program, name, locked: default, minor })
            }
            ComponentGate::Lacks(history) if !(self.is_newer && history.is_of_later()) => {
                Some(NotTaken::GoneGate { program, name, history })
            }
            ComponentGate::Never if !self.is_newer => {
                // Before the oldest minor of the tables it may have been there.
                if let Some(history) = gate_of_components(&name, self.minor) {
                    return Some(NotTaken::GoneGate { program, name, history });
                }
                let suggestion = nearest(&name, facts::gates(component, self.minor)).map(str::to_owned);
                Some(NotTaken::UnknownGate { program, name, minor, suggestion })
            }
            ComponentGate::Unknown => {
                let history = gate_of_components(&name, self.minor)?;
                Some(NotTaken::GoneGate { program, name, history })
            }
            ComponentGate::Has(_) | ComponentGate::Lacks(_) | ComponentGate::Never => None,
        }
    }
}

impl NotTaken {
    /// Why an etcd of this version does not take a flag.
    pub fn by_etcd(name: &str, version: &Version) -> Option<Self> {
        let etcd = |label: Label| format!("etcd {}", label.version());
        let presence = facts::etcd_flag(name, version);
        let fate =
            fate(name, presence, false, format!("etcd {version}"), || facts::etcd_flags(version), etcd)?;
        Some(Self::Flag { program: "etcd", name: name.to_owned(), fate })
    }

    /// Whether it is a flag that the program once had.
    pub const fn is_gone_flag(&self) -> bool {
        matches!(self, Self::Flag { fate: FlagFate::Gone { .. }, .. })
    }

    /// Whether it is about a feature gate.
    pub const fn is_gate(&self) -> bool {
        match self {
            Self::Flag { .. } => false,
            Self::GoneGate { .. } | Self::UnknownGate { .. } | Self::LockedGate { .. } => true,
        }
    }
}

impl fmt::Display for NotTaken {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Flag { program, name, fate } => match fate {
                FlagFate::Unknown { release, suggestion } => {
                    write!(out, "{program} of {release} has no flag --{name}")?;
                    suggestion.as_ref().map_or(Ok(()), |like| write!(out, "; did you mean --{like}?"))
                }
                FlagFate::Gone { since } => {
                    write!(out, "{program} has no flag --{name} any more since {since}; leave it out")
                }
                FlagFate::Later { from } => write!(out, "{program} has the flag --{name} from {from} on"),
            },
            Self::GoneGate { program, name, history } => {
                write!(out, "{program} does not start with this feature gate: {name} {history}")
            }
            Self::UnknownGate { program, name, minor, suggestion } => {
                write!(out, "{program} of Kubernetes 1.{minor} has no feature gate {name}")?;
                suggestion.as_ref().map_or(Ok(()), |like| write!(out, "; did you mean {like}?"))
            }
            Self::LockedGate { program, name, locked, minor } => {
                write!(
                    out,
                    "{program} of Kubernetes 1.{minor} has the feature gate {name} locked to {locked}; leave it out"
                )
            }
        }
    }
}

/// `A=true,B=false` → each gate, and what it is set to where that can be read. The API server's may name a component before it.
pub fn gates_in(value: &str) -> impl Iterator<Item = (&str, Option<bool>)> {
    value.split(',').filter_map(|pair| {
        let (name, set) = pair.split_once('=').unwrap_or((pair, ""));
        let name = name.trim();
        let name = name.strip_prefix("kube:").unwrap_or(name);
        let is_of_another = name.contains(':') || name.is_empty();
        (!is_of_another).then(|| (name, go_bool(set.trim())))
    })
}

/// As Go reads it.
fn go_bool(text: &str) -> Option<bool> {
    match text {
        "1" | "t" | "T" | "true" | "TRUE" | "True" => Some(true),
        "0" | "f" | "F" | "false" | "FALSE" | "False" => Some(false),
        _ => None,
    }
}

fn fate<'a, Known: Iterator<Item = &'a str> + Clone>(
    name: &str,
    presence: Presence,
    is_newer: bool,
    here: String,
    known: impl Fn() -> Known,
    text: impl Fn(Label) -> String,
) -> Option<FlagFate> {
    match presence {
        Presence::Gone { since } => Some(FlagFate::Gone { since: text(since) }),
        Presence::Later { from } if !is_newer => Some(FlagFate::Later { from: text(from) }),
        Presence::Never if !is_newer => {
            let suggestion = nearest(name, known()).map(str::to_owned);
            Some(FlagFate::Unknown { release: here, suggestion })
        }
        Presence::Here | Presence::Later { .. } | Presence::Never | Presence::Unknown => None,
    }
}
