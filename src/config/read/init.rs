//! InitConfiguration → [`RequestedInit`]: what the user said of this node; the host adds the rest.

use std::collections::BTreeSet;
use std::path::PathBuf;

use jiff::Timestamp;
use k8s_openapi::api::core::v1::Taint;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;

use super::component::{arguments, one_of, required};
use super::network::{advertise, bind_port};
use super::syntax::{is_qualified_name, is_qualified_part, is_socket};
use super::token::bootstrap_tokens;
use crate::config::error::Problem;
use crate::config::given::{Given, Remarks, Section};
use crate::config::requested::{RequestedInit, RequestedNode};
use crate::config::warning::Caution;
use crate::config::{ImagePullPolicy, NodeName, Timeouts, defaults};
use crate::duration::GoDuration;
use crate::secret::Secret;

const EFFECTS: [&str; 3] = ["NoSchedule", "PreferNoSchedule", "NoExecute"];
/// The AES-256 key of the kubeadm-certs Secret, in hexadecimal.
const CERTIFICATE_KEY_DIGITS: usize = 64;

pub fn init(section: Section, remarks: &mut Remarks) -> RequestedInit {
    let endpoint = section.section("localAPIEndpoint");
    RequestedInit {
        bootstrap_tokens: bootstrap_tokens(section, remarks),
        node: node(section.section("nodeRegistration"), remarks),
        advertise: advertise(endpoint, remarks),
        advertise_at: endpoint.text("advertiseAddress").map(|given| given.at),
        bind_port: bind_port(endpoint, remarks),
        certificate_key: section
            .text("certificateKey")
            .and_then(|given| given.read(remarks, certificate_key)),
        skip_phases: section.texts("skipPhases").into_iter().map(|given| given.map(str::to_owned)).collect(),
        patches: section.section("patches").text("directory").map(|given| given.map(PathBuf::from)),
        timeouts: timeouts(section.section("timeouts"), remarks),
        dry_run: section.flag("dryRun").unwrap_or_default(),
    }
}

fn node(section: Section, remarks: &mut Remarks) -> RequestedNode {
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
pub fn ignored(given: &[Given<&str>], remarks: &mut Remarks) -> Vec<String> {
    let names: BTreeSet<String> = given.iter().map(|given| given.value.to_lowercase()).collect();
    if let (true, true, Some(last)) = (names.contains("all"), names.len() > 1, given.last()) {
        remarks.refuse(&last.at, Problem::AllAndOthers);
    }
    names.into_iter().collect()
}

fn pull_policy(text: &str) -> Result<ImagePullPolicy, Problem> {
    let known = ImagePullPolicy::ALL.map(ImagePullPolicy::name);
    let name = one_of(text, &known)?;
    Ok(ImagePullPolicy::ALL
        .into_iter()
        .find(|policy| policy.name() == name)
        .unwrap_or(ImagePullPolicy::IfNotPresent))
}

/// A bare path is read as a unix socket's.
pub fn socket(given: Given<&str>, remarks: &mut Remarks) -> Option<String> {
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
        time_added: section
            .text("timeAdded")
            .and_then(|given| given.value.parse::<Timestamp>().ok())
            .map(Time),
    }
}

fn taint_value(text: &str) -> Result<String, Problem> {
    let value = text.to_owned();
    if is_qualified_part(text) { Ok(value) } else { Err(Problem::NotATaintValue { value }) }
}

fn certificate_key(text: &str) -> Result<Secret, Problem> {
    let sound = text.len() == CERTIFICATE_KEY_DIGITS && text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if sound { Ok(Secret::new(text)) } else { Err(Problem::BadCertificateKey) }
}

pub fn timeouts(section: Section, remarks: &mut Remarks) -> Timeouts {
    let default = defaults::TIMEOUTS;
    let mut read = |name: &str, default| wait(section, name, default, remarks);
    Timeouts {
        control_plane_component_health_check: read(
            "controlPlaneComponentHealthCheck",
            default.control_plane_component_health_check,
        ),
        kubelet_health_check: read("kubeletHealthCheck", default.kubelet_health_check),
        kubernetes_api_call: read("kubernetesAPICall", default.kubernetes_api_call),
        etcd_api_call: read("etcdAPICall", default.etcd_api_call),
        tls_bootstrap: read("tlsBootstrap", default.tls_bootstrap),
        discovery: read("discovery", default.discovery),
        upgrade_manifests: read("upgradeManifests", default.upgrade_manifests),
    }
}

fn wait(section: Section, name: &str, default: GoDuration, remarks: &mut Remarks) -> GoDuration {
    section.text(name).and_then(|given| given.read(remarks, not_negative)).unwrap_or(default)
}

/// A length of time that may be nothing.
pub fn not_negative(text: &str) -> Result<GoDuration, Problem> {
    let length: GoDuration = text.parse()?;
    if length.is_negative() { Err(Problem::Negative { value: length.to_string() }) } else { Ok(length) }
}
