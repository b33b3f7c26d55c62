//! Arguments and feature gates of components → those that their programs do not take, and with which none of them starts. Nothing is
//! said of values, nor of a version of which nothing is known.

use super::syntax::is_flag_name;
use crate::config::given::{At, Located, Remarks, Section, Tree};
use crate::config::not_taken::{NotTaken, Release, gates_in};
use crate::config::problem::Problem;
use crate::config::warning::Caution;
use crate::versions::facts::{Component, etcd_version};
use crate::versions::{KubernetesVersion, MINORS, Minor};

/// `featureGates` of a KubeletConfiguration or a KubeProxyConfiguration.
pub fn gates_of_document(document: Section, component: Component, release: Release, remarks: &mut Remarks) {
    for (name, given) in document.section("featureGates").fields().into_iter().flatten() {
        let value = match given.value {
            Tree::Bool(value) => Some(value),
            Tree::Number(_) | Tree::Text(_) | Tree::List(_) | Tree::Map(_) => None,
        };
        tell(&given.at, component, release, remarks, |release| release.gate(component, name, value));
    }
}

/// The flags in this list of arguments, and the feature gates among them.
pub fn arguments_of(
    section: Section,
    list: &str,
    component: Component,
    release: Release,
    remarks: &mut Remarks,
) {
    // As of an older version gates may be as that one has them.
    let emulates = section.sections(list).any(|argument| is_called(argument, "emulated-version"));
    for argument in section.sections(list) {
        let Some(name) = name(argument) else { continue };
        tell(&name.at, component, release, remarks, |release| release.flag(component, name.value));
        let Some(value) = argument.any_text("value").filter(|_| is_called(argument, "feature-gates")) else {
            continue;
        };
        for (name, set) in gates_in(value.value) {
            let set = set.filter(|_| !emulates);
            tell(&value.at, component, release, remarks, |release| release.gate(component, name, set));
        }
    }
}

/// The arguments of a kubelet whose version is not known yet: those that none takes.
pub fn arguments_of_any_kubelet(section: Section, list: &str, remarks: &mut Remarks) {
    for argument in section.sections(list) {
        let Some(name) = name(argument) else { continue };
        let of = |minor: &&'static Minor| Release::stable(minor).flag(Component::Kubelet, name.value);
        let refusals: Vec<NotTaken> = MINORS.iter().rev().map_while(of).collect();
        if let (Some(newest), true) = (refusals.first(), refusals.len() == MINORS.len()) {
            remarks.refuse(&name.at, Problem::NotTaken(newest.clone()));
        }
    }
}

/// The flags of etcd, by its own version; of a tag that names none nothing is known.
pub fn arguments_of_etcd(
    local: Section,
    (version, minor): (&KubernetesVersion, &Minor),
    remarks: &mut Remarks,
) {
    let tag = local.text("imageTag").map_or(minor.release(version).images.etcd, |given| given.value);
    let Some(version) = etcd_version(tag) else { return };
    for argument in local.sections("extraArgs") {
        let Some(name) = name(argument) else { continue };
        if let Some(not_taken) = NotTaken::by_etcd(name.value, &version) {
            remarks.refuse(&name.at, Problem::NotTaken(not_taken));
        }
    }
}

/// One that is no name of a flag is refused where it is read.
fn name(argument: Section<'_>) -> Option<Located<&str>> {
    argument.any_text("name").filter(|given| is_flag_name(given.value))
}

fn is_called(argument: Section, wanted: &str) -> bool {
    name(argument).is_some_and(|given| given.value.replace('_', "-") == wanted)
}

/// An error; a warning where a kubelet that is older than the control plane takes it.
fn tell(
    at: &At,
    component: Component,
    release: Release,
    remarks: &mut Remarks,
    judge: impl Fn(Release) -> Option<NotTaken>,
) {
    let Some(not_taken) = judge(release) else { return };
    let is_kubelet = component == Component::Kubelet;
    if is_kubelet && release.older().any(|older| judge(older).is_none()) {
        remarks.warn(at, Caution::NotTaken { not_taken, but: "an older kubelet takes it" });
    } else {
        remarks.refuse(at, Problem::NotTaken(not_taken));
    }
}
