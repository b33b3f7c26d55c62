//! Who may do what: one row a grant, from which come its role, where it has one of its own, and its binding.

use serde_json::{Value, json};

use super::object::{Identity, KUBE_PUBLIC, KUBE_SYSTEM, Object, ObjectKind, Write, document};

/// A right given to somebody. Role and binding share the name.
pub(super) struct Grant {
    name: &'static str,
    scope: Scope,
    right: Right,
    to: &'static [Subject],
}

enum Scope {
    Cluster,
    Namespace(&'static str),
}

enum Right {
    /// A role of the grant's own.
    Own(&'static [Rule]),
    /// A ClusterRole that exists already: the API server's own, or another grant's.
    ClusterRole(&'static str),
}

struct Rule {
    /// The API group; the core group's name is empty.
    group: &'static str,
    resources: &'static [&'static str],
    /// Empty: all of them.
    names: &'static [&'static str],
    verbs: &'static [&'static str],
}

enum Subject {
    Group(&'static str),
    User(&'static str),
    /// A service account of kube-system.
    Account(&'static str),
}

/// Machines that hold a bootstrap token and are no nodes yet.
const JOINING: Subject = Subject::Group("system:bootstrappers:kubeadm:default-node-token");
const NODES: Subject = Subject::Group("system:nodes");

pub(super) const CLUSTER_ADMINS: Grant = Grant {
    name: "kubeadm:cluster-admins",
    scope: Scope::Cluster,
    right: Right::ClusterRole("cluster-admin"),
    to: &[Subject::Group("kubeadm:cluster-admins")],
};

pub(super) const READ_KUBEADM_CONFIG: Grant = Grant {
    name: "kubeadm:nodes-kubeadm-config",
    scope: Scope::Namespace(KUBE_SYSTEM),
    right: Right::Own(&[get_one(&["configmaps"], &["kubeadm-config"])]),
    to: &[JOINING, NODES],
};

pub(super) const READ_KUBELET_CONFIG: Grant = Grant {
    name: "kubeadm:kubelet-config",
    scope: Scope::Namespace(KUBE_SYSTEM),
    right: Right::Own(&[get_one(&["configmaps"], &["kubelet-config"])]),
    to: &[NODES, JOINING],
};

pub(super) const READ_CERTIFICATES: Grant = Grant {
    name: "kubeadm:kubeadm-certs",
    scope: Scope::Namespace(KUBE_SYSTEM),
    right: Right::Own(&[get_one(&["secrets"], &["kubeadm-certs"])]),
    to: &[JOINING],
};

/// What a machine with a bootstrap token needs to become a node, and a node to stay one
/// (<https://kubernetes.io/docs/reference/access-authn-authz/kubelet-tls-bootstrapping/>).
pub(super) const JOIN: &[Grant] = &[
    Grant {
        name: "kubeadm:get-nodes",
        scope: Scope::Cluster,
        right: Right::Own(&[get_one(&["nodes"], &[])]),
        to: &[JOINING],
    },
    Grant {
        name: "kubeadm:kubelet-bootstrap",
        scope: Scope::Cluster,
        right: Right::ClusterRole("system:node-bootstrapper"),
        to: &[JOINING],
    },
    Grant {
        name: "kubeadm:node-autoapprove-bootstrap",
        scope: Scope::Cluster,
        right: Right::ClusterRole("system:certificates.k8s.io:certificatesigningrequests:nodeclient"),
        to: &[JOINING],
    },
    Grant {
        name: "kubeadm:node-autoapprove-certificate-rotation",
        scope: Scope::Cluster,
        right: Right::ClusterRole("system:certificates.k8s.io:certificatesigningrequests:selfnodeclient"),
        to: &[NODES],
    },
];

/// The API server's way to kubelets, where it is no administrator.
pub(super) const REACH_KUBELETS: Grant = Grant {
    name: "kubeadm:apiserver-kubelet-client",
    scope: Scope::Cluster,
    right: Right::ClusterRole("system:kubelet-api-admin"),
    to: &[Subject::User("kube-apiserver-kubelet-client")],
};

/// Discovery starts before there is any identity, so anybody reads cluster-info.
pub(super) const READ_CLUSTER_INFO: Grant = Grant {
    name: "kubeadm:bootstrap-signer-clusterinfo",
    scope: Scope::Namespace(KUBE_PUBLIC),
    right: Right::Own(&[get_one(&["configmaps"], &["cluster-info"])]),
    to: &[Subject::User("system:anonymous")],
};

pub(super) const COREDNS: Grant = Grant {
    name: "system:coredns",
    scope: Scope::Cluster,
    right: Right::Own(&[
        watch("", &["endpoints", "services", "pods", "namespaces"]),
        watch("discovery.k8s.io", &["endpointslices"]),
    ]),
    to: &[Subject::Account("coredns")],
};

pub(super) const KUBE_PROXY: &[Grant] = &[
    Grant {
        name: "kubeadm:node-proxier",
        scope: Scope::Cluster,
        right: Right::ClusterRole("system:node-proxier"),
        to: &[Subject::Account("kube-proxy")],
    },
    Grant {
        name: "kube-proxy",
        scope: Scope::Namespace(KUBE_SYSTEM),
        right: Right::Own(&[get_one(&["configmaps"], &["kube-proxy"])]),
        to: &[JOINING],
    },
];

const fn get_one(resources: &'static [&'static str], names: &'static [&'static str]) -> Rule {
    Rule { group: "", resources, names, verbs: &["get"] }
}

const fn watch(group: &'static str, resources: &'static [&'static str]) -> Rule {
    Rule { group, resources, names: &[], verbs: &["list", "watch"] }
}

/// The binding that gives admin.conf its rights; it is the first object of all.
pub fn cluster_admins() -> Object {
    let binding = CLUSTER_ADMINS.binding();
    Object { write: Write::CreateOrKeep, identity: Identity::AdminElseSuperAdmin, ..binding }
}

impl Grant {
    /// The role, where it is the grant's own, and the binding, in the order in which they take effect.
    pub(super) fn objects(&self) -> Vec<Object> {
        let role = match self.right {
            Right::Own(rules) => Some(self.role(rules)),
            Right::ClusterRole(_) => None,
        };
        role.into_iter().chain([self.binding()]).collect()
    }

    fn role(&self, rules: &[Rule]) -> Object {
        let kind = self.role_kind();
        let mut role = document(kind, self.scope.namespace(), self.name);
        role.insert("rules".to_owned(), rules.iter().map(Rule::document).collect());
        Object::apply(kind, Value::Object(role))
    }

    fn binding(&self) -> Object {
        let kind = match self.scope {
            Scope::Cluster => ObjectKind::ClusterRoleBinding,
            Scope::Namespace(_) => ObjectKind::RoleBinding,
        };
        let (role_kind, role) = match self.right {
            Right::Own(_) => (self.role_kind(), self.name),
            Right::ClusterRole(name) => (ObjectKind::ClusterRole, name),
        };
        let reference =
            json!({ "apiGroup": "rbac.authorization.k8s.io", "kind": role_kind.as_str(), "name": role });
        let mut binding = document(kind, self.scope.namespace(), self.name);
        binding.insert("roleRef".to_owned(), reference);
        binding.insert("subjects".to_owned(), self.to.iter().map(Subject::document).collect());
        Object::apply(kind, Value::Object(binding))
    }

    fn role_kind(&self) -> ObjectKind {
        match self.scope {
            Scope::Cluster => ObjectKind::ClusterRole,
            Scope::Namespace(_) => ObjectKind::Role,
        }
    }
}

impl Scope {
    fn namespace(&self) -> Option<&'static str> {
        match self {
            Self::Cluster => None,
            Self::Namespace(name) => Some(name),
        }
    }
}

impl Rule {
    fn document(&self) -> Value {
        let mut rule = json!({ "apiGroups": [self.group], "resources": self.resources, "verbs": self.verbs });
        if !self.names.is_empty() {
            rule["resourceNames"] = json!(self.names);
        }
        rule
    }
}

impl Subject {
    /// The API server fills in the subjects' API group.
    fn document(&self) -> Value {
        match self {
            Self::Group(name) => json!({ "kind": "Group", "name": name }),
            Self::User(name) => json!({ "kind": "User", "name": name }),
            Self::Account(name) => {
                json!({ "kind": "ServiceAccount", "name": name, "namespace": KUBE_SYSTEM })
            }
        }
    }
}
