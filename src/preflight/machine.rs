//! Checks of the machine itself: user, CPUs, memory, swap, programs, kernel switches.

use std::path::Path;

use super::Finding;
use super::subjects::{self, Tool};
use crate::config::Spec;
use crate::facts::{Facts, Seen, Unseen};
use crate::versions::{Missing, Program};

/// Fewer starve the control plane (kubeadm's ControlPlaneNumCPU and ControlPlaneMem).
const CPUS: usize = 2;
const MEMORY_MIB: u64 = 1700;

/// IsPrivilegedUser: this program runs as root.
pub fn user(_: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    judge_user(facts.user)
}

/// kubeadm's one check before a reset: the real user id is root's, 0.
pub fn judge_user(user: u32) -> Vec<Finding> {
    let finding = |user: u32| {
        Finding::error("IsPrivilegedUser", "user is not running as root")
            .seen(format!("user id {user}"))
            .fix("run the same command with sudo, or as root")
    };
    (user != 0).then(|| finding(user)).into_iter().collect()
}

/// NumCPU: two processors at least.
pub fn cpus(_: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let few = |cpus: usize| format!("the number of available CPUs {cpus} is less than the required {CPUS}");
    let fix = "give this machine at least 2 CPUs";
    judge("NumCPU", &facts.cpus, |cpus| (*cpus < CPUS).then(|| few(*cpus)), fix)
}

/// Mem: 1700 MiB of memory at least.
pub fn memory(_: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let few = |mib: u64| format!("the system RAM ({mib} MB) is less than the minimum {MEMORY_MIB} MB");
    let fix = "give this machine at least 1700 MB of memory";
    judge(
        "Mem",
        &facts.memory,
        |bytes| Some(bytes / 1024 / 1024).filter(|mib| *mib < MEMORY_MIB).map(few),
        fix,
    )
}

/// An error where `wrong` says what is, or where the fact could not be seen.
fn judge<T: std::fmt::Debug>(
    id: &str,
    fact: &Seen<T>,
    wrong: impl Fn(&T) -> Option<String>,
    fix: &str,
) -> Vec<Finding> {
    let finding = match fact {
        Ok(value) => wrong(value).map(|message| Finding::error(id, message).seen(format!("{value:?} seen"))),
        Err(unseen) => Some(unseen_error(id, unseen)),
    };
    finding.into_iter().map(|finding| finding.fix(fix)).collect()
}

/// The error for a fact without which the check cannot be made.
pub fn unseen_error(id: impl Into<String>, unseen: &Unseen) -> Finding {
    Finding::error(id, format!("{} could not be seen", unseen.what)).seen(unseen.why.clone())
}

/// A warning only: the kubelet can be configured to run with swap, on cgroup version 2 (KEP-2400).
pub fn swap(_: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let warn = |message: &str, evidence: String| Finding::warning("Swap", message).seen(evidence);
    let finding = match &facts.swaps {
        Ok(swaps) if swaps.is_empty() => return Vec::new(),
        Ok(swaps) => warn(
            "swap is supported for cgroup v2 only, and the kubelet must be configured to use it; or turn it off",
            format!("/proc/swaps lists {}", swaps.join(", ")),
        ),
        Err(unseen) => warn("whether swap is on could not be seen", unseen.to_string()),
    };
    vec![finding.fix("swapoff -a, and remove the swap lines from /etc/fstab")]
}

/// FileExisting: the programs that this minor's kubelet and kubeadm call are on `PATH`.
pub fn tools(spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let wanted = spec.cluster.release().programs.iter();
    wanted.filter(|program| !facts.has_tool(program.name)).filter_map(missing).collect()
}

/// Of all that [`tools`] looks at.
pub fn tool_ids(spec: Spec<'_>) -> Vec<String> {
    spec.cluster.release().programs.iter().map(|program| tool_id(program.name)).collect()
}

fn tool_id(name: &str) -> String {
    format!("FileExisting-{name}")
}

fn missing(program: &Program) -> Option<Finding> {
    let tool = Tool::named(program.name)?;
    let id = tool_id(tool.name);
    let message = format!("{} not found in system path; {}", tool.name, tool.reason);
    let finding = match program.missing {
        Missing::Refused => Finding::error(id, message),
        Missing::Warned => Finding::warning(id, message),
    };
    let [debian, red_hat] = tool.packages;
    let finding = finding
        .seen(format!("no executable {} in any folder of PATH", tool.name))
        .fix(format!("apt-get install {debian} (Debian, Ubuntu), dnf install {red_hat} (Red Hat, Fedora)"));
    Some(finding)
}

/// FileContent: the kernel forwards packets.
pub fn switches(spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    subjects::switches(spec).into_iter().filter_map(|path| switch(path, facts)).collect()
}

/// Of all that [`switches`] looks at.
pub fn switch_ids(spec: Spec<'_>) -> Vec<String> {
    subjects::switches(spec).into_iter().map(switch_id).collect()
}

fn switch_id(path: &str) -> String {
    format!("FileContent-{}", path.replace('/', "-"))
}

