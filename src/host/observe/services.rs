//! Units of systemd, or of OpenRC where that is what there is.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::command;
use crate::facts::{InitSystem, Seen, Services, Unit, Unseen};
use crate::host::node::Node;

const LIMIT: Duration = Duration::from_secs(10);

/// The states of these units, named without `.service`.
pub fn observe(node: &Node, units: &[String]) -> Seen<Services> {
    if let Some(systemctl) = node.program("systemctl") {
        // sd_booted(3) asks the same.
        let booted = node.path("/run/systemd/system").is_dir();
        return if booted {
            systemd(node, &systemctl, units)
        } else {
            sleeping_systemd(node, &systemctl, units)
        };
    }
    match (node.program("rc-service"), node.program("rc-update")) {
        (Some(service), Some(update)) => open_rc(node, &service, &update, units),
        (None, _) | (_, None) => Err(Unseen::no_init_system()),
    }
}

/// One call for all units.
fn systemd(node: &Node, systemctl: &Path, units: &[String]) -> Seen<Services> {
    let names: Vec<String> = units.iter().map(|unit| format!("{unit}.service")).collect();
    let show = ["show", "--property=Id,LoadState,ActiveState,UnitFileState"];
    let args: Vec<&str> = show.into_iter().chain(names.iter().map(String::as_str)).collect();
    let text = command::text(node, systemctl, &args, LIMIT)?;
    Ok(Services { init: InitSystem::Systemd, units: parse_show(&text, units) })
}

/// systemd is installed and has not started this host: unit files can be read, and nothing is active.
fn sleeping_systemd(node: &Node, systemctl: &Path, units: &[String]) -> Seen<Services> {
    let mut found = BTreeMap::new();
    for name in units {
        let state = command::text_of_any_end(node, systemctl, &["is-enabled", name], LIMIT)?;
        let state = state.trim();
        if !matches!(state, "" | "not-found") {
            found.insert(name.clone(), Unit { enabled: starts_at_boot(state), active: false });
        }
    }
    Ok(Services { init: InitSystem::Systemd, units: found })
}

/// `Id=…` and three states, one block a unit, in the order in which the units were named. A unit that is an alias
/// shows its other name as its id, so the order decides.
fn parse_show(text: &str, units: &[String]) -> BTreeMap<String, Unit> {
    let blocks = text.split("\n\n").map(str::trim).filter(|block| !block.is_empty());
    units.iter().zip(blocks).filter_map(|(name, block)| Some((name.clone(), parse_unit(block)?))).collect()
}

fn parse_unit(block: &str) -> Option<Unit> {
    let pairs: BTreeMap<&str, &str> = block.lines().filter_map(|line| line.split_once('=')).collect();
    let value = |name: &str| pairs.get(name).copied().unwrap_or_default();
    (value("LoadState") != "not-found").then(|| Unit {
        enabled: starts_at_boot(value("UnitFileState")),
        active: matches!(value("ActiveState"), "active" | "activating"),
    })
}

/// The states for which `systemctl is-enabled` ends well.
fn starts_at_boot(state: &str) -> bool {
    matches!(
        state,
        "enabled" | "enabled-runtime" | "static" | "alias" | "indirect" | "generated" | "transient"
    )
}

fn open_rc(node: &Node, service: &Path, update: &Path, units: &[String]) -> Seen<Services> {
    let enabled = command::text_of_any_end(node, update, &["show", "default"], LIMIT)?;
    let mut found = BTreeMap::new();
    for name in units {
        let status = command::text_of_any_end(node, service, &[name, "status"], LIMIT)?;
        found.extend(parse_open_rc(name, &status, &enabled).map(|unit| (name.clone(), unit)));
    }
    Ok(Services { init: InitSystem::OpenRc, units: found })
}

/// A service that does not exist says nothing on stdout.
fn parse_open_rc(name: &str, status: &str, runlevel: &str) -> Option<Unit> {
    let in_runlevel = |line: &str| line.split('|').next().is_some_and(|first| first.trim() == name);
    (!status.trim().is_empty())
        .then(|| Unit { enabled: runlevel.lines().any(in_runlevel), active: !status.contains("stopped") })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::facts::RESOLVED;

    fn names(list: &[&str]) -> Vec<String> {
        list.iter().map(|name| (*name).to_owned()).collect()
    }

    #[test]
    fn units_are_read_from_one_answer() {
        let text = "Id=kubelet.service\nLoadState=loaded\nActiveState=activating\nUnitFileState=enabled\n\n\
                    Id=firewalld.service\nLoadState=not-found\nActiveState=inactive\nUnitFileState=\n\n\
                    Id=containerd.service\nLoadState=loaded\nActiveState=failed\nUnitFileState=disabled\n";
        let units = parse_show(text, &names(&["kubelet", "firewalld", "containerd"]));
        assert_eq!(units.get("kubelet"), Some(&Unit { enabled: true, active: true }));
        assert_eq!(units.get("firewalld"), None);
        assert_eq!(units.get("containerd"), Some(&Unit { enabled: false, active: false }));
    }

    #[test]
    fn an_alias_is_known_by_the_name_asked_for() {
        let text = "Id=dbus-org.freedesktop.resolve1.service\nLoadState=loaded\nActiveState=active\n\
                    UnitFileState=enabled\n";
        assert!(parse_show(text, &names(&[RESOLVED]))[RESOLVED].active);
    }

    #[test]
    fn no_answer_means_no_units() {
        assert!(parse_show("", &names(&["kubelet"])).is_empty());
    }

    #[test]
    fn open_rc_services_are_read_from_status_and_runlevel() {
        let runlevel = "              kubelet |      default\n           containerd |      default\n";
        let unit = |status| parse_open_rc("kubelet", status, runlevel);
        assert_eq!(unit(" * status: started\n"), Some(Unit { enabled: true, active: true }));
        assert_eq!(unit(" * status: stopped\n"), Some(Unit { enabled: true, active: false }));
        assert_eq!(unit(""), None);
        assert_eq!(
            parse_open_rc("let", " * status: started\n", runlevel).map(|unit| unit.enabled),
            Some(false)
        );
    }
}
