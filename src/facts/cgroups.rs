//! Which cgroup version a host runs, and with which controllers.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

/// The host's cgroups (<https://docs.kernel.org/admin-guide/cgroup-v2.html>).
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Cgroups {
    /// Which of the two hierarchies is in use.
    pub version: CgroupVersion,
    /// The controllers' names: `cpu`, `memory`.
    pub controllers: BTreeSet<String>,
}

/// The kernel's two interfaces to cgroups.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum CgroupVersion {
    /// A hierarchy for each controller.
    V1,
    /// One hierarchy for all.
    V2,
}

/// Where the cgroup file system is mounted, by /proc/mounts.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum UnifiedMount {
    /// It is mounted, as one of the two.
    At {
        /// The mount point.
        path: String,
        /// By the type of the file system.
        version: CgroupVersion,
    },
    /// /sys/fs/cgroup is a tmpfs: version 1 where it holds a folder `memory`.
    Tmpfs {
        /// The mount point.
        path: String,
    },
    /// There is no such mount.
    Nowhere,
}

const DEFAULT_MOUNT: &str = "/sys/fs/cgroup";

/// /proc/mounts → the mount that counts: the one at /sys/fs/cgroup, else the first of version 2, else of version 1.
pub fn unified_mount(mounts: &str) -> UnifiedMount {
    let lines: Vec<(&str, &str)> =
        mounts.lines().filter(|line| line.contains("cgroup")).filter_map(mount).collect();
    let of_type = |kind: &str| lines.iter().find(|(_, found)| *found == kind);
    if let Some((path, kind)) = lines.iter().find(|(path, _)| *path == DEFAULT_MOUNT) {
        return default_mount(path, kind);
    }
    match (of_type("cgroup2"), of_type("cgroup")) {
        (Some((path, _)), _) => UnifiedMount::At { path: (*path).to_owned(), version: CgroupVersion::V2 },
        (None, Some((path, _))) => UnifiedMount::At { path: (*path).to_owned(), version: CgroupVersion::V1 },
        (None, None) => UnifiedMount::Nowhere,
    }
}

fn default_mount(path: &str, kind: &str) -> UnifiedMount {
    let path = path.to_owned();
    match kind {
        "tmpfs" => UnifiedMount::Tmpfs { path },
        "cgroup2" => UnifiedMount::At { path, version: CgroupVersion::V2 },
        _ => UnifiedMount::At { path, version: CgroupVersion::V1 },
    }
}

/// A line's mount point and file system type.
fn mount(line: &str) -> Option<(&str, &str)> {
    let mut fields = line.split_whitespace().skip(1);
    Some((fields.next()?, fields.next()?))
}

/// /proc/cgroups → the controllers that are on.
pub fn parse_v1_controllers(text: &str) -> BTreeSet<String> {
    let on = |line: &str| {
        let mut fields = line.split_whitespace();
        let name = fields.next()?;
        (fields.nth(2)? != "0").then(|| name.to_owned())
    };
    text.lines().filter(|line| !line.starts_with('#')).filter_map(on).collect()
}

/// cgroup.controllers → its controllers, and `devices`, which version 2 has as a BPF hook and never lists.
pub fn parse_v2_controllers(text: &str) -> BTreeSet<String> {
    text.split_whitespace().chain(["devices"]).map(str::to_owned).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn at(path: &str, version: CgroupVersion) -> UnifiedMount {
        UnifiedMount::At { path: path.to_owned(), version }
    }

    #[test]
    fn the_mount_at_sys_fs_cgroup_counts_before_all_others() {
        for (mounts, wanted) in [
            ("cgroup2 /sys/fs/cgroup cgroup2 rw,nosuid 0 0\n", at("/sys/fs/cgroup", CgroupVersion::V2)),
            (
                "cgroup2 /other cgroup2 rw 0 0\ntmpfs /sys/fs/cgroup tmpfs ro 0 0\n",
                UnifiedMount::Tmpfs { path: "/sys/fs/cgroup".to_owned() },
            ),
            ("cgroup /sys/fs/cgroup cgroup rw 0 0\n", at("/sys/fs/cgroup", CgroupVersion::V1)),
            ("a /c/memory cgroup rw 0 0\nb /c/unified cgroup2 rw 0 0\n", at("/c/unified", CgroupVersion::V2)),
            ("a /c/memory cgroup rw 0 0\n", at("/c/memory", CgroupVersion::V1)),
            ("proc /proc proc rw 0 0\n", UnifiedMount::Nowhere),
            ("", UnifiedMount::Nowhere),
        ] {
            assert_eq!(unified_mount(mounts), wanted, "{mounts}");
        }
    }

    #[test]
    fn controllers_that_are_off_are_left_out() {
        let text = "#subsys_name\thierarchy\tnum_cgroups\tenabled\ncpuset\t2\t3\t1\nmemory\t0\t1\t0\n\n";
        assert_eq!(parse_v1_controllers(text), BTreeSet::from(["cpuset".to_owned()]));
    }

    #[test]
    fn version_2_always_has_devices() {
        let found = parse_v2_controllers("cpu memory\n");
        assert_eq!(found, ["cpu", "memory", "devices"].map(str::to_owned).into());
    }
}
