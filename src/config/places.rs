//! The folders that a cluster's own documents name × what lies there → those that a joining node does not write in.

use std::path::Path;

use super::problem::Problem;
use super::reset::is_of_the_system;

/// Whatever lies there is run, read or trusted by programs that know nothing of Kubernetes.
const SYSTEM: &[&str] = &[
    "/bin",
    "/boot",
    "/dev",
    "/etc",
    "/lib",
    "/lib32",
    "/lib64",
    "/libx32",
    "/proc",
    "/root",
    "/run",
    "/sbin",
    "/sys",
    "/usr",
    "/var/run",
    "/var/spool",
];
/// Folders of Kubernetes' own among them.
const KUBERNETES: &[&str] = &["/etc/kubernetes", "/etc/etcd"];
/// Whatever lies there is run by the kubelet.
const MANIFESTS: &str = "/etc/kubernetes/manifests";

/// Refuses a folder that holds, or is part of, the system.
///
/// # Errors
/// [`Problem::NotForACluster`].
pub fn judge_place(path: &Path) -> Result<(), Problem> {
    let is_below = |folders: &[&str]| folders.iter().any(|folder| path.starts_with(folder));
    let is_own = is_below(KUBERNETES) && !path.starts_with(MANIFESTS);
    let is_refused = is_of_the_system(path) || is_below(SYSTEM) && !is_own;
    if is_refused { Err(Problem::NotForACluster { value: path.display().to_string() }) } else { Ok(()) }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_cluster_s_folders_are_its_own_and_no_part_of_the_system() {
        for path in [
            "/etc/kubernetes/pki",
            "/etc/kubernetes",
            "/var/lib/etcd",
            "/srv/etcd",
            "/data",
            "/opt/k8s/pki",
            "/etc/etcd/data",
        ] {
            assert_eq!(judge_place(Path::new(path)), Ok(()), "{path}");
        }
        for path in [
            "/",
            "/etc",
            "/etc/cron.d",
            "/etc/kubernetes2",
            "/etc//ssl/certs",
            "/usr/local/share/ca-certificates",
            "/root/.ssh",
            "/var/lib",
            "/var/lib/",
            "/home",
            "/dev/shm",
            "/run/x",
            "/var/spool/cron/crontabs",
            "/srv/../etc",
            "/etc/kubernetes/manifests/x",
        ] {
            let refused = Problem::NotForACluster { value: path.to_owned() };
            assert_eq!(judge_place(Path::new(path)), Err(refused), "{path}");
        }
    }
}
