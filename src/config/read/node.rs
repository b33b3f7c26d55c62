//! `nodeRegistration` → [`RequestedNode`].

use std::collections::BTreeSet;

use k8s_openapi::api::core::v1::Taint;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::component::{arguments, one_of, required};
use super::syntax::{is_qualified_name, is_qualified_part, is_socket};
use crate::config::given::{Located, Remarks, Section};
use crate::config::problem::Problem;
use crate::config::requested::RequestedNode;
use crate::config::warning::Caution;
use crate::config::{ImagePullPolicy, NodeName};
use crate::moment::moment;

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];

/// `nodeRegistration`.
pub fn node(section: Section, remarks: &mut Remarks) -> RequestedNode {
    let name = section.text("name").filter(|given| !given.value.trim().is_empty());
    let policy = section.text("imagePullPolicy").and_then(|given| given.read(remarks, pull_policy));
    RequestedNode {
        name: name.and_then(|given| given.read(remarks, str::parse::<NodeName>)),
        cri_socket: section.text("criSocket").and_then(|given| socket(given, remarks)),
        taints: section
            .get("taints")
            .map(|_| section.sections("taints").map(|given| taint(given, remarks)).collect()),
        kubelet_extra_args: arguments(section, "kubeletExtraArgs", remarks),
        ignore_preflight_errors: ignored(&section.texts("ignorePreflightErrors"), remarks),
        image_pull_policy: policy.unwrap_or(ImagePullPolicy::IfNotPresent),
        image_pull_serial: section.flag("imagePullSerial").unwrap_or(true),
    }
}

/// kubeadm's checks go by their names in small letters, ordered.
pub fn ignored(given: &[Located<&str>], remarks: &mut Remarks) -> Vec<String> {
    let names: BTreeSet<String> = given.iter().map(|given| given.value.to_lowercase()).collect();
    if let (true, true, Some(last)) = (names.contains("all"), names.len() > 1, given.last()) {
        remarks.refuse(&last.at, Problem::AllAndOthers);
    }
    names.into_iter().collect()
}

/// By the name that kubelets know it by.
pub fn pull_policy(text: &str) -> Result<ImagePullPolicy, Problem> {
    let known = ImagePullPolicy::ALL.map(ImagePullPolicy::name);
    let name = one_of(text, &known)?;
    Ok(ImagePullPolicy::ALL
        .into_iter()
        .find(|policy| policy.name() == name)
        .unwrap_or(ImagePullPolicy::IfNotPresent))
}

/// A bare path is read as a unix socket's.
pub fn socket(given: Located<&str>, remarks: &mut Remarks) -> Option<String> {
    let bare = given.value.starts_with('/');
    if bare {
        remarks.warn(&given.at, Caution::SocketWithoutScheme { socket: given.value.to_owned() });
    }
    given.read(remarks, |text| {
        let url = if bare { format!("unix://{text}") } else { text.to_owned() };
        if is_socket(&url) { Ok(url) } else { Err(Problem::NotASocket { value: text.to_owned() }) }
    })
}

fn taint(section: Section, remarks: &mut Remarks) -> Taint {
    let judge_key =
        |text: &str| (!is_qualified_name(text)).then(|| Problem::NotATaintKey { value: text.to_owned() });
    let judge_effect = |text: &str| one_of(text, &EFFECTS).err();
    Taint {
        key: required(section, "key", remarks, judge_key),
        value: section.text("value").and_then(|given| given.read(remarks, taint_value)),
        effect: required(section, "effect", remarks, judge_effect),
        time_added: section.text("timeAdded").and_then(|given| moment(given.value)).map(Time),
    }
}

fn taint_value(text: &str) -> Result<String, Problem> {
    let value = text.to_owned();
    if is_qualified_part(text) { Ok(value) } else { Err(Problem::NotATaintValue { value }) }
}
