//! Directories and files of the host that a static pod sees.

use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use k8s_openapi::api::core::v1::{HostPathVolumeSource, PodSpec, Volume, VolumeMount};

use super::go_path;
use super::static_pod::container;
use crate::config::{ExternalEtcd, HostPathMount};

/// Where every distribution keeps, or links, the certificate authorities that it trusts.
const SSL_CERTS: &str = "/etc/ssl/certs";

/// Directories that files of `/etc/ssl/certs` may be links into. Those that the host has are mounted beside it.
pub const HOST_CA_DIRS: &[&str] = &[
    "/etc/pki/ca-trust",
    "/etc/pki/tls/certs",
    "/etc/ca-certificates",
    "/usr/share/ca-certificates",
    "/usr/local/share/ca-certificates",
];

/// The volumes that the host's CA directories need: read-only, named after their path.
pub fn host_ca_mounts(present: &[String]) -> Vec<HostPathMount> {
    let named = |path: &String| mount(&path.trim_start_matches('/').replace('/', "-"), path);
    present.iter().map(named).collect()
}

/// The volumes of an external etcd's certificates, one a directory, less what the pod sees already.
///
/// "Below" counts whole path components. The reference compares text, takes `/etc/etcd-client` to lie below
/// `/etc/etcd`, and leaves the API server without its client certificate.
pub fn etcd_certificate_mounts(etcd: &ExternalEtcd, certificates_dir: &str) -> Vec<HostPathMount> {
    let seen = |directory: &str| {
        let mut visible = HOST_CA_DIRS.iter().copied().chain([SSL_CERTS, certificates_dir]);
        directory == "." || visible.any(|known| Path::new(directory).starts_with(known))
    };
    let files = [&etcd.ca_file, &etcd.cert_file, &etcd.key_file];
    let directories: BTreeSet<String> = files.map(|file| go_path::parent(file)).into_iter().collect();
    let wanted = outermost(directories.into_iter().filter(|directory| !seen(directory)));
    wanted.iter().enumerate().map(|(index, path)| mount(&format!("etcd-certs-{index}"), path)).collect()
}

/// Sorted paths without those that lie below another of them.
fn outermost(sorted: impl Iterator<Item = String>) -> Vec<String> {
    let mut kept: Vec<String> = Vec::new();
    for path in sorted {
        if !kept.iter().any(|outer| Path::new(&path).starts_with(outer)) {
            kept.push(path);
        }
    }
    kept
}

/// Third parties' programs for their volumes, which talk through sockets there: not read-only.
pub fn flexvolume_mount(path: &str) -> HostPathMount {
    HostPathMount { read_only: false, ..mount("flexvolume-dir", path) }
}

fn mount(name: &str, path: &str) -> HostPathMount {
    HostPathMount {
        name: name.to_owned(),
        host_path: path.to_owned(),
        mount_path: path.to_owned(),
        read_only: true,
        path_type: "DirectoryOrCreate".to_owned(),
    }
}

/// Adds volumes and their mounts; one of a known name takes the other's place. All end up sorted by name.
pub fn add(spec: &mut PodSpec, mounts: impl IntoIterator<Item = HostPathMount>) {
    let mut volumes = by_name(spec.volumes.take(), |volume| &volume.name);
    let mut seen_at = by_name(container(spec).volume_mounts.take(), |mount| &mount.name);
    for mount in mounts {
        volumes.insert(mount.name.clone(), volume(&mount));
        seen_at.insert(mount.name.clone(), volume_mount(mount));
    }
    spec.volumes = Some(volumes.into_values().collect());
    container(spec).volume_mounts = Some(seen_at.into_values().collect());
}

fn by_name<T>(items: Option<Vec<T>>, name: impl Fn(&T) -> &String) -> BTreeMap<String, T> {
    items.into_iter().flatten().map(|item| (name(&item).clone(), item)).collect()
}

fn volume(mount: &HostPathMount) -> Volume {
    let source = HostPathVolumeSource { path: mount.host_path.clone(), type_: Some(mount.path_type.clone()) };
    Volume { name: mount.name.clone(), host_path: Some(source), ..Volume::default() }
}

fn volume_mount(mount: HostPathMount) -> VolumeMount {
    VolumeMount {
        name: mount.name,
        mount_path: mount.mount_path,
        read_only: mount.read_only.then_some(true),
        ..VolumeMount::default()
    }
}

/// Moves the template's volume `name` to another path, on the host and in the container alike.
pub fn relocate(spec: &mut PodSpec, name: &str, path: &str) {
    for volume in spec.volumes.iter_mut().flatten().filter(|volume| volume.name == name) {
        if let Some(source) = &mut volume.host_path {
            path.clone_into(&mut source.path);
        }
    }
    for mount in container(spec).volume_mounts.iter_mut().flatten().filter(|mount| mount.name == name) {
        path.clone_into(&mut mount.mount_path);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn directories(ca: &str, cert: &str, key: &str) -> Vec<String> {
        let etcd = ExternalEtcd {
            endpoints: Vec::new(),
            http_endpoints: Vec::new(),
            ca_file: ca.to_owned(),
            cert_file: cert.to_owned(),
            key_file: key.to_owned(),
        };
        etcd_certificate_mounts(&etcd, "/etc/kubernetes/pki")
            .into_iter()
            .map(|mount| mount.host_path)
            .collect()
    }

    #[test]
    fn an_external_etcd_s_certificates_are_mounted_by_their_outermost_directories() {
        assert_eq!(directories("/a/b/ca.crt", "/a/c.crt", "/z/c.key"), ["/a", "/z"]);
        assert_eq!(
            directories("/etc/etcd/ca.crt", "/etc/etcd-client/c.crt", ""),
            ["/etc/etcd", "/etc/etcd-client"]
        );
        assert_eq!(
            directories("/certs/etcd/my-etcd.crt", "/var/etcd/a.crt", "/var/etcd/a.key"),
            ["/certs/etcd", "/var/etcd"]
        );
    }

    #[test]
    fn directories_that_the_pod_sees_already_are_not_mounted_again() {
        assert!(directories("/etc/kubernetes/pki/etcd/ca.crt", "/etc/ssl/certs/a.crt", "").is_empty());
        assert!(directories("/usr/share/ca-certificates/ca.crt", "", "").is_empty());
    }

    #[test]
    fn volumes_of_host_directories_are_named_after_their_path() {
        let mounts = host_ca_mounts(&["/usr/share/ca-certificates".to_owned()]);
        assert_eq!(mounts[0].name, "usr-share-ca-certificates");
    }
}
