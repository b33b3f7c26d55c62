//! One object of the cluster as plain data: its place, its content, how it is written and as whom.

use serde::{Deserialize, Serialize};
use serde_json::{Map, Value, json};

use super::sealed::SecretBody;

pub(super) const KUBE_SYSTEM: &str = "kube-system";
pub(super) const KUBE_PUBLIC: &str = "kube-public";

/// An object to write, complete but for what only the API server knows.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Object {
    /// With its API version, and its place in the API's paths.
    pub kind: ObjectKind,
    /// None for kinds of the whole cluster.
    pub namespace: Option<String>,
    /// Unique among its kind in its namespace.
    pub name: String,
    /// The content, name and namespace included.
    pub body: Body,
    /// How it is sent.
    pub write: Write,
    /// With whose credentials it is sent.
    pub identity: Identity,
    /// The object that it goes away with, if there is one.
    pub owner: Option<Owner>,
}

/// The kinds that `init` writes.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum ObjectKind {
    /// Rights that hold in all namespaces.
    ClusterRole,
    /// Whom a ClusterRole is given to.
    ClusterRoleBinding,
    /// Open texts by key.
    ConfigMap,
    /// A pod on each node: kube-proxy.
    DaemonSet,
    /// A number of equal pods: CoreDNS.
    Deployment,
    /// This host's own, which the kubelet registers.
    Node,
    /// Rights that hold in one namespace.
    Role,
    /// Whom a Role, or a ClusterRole in one namespace, is given to.
    RoleBinding,
    /// Closed texts by key: bootstrap tokens and shared certificates.
    Secret,
    /// A fixed address in front of pods: kube-dns.
    Service,
    /// Who the pods of an addon are for the API server.
    ServiceAccount,
}

/// How an object reaches the API server.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Write {
    /// Server-side apply by force: what is given here becomes so, what others have added beside it stays.
    Apply,
    /// Server-side apply that leaves to others the fields which they have set otherwise.
    Yield,
    /// Created; where the name is taken, the whole object is replaced.
    Replace,
    /// Created; where the name is taken, what is there stays as it is.
    CreateOrKeep,
    /// Created; a taken name is an error.
    Create,
    /// A strategic merge patch over an object that is there already.
    Patch,
}

/// Whose credentials write the object.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize, Deserialize)]
pub enum Identity {
    /// admin.conf, in the group `kubeadm:cluster-admins`.
    Admin,
    /// admin.conf too; where the API server forbids it, because the group has no rights yet, super-admin.conf
    /// (`system:masters`). This is how the group gets its rights.
    AdminElseSuperAdmin,
}

/// The object that this one goes away with. Its uid is known only once it is written: [`Object::owned_by_uid`].
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Owner {
    /// The owner's kind.
    pub kind: ObjectKind,
    /// The owner's namespace, which is that of the object too.
    pub namespace: String,
    /// The owner's name.
    pub name: String,
}

/// An object's content, `apiVersion` and `kind` included.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub enum Body {
    /// It may be shown.
    Open(Value),
    /// It is shown with its closed entries redacted.
    Secret(SecretBody),
}

impl ObjectKind {
    /// As in a document's `kind`.
    pub fn as_str(self) -> &'static str {
        self.words().1
    }

    /// As in a document's `apiVersion`.
    pub fn api_version(self) -> &'static str {
        self.words().0
    }

    /// As in the API's paths: `configmaps`.
    pub fn plural(self) -> &'static str {
        self.words().2
    }

    /// The path of its objects in the API: `/apis/apps/v1/namespaces/kube-system/deployments`.
    pub fn collection_path(self, namespace: Option<&str>) -> String {
        let version = self.api_version();
        let root = if version.contains('/') { "apis" } else { "api" };
        let namespace = namespace.map(|name| format!("/namespaces/{name}")).unwrap_or_default();
        format!("/{root}/{version}{namespace}/{}", self.plural())
    }

    fn words(self) -> (&'static str, &'static str, &'static str) {
        match self {
            Self::ClusterRole => ("rbac.authorization.k8s.io/v1", "ClusterRole", "clusterroles"),
            Self::ClusterRoleBinding => {
                ("rbac.authorization.k8s.io/v1", "ClusterRoleBinding", "clusterrolebindings")
            }
            Self::ConfigMap => ("v1", "ConfigMap", "configmaps"),
            Self::DaemonSet => ("apps/v1", "DaemonSet", "daemonsets"),
            Self::Deployment => ("apps/v1", "Deployment", "deployments"),
            Self::Node => ("v1", "Node", "nodes"),
            Self::Role => ("rbac.authorization.k8s.io/v1", "Role", "roles"),
            Self::RoleBinding => ("rbac.authorization.k8s.io/v1", "RoleBinding", "rolebindings"),
            Self::Secret => ("v1", "Secret", "secrets"),
            Self::Service => ("v1", "Service", "services"),
            Self::ServiceAccount => ("v1", "ServiceAccount", "serviceaccounts"),
        }
    }
}

