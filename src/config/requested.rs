//! A file's text and the flags → what the user asks for: complete and checked but for what only the host knows.

use std::net::IpAddr;
use std::path::PathBuf;

use k8s_openapi::api::core::v1::Taint;

use super::checked::{self, empty};
use super::document::{self, Document, Documents, Use};
use super::error::{ConfigErrors, Place};
use super::flags::{self, Flags};
use super::given::{At, Located, Remarks, Section, Tree};
use super::problem::Problem;
use super::warning::ConfigWarning;
use super::{
    Arg, Assumed, CertificateKey, ClusterSpec, Expiry, ImagePullPolicy, NodeName, Release, Timeouts,
    TokenString, defaults, read, unstored,
};
use crate::duration::GoDuration;
use crate::versions::Minor;
use crate::versions::facts::Component;

/// What was asked for; [`super::resolve`] adds the host's part.
#[derive(Debug, Clone)]
pub struct Requested {
    /// What all nodes share: nothing of it is the host's to say.
    pub cluster: ClusterSpec,
    /// The node, the run and the tokens.
    pub init: RequestedInit,
    /// To be shown, once, before anything is done.
    pub warnings: Vec<ConfigWarning>,
}

/// The node, the run and the tokens of a [`super::Config`] before the host's defaults.
#[derive(Debug, Clone)]
pub struct RequestedInit {
    /// To be made in the cluster; those without a value get one.
    pub bootstrap_tokens: Vec<RequestedToken>,
    /// nodeRegistration.
    pub node: RequestedNode,
    /// The address of localAPIEndpoint.
    pub advertise: Advertise,
    /// Where the address was given, if it was.
    pub advertise_at: Option<At>,
    /// The TCP port of localAPIEndpoint.
    pub bind_port: u16,
    /// 64 hexadecimal digits in the configuration; where it is `None`, certificates that are uploaded get a new
    /// key.
    pub certificate_key: Option<CertificateKey>,
    /// How it is gone about.
    pub run: RequestedRun,
    /// The defaults stand where none were given.
    pub timeouts: Timeouts,
}

/// What [`super::RunOptions`] are made of, of an `init` or a `join`.
#[derive(Debug, Clone)]
pub struct RequestedRun {
    /// With their places: which names there are is not the configuration's to say.
    pub skip_phases: Vec<Located<String>>,
    /// With its place: whether the folder can be read shows later.
    pub patches: Option<Located<PathBuf>>,
    /// Whether nothing is changed, and what would be is told.
    pub dry_run: bool,
}

/// A token; without one of its own it gets a fresh one.
#[derive(Debug, Clone)]
pub struct RequestedToken {
    /// `None` asks for a new one.
    pub token: Option<TokenString>,
    /// For people, in the list of tokens.
    pub description: Option<String>,
    /// Until when it is good; 24 hours unless given.
    pub expiry: Expiry,
    /// `signing` and `authentication`, as far as they were given; both where none were.
    pub usages: Vec<String>,
    /// The groups that it authenticates for; `system:bootstrappers:kubeadm:default-node-token` unless given.
    pub groups: Vec<String>,
}

/// nodeRegistration before the host's defaults.
#[derive(Debug, Clone)]
pub struct RequestedNode {
    /// The host's own name where it is not given.
    pub name: Option<NodeName>,
    /// With its scheme; the one runtime that is found where it is not given.
    pub cri_socket: Option<String>,
    /// `None` is the control plane's own taint; an empty list is no taint.
    pub taints: Option<Vec<Taint>>,
    /// Flags of the kubelet beyond kubeadm's.
    pub kubelet_extra_args: Vec<Arg>,
    /// By the checks' names; `all` is every one.
    pub ignore_preflight_errors: Vec<String>,
    /// When the control plane's images are pulled.
    pub image_pull_policy: ImagePullPolicy,
    /// Whether images are pulled one after the other, as kubeadm does unless told otherwise.
    pub image_pull_serial: bool,
}

/// Which address the API server is to advertise.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Advertise {
    /// That of the default route's interface, IPv4 first; not given, or `0.0.0.0`.
    DefaultRoute,
    /// The same, IPv6 first: `::`.
    DefaultRouteV6,
    /// The address of the loopback interface that others can reach; any loopback address.
    Loopback,
    /// This one, whichever interface has it.
    Given(IpAddr),
}

impl Requested {
    /// Reads the configuration file's `text`, where there is one, and the flags.
    ///
    /// # Errors
    /// All offences at once: of the YAML, of fields and their types, of values, and flags that cannot stand beside a
    /// file.
    pub fn parse(text: Option<&str>, flags: &Flags) -> Result<Self, ConfigErrors> {
        Self::parse_for(text, flags, &defaults::version)
    }

