//! How strategic merge treats the lists of the types that we patch: the API's `patchStrategy` and `patchMergeKey`
//! (<https://github.com/kubernetes/api>, `core/v1/types.go` and `apps/v1/types.go`), as a table.
//!
//! A field that is not here, or is behind no field that is here, merges as a mapping or is replaced as a list.

use super::PatchTarget;

/// What is known of one type's fields.
#[derive(Debug)]
pub struct Schema {
    fields: &'static [(&'static str, Field)],
}

/// What a strategic merge has to know of a field.
#[derive(Debug, Clone, Copy)]
pub struct Field {
    /// What becomes of it, where it is a list.
    pub list: ListRule,
    /// Of the field, or of its elements where it is a list.
    pub schema: &'static Schema,
}

/// What becomes of a list that has a patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ListRule {
    /// The patch takes its place.
    Atomic,
    /// A set of texts or numbers: both together.
    Set,
    /// Mappings that merge with those of the same value of this key.
    ByKey(&'static str),
}

impl Schema {
    /// The rules for a field.
    pub fn field(&self, name: &str) -> Field {
        let known = self.fields.iter().find(|(known, _)| *known == name);
        known.map_or(Field { list: ListRule::Atomic, schema: &PLAIN }, |(_, field)| *field)
    }
}

/// The type of a target's document.
pub fn of(target: PatchTarget) -> &'static Schema {
    match target {
        PatchTarget::Etcd
        | PatchTarget::ApiServer
        | PatchTarget::ControllerManager
        | PatchTarget::Scheduler => &POD,
        PatchTarget::KubeletConfiguration => &PLAIN,
        PatchTarget::CoreDnsDeployment | PatchTarget::KubeProxyDaemonSet => &WORKLOAD,
    }
}

static PLAIN: Schema = Schema { fields: &[] };

static POD: Schema = Schema { fields: &[("metadata", object(&METADATA)), ("spec", object(&POD_SPEC))] };

/// Deployment and DaemonSet.
static WORKLOAD: Schema =
    Schema { fields: &[("metadata", object(&METADATA)), ("spec", object(&WORKLOAD_SPEC))] };

/// A pod template has the fields of a Pod that merge.
static WORKLOAD_SPEC: Schema = Schema { fields: &[("template", object(&POD))] };

static METADATA: Schema = Schema { fields: &[("finalizers", SET), ("ownerReferences", by("uid", &PLAIN))] };

static POD_SPEC: Schema = Schema {
    fields: &[
        ("containers", by("name", &CONTAINER)),
        ("ephemeralContainers", by("name", &CONTAINER)),
        ("evictionResponders", by("name", &PLAIN)),
        ("hostAliases", by("ip", &PLAIN)),
        ("imagePullSecrets", by("name", &PLAIN)),
        ("initContainers", by("name", &CONTAINER)),
        ("resourceClaims", by("name", &PLAIN)),
        ("schedulingGates", by("name", &PLAIN)),
        ("topologySpreadConstraints", by("topologyKey", &PLAIN)),
        ("volumes", by("name", &PLAIN)),
    ],
};

static CONTAINER: Schema = Schema {
    fields: &[
        ("env", by("name", &PLAIN)),
        ("ports", by("containerPort", &PLAIN)),
        ("volumeDevices", by("devicePath", &PLAIN)),
        ("volumeMounts", by("mountPath", &PLAIN)),
    ],
};

const SET: Field = Field { list: ListRule::Set, schema: &PLAIN };

const fn object(schema: &'static Schema) -> Field {
    Field { list: ListRule::Atomic, schema }
}

const fn by(key: &'static str, schema: &'static Schema) -> Field {
    Field { list: ListRule::ByKey(key), schema }
}
