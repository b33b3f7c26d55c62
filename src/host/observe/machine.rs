//! CPUs, swap, and the kubelet's version.

use std::time::Duration;

use super::command;
use crate::facts::{Seen, Unseen};
use crate::host::node::Node;

/// Starting a program of over 100 MB from a cold disk takes its time.
const KUBELET_LIMIT: Duration = Duration::from_secs(20);

/// The CPUs that this process may run on, as Go's programs count them: limits of a cgroup do not count.
pub fn cpus(node: &Node) -> Seen<usize> {
    let path = "/proc/self/status";
    let text = node.text(path)?;
    parse_cpus(&text).ok_or_else(|| Unseen::new("the number of CPUs", format!("{path} does not tell")))
}

/// `Cpus_allowed: ff,00000003` → 10: a mask in groups of hexadecimal digits.
fn parse_cpus(status: &str) -> Option<usize> {
    let mask = status.lines().find_map(|line| line.strip_prefix("Cpus_allowed:"))?;
    let digits = mask.trim().chars().filter(|c| *c != ',');
    digits.map(|c| c.to_digit(16).map(|digit| digit.count_ones() as usize)).sum()
}

/// The devices in /proc/swaps; a kernel without swap has no such file.
pub fn swaps(node: &Node) -> Seen<Vec<String>> {
    let text = node.text_or_empty("/proc/swaps")?;
    let name = |line: &str| line.split_whitespace().next().map(str::to_owned);
    Ok(text.lines().skip(1).filter_map(name).collect())
}

const KUBELET_VERSION: &str = "the kubelet's version";

/// Such as `v1.36.3`, by the kubelet itself.
pub fn kubelet_version(node: &Node) -> Seen<String> {
    let absent = || Err(Unseen::new(KUBELET_VERSION, "kubelet is not on PATH"));
    installed_kubelet(node, KUBELET_LIMIT).unwrap_or_else(absent)
}

/// The version of the kubelet on PATH, where there is one.
pub fn installed_kubelet(node: &Node, limit: Duration) -> Option<Seen<String>> {
    let program = node.program("kubelet")?;
    Some(command::text(node, &program, &["--version"], limit).and_then(|text| {
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
#[expect(clippy::disallowed_methods, reason = "the test's own tree")]
mod tests {
    use super::*;
    use crate::host::node::fake_node;

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
        let node = fake_node(folder.path());
        assert_eq!(swaps(&node), Ok(vec![]));
        std::fs::create_dir_all(folder.path().join("proc")).unwrap();
        let heading = "Filename\tType\tSize\tUsed\tPriority\n";
        std::fs::write(folder.path().join("proc/swaps"), heading).unwrap();
        assert_eq!(swaps(&node), Ok(vec![]));
        std::fs::write(folder.path().join("proc/swaps"), format!("{heading}/dev/sda2 partition 1 0 -2\n"))
            .unwrap();
        assert_eq!(swaps(&node), Ok(vec!["/dev/sda2".to_owned()]));
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
        let this = Node::this();
        assert!(this.memory().unwrap() > 0 && cpus(&this).unwrap() > 0);
    }
}