    /// The same, of the version that `assume` says where neither the file nor a flag names one. It may have to start a
    /// program for that, so it is asked only then.
    ///
    /// # Errors
    /// As [`Self::parse`].
    pub fn parse_for(
        text: Option<&str>,
        flags: &Flags,
        assume: &dyn Fn() -> Assumed,
    ) -> Result<Self, ConfigErrors> {
        let mut remarks = Remarks::of(flags.unknown);
        let input = match text {
            Some(text) => Input::of_file(text, flags, &mut remarks),
            None => Input::of_flags(flags, &mut remarks),
        };
        let requested = typed(&input, assume, &mut remarks);
        remarks.forgive(requested.cluster.minor.config_format);
        let warnings = remarks.into_warnings()?;
        Ok(Self { warnings, ..requested })
    }
}

/// The checked trees of both of kubeadm's kinds, in the form of v1beta4, and the components' documents, unchecked.
pub struct Input {
    /// InitConfiguration.
    pub init: Located<Tree>,
    /// ClusterConfiguration.
    pub cluster: Located<Tree>,
    /// v1beta3's `apiServer.timeoutForControlPlane`.
    pub timeout: Option<GoDuration>,
    /// KubeletConfiguration.
    pub kubelet: Option<Document>,
    /// KubeProxyConfiguration.
    pub kube_proxy: Option<Document>,
}

impl Input {
    fn of_flags(flags: &Flags, remarks: &mut Remarks) -> Self {
        let flags::init::FlagDocuments { init, cluster } = flags::init::documents(flags, remarks);
        Self { init, cluster, timeout: None, kubelet: None, kube_proxy: None }
    }

    fn of_file(text: &str, flags: &Flags, remarks: &mut Remarks) -> Self {
        let Documents { init, cluster, kubelet, kube_proxy, .. } = document::read(text, Use::Init, remarks);
        if init.is_none() && cluster.is_none() && remarks.errors.is_empty() {
            remarks.refuse(&At { place: Place::File, field: String::new() }, Problem::NoDocument);
        }
        let init = init.map_or_else(empty, |(document, format)| checked::init(&document, format, remarks));
        let init = flags::init::beside_config(flags, init, remarks);
        let (cluster, timeout) = cluster.map_or_else(
            || (empty(), None),
            |(document, format)| checked::cluster(&document, format, remarks),
        );
        Self { init, cluster, timeout, kubelet, kube_proxy }
    }
}

/// Where a ClusterConfiguration has the arguments of a component.
const ARGUMENTS: [(&str, Component); 3] = [
    ("apiServer", Component::ApiServer),
    ("controllerManager", Component::ControllerManager),
    ("scheduler", Component::Scheduler),
];

/// Reads every value, whatever was wrong before: a value that is missing for that reason has its default here.
pub fn typed(input: &Input, assume: &dyn Fn() -> Assumed, remarks: &mut Remarks) -> Requested {
    let (init, cluster) = (Section::of(&input.init), Section::of(&input.cluster));
    let (version, minor) = read::version(cluster, assume, remarks);
    unstored::warn(&input.cluster, minor, remarks);
    refuse_later_fields(&input.cluster, minor, remarks);
    let release = Release::of(&version, minor);
    for (section, component) in ARGUMENTS {
        read::arguments_of(cluster.section(section), "extraArgs", component, release, remarks);
    }
    let local = cluster.section("etcd").section("local");
    read::arguments_of_etcd(local, (&version, minor), remarks);
    let node = init.section("nodeRegistration");
    read::arguments_of(node, "kubeletExtraArgs", Component::Kubelet, release, remarks);
    let mut init = read::init(init, remarks);
    if let Some(timeout) = input.timeout {
        init.timeouts.control_plane_component_health_check = timeout;
    }
    let cluster = ClusterSpec {
        kubelet: checked::component(
            input.kubelet.as_ref(),
            minor.schemas.kubelet,
            (Component::Kubelet, release),
            remarks,
        ),
        kube_proxy: checked::component(
            input.kube_proxy.as_ref(),
            minor.schemas.kube_proxy,
            (Component::KubeProxy, release),
            remarks,
        ),
        ..read::cluster(cluster, version, minor, init.bind_port, remarks)
    };
    Requested { cluster, init, warnings: Vec::new() }
}

/// The schema is the newest minor's: what this one does not know yet is refused as any unknown field is.
fn refuse_later_fields(given: &Located<Tree>, minor: &Minor, remarks: &mut Remarks) {
    match &given.value {
        Tree::Map(fields) => fields.iter().for_each(|(name, inner)| {
            if minor.has_field(name) {
                refuse_later_fields(inner, minor, remarks);
            } else {
                remarks.refuse(&inner.at, Problem::LaterField { minor: minor.number });
            }
        }),
        Tree::List(items) => items.iter().for_each(|item| refuse_later_fields(item, minor, remarks)),
        Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) => {}
    }
}
