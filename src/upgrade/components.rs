//! Checks of what the cluster's configuration gives the components: whether those of the new version start with it.

use super::finding::{Finding, Place};
use super::hop::Hop;
use crate::config::{Arg, Etcd, NotTaken, Release, gates_in};
use crate::versions::GateHistory;
use crate::versions::facts::{self, Component, Label, Presence};

/// Where the arguments are that every control plane's manifests are made of.
const CONFIGURATION: &str = "the ConfigMap kube-system/kubeadm-config";
const PROXY_CONFIGURATION: &str = "the ConfigMap kube-system/kube-proxy";

/// The arguments of one component, and the field that has them.
struct Given<'a> {
    component: Component,
    field: &'static str,
    arguments: &'a [Arg],
}

fn given<'a>(hop: &Hop<'a>) -> [Given<'a>; 3] {
    let cluster = hop.cluster;
    [
        (Component::ApiServer, "apiServer.extraArgs", &cluster.api_server.component),
        (Component::ControllerManager, "controllerManager.extraArgs", &cluster.controller_manager),
        (Component::Scheduler, "scheduler.extraArgs", &cluster.scheduler),
    ]
    .map(|(component, field, settings)| Given { component, field, arguments: &settings.extra_args })
}

impl Given<'_> {
    /// The values of all arguments of this name.
    fn values(&self, name: &str) -> impl Iterator<Item = &str> {
        let is_it = move |argument: &&Arg| argument.name.replace('_', "-") == name;
        self.arguments.iter().filter(is_it).map(|argument| argument.value.as_str())
    }
}

/// No flag that the new version does not have.
pub fn flags(hop: &Hop<'_>) -> Vec<Finding> {
    let release = Release::of(hop.to, hop.minor);
    let mut found = Vec::new();
    for given in given(hop) {
        for Arg { name, .. } in given.arguments {
            if let Some(not_taken) = release.flag(given.component, name) {
                found.push(flag("RemovedFlag", given.field, name, &not_taken));
            }
        }
    }
    found
}

/// The same of etcd, whose version is its own.
pub fn etcd_flags(hop: &Hop<'_>) -> Vec<Finding> {
    let (Etcd::Local(local), Some(version)) = (&hop.cluster.etcd, hop.etcd().filter(|_| hop.with_etcd))
    else {
        return Vec::new();
    };
    let judge = |Arg { name, .. }: &Arg| {
        let not_taken = NotTaken::by_etcd(name, &version)?;
        let new = name.strip_prefix("experimental-").unwrap_or_default();
        let is_renamed = facts::etcd_flag(new, &version) == Presence::Here;
        let finding = flag("RemovedEtcdFlag", "etcd.local.extraArgs", name, &not_taken);
        Some(if is_renamed {
            finding.fix(format!(
                "give it as {new} in etcd.local.extraArgs of {CONFIGURATION}, once all members of etcd know that name"
            ))
        } else {
            finding
        })
    };
    local.extra_args.iter().filter_map(judge).collect()
}

fn flag(id: &'static str, field: &str, name: &str, not_taken: &NotTaken) -> Finding {
    Finding::error(id, Place::Cluster, not_taken.to_string())
        .seen(format!("{field} of {CONFIGURATION} has {name}"))
        .fix(format!("take {name} out of {field}: `kubectl -n kube-system edit configmap kubeadm-config`"))
}

/// No feature gate that the new version does not have.
pub fn gone_gates(hop: &Hop<'_>) -> Vec<Finding> {
    gates(hop, "RemovedFeatureGate", |not_taken| match not_taken {
        NotTaken::GoneGate { .. } | NotTaken::UnknownGate { .. } => true,
        NotTaken::Flag { .. } | NotTaken::LockedGate { .. } => false,
    })
}

/// No feature gate that is set to what the new version does not let anybody set it to.
pub fn locked_gates(hop: &Hop<'_>) -> Vec<Finding> {
    gates(hop, "LockedFeatureGate", |not_taken| matches!(not_taken, NotTaken::LockedGate { .. }))
}

