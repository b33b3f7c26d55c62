//! Checks of the init system's units.

use super::{Finding, subjects};
use crate::config::Spec;
use crate::facts::{Facts, Services, Unseen};

const KUBELET: &str = "kubelet";

/// init starts the kubelet itself, so it need not run yet; but it has to come back after a reboot.
pub fn kubelet(_: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let id = "Service-kubelet";
    let services = match &facts.services {
        Ok(services) => services,
        Err(unseen) => return vec![no_init_system(id, unseen)],
    };
    let finding = match services.unit(KUBELET) {
        None => Finding::warning(id, "kubelet service does not exist")
            .seen("the init system knows no unit of that name")
            .fix("install the package kubelet, or copy templates/kubelet.service to /etc/systemd/system"),
        Some(unit) if !unit.enabled => Finding::warning(id, "kubelet service is not enabled")
            .seen("the unit exists, and is not started at boot")
            .fix(services.init.enable_command(KUBELET)),
        Some(_) => return Vec::new(),
    };
    vec![finding]
}

/// Firewalld: it is not active, or else the ports that it has to let through.
pub fn firewalld(spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    match &facts.services {
        Ok(services) if services.is_active("firewalld") => vec![firewall(spec, services)],
        Ok(_) => Vec::new(),
        Err(unseen) => vec![no_init_system("Firewalld", unseen)],
    }
}

fn firewall(spec: Spec<'_>, services: &Services) -> Finding {
    let ports: Vec<String> = subjects::open_ports(spec).iter().map(ToString::to_string).collect();
    let add: Vec<String> = ports.iter().map(|port| format!("--add-port={port}/tcp")).collect();
    let stop = services.init.disable_command("firewalld");
    Finding::warning(
        "Firewalld",
        format!("firewalld is active, please ensure ports [{}] are open", ports.join(" ")),
    )
    .seen("the unit firewalld is active")
    .fix(format!("firewall-cmd --permanent {} && firewall-cmd --reload, or {stop}", add.join(" ")))
}

fn no_init_system(id: &str, unseen: &Unseen) -> Finding {
    let message = if unseen.is_no_init_system() {
        "no supported init system detected, skipping checking for services"
    } else {
        "the init system could not be asked, so its services are not checked"
    };
    Finding::warning(id, message).seen(unseen.to_string()).fix(
        "see to it that the kubelet is started, and starts at boot, by whatever starts services on this host",
    )
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{ids, unseen};
    use super::*;
    use crate::config::fixture::config;
    use crate::facts::{InitSystem, Unit};

    fn with(name: &str, unit: Option<Unit>) -> impl Fn(&mut Facts) {
        let units = unit.map(|unit| (name.to_owned(), unit)).into_iter().collect();
        let services = Services { init: InitSystem::Systemd, units };
        move |facts| facts.services = Ok(services.clone())
    }

    #[test]
    fn the_kubelet_has_to_be_there_and_enabled_but_not_yet_running() {
        let unit = |enabled, active| Some(Unit { enabled, active });
        for (found, wanted) in [
            (None, vec!["warning Service-kubelet"]),
            (unit(false, true), vec!["warning Service-kubelet"]),
            (unit(true, false), vec![]),
        ] {
            assert_eq!(ids(kubelet, config().spec(), with("kubelet", found)), wanted, "{found:?}");
        }
    }

    #[test]
    fn an_active_firewall_is_warned_of_with_the_ports_to_open() {
        let active = with("firewalld", Some(Unit { enabled: true, active: true }));
        assert_eq!(ids(firewalld, config().spec(), &active), ["warning Firewalld"]);
        assert!(ids(firewalld, config().spec(), with("firewalld", None)).is_empty());
        let stopped = with("firewalld", Some(Unit { enabled: true, active: false }));
        assert!(ids(firewalld, config().spec(), stopped).is_empty());
    }

    #[test]
    fn without_an_init_system_both_checks_say_so() {
        let none = |facts: &mut Facts| facts.services = Err(unseen());
        assert_eq!(ids(kubelet, config().spec(), none), ["warning Service-kubelet"]);
        assert_eq!(ids(firewalld, config().spec(), none), ["warning Firewalld"]);
    }

    #[test]
    fn a_host_of_another_init_system_is_told_in_kubeadm_s_words() {
        let mut facts = super::super::fixture::facts();
        facts.services = Err(Unseen::no_init_system());
        let findings = kubelet(config().spec(), &facts);
        assert_eq!(findings[0].message, "no supported init system detected, skipping checking for services");
    }
}
