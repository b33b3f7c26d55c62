//! What differs between Kubernetes minors, as data: one table a minor, no `if minor >=` anywhere else.

mod certificates;
pub mod facts;
mod fields;
mod gate_history;
mod gates;
mod pods;
mod programs;
mod release;
pub mod schema;
mod switch;
mod v1_29;
mod v1_30;
mod v1_31;
mod v1_32;
mod v1_33;
mod v1_34;
mod v1_35;
mod v1_36;
mod v1_37;
mod version;

pub use certificates::{CertificateRules, GatedKeys, LeafBegin};
pub use fields::lacking;
pub use gate_history::{GateHistory, of_components as gate_of_components, of_kubeadm as gate_of_kubeadm};
pub use pods::{EtcdHealth, ExtraArgs, PodRules, ProbePort, SchedulerHealth};
pub use programs::{Missing, Program};
pub use release::{Images, KubeletClient, PatchRelease};
use schema::SchemaText;
pub use switch::{Switch, Switches};
pub use version::{BadVersion, KubernetesVersion, semantic};

/// Everything that one Kubernetes minor fixes. Adding a minor means adding one file, which says what has changed
/// since the minor before.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Minor {
    /// The minor's number: 36 for Kubernetes 1.36.
    pub number: u64,
    /// The newest patch whose facts are known, such as `1.36.3`: `stable-1.N` stands for it.
    pub stable: &'static str,
    /// What differs between its patches, by the first patch that has it.
    pub releases: &'static [PatchRelease],
    /// The format of kubeadm's own documents that this minor's kubeadm writes.
    pub config_format: ConfigFormat,
    /// Where the API server's default `--authorization-mode` is written.
    pub authorization_mode: AuthorizationMode,
    /// kubeadm's own feature gates in `ClusterConfiguration.featureGates`.
    pub feature_gates: &'static [FeatureGate],
    /// What those gates decide.
    pub switches: Switches,
    /// The names that `encryptionAlgorithm` takes.
    pub key_algorithms: &'static [&'static str],
    /// How certificates and keys are made.
    pub certificates: CertificateRules,
    /// The form of the static pods.
    pub pods: PodRules,
    /// What CoreDNS keeps of the answers that it gives.
    pub dns_cache: DnsCache,
    /// `patches` targets, as in `--patches DIR/TARGET+TYPE.yaml`.
    pub patch_targets: &'static [&'static str],
    /// kube-proxy's `mode` where the user gives none; empty is kube-proxy's own choice.
    pub kube_proxy_mode: &'static str,
    /// The fields of KubeletConfiguration and KubeProxyConfiguration.
    pub schemas: Schemas,
    /// What a host has to be.
    pub preflight: PreflightRules,
}

/// A version of kubeadm's own API, `kubeadm.k8s.io`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum ConfigFormat {
    /// Up to 1.30: arguments are maps.
    V1Beta3,
    /// Since 1.31: arguments are lists, so that one may be given several times.
    V1Beta4,
}

/// Where the API server's default `--authorization-mode` is written.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum AuthorizationMode {
    /// In its manifest alone.
    Manifest,
    /// Among the `extraArgs` of the stored ClusterConfiguration too.
    Stored(&'static str),
}

/// What the checks before init hold against a host.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct PreflightRules {
    /// Three minors back, as the version skew policy allows.
    pub oldest_kubelet: &'static str,
    /// Where the control plane's ports have to be free.
    pub port_scope: PortScope,
    /// What has to be 1 where IPv4 is used: files below /proc/sys.
    pub ipv4_switches: &'static [&'static str],
    /// The same for IPv6.
    pub ipv6_switches: &'static [&'static str],
    /// The minor whose kubelet no longer starts on a runtime without the CRI's `RuntimeConfig`, where this one warns.
    pub runtime_config_needed_in: Option<&'static str>,
    /// Which kernels are supported.
    pub kernels: Kernels,
}

/// Which answers CoreDNS keeps for others who ask.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum DnsCache {
    /// The answers of every domain.
    Everything,
    /// Not those of the cluster's own domain, which it knows anyway.
    OtherDomains,
}

/// Which kernels are supported, by the first two numbers of their release.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Kernels {
    /// This one and all newer; any other is refused.
    From(u64, u64),
    /// These, and all from 6 on; any other is warned of.
    LongTerm(&'static [(u64, u64)]),
}

/// Where a control plane component's port has to be free.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum PortScope {
    /// At all addresses of the host.
    EveryAddress,
    /// Where the component's own arguments make it listen.
    ComponentAddress,
}

/// The fields of the components' configurations, as this minor's Go types declare them.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct Schemas {
    /// KubeletConfiguration, `kubelet.config.k8s.io/v1beta1`.
    pub kubelet: SchemaText,
    /// KubeProxyConfiguration, `kubeproxy.config.k8s.io/v1alpha1`.
    pub kube_proxy: SchemaText,
}

/// A feature gate of kubeadm's own, as one minor has it.
#[derive(Debug, Clone, Copy, PartialEq)]
pub struct FeatureGate {
    /// As in `featureGates`.
    pub name: &'static str,
    /// Whether the feature is on where the gate is not given.
    pub default: bool,
    /// A locked gate may be named, but only with its default.
    pub locked: bool,
    /// Said to the user who sets it, where the gate is on its way out.
    pub deprecated: Option<&'static str>,
}

