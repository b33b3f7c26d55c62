//! ClusterConfiguration → [`Cluster`].

use std::collections::BTreeMap;

use super::component::{Case, component, image, one_of, repository, sans};
use super::etcd::etcd;
use super::network::{control_plane_endpoint, networking};
use crate::config::given::{At, Located, Remarks, Section, Tree};
use crate::config::problem::Problem;
use crate::config::suggest::nearest;
use crate::config::warning::Caution;
use crate::config::{
    ApiServer, Assumed, ClusterSpec, ComponentDocument, Dns, KeyAlgorithm, defaults, host_path,
};
use crate::duration::GoDuration;
use crate::versions::{self, FeatureGate, GateHistory, KubernetesVersion, Minor, gate_of_kubeadm};

/// kubeadm's gate of Kubernetes 1.36 and before; where it is set it decides over `encryptionAlgorithm`.
pub const ECDSA_GATE: &str = "PublicKeysECDSA";

/// `kubernetesVersion` and the table of its minor; where nothing is said, what `assume` says. `stable` is the newest patch of
/// the minor that it says, as the newest one for a kubeadm is its own. Where the version cannot be read, the newest, to go on
/// with.
pub fn version(section: Section, assume: &dyn Fn() -> Assumed, remarks: &mut Remarks) -> Assumed {
    let Some(given) = section.text(VERSION) else {
        let assumed = assume();
        note_unknown_patch(&assumed, &At::host(VERSION), remarks);
        return assumed;
    };
    if versions::is_floating(given.value) {
        let (_, minor) = assume();
        return (minor.stable_version(), minor);
    }
    exact_version(given, remarks).unwrap_or_else(defaults::version)
}

const VERSION: &str = "kubernetesVersion";

/// A version that is given; a patch that is not known yet is warned of.
pub fn exact_version(given: Located<&str>, remarks: &mut Remarks) -> Option<Assumed> {
    let at = given.at.clone();
    let exact = given.read(remarks, versions::resolve)?;
    note_unknown_patch(&exact, &at, remarks);
    Some(exact)
}

fn note_unknown_patch((version, minor): &Assumed, at: &At, remarks: &mut Remarks) {
    if minor.is_unknown_patch(version) {
        let known = minor.stable_version().to_string();
        remarks.warn(at, Caution::UnknownPatch { version: version.to_string(), known });
    }
}

/// All but the components' own documents.
pub fn cluster(
    section: Section,
    version: KubernetesVersion,
    minor: &'static Minor,
    bind_port: u16,
    remarks: &mut Remarks,
) -> ClusterSpec {
    let text = |name: &str, default: &str| section.text(name).map_or(default, |given| given.value).to_owned();
    let manager = component(section.section("controllerManager"), remarks);
    let feature_gates = feature_gates(section, minor, remarks);
    let certificates_dir = section.text("certificatesDir").and_then(|given| given.read(remarks, host_path));
    let images = section.text("imageRepository").and_then(|given| given.read(remarks, repository));
    let (certificate_validity, ca_certificate_validity) = lives(section, remarks);
    ClusterSpec {
        minor,
        version,
        control_plane_endpoint: control_plane_endpoint(
            section.text("controlPlaneEndpoint"),
            bind_port,
            remarks,
        ),
        etcd: etcd(section.section("etcd"), minor, remarks),
        networking: networking(section.section("networking"), &manager.extra_args, remarks),
        api_server: api_server(section.section("apiServer"), remarks),
        controller_manager: manager,
        scheduler: component(section.section("scheduler"), remarks),
        dns: dns(section.section("dns"), remarks),
        proxy_disabled: section.section("proxy").flag("disabled").unwrap_or_default(),
        certificates_dir: certificates_dir.unwrap_or_else(|| defaults::CERTIFICATES_DIR.into()),
        image_repository: images.unwrap_or_else(|| crate::config::DEFAULT_REPOSITORY.to_owned()),
        cluster_name: text("clusterName", defaults::CLUSTER_NAME),
        key_algorithm: key_algorithm(section, minor, &feature_gates, remarks),
        feature_gates,
        certificate_validity,
        ca_certificate_validity,
        kubelet: ComponentDocument::default(),
        kube_proxy: ComponentDocument::default(),
    }
}

fn api_server(section: Section, remarks: &mut Remarks) -> ApiServer {
    ApiServer {
        component: component(section, remarks),
        cert_sans: sans(section, "certSANs", Case::Lowered, remarks),
    }
}

fn dns(section: Section, remarks: &mut Remarks) -> Dns {
    Dns { image: image(section, remarks), disabled: section.flag("disabled").unwrap_or_default() }
}

