//! A pod → what of it a kubelet, or an API server, would refuse: the rules of Kubernetes' own validation that a patch, an extra
//! volume or a variable can break (<https://github.com/kubernetes/kubernetes>, `pkg/apis/core/validation`).

mod container;
mod names;
mod probe;
mod resources;
mod volume;

use std::fmt;

use k8s_openapi::api::core::v1::{Container, Pod, PodSpec};

use names::{is_label, is_subdomain};

/// One rule that is broken.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fault {
    /// As in `spec.containers[kube-apiserver].image`.
    pub field: String,
    /// Which rule, with what breaks it.
    pub rule: Rule,
}

/// The API's rules for a pod, as their messages have them.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
pub enum Rule {
    /// An empty field that must not be.
    #[error("must be given")]
    Missing,
    /// A container without an image.
    #[error("the container {container:?} has no image{}", called(.own.as_ref()))]
    NoImage {
        /// The container's name.
        container: String,
        /// The container that is there in any case.
        own: Option<String>,
    },
    /// A pod without containers.
    #[error("no container is left")]
    NoContainers,
    /// No label of DNS.
    #[error("{value:?} is not a name: lower-case letters, digits and '-', 63 at most (RFC 1123)")]
    NotALabel {
        /// What was given.
        value: String,
    },
    /// No name of DNS.
    #[error("{value:?} is not a name: lower-case letters, digits, '-' and '.', 253 at most (RFC 1123)")]
    NotASubdomain {
        /// What was given.
        value: String,
    },
    /// No name that a port can have.
    #[error(
        "{value:?} is not a name of a port: lower-case letters, digits and '-', 15 at most, a letter among them"
    )]
    NotAPortName {
        /// What was given.
        value: String,
    },
    /// No name that a variable of the environment can have.
    #[error("{value:?} is not the name of a variable: printable ASCII without '='")]
    NotAVariable {
        /// What was given.
        value: String,
    },
    /// A number that is no port.
    #[error("{value} is not a port; ports go from 1 to 65535")]
    NotAPort {
        /// What was given.
        value: i64,
    },
    /// A value that the field does not have.
    #[error("{value:?} is not one of {known}")]
    NotOneOf {
        /// What was given.
        value: String,
        /// Those that it has, divided by commas.
        known: String,
    },
    /// A name that another one of the same list has.
    #[error("{value:?} stands twice, and must be unique")]
    Twice {
        /// The name.
        value: String,
    },
    /// Two volumes of a container at one place.
    #[error("{path:?} is the mountPath of the volumes {first} and {second}, and must be unique")]
    MountPathTwice {
        /// The place.
        path: String,
        /// The volume that comes first.
        first: String,
        /// The other one.
        second: String,
    },
    /// A mount of a volume that the pod does not have.
    #[error("there is no volume {volume:?}")]
    NoVolume {
        /// The volume's name.
        volume: String,
    },
    /// A choice of which none was made, or more than one.
    #[error("exactly one of {known} must be given, and there are {count}")]
    NotOne {
        /// What there is to choose from.
        known: &'static str,
        /// How many were given.
        count: usize,
    },
    /// A path that could lead out of where it begins.
    #[error("{value:?} must not have '..' in it")]
    Upwards {
        /// The path.
        value: String,
    },
    /// A number that must be zero or more.
    #[error("{value} must not be negative")]
    Negative {
        /// What was given.
        value: i64,
    },
    /// A threshold that has no other value: a liveness probe's successes.
    #[error("must be 1")]
    MustBeOne,
    /// A time that must be a second or more.
    #[error("must be longer than nothing")]
    MustBePositive,
    /// A host port on a pod that shares the host's network.
    #[error("must be {wanted}, the containerPort, on the host's network")]
    OtherHostPort {
        /// The container's port.
        wanted: i32,
    },
    /// A text that is no quantity, or a negative one.
    #[error("{value:?} is not a quantity, as 100m, 1.5 and 512Mi are")]
    NotAQuantity {
        /// What was given.
        value: String,
    },
    /// A request that the limit does not allow.
    #[error("{request} is more than the limit, {limit}")]
    RequestAboveLimit {
        /// What was requested.
        request: String,
        /// The limit.
        limit: String,
    },
    /// A static pod that needs an object of the API.
    #[error("a static pod may not refer to {what}")]
    Reference {
        /// What it refers to, such as `a ConfigMap`.
        what: &'static str,
    },
    /// A field that does not go together with another one.
    #[error("must not be given")]
    Forbidden,
}

fn called(own: Option<&String>) -> String {
    own.map_or_else(String::new, |name| format!("; the container that is always there is called {name}"))
}

impl fmt::Display for Fault {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(out, "{}: {}", self.field, self.rule)
    }
}

/// Who runs the pod.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Runs {
    /// The kubelet, from a file: nothing of the API can be had.
    Statically,
    /// A workload of the cluster.
    InCluster,
}

/// Of a static pod whose own container has this name.
pub fn faults_of_pod(pod: &Pod, own: &str) -> Vec<Fault> {
    let mut faults = Faults::default();
    match pod.metadata.name.as_deref().unwrap_or_default() {
        "" => faults.add("metadata.name", Rule::Missing),
        name if !is_subdomain(name) => {
            faults.add("metadata.name", Rule::NotASubdomain { value: name.to_owned() });
        }
        _ => {}
    }
    if let Some(namespace) = pod.metadata.namespace.as_deref().filter(|name| !name.is_empty())
        && !is_label(namespace)
    {
        faults.add("metadata.namespace", Rule::NotALabel { value: namespace.to_owned() });
    }
    if let Some(spec) = &pod.spec {
        judge("spec", spec, own, Runs::Statically, &mut faults);
    }
    faults.all
}