impl ConfigFormat {
    /// As documents have it.
    pub const fn api_version(self) -> &'static str {
        match self {
            Self::V1Beta3 => "kubeadm.k8s.io/v1beta3",
            Self::V1Beta4 => "kubeadm.k8s.io/v1beta4",
        }
    }
}

impl Minor {
    /// The exact version that `stable-1.N` stands for.
    ///
    /// # Panics
    /// Never: the tables are part of the program, and a test reads each of them.
    pub fn stable_version(&self) -> KubernetesVersion {
        self.stable.parse().expect("the tables are fixed texts")
    }
}

/// All known minors, the newest last.
pub const MINORS: &[&Minor] = &[
    &v1_29::MINOR,
    &v1_30::MINOR,
    &v1_31::MINOR,
    &v1_32::MINOR,
    &v1_33::MINOR,
    &v1_34::MINOR,
    &v1_35::MINOR,
    &v1_36::MINOR,
    &v1_37::MINOR,
];

/// The newest known minor, which `stable` and `stable-1` stand for.
pub fn newest() -> &'static Minor {
    MINORS[MINORS.len() - 1]
}

/// The table of 1.`number`, for tests.
///
/// # Panics
/// There is none.
#[cfg(test)]
pub(crate) fn numbered(number: u64) -> &'static Minor {
    MINORS.iter().copied().find(|minor| minor.number == number).expect("a minor that has its table")
}

/// The table of `version`'s minor, where it is known.
pub fn table(version: &KubernetesVersion) -> Option<&'static Minor> {
    MINORS.iter().copied().find(|minor| version.major() == 1 && minor.number == version.minor())
}

/// A version as users write it (`v1.36.3`, `1.36.3`, `stable`, `stable-1`, `stable-1.36`) → the exact version and
/// its table, without any network.
///
/// # Errors
/// The text is no version, or of a minor that this program has no table of; the error names the known span.
pub fn resolve(text: &str) -> Result<(KubernetesVersion, &'static Minor), BadVersion> {
    let exact = match label(text) {
        Some(minor) => minor?.stable.parse()?,
        None => text.parse::<KubernetesVersion>()?,
    };
    let minor = table(&exact).ok_or_else(|| BadVersion::Unknown { text: text.to_owned(), span: span() })?;
    Ok((exact, minor))
}

/// Whether it is the newest version of all, and so of whatever the program stands for: `stable`, `stable-1`.
pub fn is_floating(text: &str) -> bool {
    let rest = text.strip_prefix("release/").unwrap_or(text).strip_prefix("stable");
    rest.is_some_and(|rest| rest.is_empty() || rest == "-1")
}

/// `stable…` labels, which the real kubeadm looks up in the network, come from the table.
fn label(text: &str) -> Option<Result<&'static Minor, BadVersion>> {
    if is_floating(text) {
        return Some(Ok(newest()));
    }
    let rest = text.strip_prefix("release/").unwrap_or(text).strip_prefix("stable")?;
    let number = rest.strip_prefix("-1.").and_then(|digits| digits.parse::<u64>().ok());
    let found = number.and_then(|number| MINORS.iter().copied().find(|minor| minor.number == number));
    Some(found.ok_or_else(|| BadVersion::Unknown { text: text.to_owned(), span: span() }))
}

fn span() -> String {
    format!("1.{} to 1.{}", MINORS[0].number, newest().number)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn labels_and_versions_resolve_without_a_network() {
        for (text, exact) in [
            ("stable", "v1.37.2"),
            ("stable-1", "v1.37.2"),
            ("stable-1.31", "v1.31.14"),
            ("stable-1.36", "v1.36.3"),
            ("release/stable-1.36", "v1.36.3"),
            ("1.36.0", "v1.36.0"),
            ("v1.37.9", "v1.37.9"),
        ] {
            assert_eq!(resolve(text).unwrap().0.to_string(), exact, "{text}");
        }
    }

    #[test]
    fn a_version_outside_the_span_is_refused_with_the_span_named() {
        for text in ["v1.20.0", "v2.36.0", "stable-1.99"] {
            let said = resolve(text).unwrap_err().to_string();
            assert!(said.contains(text) && said.contains("1.29 to 1.37"), "{said}");
        }
    }

    /// `tests/run` and the comparisons take the minors from there.
    #[test]
    #[expect(clippy::disallowed_methods, reason = "a test looks at files by itself")]
    fn each_minor_has_a_kubeadm_pinned_in_tests_reference_and_no_other_has() {
        let folder = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/reference");
        let names = std::fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().file_name());
        let versions = names.filter_map(|name| name.to_str()?.parse::<KubernetesVersion>().ok());
        let mut pinned: Vec<u64> = versions.map(|version| version.minor()).collect();
        pinned.sort_unstable();
        assert_eq!(pinned, MINORS.iter().map(|minor| minor.number).collect::<Vec<_>>());
    }

    #[test]
    fn each_minor_s_stable_patch_belongs_to_it() {
        for minor in MINORS {
            let (version, found) = resolve(minor.stable).unwrap();
            assert_eq!((version.minor(), found), (minor.number, *minor));
        }
    }
}
