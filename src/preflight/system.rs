//! SystemVerification: kernel version, kernel options and cgroups, as k8s.io/system-validators v1.12.1 has them.

use std::collections::BTreeSet;

use super::Finding;
use super::machine::unseen_error;
use super::versions::is_before;
use crate::config::Spec;
use crate::facts::{CgroupVersion, Cgroups, Facts, Kernel, KernelConfig, Seen};
use crate::versions::{Kernels, semantic};

const ID: &str = "SystemVerification";

/// Options that have to be on, each under any of its names.
const OPTIONS: &[&[&str]] = &[
    &["NAMESPACES"],
    &["NET_NS"],
    &["PID_NS"],
    &["IPC_NS"],
    &["UTS_NS"],
    &["CPUSETS"],
    &["MEMCG"],
    &["INET"],
    &["EXT4_FS"],
    &["PROC_FS"],
    &["NETFILTER_XT_TARGET_REDIRECT", "IP_NF_TARGET_REDIRECT"],
    &["NETFILTER_XT_MATCH_COMMENT"],
    &["FAIR_GROUP_SCHED"],
];

/// What one cgroup version asks for besides.
struct Rules {
    options: &'static [&'static [&'static str]],
    controllers: &'static [&'static str],
    optional_controllers: &'static [&'static str],
}

const V1: Rules = Rules {
    options: &[
        &["CGROUPS"],
        &["CGROUP_CPUACCT"],
        &["CGROUP_DEVICE"],
        &["CGROUP_FREEZER"],
        &["CGROUP_PIDS"],
        &["CGROUP_SCHED"],
    ],
    controllers: &["cpu", "cpuacct", "cpuset", "devices", "freezer", "memory", "pids"],
    optional_controllers: &["hugetlb", "blkio"],
};

const V2: Rules = Rules {
    options: &[&["CGROUPS"], &["CGROUP_BPF"], &["CGROUP_PIDS"], &["CGROUP_SCHED"]],
    controllers: &["cpu", "cpuset", "devices", "freezer", "memory", "pids"],
    optional_controllers: &["hugetlb", "io"],
};

fn rules(version: CgroupVersion) -> &'static Rules {
    match version {
        CgroupVersion::V1 => &V1,
        CgroupVersion::V2 => &V2,
    }
}

/// The first kubelet that does not start on cgroup version 1 unless it is told to.
const KUBELET_WITHOUT_V1: &str = "1.35.0-0";

/// SystemVerification: kernel, its options, cgroups and the kubelet's version go together.
pub fn verify(spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let release = release(&facts.kernel, spec.cluster.minor.preflight.kernels);
    let rest = [system(&facts.kernel), release, options(facts), kubelet(&facts.kubelet)];
    rest.into_iter().flatten().chain(cgroups(&facts.cgroups, &facts.kubelet)).collect()
}

/// The rules for cgroups depend on the kubelet's version, so kubeadm does not verify a system without one.
fn kubelet(version: &Seen<String>) -> Option<Finding> {
    let finding =
        |unseen| unseen_error(ID, unseen).fix("install the kubelet's package, which brings kubelet");
    version.as_ref().err().map(finding)
}

fn system(kernel: &Kernel) -> Option<Finding> {
    let fix = "run this on Linux";
    match &kernel.system {
        Ok(name) if name == "Linux" => None,
        Ok(name) => Some(
            Finding::error(ID, "unsupported operating system").seen(format!("uname says {name}")).fix(fix),
        ),
        Err(unseen) => Some(unseen_error(ID, unseen).fix(fix)),
    }
}

fn release(kernel: &Kernel, supported: Kernels) -> Option<Finding> {
    let fix = "boot a kernel of version 5.15, or 6.1 and newer";
    match &kernel.release {
        Ok(text) if is_supported(text, supported) => None,
        Ok(text) => Some(unsupported(text, supported).fix(fix)),
        Err(unseen) => Some(unseen_error(ID, unseen).fix(fix)),
    }
}

fn unsupported(release: &str, supported: Kernels) -> Finding {
    let message = format!("kernel release {release} is unsupported");
    match supported {
        Kernels::From(major, minor) => Finding::error(ID, message)
            .seen(format!("supported are {major}.{minor} and newer; cgroup v2 wants 5.10 or newer")),
        Kernels::LongTerm(_) => Finding::warning(ID, message)
            .seen("supported are 5.4, 5.10, 5.15, and 6.0 and newer; cgroup v2 wants 5.10 or newer"),
    }
}

