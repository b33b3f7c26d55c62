//! The running kernel: names, options, cgroups.
#![expect(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use super::command;
use crate::facts::{
    CgroupVersion, Cgroups, KernelConfig, Seen, UnifiedMount, Unseen, parse_v1_controllers,
    parse_v2_controllers, unified_mount,
};
use crate::host::node::{Node, unseen};

const GZIP_LIMIT: Duration = Duration::from_secs(10);

/// The options of the running kernel, from the first of the known files that is there. kubeadm loads the module
/// `configs` where none is; this only looks.
pub fn config(node: &Node, release: &str) -> Seen<KernelConfig> {
    let files = config_files(release);
    let found = files.iter().find(|path| node.path(path).exists()).ok_or_else(|| {
        let names: Vec<String> = files.iter().map(|path| path.display().to_string()).collect();
        Unseen::new("the kernel's configuration", format!("there is none of {}", names.join(", ")))
    })?;
    let text = if found.extension().is_some_and(|end| end == "gz") {
        unzipped(node, found)
    } else {
        node.text(found)
    };
    Ok(KernelConfig::parse(&text?))
}

fn config_files(release: &str) -> [PathBuf; 9] {
    [
        "/proc/config.gz".to_owned(),
        format!("/boot/config-{release}"),
        format!("/usr/src/linux-{release}/.config"),
        "/usr/src/linux/.config".to_owned(),
        format!("/usr/lib/modules/{release}/config"),
        format!("/usr/lib/ostree-boot/config-{release}"),
        format!("/usr/lib/kernel/config-{release}"),
        format!("/usr/src/linux-headers-{release}/.config"),
        format!("/lib/modules/{release}/build/.config"),
    ]
    .map(PathBuf::from)
}

/// Every distribution has gzip; the one file is not worth a decoder of our own.
fn unzipped(node: &Node, path: &Path) -> Seen<String> {
    let missing = || Unseen::new(path.display().to_string(), "gzip is not on PATH");
    let gzip = node.program("gzip").ok_or_else(missing)?;
    command::text(node, &gzip, &["-dc", &node.path(path).to_string_lossy()], GZIP_LIMIT)
}

/// Which cgroups are mounted, and with which controllers.
pub fn cgroups(node: &Node) -> Seen<Cgroups> {
    let (path, version) = match unified_mount(&node.text("/proc/mounts")?) {
        UnifiedMount::At { path, version } => (path, version),
        UnifiedMount::Tmpfs { path } => {
            let version = tmpfs_version(node, &path);
            (path, version)
        }
        UnifiedMount::Nowhere => {
            return Err(Unseen::new("the cgroup version", "/proc/mounts has no cgroup mount"));
        }
    };
    let controllers = match version {
        CgroupVersion::V1 => parse_v1_controllers(&node.text("/proc/cgroups")?),
        CgroupVersion::V2 => v2_controllers(node, Path::new(&path))?,
    };
    Ok(Cgroups { version, controllers })
}

fn tmpfs_version(node: &Node, path: &str) -> CgroupVersion {
    let memory = node.path(Path::new(path).join("memory"));
    if memory.is_dir() { CgroupVersion::V1 } else { CgroupVersion::V2 }
}

/// cgroup.controllers never lists `freezer`, which is there wherever a group has its file.
fn v2_controllers(node: &Node, mount: &Path) -> Seen<BTreeSet<String>> {
    let mut controllers = parse_v2_controllers(&node.text(mount.join("cgroup.controllers"))?);
    if has_freezer(node, mount)? {
        controllers.insert("freezer".to_owned());
    }
    Ok(controllers)
}

/// The host's root group itself has no such file; within a container's name space the topmost group has.
fn has_freezer(node: &Node, mount: &Path) -> Seen<bool> {
    let folder = node.path(mount);
    let groups = std::fs::read_dir(&folder).map_err(|error| unseen(mount, &error))?;
    let mut paths = groups.flatten().map(|group| group.path()).chain([folder]);
    Ok(paths.any(|group| group.join("cgroup.freeze").exists()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::node::fake_node;

    /// A tree with these files.
    fn tree(files: &[(&str, &str)]) -> (tempfile::TempDir, Node) {
        let folder = tempfile::tempdir().unwrap();
        for (path, text) in files {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let node = fake_node(folder.path());
        (folder, node)
    }

    #[test]
    fn the_running_kernel_s_own_file_is_read() {
        let (_tree, node) =
            tree(&[("boot/config-6.1.0", "CONFIG_MEMCG=y\n"), ("boot/config-5.10.0", "CONFIG_MEMCG=n\n")]);
        assert!(config(&node, "6.1.0").unwrap().has("MEMCG"));
        assert!(!config(&node, "5.10.0").unwrap().has("MEMCG"));
        let unseen = config(&node, "4.4.0").unwrap_err();
        assert!(unseen.why.contains("/boot/config-4.4.0"), "{unseen}");
    }

    #[test]
    fn version_2_has_the_freezer_where_a_group_has_its_file() {
        let mounts = ("proc/mounts", "cgroup2 /sys/fs/cgroup cgroup2 rw 0 0\n");
        let controllers = ("sys/fs/cgroup/cgroup.controllers", "cpuset cpu io memory pids\n");
        let (_tree, node) = tree(&[mounts, controllers, ("sys/fs/cgroup/init.scope/cgroup.freeze", "0\n")]);
        let found = cgroups(&node).unwrap();
        assert_eq!(found.version, CgroupVersion::V2);
        assert!(
            ["cpuset", "freezer", "devices"].iter().all(|name| found.controllers.contains(*name)),
            "{found:?}"
        );
        let (_tree, node) = tree(&[mounts, controllers]);
        assert!(!cgroups(&node).unwrap().controllers.contains("freezer"));
    }

    #[test]
    fn a_tmpfs_with_a_memory_group_is_version_1() {
        let (_tree, node) = tree(&[
            (
                "proc/mounts",
                "tmpfs /sys/fs/cgroup tmpfs rw 0 0\ncgroup /sys/fs/cgroup/memory cgroup rw 0 0\n",
            ),
            ("proc/cgroups", "#subsys_name hierarchy num_cgroups enabled\nmemory 1 2 1\n"),
            ("sys/fs/cgroup/memory/tasks", ""),
        ]);
        let found = cgroups(&node).unwrap();
        assert_eq!((found.version, found.controllers.len()), (CgroupVersion::V1, 1));
    }

    #[test]
    fn a_host_without_cgroups_says_so() {
        let (_tree, node) = tree(&[("proc/mounts", "proc /proc proc rw 0 0\n")]);
        assert!(cgroups(&node).unwrap_err().why.contains("no cgroup mount"));
    }
}
