//! Which container images a configuration asks for.

use super::{ClusterSpec, Etcd, ImageMeta};

/// The registry that images come from unless the configuration says otherwise.
pub const DEFAULT_REPOSITORY: &str = "registry.k8s.io";

impl ClusterSpec {
    /// `kube-apiserver` and its like: repository/name:version.
    pub fn kubernetes_image(&self, name: &str) -> String {
        format!("{}/{name}:{}", self.image_repository, self.version.image_tag())
    }

    /// `repository/etcd:tag`; where etcd is external, the version's own.
    pub fn etcd_image(&self) -> String {
        let meta = self.etcd_meta().cloned().unwrap_or_default();
        image(self, &meta, "etcd", self.release().images.etcd)
    }

    /// The same with another tag.
    pub fn etcd_image_of(&self, tag: &str) -> String {
        let meta = ImageMeta { tag: Some(tag.to_owned()), ..self.etcd_meta().cloned().unwrap_or_default() };
        image(self, &meta, "etcd", tag)
    }

    /// The tag of etcd's image: the user's, or the version's.
    pub fn etcd_tag(&self) -> &str {
        self.etcd_meta().and_then(|meta| meta.tag.as_deref()).unwrap_or(self.release().images.etcd)
    }

    fn etcd_meta(&self) -> Option<&ImageMeta> {
        match &self.etcd {
            Etcd::Local(local) => Some(&local.image),
            Etcd::External(_) => None,
        }
    }

    /// The official registry keeps CoreDNS one level deeper than all others do.
    pub fn coredns_image(&self) -> String {
        let meta = &self.dns.image;
        let repository = meta.repository.as_ref().unwrap_or(&self.image_repository);
        let name = if repository == DEFAULT_REPOSITORY { "coredns/coredns" } else { "coredns" };
        image(self, meta, name, self.release().images.coredns)
    }

    /// `repository/pause:tag`, the sandbox that the kubelet's runtime is to use.
    pub fn pause_image(&self) -> String {
        image(self, &ImageMeta::default(), "pause", self.release().images.pause)
    }

    /// All images that a control plane node of this cluster runs, in the order in which kubeadm lists them.
    pub fn control_plane_images(&self) -> Vec<String> {
        let mut images: Vec<String> = ["kube-apiserver", "kube-controller-manager", "kube-scheduler"]
            .map(|name| self.kubernetes_image(name))
            .into();
        if !self.proxy_disabled {
            images.push(self.kubernetes_image("kube-proxy"));
        }
        if !self.dns.disabled {
            images.push(self.coredns_image());
        }
        images.push(self.pause_image());
        if matches!(self.etcd, Etcd::Local(_)) {
            images.push(self.etcd_image());
        }
        images
    }
}

fn image(cluster: &ClusterSpec, meta: &ImageMeta, name: &str, tag: &str) -> String {
    let repository = meta.repository.as_ref().unwrap_or(&cluster.image_repository);
    format!("{repository}/{name}:{}", meta.tag.as_deref().unwrap_or(tag))
}
