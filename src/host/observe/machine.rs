//! User, CPUs, memory, swap, names, environment, clock, and the kubelet's version.
#![allow(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::time::Duration;

use jiff::Timestamp;
use sysinfo::{MemoryRefreshKind, RefreshKind, System};

use super::command;
use super::root::Root;
use crate::facts::{EnvPair, Seen, Unseen};

/// Starting a program of over 100 MB from a cold disk takes its time.
const KUBELET_LIMIT: Duration = Duration::from_secs(20);

pub fn now() -> Timestamp {
    Timestamp::now()
}

pub fn user() -> u32 {
    nix::unistd::getuid().as_raw()
}

pub fn host_name() -> Seen<String> {
    let name = nix::unistd::gethostname().map_err(|errno| Unseen::new("the host's name", errno))?;
    name.into_string()
        .map_err(|name| Unseen::new("the host's name", format!("{} is no text", name.display())))
}

/// The CPUs that this process may run on, as Go's programs count them: limits of a cgroup do not count.
pub fn cpus(root: &Root) -> Seen<usize> {
    let path = "/proc/self/status";
    let text = root.text(path)?;
    parse_cpus(&text).ok_or_else(|| Unseen::new("the number of CPUs", format!("{path} does not tell")))
}

/// `Cpus_allowed: ff,00000003` → 10: a mask in groups of hexadecimal digits.
fn parse_cpus(status: &str) -> Option<usize> {
    let mask = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed:"))?;
    let digits = mask.trim().chars().filter(|c| *c != ',');
    digits.map(|c| c.to_digit(16).map(|digit| digit.count_ones() as usize)).sum()
}

pub fn memory() -> Seen<u64> {
    let kind = RefreshKind::nothing().with_memory(MemoryRefreshKind::nothing().with_ram());
    let system =
        System::new_with_specifics(kind).map_err(|error| Unseen::new("the size of the memory", error))?;
    Ok(system.total_memory())
}

/// The devices in /proc/swaps; a kernel without swap has no such file.
pub fn swaps(root: &Root) -> Seen<Vec<String>> {
    let text = root.text_or_empty("/proc/swaps")?;
    let name = |line: &str| line.split_whitespace().next().map(str::to_owned);
    Ok(text.lines().skip(1).filter_map(name).collect())
}

/// Variables that end in `_proxy`, in either case, and are not empty.
pub fn proxies() -> Vec<EnvPair> {
    let text = |(name, value): (std::ffi::OsString, std::ffi::OsString)| {
        Some(EnvPair { name: name.into_string().ok()?, value: value.into_string().ok()? })
    };
    let wanted = |pair: &EnvPair| pair.name.to_lowercase().ends_with("_proxy") && !pair.value.is_empty();
    std::env::vars_os().filter_map(text).filter(wanted).collect()
}

const KUBELET_VERSION: &str = "the kubelet's version";

pub fn kubelet_version(root: &Root) -> Seen<String> {
    let absent = || Err(Unseen::new(KUBELET_VERSION, "kubelet is not on PATH"));
    installed_kubelet(root, KUBELET_LIMIT).unwrap_or_else(absent)
}

/// The version of the kubelet on PATH, where there is one.
pub fn installed_kubelet(root: &Root, limit: Duration) -> Option<Seen<String>> {
    let program = root.program("kubelet")?;
    Some(command::text(&program, &["--version"], limit).and_then(|text| {
        let unknown = || Unseen::new(KUBELET_VERSION, format!("kubelet --version says {:?}", text.trim()));
        parse_kubelet_version(&text).ok_or_else(unknown)
    }))
}

/// `Kubernetes v1.36.3` → `v1.36.3`.
fn parse_kubelet_version(text: &str) -> Option<String> {
    let version = text.trim().strip_prefix("Kubernetes ")?;
    let sound = version.starts_with('v') && !version.contains(char::is_whitespace);
    sound.then(|| version.to_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn cpus_are_the_bits_of_the_mask() {
        for (mask, cpus) in [("3", 2), ("ff", 8), ("00000000,0000000f", 4), ("ff,00000003", 10), ("1", 1)] {
            assert_eq!(
                parse_cpus(&format!("Name:\tx\nCpus_allowed:\t{mask}\nMems_allowed:\t1\n")),
                Some(cpus)
            );
        }
        assert_eq!(parse_cpus("Name:\tx\n"), None);
        assert_eq!(parse_cpus("Cpus_allowed:\twhat\n"), None);
    }

    #[test]
    fn swaps_are_the_lines_under_the_heading() {
        let folder = tempfile::tempdir().unwrap();
        let root = Root::at(folder.path());
        assert_eq!(swaps(&root), Ok(vec![]));
        std::fs::create_dir_all(folder.path().join("proc")).unwrap();
        let heading = "Filename\tType\tSize\tUsed\tPriority\n";
        std::fs::write(folder.path().join("proc/swaps"), heading).unwrap();
        assert_eq!(swaps(&root), Ok(vec![]));
        std::fs::write(folder.path().join("proc/swaps"), format!("{heading}/dev/sda2 partition 1 0 -2\n"))
            .unwrap();
        assert_eq!(swaps(&root), Ok(vec!["/dev/sda2".to_owned()]));
    }

    #[test]
    fn the_kubelet_s_version_is_what_stands_behind_kubernetes() {
        assert_eq!(parse_kubelet_version("Kubernetes v1.36.3\n").as_deref(), Some("v1.36.3"));
        assert_eq!(parse_kubelet_version("Kubernetes v1.36.0-rc.1+a\n").as_deref(), Some("v1.36.0-rc.1+a"));
        for text in ["", "v1.36.3", "Kubernetes 1.36.3", "Kubernetes v1.36.3 dirty"] {
            assert_eq!(parse_kubelet_version(text), None, "{text}");
        }
    }

    #[test]
    fn this_machine_has_memory_and_cpus() {
        assert!(memory().unwrap() > 0 && cpus(&Root::default()).unwrap() > 0);
    }
}