fn gates(hop: &Hop<'_>, id: &'static str, is_it: fn(&NotTaken) -> bool) -> Vec<Finding> {
    let release = Release::of(hop.to, hop.minor);
    let mut found = Vec::new();
    let mut judge = |component, place: String, name: &str, value: Option<bool>| {
        if let Some(not_taken) = release.gate(component, name, value).filter(is_it) {
            let told = Finding::error(id, Place::Cluster, not_taken.to_string());
            found.push(told.seen(format!("{place} sets {name}")).fix(remedy(&not_taken, &place, value)));
        }
    };
    for given in given(hop) {
        let emulates = given.values("emulated-version").next().is_some();
        for (name, value) in given.values("feature-gates").flat_map(gates_in) {
            let place = format!("feature-gates in {} of {CONFIGURATION}", given.field);
            judge(given.component, place, name, value.filter(|_| !emulates));
        }
    }
    if !hop.cluster.proxy_disabled {
        for (name, value) in &hop.facts.stored.proxy_gates {
            let place = format!("featureGates of {PROXY_CONFIGURATION}");
            judge(Component::KubeProxy, place, name, Some(*value));
        }
    }
    found
}

/// Whether anything changes without the gate.
fn remedy(not_taken: &NotTaken, place: &str, value: Option<bool>) -> String {
    let change = match (not_taken, value) {
        (NotTaken::GoneGate { history: GateHistory::Locked { on, .. }, .. }, Some(value)) if *on == value => {
            "nothing changes without it".to_owned()
        }
        (
            NotTaken::GoneGate { history: GateHistory::Locked { on, .. }, .. }
            | NotTaken::LockedGate { locked: on, .. },
            _,
        ) => {
            let way = if *on { "on" } else { "off" };
            format!("the feature is {way} from then on, and the cluster has to do with that")
        }
        (NotTaken::GoneGate { .. } | NotTaken::UnknownGate { .. } | NotTaken::Flag { .. }, _) => {
            "the new version has no such feature".to_owned()
        }
    };
    format!("take it out of {place}; {change}")
}

/// No admission plug-in that the new API server does not have: it starts with none that it does not know, not even to switch it off.
pub fn admission_plugins(hop: &Hop<'_>) -> Vec<Finding> {
    let [api_server, ..] = given(hop);
    let mut found = Vec::new();
    for flag in ["enable-admission-plugins", "disable-admission-plugins", "admission-control"] {
        let named = api_server.values(flag).flat_map(|value| value.split(',')).map(str::trim);
        for name in named {
            if let Presence::Gone { since } = facts::admission_plugin(name, hop.minor) {
                found.push(
                    Finding::error(
                        "RemovedAdmissionPlugin",
                        Place::Cluster,
                        format!(
                            "the API server has no admission plug-in {name} any more since {}",
                            kubernetes(since)
                        ),
                    )
                    .seen(format!("{flag} in apiServer.extraArgs of {CONFIGURATION} names {name}"))
                    .fix(format!("take {name} out of {flag} there, and see what it has guarded")),
                );
            }
        }
    }
    found
}

/// No version of an API group that the new API server does not know, with which it does not start; one of which it serves nothing any
/// more does no harm by itself.
pub fn group_versions(hop: &Hop<'_>) -> Vec<Finding> {
    let [api_server, ..] = given(hop);
    let keys = api_server.values("runtime-config").flat_map(|value| value.split(','));
    let names = keys.filter_map(|pair| group_version_of(pair.split('=').next()?.trim()));
    names.filter_map(|name| group_version(hop, &name)).collect()
}

fn group_version(hop: &Hop<'_>, name: &str) -> Option<Finding> {
    let id = "RemovedGroupVersion";
    let told = match (facts::group_version(name, hop.minor), facts::served_group_version(name, hop.minor)) {
        (Presence::Gone { since }, _) => {
            let message = format!("the API server does not know {name} any more since {}", kubernetes(since));
            Finding::error(id, Place::Cluster, message)
        }
        (_, Presence::Gone { since }) => {
            let message =
                format!("the API server serves nothing of {name} any more since {}", kubernetes(since));
            Finding::warning(id, Place::Cluster, message)
        }
        (Presence::Here | Presence::Later { .. } | Presence::Never | Presence::Unknown, _) => return None,
    };
    Some(
        told.seen(format!("runtime-config in apiServer.extraArgs of {CONFIGURATION} names {name}"))
            .fix(format!("take {name} out of runtime-config there, and see that nobody uses it")),
    )
}

/// `apps/v1beta1/deployments` → `apps/v1beta1`; none of what is no group, such as `api/all`.
fn group_version_of(key: &str) -> Option<String> {
    let mut parts = key.split('/');
    match (parts.next()?, parts.next()?) {
        ("api", "v1") => Some("v1".to_owned()),
        ("api", _) => None,
        (group, version) => Some(format!("{group}/{version}")),
    }
}

