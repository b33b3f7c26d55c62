//! What a minor's patches differ in: images above all, and what was changed for release branches too.
//!
//! The rows come from kubeadm's source, `cmd/kubeadm/app`, at the tags on both sides of a change: `constants/constants.go` has the
//! images and the oldest external etcd, `util/arguments.go` the order of arguments, `phases/certs/certlist.go` the right to
//! kubelets, `preflight/checks_linux.go` the programs. `tests/reference/patches.txt` is what the real kubeadms say of themselves.
//! The source of four first patches could not be had: Kubernetes' change logs name 1.31.14, 1.32.12 and 1.33.8, and of 1.29.11, as of
//! 1.35.7, the newest known of its minor, there are the images alone, in the list that minikube makes with each kubeadm.

use super::{ExtraArgs, KubernetesVersion, Minor, Program};

/// What holds from one patch of a minor on, until the next row.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PatchRelease {
    /// The first patch that it holds for: 14 for 1.31.14.
    pub since: u64,
    /// The tags of what is no component of Kubernetes itself.
    pub images: Images,
    /// The oldest external etcd that preflight accepts.
    pub min_external_etcd: &'static str,
    /// Where the user's arguments are in a command line.
    pub extra_args: ExtraArgs,
    /// By what right the API server reaches kubelets.
    pub kubelet_client: KubeletClient,
    /// What preflight looks for in PATH.
    pub programs: &'static [Program],
}

/// Image tags that do not follow from the Kubernetes version.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Images {
    /// etcd's, such as `3.6.8-0`.
    pub etcd: &'static str,
    /// CoreDNS', such as `v1.14.2`.
    pub coredns: &'static str,
    /// That of the pause container, which holds a pod's network: such as `3.10.2`.
    pub pause: &'static str,
}

/// By what right the API server reaches kubelets.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum KubeletClient {
    /// Its client certificate is in the group `kubeadm:cluster-admins`.
    Administrator,
    /// A ClusterRoleBinding of its own to `system:kubelet-api-admin`.
    OwnGrant,
}

impl Minor {
    /// What holds for `version`; for a patch that is not known yet, what holds for the newest that is.
    ///
    /// # Panics
    /// Never: each table begins with its minor's first patch, as a test of each shows.
    pub fn release(&self, version: &KubernetesVersion) -> &'static PatchRelease {
        let holds = |row: &&PatchRelease| row.since <= version.patch();
        self.releases.iter().rev().find(holds).expect("a row for patch 0")
    }

    /// Whether `version` is a patch of this minor that came after this program.
    pub fn is_unknown_patch(&self, version: &KubernetesVersion) -> bool {
        version.patch() > self.stable_version().patch()
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versions::{MINORS, numbered, resolve};

    /// Written by `tests/reference/patches`.
    const SAID_BY_KUBEADM: &str = include_str!("../../tests/reference/patches.txt");

    fn said() -> impl Iterator<Item = &'static str> {
        SAID_BY_KUBEADM.lines().filter(|line| !line.starts_with('#'))
    }

    /// In the form of that file.
    fn row(text: &str) -> String {
        let (version, minor) = resolve(text).unwrap();
        let PatchRelease { images, min_external_etcd, extra_args, kubelet_client, programs, .. } =
            minor.release(&version);
        let arguments = match extra_args {
            ExtraArgs::Sorted => "sorted",
            ExtraArgs::BehindDefaults => "behind",
        };
        let right = match kubelet_client {
            KubeletClient::Administrator => "administrator",
            KubeletClient::OwnGrant => "grant",
        };
        let has_socat = programs.iter().any(|program| program.name == "socat");
        let socat = if has_socat { "looks-for-socat" } else { "no-socat" };
        let Images { etcd, coredns, pause } = images;
        format!("{version} {etcd} {coredns} {pause} {min_external_etcd} {arguments} {right} {socat}")
    }

    #[test]
    fn each_patch_is_what_its_real_kubeadm_says() {
        for line in said() {
            assert_eq!(row(line.split(' ').next().unwrap()), line);
        }
    }

    #[test]
    fn a_real_kubeadm_of_every_minor_and_both_its_ends_was_asked() {
        for minor in MINORS {
            let count = said().filter(|line| line.starts_with(&format!("v1.{}.", minor.number))).count();
            assert!(count >= 2, "1.{}: {count}", minor.number);
        }
    }

    #[test]
    fn each_table_begins_with_the_first_patch_and_ends_with_a_known_one() {
        for minor in MINORS {
            let since: Vec<u64> = minor.releases.iter().map(|row| row.since).collect();
            assert!(since[0] == 0 && since.is_sorted_by(|a, b| a < b), "1.{}: {since:?}", minor.number);
            assert!(since.last() <= Some(&minor.stable_version().patch()), "1.{}", minor.number);
            let said_nothing = minor
                .releases
                .windows(2)
                .find(|rows| PatchRelease { since: 0, ..rows[0] } == PatchRelease { since: 0, ..rows[1] });
            assert_eq!(said_nothing, None, "1.{}", minor.number);
        }
    }

    #[test]
    fn the_images_of_patches_whose_change_is_in_kubernetes_change_log() {
        for (version, etcd, coredns) in [
            ("v1.29.2", "3.5.10-0", "v1.11.1"),
            ("v1.29.3", "3.5.12-0", "v1.11.1"),
            ("v1.29.11", "3.5.16-0", "v1.11.1"),
            ("v1.30.4", "3.5.12-0", "v1.11.1"),
            ("v1.30.5", "3.5.15-0", "v1.11.3"),
            ("v1.31.1", "3.5.15-0", "v1.11.3"),
            ("v1.31.13", "3.5.15-0", "v1.11.3"),
            ("v1.31.14", "3.5.24-0", "v1.11.3"),
            ("v1.32.9", "3.5.16-0", "v1.11.3"),
            ("v1.32.10", "3.5.24-0", "v1.11.3"),
            ("v1.33.5", "3.5.21-0", "v1.12.0"),
            ("v1.33.6", "3.5.24-0", "v1.12.0"),
            ("v1.34.1", "3.6.4-0", "v1.12.1"),
            ("v1.34.2", "3.6.5-0", "v1.12.1"),
        ] {
            let (parsed, minor) = resolve(version).unwrap();
            let images = minor.release(&parsed).images;
            assert_eq!((images.etcd, images.coredns), (etcd, coredns), "{version}");
        }
    }

    #[test]
    fn an_unknown_newer_patch_is_as_the_newest_known_and_suffixes_change_nothing() {
        let minor = numbered(31);
        let of = |text: &str| text.parse::<KubernetesVersion>().unwrap();
        let newest = minor.release(&minor.stable_version());
        assert_eq!(minor.release(&of("v1.31.99")), newest);
        assert!(minor.is_unknown_patch(&of("v1.31.99")) && minor.is_unknown_patch(&of("v1.31.15-rc.0")));
        for known in ["v1.31.0-rc.1", "v1.31.9", "v1.31.14", "v1.31.14+k3s1"] {
            assert!(!minor.is_unknown_patch(&of(known)), "{known}");
        }
        assert_eq!(minor.release(&of("v1.31.14-eks-1a2b")), newest);
        assert_eq!(minor.release(&of("v1.31.0-rc.1")).since, 0);
    }
}