impl Object {
    /// A document that says its own name and namespace → the object, applied as admin.
    pub(super) fn apply(kind: ObjectKind, document: Value) -> Self {
        let text = |at: &str| document.pointer(at).and_then(Value::as_str).map(str::to_owned);
        Self {
            kind,
            namespace: text("/metadata/namespace"),
            name: text("/metadata/name").unwrap_or_default(),
            body: Body::Open(document),
            write: Write::Apply,
            identity: Identity::Admin,
            owner: None,
        }
    }

    /// An addon's pods as they were, in the place of all that is in their template now.
    pub fn template(kind: ObjectKind, name: &str, template: &Value) -> Self {
        let mut document = document(kind, Some(KUBE_SYSTEM), name);
        let mut template = template.clone();
        // A strategic merge patch would leave what is new.
        template["$patch"] = json!("replace");
        document.insert("spec".to_owned(), json!({ "template": template }));
        Self::apply(kind, Value::Object(document)).written(Write::Patch)
    }

    pub(super) fn secret(body: SecretBody) -> Self {
        let metadata = Self::apply(ObjectKind::Secret, body.redacted());
        Self { body: Body::Secret(body), write: Write::Replace, ..metadata }
    }

    pub(super) fn written(self, write: Write) -> Self {
        Self { write, ..self }
    }

    /// Of an addon's pods: what somebody has changed since they were made is to stay. Other objects are written as they were to be.
    pub fn yield_to_others(&mut self) {
        let is_pods = matches!(self.kind, ObjectKind::Deployment | ObjectKind::DaemonSet);
        if is_pods && self.write == Write::Apply {
            self.write = Write::Yield;
        }
    }

    /// The path of the object in the API: `/api/v1/namespaces/kube-system/configmaps/kubeadm-config`.
    pub fn api_path(&self) -> String {
        format!("{}/{}", self.collection_path(), self.name)
    }

    /// The path that the object is created under.
    pub fn collection_path(&self) -> String {
        self.kind.collection_path(self.namespace.as_deref())
    }

    /// The object with its owner's uid, where it has an owner: the API server takes no owner without one.
    #[must_use]
    pub fn owned_by_uid(mut self, uid: &str) -> Self {
        if self.owner.is_some()
            && let Body::Secret(body) = &mut self.body
        {
            body.set_owner_uid(uid);
        }
        self
    }
}

impl Body {
    /// For people: the content with each secret replaced by [`super::REDACTED`].
    pub fn redacted(&self) -> Value {
        match self {
            Self::Open(value) => value.clone(),
            Self::Secret(body) => body.redacted(),
        }
    }

    /// The whole content. Whoever calls this answers for where it goes: the API server over TLS, or a 0600 file
    /// that the user asked for.
    pub fn expose_secret(&self) -> Value {
        match self {
            Self::Open(value) => value.clone(),
            Self::Secret(body) => body.expose_secret(),
        }
    }
}

/// `apiVersion`, `kind` and `metadata`, for the rest of the document to follow.
pub(super) fn document(kind: ObjectKind, namespace: Option<&str>, name: &str) -> Map<String, Value> {
    let mut metadata = Map::from_iter([("name".to_owned(), json!(name))]);
    if let Some(namespace) = namespace {
        metadata.insert("namespace".to_owned(), json!(namespace));
    }
    Map::from_iter([
        ("apiVersion".to_owned(), json!(kind.api_version())),
        ("kind".to_owned(), json!(kind.as_str())),
        ("metadata".to_owned(), Value::Object(metadata)),
    ])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_follow_the_api_s_groups_and_namespaces() {
        let object = |kind, namespace| Object::apply(kind, Value::Object(document(kind, namespace, "x")));
        assert_eq!(
            object(ObjectKind::ConfigMap, Some("kube-system")).api_path(),
            "/api/v1/namespaces/kube-system/configmaps/x"
        );
        assert_eq!(
            object(ObjectKind::ClusterRole, None).api_path(),
            "/apis/rbac.authorization.k8s.io/v1/clusterroles/x"
        );
        assert_eq!(object(ObjectKind::Node, None).collection_path(), "/api/v1/nodes");
    }
}
