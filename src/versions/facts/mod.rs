//! What the components of each minor take: flags, feature gates, admission plug-ins, API versions; and etcd and CoreDNS by their own
//! versions. The tables under `templates/facts` are made from the real components' own packages by `tests/reference/facts`, and are
//! searched, not read at the program's start.

mod component;
mod gate;
mod table;
#[cfg(test)]
mod tests;

pub use component::Component;
pub use gate::{ComponentGate, GateState};
use semver::Version;
use table::Table;
pub use table::{Label, Presence};

use super::{MINORS, Minor, semantic};

static FLAGS: Table = Table(include_str!("../../../templates/facts/flags.txt"));
static GATES: Table = Table(include_str!("../../../templates/facts/gates.txt"));
static ADMISSION: Table = Table(include_str!("../../../templates/facts/admission.txt"));
static APIS: Table = Table(include_str!("../../../templates/facts/apis.txt"));
static ETCD: Table = Table(include_str!("../../../templates/facts/etcd.txt"));
static COREDNS: Table = Table(include_str!("../../../templates/facts/coredns.txt"));

/// A component's flag, as it stands behind the dashes; underscores are hyphens for the components.
pub fn flag(component: Component, name: &str, minor: &Minor) -> Presence {
    let name = name.replace('_', "-");
    FLAGS.presence(|row| row == [component.name(), &name], Label::of_minor(minor.number))
}

/// All flags of a component, for those who look for one that is like a misspelt one.
pub fn flags(component: Component, minor: &Minor) -> impl Iterator<Item = &'static str> + Clone {
    let at = Label::of_minor(minor.number);
    FLAGS.rows().filter_map(move |row| match row.fields[..] {
        [of, name] if of == component.name() && row.holds_at(at) => Some(name),
        _ => None,
    })
}

/// A flag of etcd, by etcd's own version.
pub fn etcd_flag(name: &str, version: &Version) -> Presence {
    ETCD.presence(|row| row == [name], Label::of(version))
}

/// All flags of an etcd.
pub fn etcd_flags(version: &Version) -> impl Iterator<Item = &'static str> + Clone {
    names_at(&ETCD, Label::of(version))
}

/// A feature gate of a component.
pub fn gate(component: Component, name: &str, minor: &Minor) -> ComponentGate {
    gate::find(&GATES, component, name, Label::of_minor(minor.number))
}

/// All feature gates of a component.
pub fn gates(component: Component, minor: &Minor) -> impl Iterator<Item = &'static str> + Clone {
    gate::names(&GATES, component, Label::of_minor(minor.number))
}

/// What a component takes no more that it took in the minor before.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Changes {
    /// Flags that it no longer has.
    pub flags: Vec<&'static str>,
    /// Feature gates that it no longer has.
    pub gone_gates: Vec<&'static str>,
    /// Feature gates that are locked now, and to what; those that were not there before are not among them.
    pub locked_gates: Vec<(&'static str, bool)>,
}

/// What `minor` takes away; nothing where either minor is not known.
pub fn changes(component: Component, minor: &Minor) -> Changes {
    let Some(before) = MINORS.iter().copied().find(|known| known.number + 1 == minor.number) else {
        return Changes::default();
    };
    let is_gone = |presence| matches!(presence, Presence::Gone { .. });
    let had = |minor| gates(component, minor);
    let locked = |name: &'static str| match (gate(component, name, before), gate(component, name, minor)) {
        (ComponentGate::Has(GateState { locked: false, .. }), ComponentGate::Has(now)) if now.locked => {
            Some((name, now.default))
        }
        _ => None,
    };
    Changes {
        flags: flags(component, before).filter(|name| is_gone(flag(component, name, minor))).collect(),
        gone_gates: had(before)
            .filter(|name| matches!(gate(component, name, minor), ComponentGate::Lacks(_)))
            .collect(),
        locked_gates: had(before).filter_map(locked).collect(),
    }
}

/// An admission plug-in of the API server.
pub fn admission_plugin(name: &str, minor: &Minor) -> Presence {
    ADMISSION.presence(|row| row == [name], Label::of_minor(minor.number))
}

/// All admission plug-ins of the API server.
pub fn admission_plugins(minor: &Minor) -> impl Iterator<Item = &'static str> + Clone {
    names_at(&ADMISSION, Label::of_minor(minor.number))
}

/// A version of an API group that the API server may be told to serve, such as `storage.k8s.io/v1`; `v1` is the group without a name.
pub fn group_version(name: &str, minor: &Minor) -> Presence {
    APIS.presence(|row| row == [name, "known"], Label::of_minor(minor.number))
}

/// All versions of API groups of which it knows that.
pub fn group_versions(minor: &Minor) -> impl Iterator<Item = &'static str> + Clone {
    let at = Label::of_minor(minor.number);
    APIS.rows().filter(move |row| row.fields[1] == "known" && row.holds_at(at)).map(|row| row.fields[0])
}

/// One that has anything that is served.
pub fn served_group_version(name: &str, minor: &Minor) -> Presence {
    APIS.presence(|row| row == [name, "served"], Label::of_minor(minor.number))
}

/// A plug-in that is compiled into CoreDNS.
pub fn coredns_plugin(name: &str, version: &Version) -> Presence {
    COREDNS.presence(|row| row == [name], Label::of(version))
}

/// `3.6.8-0@sha256:…` → 3.6.8: what stands behind the hyphen counts builds of the image.
pub fn etcd_version(tag: &str) -> Option<Version> {
    let version = semantic(tag.split('@').next().unwrap_or_default())?;
    Some(Version::new(version.major, version.minor, version.patch))
}

fn names_at(table: &'static Table, at: Label) -> impl Iterator<Item = &'static str> + Clone {
    let at = table.known_at(at);
    table.rows().filter(move |row| at.is_some_and(|at| row.holds_at(at))).map(|row| row.fields[0])
}
