//! What a join came to, for people and for programs.

use serde_json::{Value, json};

use super::joining::files_json;
use super::progress::FileDone;

/// A node that is part of its cluster now.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct JoinedNode {
    /// The Node object's name.
    pub node: String,
    /// As what it has joined.
    pub role: JoinedAs,
}

/// What a node has become.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum JoinedAs {
    /// It runs Pods only.
    Worker,
    /// It runs a control plane, and etcd is elsewhere.
    ControlPlane,
    /// It runs a control plane and a member of the cluster's etcd.
    ControlPlaneWithEtcd,
}

impl JoinedNode {
    /// Begins in kubeadm's words, which scripts look for.
    pub fn text(&self) -> String {
        let name = &self.node;
        let role = match self.role {
            JoinedAs::Worker => "a worker",
            JoinedAs::ControlPlane => "a control plane",
            JoinedAs::ControlPlaneWithEtcd => "a control plane, and a member of its etcd",
        };
        let next = match self.role {
            JoinedAs::Worker => "On a control plane, `kubectl get nodes` shows it.\n",
            JoinedAs::ControlPlane | JoinedAs::ControlPlaneWithEtcd => {
                "To use the cluster from here, as a user without special rights:\n\n  \
                 mkdir -p $HOME/.kube\n  sudo cp -i /etc/kubernetes/admin.conf $HOME/.kube/config\n  \
                 sudo chown $(id -u):$(id -g) $HOME/.kube/config\n"
            }
        };
        format!("\nThis node has joined the cluster as {name}, {role}.\n\n{next}\n")
    }

    /// The fields of a document [`DocumentKind::Join`](super::DocumentKind::Join): `node`, `role`, `etcdMember` and `files`.
    pub fn json(&self, files: &[FileDone]) -> Value {
        let role = match self.role {
            JoinedAs::Worker => "worker",
            JoinedAs::ControlPlane | JoinedAs::ControlPlaneWithEtcd => "control-plane",
        };
        json!({
            "node": self.node,
            "role": role,
            "etcdMember": self.role == JoinedAs::ControlPlaneWithEtcd,
            "files": files_json(files),
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_worker_is_not_told_of_admin_conf() {
        let joined = |role| JoinedNode { node: "n".into(), role };
        assert!(!joined(JoinedAs::Worker).text().contains("admin.conf"));
        assert!(joined(JoinedAs::Worker).text().starts_with("\nThis node has joined the cluster"));
        assert!(joined(JoinedAs::ControlPlaneWithEtcd).text().contains("etcd"));
        assert_eq!(joined(JoinedAs::ControlPlane).json(&[])["etcdMember"], false);
    }
}
