//! Units of the init system.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

/// The unit that answers name look-ups where it runs.
pub const RESOLVED: &str = "systemd-resolved";

/// What starts services on this host.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum InitSystem {
    /// systemd.
    Systemd,
    /// OpenRC, as on Alpine.
    OpenRc,
}

impl InitSystem {
    /// The command that makes a unit start at each boot.
    pub fn enable_command(self, unit: &str) -> String {
        match self {
            Self::Systemd => format!("systemctl enable {unit}.service"),
            Self::OpenRc => format!("rc-update add {unit} default"),
        }
    }

    /// The command that stops a unit, now and at each boot.
    pub fn disable_command(self, unit: &str) -> String {
        match self {
            Self::Systemd => format!("systemctl disable --now {unit}.service"),
            Self::OpenRc => format!("rc-service {unit} stop && rc-update del {unit}"),
        }
    }
}

/// The init system and the units that were asked for, by name without `.service`.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Services {
    /// The init system that answered.
    pub init: InitSystem,
    /// The units that it knows, by name.
    pub units: BTreeMap<String, Unit>,
}

impl Services {
    /// A unit that the init system does not know is `None`.
    pub fn unit(&self, name: &str) -> Option<Unit> {
        self.units.get(name).copied()
    }

    /// Whether the unit is there and runs.
    pub fn is_active(&self, name: &str) -> bool {
        self.unit(name).is_some_and(|unit| unit.active)
    }
}

/// A unit's state.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    /// Whether the unit is started at each boot.
    pub enabled: bool,
    /// Running, or trying to: the kubelet is restarted over and over until init has configured it.
    pub active: bool,
}