/// Only the first numbers count: distributions write what they like behind them.
fn is_supported(release: &str, supported: Kernels) -> bool {
    let mut numbers = release.split(|c: char| !c.is_ascii_digit()).map(|digits| digits.parse::<u64>().ok());
    let (major, minor) = (numbers.next().flatten(), numbers.next().flatten());
    major.zip(minor).is_some_and(|version| match supported {
        Kernels::From(major, minor) => version >= (major, minor),
        Kernels::LongTerm(known) => version.0 >= 6 || known.contains(&version),
    })
}

fn options(facts: &Facts) -> Option<Finding> {
    let fix = "boot a kernel that is built with these options";
    let config = match &facts.kernel.config {
        Ok(config) => config,
        Err(unseen) => return Some(unseen_error(ID, unseen).fix("modprobe configs (gives /proc/config.gz)")),
    };
    let version = facts.cgroups.as_ref().ok().map(|cgroups| cgroups.version);
    let more = version.map_or(&[][..], |version| rules(version).options);
    let missing: Vec<String> =
        OPTIONS.iter().chain(more).filter_map(|names| missing(config, names)).collect();
    let finding = || {
        Finding::error(ID, format!("unexpected kernel config: {}", missing.join(" ")))
            .seen("the running kernel's configuration has them off, or not at all")
            .fix(fix)
    };
    (!missing.is_empty()).then(finding)
}

fn missing(config: &KernelConfig, names: &[&str]) -> Option<String> {
    let present = names.iter().any(|name| config.has(name));
    (!present).then(|| names.iter().map(|name| format!("CONFIG_{name}")).collect::<Vec<_>>().join("|"))
}

fn cgroups(cgroups: &Seen<Cgroups>, kubelet: &Seen<String>) -> Vec<Finding> {
    let cgroups = match cgroups {
        Ok(cgroups) => cgroups,
        Err(unseen) => {
            return vec![unseen_error(ID, unseen).fix("mount | grep cgroup (has to list a mount)")];
        }
    };
    let rules = rules(cgroups.version);
    let lacking = |wanted: &[&str]| absent(&cgroups.controllers, wanted);
    let required = lacking(rules.controllers)
        .map(|names| Finding::error(ID, format!("missing required cgroups: {names}")).seen(listed(cgroups)));
    let optional = lacking(rules.optional_controllers).map(|names| {
        Finding::warning(ID, format!("missing optional cgroups: {names}")).seen(listed(cgroups))
    });
    let fix = "boot with the controllers on: remove cgroup_disable= from, or add cgroup_enable= to, the kernel's \
               command line";
    let controllers = [required, optional].into_iter().flatten().map(|finding| finding.fix(fix));
    version_1(cgroups.version, kubelet).into_iter().chain(controllers).collect()
}

/// The kubelet's version decides how bad cgroup version 1 is (KEP-5573); unknown counts as new.
fn version_1(version: CgroupVersion, kubelet: &Seen<String>) -> Option<Finding> {
    let installed = kubelet.as_ref().ok().and_then(|text| semantic(text));
    let old_kubelet = installed.is_some_and(|installed| is_before(&installed, KUBELET_WITHOUT_V1));
    let message = "cgroups v1 support is deprecated and will be removed; kubelet 1.35 and newer starts on it only \
                   with failCgroupV1: false in its configuration";
    let finding = match (version, old_kubelet) {
        (CgroupVersion::V2, _) => return None,
        (CgroupVersion::V1, true) => Finding::warning(ID, message),
        (CgroupVersion::V1, false) => Finding::error(ID, message),
    };
    let fix = "boot with systemd.unified_cgroup_hierarchy=1 on the kernel's command line";
    Some(finding.seen("/sys/fs/cgroup holds cgroups of version 1").fix(fix))
}

fn absent(controllers: &BTreeSet<String>, wanted: &[&str]) -> Option<String> {
    let absent: Vec<&str> = wanted.iter().copied().filter(|name| !controllers.contains(*name)).collect();
    (!absent.is_empty()).then(|| absent.join(" "))
}