/// A switch is on if its text begins with 1.
fn switch(path: &str, facts: &Facts) -> Option<Finding> {
    let id = switch_id(path);
    let name = path.trim_start_matches("/proc/sys/").replace('/', ".");
    let finding = match facts.switch(Path::new(path)) {
        Ok(text) if text.starts_with('1') => return None,
        Ok(text) => Finding::error(id, format!("{path} contents are not set to 1"))
            .seen(format!("it holds {:?}", text.trim())),
        Err(unseen) => unseen_error(id, &unseen),
    };
    let module = if path.starts_with(BRIDGE) { LOAD_BRIDGE } else { "" };
    Some(
        finding
            .fix(format!("{module}echo '{name} = 1' >> /etc/sysctl.d/99-kubernetes.conf && sysctl --system")),
    )
}

/// These switches are there only once their module is loaded.
const BRIDGE: &str = "/proc/sys/net/bridge/";
const LOAD_BRIDGE: &str =
    "echo br_netfilter > /etc/modules-load.d/kubernetes.conf && modprobe br_netfilter && ";

#[cfg(test)]
mod tests {
    use super::super::fixture;
    use super::*;
    use crate::config::fixture::config;

    fn ids(check: fn(Spec<'_>, &Facts) -> Vec<Finding>, change: impl FnOnce(&mut Facts)) -> Vec<String> {
        fixture::ids(check, config().spec(), change)
    }

    #[test]
    fn only_root_may_init() {
        assert_eq!(ids(user, |facts| facts.user = 1000), ["error IsPrivilegedUser"]);
        assert!(ids(user, |facts| facts.user = 0).is_empty());
    }

    #[test]
    fn a_control_plane_needs_two_cpus() {
        assert_eq!(ids(cpus, |facts| facts.cpus = Ok(1)), ["error NumCPU"]);
        assert!(ids(cpus, |facts| facts.cpus = Ok(2)).is_empty());
        assert_eq!(ids(cpus, |facts| facts.cpus = Err(fixture::unseen())), ["error NumCPU"]);
    }

    #[test]
    fn a_control_plane_needs_1700_mebibytes() {
        assert_eq!(ids(memory, |facts| facts.memory = Ok(1700 * 1024 * 1024 - 1)), ["error Mem"]);
        assert!(ids(memory, |facts| facts.memory = Ok(1700 * 1024 * 1024)).is_empty());
        assert_eq!(ids(memory, |facts| facts.memory = Err(fixture::unseen())), ["error Mem"]);
    }

    #[test]
    fn swap_is_warned_of() {
        assert_eq!(ids(swap, |facts| facts.swaps = Ok(vec!["/dev/sda2".to_owned()])), ["warning Swap"]);
        assert!(ids(swap, |facts| facts.swaps = Ok(vec![])).is_empty());
    }

    #[test]
    fn each_missing_tool_is_named() {
        let all = ids(tools, |facts| facts.tools.clear());
        let wanted = [
            "error FileExisting-losetup",
            "error FileExisting-mount",
            "error FileExisting-cp",
            "warning FileExisting-ip",
            "warning FileExisting-iptables",
        ];
        assert_eq!(all, wanted);
        assert!(ids(tools, |_| ()).is_empty());
    }

    #[test]
    fn later_patches_do_not_look_for_ebtables_and_socat() {
        let missing = |version: &str| {
            let mut config = config();
            config.of_version(version);
            let all = fixture::ids(tools, config.spec(), |facts| facts.tools.clear());
            ["ebtables", "socat", "tc"].map(|name| all.contains(&format!("warning FileExisting-{name}")))
        };
        for (before, after) in [("v1.29.9", "v1.29.10"), ("v1.30.5", "v1.30.6"), ("v1.31.1", "v1.31.2")] {
            assert_eq!((missing(before), missing(after)), ([true; 3], [false, false, true]), "{after}");
        }
    }

    #[test]
    fn bridges_have_to_pass_packets_to_the_firewall_where_the_minor_asks_for_it() {
        let asked = |version: &str| {
            let mut config = config();
            config.of_version(version);
            let mut facts = fixture::facts();
            facts.switches.retain(|path, _| !path.starts_with(BRIDGE));
            switches(config.spec(), &facts)
                .into_iter()
                .map(|finding| (finding.id, finding.fix))
                .collect::<Vec<_>>()
        };
        let [(id, fix)] = &asked("v1.29.15")[..] else { panic!() };
        assert_eq!(id, "FileContent--proc-sys-net-bridge-bridge-nf-call-iptables");
        assert!(fix.contains("modprobe br_netfilter"), "{fix}");
        assert!(asked("v1.30.4").is_empty());
    }

    #[test]
    fn forwarding_has_to_be_on() {
        let path = Path::new("/proc/sys/net/ipv4/ip_forward").to_owned();
        let id = ["error FileContent--proc-sys-net-ipv4-ip_forward"];
        assert_eq!(
            ids(switches, |facts| drop(facts.switches.insert(path.clone(), Ok("0\n".to_owned())))),
            id
        );
        assert_eq!(ids(switches, |facts| facts.switches.clear()), id);
        assert!(
            ids(switches, |facts| drop(facts.switches.insert(path.clone(), Ok("1\n".to_owned())))).is_empty()
        );
    }
}