/// Of a workload's template.
pub fn faults_of_template(spec: &PodSpec, own: &str) -> Vec<Fault> {
    let mut faults = Faults::default();
    judge("spec.template.spec", spec, own, Runs::InCluster, &mut faults);
    faults.all
}

#[derive(Default)]
struct Faults {
    all: Vec<Fault>,
}

impl Faults {
    fn add(&mut self, field: &str, rule: Rule) {
        self.all.push(Fault { field: field.to_owned(), rule });
    }

    /// Where a value is given, and is none of `known`.
    fn add_unless_known(&mut self, field: &str, value: Option<&String>, known: &[&str]) {
        if let Some(value) = value.filter(|value| !value.is_empty() && !known.contains(&value.as_str())) {
            self.add(field, Rule::NotOneOf { value: value.clone(), known: known.join(", ") });
        }
    }

    /// Each value that is not the first of its kind.
    fn add_repeated<'a>(&mut self, field: &str, values: impl Iterator<Item = &'a str>) {
        let mut seen: Vec<&str> = Vec::new();
        for value in values {
            if seen.contains(&value) {
                self.add(field, Rule::Twice { value: value.to_owned() });
            } else {
                seen.push(value);
            }
        }
    }
}

fn judge(path: &str, spec: &PodSpec, own: &str, runs: Runs, faults: &mut Faults) {
    if spec.containers.is_empty() {
        faults.add(&format!("{path}.containers"), Rule::NoContainers);
    }
    if spec.ephemeral_containers.as_ref().is_some_and(|all| !all.is_empty()) {
        faults.add(&format!("{path}.ephemeralContainers"), Rule::Forbidden);
    }
    volume::judge(path, spec, runs, faults);
    let all = containers(spec);
    faults.add_repeated(
        &format!("{path}.containers"),
        all.iter().map(|(_, container)| container.name.as_str()),
    );
    for (list, container) in &all {
        let place = container::ContainerPath { path: format!("{path}.{list}[{}]", container.name), own };
        container::judge(&place, container, spec, faults);
    }
    choices(path, spec, faults);
    if runs == Runs::Statically {
        references(path, spec, faults);
    }
}

/// With the list that each is in.
fn containers(spec: &PodSpec) -> Vec<(&'static str, &Container)> {
    let first = spec.init_containers.iter().flatten().map(|container| ("initContainers", container));
    first.chain(spec.containers.iter().map(|container| ("containers", container))).collect()
}

fn choices(path: &str, spec: &PodSpec, faults: &mut Faults) {
    let field = |name: &str| format!("{path}.{name}");
    faults.add_unless_known(
        &field("restartPolicy"),
        spec.restart_policy.as_ref(),
        &["Always", "OnFailure", "Never"],
    );
    let policies = ["ClusterFirst", "ClusterFirstWithHostNet", "Default", "None"];
    faults.add_unless_known(&field("dnsPolicy"), spec.dns_policy.as_ref(), &policies);
    let servers = spec.dns_config.as_ref().and_then(|config| config.nameservers.as_ref());
    if spec.dns_policy.as_deref() == Some("None") && servers.is_none_or(Vec::is_empty) {
        faults.add(&field("dnsConfig.nameservers"), Rule::Missing);
    }
    if let Some(value) = spec.termination_grace_period_seconds.filter(|value| *value < 0) {
        faults.add(&field("terminationGracePeriodSeconds"), Rule::Negative { value });
    }
    for (index, toleration) in spec.tolerations.iter().flatten().enumerate() {
        let field = |name: &str| field(&format!("tolerations[{index}].{name}"));
        faults.add_unless_known(
            &field("operator"),
            toleration.operator.as_ref(),
            &["Exists", "Equal", "Lt", "Gt"],
        );
        let effects = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
        faults.add_unless_known(&field("effect"), toleration.effect.as_ref(), &effects);
    }
    for (name, text) in [("hostname", &spec.hostname), ("subdomain", &spec.subdomain)] {
        if let Some(value) = text.clone().filter(|text| !text.is_empty() && !is_label(text)) {
            faults.add(&field(name), Rule::NotALabel { value });
        }
    }
}

/// A kubelet takes no static pod that needs the API.
fn references(path: &str, spec: &PodSpec, faults: &mut Faults) {
    let account = spec.service_account_name.as_deref().or(spec.service_account.as_deref());
    if account.is_some_and(|name| !name.is_empty()) {
        let rule = Rule::Reference { what: "a ServiceAccount" };
        faults.add(&format!("{path}.serviceAccountName"), rule);
    }
    if spec.image_pull_secrets.as_ref().is_some_and(|secrets| !secrets.is_empty()) {
        faults.add(&format!("{path}.imagePullSecrets"), Rule::Reference { what: "a Secret" });
    }
    if spec.resource_claims.as_ref().is_some_and(|claims| !claims.is_empty()) {
        faults.add(&format!("{path}.resourceClaims"), Rule::Reference { what: "a ResourceClaim" });
    }
}

#[cfg(test)]
mod tests;