fn listed(cgroups: &Cgroups) -> String {
    let names: Vec<&str> = cgroups.controllers.iter().map(String::as_str).collect();
    format!("there are {}", names.join(" "))
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{self, ids, unseen};
    use super::*;
    use crate::config::fixture::config;
    use crate::facts::KernelOption;
    use crate::versions;

    const ERROR: &str = "error SystemVerification";
    const WARNING: &str = "warning SystemVerification";

    fn found(change: impl FnOnce(&mut Facts)) -> Vec<String> {
        ids(verify, config().spec(), change)
    }

    fn with_cgroups(version: CgroupVersion, without: &str) -> Cgroups {
        let all = rules(version).controllers.iter().chain(rules(version).optional_controllers);
        let controllers = all.filter(|name| **name != without).map(|name| (*name).to_owned()).collect();
        Cgroups { version, controllers }
    }

    #[test]
    fn a_sound_host_has_no_findings() {
        assert!(found(|_| ()).is_empty());
    }

    #[test]
    fn old_kernels_are_warned_of() {
        for (release, wanted) in [
            ("6.1.0-31-amd64", vec![]),
            ("10.0.1", vec![]),
            ("5.15.0-generic", vec![]),
            ("5.10.0", vec![]),
            ("5.4.0-150", vec![]),
            ("5.14.0-503.el9", vec![WARNING]),
            ("4.18.0", vec![WARNING]),
            ("what", vec![WARNING]),
        ] {
            assert_eq!(found(|facts| facts.kernel.release = Ok(release.to_owned())), wanted, "{release}");
        }
    }

    #[test]
    fn a_missing_option_is_named_under_all_its_names() {
        let config_without = |name: &str| {
            let mut config = super::super::fixture::kernel_config();
            config.options.insert(name.to_owned(), KernelOption::LeftOut);
            config
        };
        assert_eq!(found(|facts| facts.kernel.config = Ok(config_without("MEMCG"))), [ERROR]);
        let mut facts = super::super::fixture::facts();
        facts.kernel.config = Ok(config_without("NETFILTER_XT_TARGET_REDIRECT"));
        assert!(options(&facts).is_some_and(|finding| {
            finding.message.ends_with("CONFIG_NETFILTER_XT_TARGET_REDIRECT|CONFIG_IP_NF_TARGET_REDIRECT")
        }));
    }

    #[test]
    fn cgroup_version_1_is_an_error_from_kubelet_1_35_on() {
        let v1 = |kubelet: Seen<String>| {
            found(|facts| {
                facts.cgroups = Ok(with_cgroups(CgroupVersion::V1, ""));
                facts.kubelet = kubelet;
                facts.kernel.config = Ok(super::super::fixture::kernel_config());
            })
        };
        assert_eq!(v1(Ok("v1.36.3".to_owned())), [ERROR]);
        assert_eq!(v1(Ok("v1.35.0-alpha.1".to_owned())), [ERROR]);
        assert_eq!(v1(Ok("v1.34.9".to_owned())), [WARNING]);
    }

    #[test]
    fn without_a_kubelet_nothing_is_verified() {
        assert_eq!(found(|facts| facts.kubelet = Err(unseen())), [ERROR]);
    }

    #[test]
    fn required_controllers_are_errors_and_optional_ones_warnings() {
        for (without, wanted) in
            [("memory", ERROR), ("pids", ERROR), ("freezer", ERROR), ("hugetlb", WARNING), ("io", WARNING)]
        {
            let cgroups = with_cgroups(CgroupVersion::V2, without);
            assert_eq!(found(|facts| facts.cgroups = Ok(cgroups)), [wanted], "{without}");
        }
    }

    #[test]
    fn what_could_not_be_seen_is_an_error() {
        assert_eq!(found(|facts| facts.kernel.config = Err(unseen())), [ERROR]);
        assert_eq!(found(|facts| facts.kernel.release = Err(unseen())), [ERROR]);
        assert_eq!(found(|facts| facts.cgroups = Err(unseen())), [ERROR]);
        assert_eq!(found(|facts| facts.kernel.system = Ok("Plan 9".to_owned())), [ERROR]);
    }

    #[test]
    fn an_older_minor_refuses_kernels_before_the_first_that_it_supports() {
        let found = |number: u64, release: &str| {
            let kernel = Kernel { release: Ok(release.to_owned()), ..fixture::facts().kernel };
            let rules = versions::numbered(number).preflight.kernels;
            super::release(&kernel, rules).map(|finding| fixture::label(&finding))
        };
        assert_eq!(found(31, "3.9.1"), Some(ERROR.to_owned()));
        assert_eq!(found(32, "4.18.0"), Some(ERROR.to_owned()));
        assert_eq!((found(31, "3.10.0-1160.el7"), found(33, "5.8.0")), (None, None));
        assert!(found(34, "5.8.0").is_some_and(|label| label.starts_with("warning")));
    }
}