fn kubernetes(label: Label) -> String {
    format!("Kubernetes 1.{}", label.minor())
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, labels};
    use super::*;
    use crate::facts::KubeletFlag;
    use crate::upgrade::kubelet;
    use crate::versions::facts::Changes;
    use crate::versions::{MINORS, resolve};

    fn arg(name: &str, value: &str) -> Arg {
        Arg { name: name.to_owned(), value: value.to_owned() }
    }

    /// A hop to the minor from the one before.
    fn to(minor: &'static crate::versions::Minor) -> Case {
        let before = crate::versions::numbered(minor.number - 1);
        let mut case = Case::to(minor.stable);
        case.from = before.stable_version();
        (case.cluster.version, case.cluster.minor) = resolve(before.stable).unwrap();
        case
    }

    fn give(case: &mut Case, component: Component, argument: Arg) {
        match component {
            Component::ApiServer => case.cluster.api_server.component.extra_args.push(argument),
            Component::ControllerManager => case.cluster.controller_manager.extra_args.push(argument),
            Component::Scheduler => case.cluster.scheduler.extra_args.push(argument),
            Component::Kubelet => case.facts.host.kubelet.flags.push(KubeletFlag {
                gates: if argument.name == "feature-gates" { argument.value } else { String::new() },
                name: argument.name,
                file: "/etc/default/kubelet".to_owned(),
            }),
            Component::KubeProxy => {
                let (name, value) = argument.value.split_once('=').unwrap();
                case.facts.stored.proxy_gates.insert(name.to_owned(), value == "true");
            }
        }
    }

    fn found(case: &Case) -> Vec<String> {
        let hop = case.hop();
        let all = [
            flags(&hop),
            gone_gates(&hop),
            locked_gates(&hop),
            admission_plugins(&hop),
            group_versions(&hop),
            etcd_flags(&hop),
            kubelet::settings(&hop),
        ];
        labels(&all.concat())
    }

    /// Each is put where it can stand, one at a time, and again beside the version before, which takes it.
    fn is_named(id: &str, component: Component, argument: &Arg, minor: &'static crate::versions::Minor) {
        let mut case = to(minor);
        give(&mut case, component, argument.clone());
        let id = if component == Component::Kubelet {
            "warning KubeletSettings".to_owned()
        } else {
            format!("error {id}")
        };
        assert_eq!(found(&case), [id], "{} {argument:?} 1.{}", component.name(), minor.number);
        let before = resolve(crate::versions::numbered(minor.number - 1).stable).unwrap();
        case.to = before;
        assert!(found(&case).is_empty(), "{} {argument:?} before 1.{}", component.name(), minor.number);
    }

    #[test]
    fn all_that_each_hop_takes_away_is_named_and_what_it_leaves_is_not() {
        let mut count = 0;
        for minor in MINORS.iter().skip(1).copied() {
            for component in Component::ALL {
                let Changes { flags, gone_gates, locked_gates } = facts::changes(component, minor);
                if component != Component::KubeProxy {
                    for name in &flags {
                        is_named("RemovedFlag", component, &arg(name, "1"), minor);
                    }
                    count += flags.len();
                }
                for name in &gone_gates {
                    is_named(
                        "RemovedFeatureGate",
                        component,
                        &arg("feature-gates", &format!("{name}=true")),
                        minor,
                    );
                }
                for (name, locked) in &locked_gates {
                    let argument = arg("feature-gates", &format!("{name}={}", !locked));
                    is_named("LockedFeatureGate", component, &argument, minor);
                }
                count += gone_gates.len() + locked_gates.len();
            }
        }
        assert!(count > 100, "{count}");
    }

    #[test]
    fn so_are_admission_plug_ins_and_versions_of_api_groups() {
        for minor in MINORS.iter().skip(1).copied() {
            let before = crate::versions::numbered(minor.number - 1);
            let is_gone = |presence| matches!(presence, Presence::Gone { .. });
            let told = |name: &str, value: String| {
                let mut case = to(minor);
                give(&mut case, Component::ApiServer, arg(name, &value));
                found(&case)
            };
            for name in facts::admission_plugins(before) {
                let wanted: &[&str] = if is_gone(facts::admission_plugin(name, minor)) {
                    &["error RemovedAdmissionPlugin"]
                } else {
                    &[]
                };
                for flag in ["enable-admission-plugins", "disable-admission-plugins"] {
                    assert_eq!(
                        told(flag, format!("NodeRestriction,{name}")),
                        wanted,
                        "{name} 1.{}",
                        minor.number
                    );
                }
            }
            for name in facts::group_versions(before).filter(|name| name.contains('/')) {
                let gone = is_gone(facts::group_version(name, minor));
                let silent = is_gone(facts::served_group_version(name, minor));
                let wanted: &[&str] = match (gone, silent) {
                    (true, _) => &["error RemovedGroupVersion"],
                    (false, true) => &["warning RemovedGroupVersion"],
                    (false, false) => &[],
                };
                assert_eq!(
                    told("runtime-config", format!("api/all=true,{name}=true")),
                    wanted,
                    "{name} 1.{}",
                    minor.number
                );
            }
        }
    }

    #[test]
    fn every_flag_that_an_etcd_takes_away_is_named() {
        let mut count = 0;
        for (before, after) in [((3, 5, 27), "3.6.11-0"), ((3, 6, 11), "3.7.0-0")] {
            let before = semver::Version::new(before.0, before.1, before.2);
            let version = facts::etcd_version(after).unwrap();
            for name in facts::etcd_flags(&before) {
                let gone = matches!(facts::etcd_flag(name, &version), Presence::Gone { .. });
                let mut case = Case::to("v1.37.2");
                case.pin(after);
                let Etcd::Local(local) = &mut case.cluster.etcd else { panic!("a local etcd") };
                local.extra_args.push(arg(name, "1"));
                let wanted: &[&str] = if gone { &["error RemovedEtcdFlag"] } else { &[] };
                assert_eq!(found(&case), wanted, "{name} {after}");
                count += usize::from(gone);
            }
        }
        assert!(count >= 25, "{count}");
    }

    #[test]
    fn an_emulated_version_has_its_own_locks() {
        let mut case = Case::to("v1.37.2");
        let locked = facts::changes(Component::ApiServer, case.to.1).locked_gates;
        let (name, on) = locked.first().unwrap();
        give(&mut case, Component::ApiServer, arg("feature-gates", &format!("kube:{name}={}", !on)));
        assert_eq!(found(&case), ["error LockedFeatureGate"]);
        give(&mut case, Component::ApiServer, arg("emulated-version", "1.36"));
        assert!(found(&case).is_empty());
    }

    #[test]
    fn an_etcd_goes_by_its_own_version_and_a_new_name_is_told() {
        let with = |name: &str, tag: Option<&str>| {
            let mut case = Case::to("v1.37.2");
            if let Some(tag) = tag {
                case.pin(tag);
            }
            let Etcd::Local(local) = &mut case.cluster.etcd else { panic!("a local etcd") };
            local.extra_args.push(arg(name, "1"));
            etcd_flags(&case.hop())
        };
        let told = with("experimental-compaction-batch-limit", None);
        assert_eq!(labels(&told), ["error RemovedEtcdFlag"]);
        assert!(told[0].fix.contains("give it as compaction-batch-limit"), "{}", told[0].fix);
        assert!(with("experimental-compaction-batch-limit", Some("3.6.11-0")).is_empty());
        assert_eq!(labels(&with("discovery", None)), ["error RemovedEtcdFlag"]);
        assert!(with("snapshot-count", None).is_empty() && with("proxy", Some("mine")).is_empty());
    }

    #[test]
    fn groups_are_told_from_what_stands_for_all_of_them() {
        for (key, group) in [
            ("api/all", None),
            ("api/v1", Some("v1")),
            ("batch/v1beta1", Some("batch/v1beta1")),
            ("extensions/v1beta1/deployments", Some("extensions/v1beta1")),
            ("v1", None),
            ("", None),
        ] {
            assert_eq!(group_version_of(key).as_deref(), group, "{key}");
        }
    }

    #[test]
    fn a_remedy_says_whether_anything_changes() {
        let locked = NotTaken::GoneGate {
            program: "kubelet",
            name: "A".to_owned(),
            history: GateHistory::Locked { on: true, gone: 37 },
        };
        assert!(remedy(&locked, "x", Some(true)).ends_with("nothing changes without it"));
        assert!(remedy(&locked, "x", Some(false)).contains("the feature is on from then on"));
    }
}