fn feature_gates(section: Section, minor: &Minor, remarks: &mut Remarks) -> BTreeMap<String, bool> {
    let mut gates = BTreeMap::new();
    for (name, given) in section.section("featureGates").fields().into_iter().flatten() {
        let Tree::Bool(value) = given.value else { continue };
        if let Some(gate) = minor.feature_gates.iter().find(|gate| gate.name == name) {
            judge_gate(gate, value, given, minor, remarks);
            gates.insert(name.clone(), value);
        } else {
            absent_gate(name, value, given, minor, remarks);
        }
    }
    gates
}

fn judge_gate(gate: &FeatureGate, value: bool, given: &Located<Tree>, minor: &Minor, remarks: &mut Remarks) {
    if gate.locked && value != gate.default {
        let problem = Problem::LockedGate { name: gate.name, locked: gate.default, minor: minor.number };
        remarks.refuse(&given.at, problem);
    }
    if let Some(advice) = gate.deprecated {
        remarks.warn(&given.at, Caution::DeprecatedGate { name: gate.name, advice });
    }
}

/// One that has gone and is set to what holds without it is left out.
fn absent_gate(name: &str, value: bool, given: &Located<Tree>, minor: &Minor, remarks: &mut Remarks) {
    let name = name.to_owned();
    match gate_of_kubeadm(&name, minor) {
        Some(history @ GateHistory::Locked { .. }) if history.agrees_with(value) => {
            remarks.warn(&given.at, Caution::GoneGate { name, history });
        }
        Some(history) => remarks.refuse(&given.at, Problem::GoneGate { name, history }),
        None => remarks.refuse(&given.at, unknown_gate(&name, minor)),
    }
}

fn unknown_gate(name: &str, minor: &Minor) -> Problem {
    let known: Vec<&str> = minor.feature_gates.iter().map(|gate| gate.name).collect();
    let suggestion = nearest(name, known.iter().copied()).map(str::to_owned);
    Problem::UnknownGate { name: name.to_owned(), minor: minor.number, known: known.join(", "), suggestion }
}

/// The algorithm of all new keys. Where gate and field are both given they must say the same.
fn key_algorithm(
    section: Section,
    minor: &Minor,
    gates: &BTreeMap<String, bool>,
    remarks: &mut Remarks,
) -> KeyAlgorithm {
    let given = section.text("encryptionAlgorithm");
    let field =
        given.clone().and_then(|given| given.read(remarks, |text| one_of(text, minor.key_algorithms)));
    let field = field.and_then(|name| KeyAlgorithm::ALL.into_iter().find(|known| known.name() == name));
    let forced = gates.get(ECDSA_GATE).map(|gate| (*gate, gated_algorithm(*gate)));
    if let (Some(given), Some(field), Some((gate, algorithm))) = (given, field, forced)
        && field != algorithm
        && field != KeyAlgorithm::default()
    {
        let problem = Problem::AlgorithmAgainstGate { algorithm: field.name().to_owned(), gate };
        remarks.refuse(&given.at, problem);
    }
    forced.map(|(_, algorithm)| algorithm).or(field).unwrap_or_default()
}

fn gated_algorithm(gate: bool) -> KeyAlgorithm {
    if gate { KeyAlgorithm::EcdsaP256 } else { KeyAlgorithm::Rsa2048 }
}

/// `encryptionAlgorithm` as the written document has it: the gate decides, but the field keeps its default.
pub fn written_algorithm(algorithm: KeyAlgorithm, gates: &BTreeMap<String, bool>) -> KeyAlgorithm {
    if gates.contains_key(ECDSA_GATE) { KeyAlgorithm::default() } else { algorithm }
}

/// How long leaves and CAs live.
fn lives(section: Section, remarks: &mut Remarks) -> (GoDuration, GoDuration) {
    let leaf = life(section, "certificateValidityPeriod", defaults::CERTIFICATE_VALIDITY, remarks);
    let ca = life(section, "caCertificateValidityPeriod", defaults::CA_CERTIFICATE_VALIDITY, remarks);
    let given = section.text("certificateValidityPeriod").or(section.text("caCertificateValidityPeriod"));
    if let (Some(given), true) = (given, leaf > ca) {
        remarks.warn(&given.at, Caution::OutlivesItsCa { value: leaf.to_string(), ca: ca.to_string() });
    }
    (leaf, ca)
}

fn life(section: Section, name: &str, default: GoDuration, remarks: &mut Remarks) -> GoDuration {
    let Some(given) = section.text(name) else { return default };
    let at = given.at.clone();
    let Some(life) = given.read(remarks, str::parse::<GoDuration>) else { return default };
    if life <= GoDuration::ZERO {
        remarks.refuse(&at, Problem::NotPositive { value: life.to_string() });
    }
    if life > default {
        remarks.warn(&at, Caution::LongLife { value: life.to_string(), recommended: default.to_string() });
    }
    life
}
