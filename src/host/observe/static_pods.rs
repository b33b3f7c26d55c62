//! Static pods that others have put beside those of the control plane.
#![expect(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::ffi::OsStr;
use std::path::{Path, PathBuf};

use crate::facts::host_paths;
use crate::host::node::Node;
use crate::manifests::static_pod::StaticPod;

/// Where a kubelet that kubeadm has set up looks for static pods.
const MANIFESTS: &str = "/etc/kubernetes/manifests";

const OWN: [StaticPod; 4] =
    [StaticPod::Etcd, StaticPod::ApiServer, StaticPod::ControllerManager, StaticPod::Scheduler];

/// What the foreign ones mount of this host. A folder that is not there, or a file that cannot be read, has none: preflight judges
/// these.
pub fn foreign_mounts(node: &Node) -> Vec<PathBuf> {
    let folder = Path::new(MANIFESTS);
    let Ok(entries) = std::fs::read_dir(node.path(folder)) else { return Vec::new() };
    let names = entries.filter_map(|entry| Some(entry.ok()?.file_name()));
    let mut names: Vec<_> = names.filter(|name| is_read_by_kubelet(name) && !is_own(name)).collect();
    names.sort();
    names
        .iter()
        .filter_map(|name| node.text(folder.join(name)).ok())
        .flat_map(|text| host_paths(&text))
        .collect()
}

/// The kubelet takes every file for a manifest, whatever its ending, unless its name begins with a dot.
fn is_read_by_kubelet(name: &OsStr) -> bool {
    !name.as_encoded_bytes().starts_with(b".")
}

fn is_own(name: &OsStr) -> bool {
    OWN.iter().any(|pod| name == OsStr::new(&format!("{}.yaml", pod.name())))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture::config;
    use crate::host::node::fake_node;
    use crate::plan::{self, Paths};

    fn pod(path: &str) -> String {
        format!(
            "kind: Pod\nspec:\n  containers: []\n  volumes:\n  - {{name: a, hostPath: {{path: {path}}}}}\n"
        )
    }

    /// What it mounts is read, and is among what `init` makes: its other files are written before the kubelet starts then.
    #[test]
    fn kube_vip_s_manifest_is_read_with_either_kubeconfig() {
        let folder = tempfile::tempdir().unwrap();
        let node = fake_node(folder.path());
        let manifests = folder.path().join("etc/kubernetes/manifests");
        std::fs::create_dir_all(&manifests).unwrap();
        let manifest = include_str!("kube-vip.yaml");
        let config = config();
        for (text, path) in [
            (manifest.to_owned(), "/etc/kubernetes/admin.conf"),
            (
                manifest
                    .replace("path: /etc/kubernetes/admin.conf", "path: /etc/kubernetes/super-admin.conf"),
                "/etc/kubernetes/super-admin.conf",
            ),
        ] {
            std::fs::write(manifests.join("kube-vip.yaml"), text).unwrap();
            let mounts = foreign_mounts(&node);
            assert_eq!(mounts, [Path::new(path)]);
            assert!(plan::are_mounted(config.spec(), &Paths::default(), &mounts), "{path}");
        }
    }

    #[test]
    fn only_pods_that_are_not_the_control_plane_s_count_whatever_their_file_is_called() {
        let folder = tempfile::tempdir().unwrap();
        let node = fake_node(folder.path());
        assert!(foreign_mounts(&node).is_empty());
        let manifests = folder.path().join("etc/kubernetes/manifests");
        std::fs::create_dir_all(manifests.join("folder.yaml")).unwrap();
        for (name, text) in [
            ("kube-vip.yaml", pod("/etc/kubernetes/admin.conf")),
            ("haproxy", pod("/etc/haproxy")),
            ("kube-apiserver.yaml", pod("/etc/kubernetes/pki")),
            (".kube-vip.yaml.swp", pod("/hidden")),
            ("notes.txt", "not a pod".to_owned()),
        ] {
            std::fs::write(manifests.join(name), text).unwrap();
        }
        assert_eq!(
            foreign_mounts(&node),
            [Path::new("/etc/haproxy"), Path::new("/etc/kubernetes/admin.conf")]
        );
    }
}
