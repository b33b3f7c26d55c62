//! A feature gate that a minor does not have → what became of it, or where it comes.

use std::fmt;

use super::{FeatureGate, MINORS, Minor};

/// What a minor that does not have a gate is to say of it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum GateHistory {
    /// Its feature can no more be switched: always on, or always off.
    Locked {
        /// Whether it is always on.
        on: bool,
        /// The minor that has the gate no more: 36 for Kubernetes 1.36.
        gone: u64,
    },
    /// It was removed without having been locked.
    Removed {
        /// The minor that has the gate no more.
        gone: u64,
        /// What has taken its place, where something has.
        advice: Option<&'static str>,
    },
    /// A later minor has it.
    Later {
        /// The first minor that has the gate.
        from: u64,
    },
}

/// kubeadm's own gates that have gone before the oldest known minor: in which, and whether what they stood for is always on.
const OLD: &[(&str, GateHistory)] = &[
    ("Auditing", removed(13)),
    ("CoreDNS", GateHistory::Locked { on: true, gone: 18 }),
    ("DynamicKubeletConfig", removed(13)),
    ("HighAvailability", removed(13)),
    ("IPv6DualStack", GateHistory::Locked { on: true, gone: 24 }),
    ("SelfHosting", removed(13)),
    ("StoreCertsInSecrets", removed(13)),
    ("UnversionedKubeletConfigMap", GateHistory::Locked { on: true, gone: 26 }),
];

const fn removed(gone: u64) -> GateHistory {
    GateHistory::Removed { gone, advice: None }
}

/// Of the kubelet, the control plane's components and kube-proxy: those that some known minor has and another one has not, as
/// tests/reference/gates makes them from the Go sources. Gates that are in none of the lines are in all minors or in none.
const COMPONENTS: &str = include_str!("../../templates/gates.txt");

/// Of a gate of kubeadm's own, which `minor` does not have; `None` where no minor has ever had it.
pub fn of_kubeadm(name: &str, minor: &Minor) -> Option<GateHistory> {
    let has = |known: &Minor| known.feature_gates.iter().copied().find(|gate| gate.name == name);
    let mut earlier = MINORS.iter().rev().filter(|known| known.number < minor.number);
    let last = earlier.find_map(|known| Some((known.number, has(known)?)));
    let later = || MINORS.iter().find(|known| known.number > minor.number && has(known).is_some());
    let old = || OLD.iter().find(|(known, _)| *known == name).map(|(_, history)| *history);
    match last {
        Some((number, gate)) => Some(gone(gate, number + 1)),
        None => later().map(|found| GateHistory::Later { from: found.number }).or_else(old),
    }
}

fn gone(gate: FeatureGate, gone: u64) -> GateHistory {
    if gate.locked {
        GateHistory::Locked { on: gate.default, gone }
    } else {
        GateHistory::Removed { gone, advice: gate.deprecated }
    }
}

/// Of a gate of the components, which `minor` does not have; `None` where it has it, or where nothing is known of it.
pub fn of_components(name: &str, minor: &Minor) -> Option<GateHistory> {
    let mut fields = COMPONENTS.lines().map(str::split_whitespace).find_map(|mut fields| {
        let is_it = fields.next() == Some(name);
        is_it.then_some(fields)
    })?;
    let (since, gone, locked) = (fields.next()?, fields.next()?, fields.next()?);
    let from = since.parse().unwrap_or_default();
    if minor.number < from {
        return Some(GateHistory::Later { from });
    }
    let gone: u64 = gone.parse().ok().filter(|gone| *gone <= minor.number)?;
    Some(match locked {
        "on" => GateHistory::Locked { on: true, gone },
        "off" => GateHistory::Locked { on: false, gone },
        _ => removed(gone),
    })
}

impl GateHistory {
    /// Whether a later minor has the gate.
    pub const fn is_of_later(self) -> bool {
        matches!(self, Self::Later { .. })
    }

    /// Whether `value` is what holds without the gate too.
    pub const fn agrees_with(self, value: bool) -> bool {
        match self {
            Self::Locked { on, .. } => on == value,
            Self::Removed { .. } | Self::Later { .. } => !value,
        }
    }
}

/// Behind the gate's name.
impl fmt::Display for GateHistory {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Locked { on: true, gone } => {
                write!(
                    out,
                    "is always on, and no longer a feature gate since Kubernetes 1.{gone}; leave it out"
                )
            }
            Self::Locked { on: false, gone } => {
                write!(
                    out,
                    "is always off, and no longer a feature gate since Kubernetes 1.{gone}; leave it out"
                )
            }
            Self::Removed { gone, advice } => {
                write!(out, "was removed in Kubernetes 1.{gone}; leave it out")?;
                advice.map_or(Ok(()), |advice| write!(out, " ({advice})"))
            }
            Self::Later { from } => write!(out, "is a feature gate of Kubernetes 1.{from} and later"),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versions::{gates, numbered};

    #[test]
    fn gates_of_kubeadm_are_told_by_where_they_have_gone_or_come() {
        let of = |name, number| of_kubeadm(name, numbered(number));
        assert_eq!(of("ControlPlaneKubeletLocalMode", 36), Some(GateHistory::Locked { on: true, gone: 36 }));
        assert_eq!(of("EtcdLearnerMode", 37), Some(GateHistory::Locked { on: true, gone: 33 }));
        assert_eq!(
            of("PublicKeysECDSA", 37),
            Some(GateHistory::Removed { gone: 37, advice: gates::PUBLIC_KEYS_ECDSA.deprecated })
        );
        let removed = of("UpgradeAddonsBeforeControlPlane", 34).unwrap().to_string();
        assert!(removed.starts_with("was removed in Kubernetes 1.31; leave it out"), "{removed}");
        assert_eq!(of("NodeLocalCRISocket", 31), Some(GateHistory::Later { from: 32 }));
        assert_eq!(of("IPv6DualStack", 30), Some(GateHistory::Locked { on: true, gone: 24 }));
        assert_eq!(of("NoSuchGate", 36), None);
    }

    #[test]
    fn gates_of_the_components_too() {
        let of = |name, number| of_components(name, numbered(number));
        assert_eq!(of("SidecarContainers", 37), Some(GateHistory::Locked { on: true, gone: 37 }));
        assert_eq!(of("SidecarContainers", 36), None);
        assert_eq!(of("PodLevelResources", 31), Some(GateHistory::Later { from: 32 }));
        assert_eq!(of("PodLevelResources", 32), None);
        assert_eq!(of("NodeSwap", 29), None);
    }

    #[test]
    fn every_line_of_the_table_is_whole() {
        for line in COMPONENTS.lines() {
            let fields: Vec<&str> = line.split(' ').collect();
            let is_known = |n: u64| MINORS.iter().any(|minor| minor.number == n);
            let number = |text: &str| text == "-" || text.parse().is_ok_and(is_known);
            let sound = fields.len() == 4 && number(fields[1]) && number(fields[2]);
            assert!(sound && ["on", "off", "-"].contains(&fields[3]), "{line}");
            assert!((fields[1], fields[2]) != ("-", "-"), "{line}");
        }
    }
}
