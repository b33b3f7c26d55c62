//! The cluster's own documents, out of its ConfigMaps → what a joining node is made from.

use std::path::Path;

use super::checked;
use super::document::{self, Documents, Use};
use super::error::{ConfigError, ConfigErrors, Place};
use super::given::{At, Remarks, Section};
use super::places::judge_place;
use super::problem::Problem;
use super::warning::{Caution, ConfigWarning};
use super::{ClusterSpec, ComponentDocument, Release, defaults, host_path, read};
use crate::versions::facts::Component;
use crate::versions::{KubernetesVersion, Minor};

/// What all nodes of a cluster share, as it stands in the cluster.
#[derive(Debug, Clone)]
pub struct Stored {
    /// Without kube-proxy's configuration, which the cluster keeps to itself.
    pub cluster: ClusterSpec,
    /// Fields and feature gates that are not known here: they are left out.
    pub warnings: Vec<ConfigWarning>,
}

/// In the namespace kube-system, with the ClusterConfiguration as `data.ClusterConfiguration`.
const KUBEADM_CONFIG: &str = "kubeadm-config";
/// In the namespace kube-system, with the KubeletConfiguration as `data.kubelet`.
const KUBELET_CONFIG: &str = "kubelet-config";
/// In the namespace kube-system, with the KubeProxyConfiguration as `data."config.conf"`.
const KUBE_PROXY_CONFIG: &str = "kube-proxy";

impl Stored {
    /// Reads the texts in the ConfigMaps kubeadm-config and kubelet-config. They were checked when they were stored, so
    /// that what a newer kubeadm has added does not keep a node from joining.
    ///
    /// # Errors
    /// A text is not the document, or has a value that nothing can be made from; a Kubernetes minor that this program
    /// has no table of; a folder that is not a cluster's to name.
    pub fn parse(cluster_configuration: &str, kubelet_configuration: &str) -> Result<Self, ConfigErrors> {
        let mut remarks = Remarks::default();
        let cluster = cluster(cluster_configuration, judge_places, &mut remarks);
        let mut remarks = tolerant(KUBEADM_CONFIG, remarks);
        // Without the version nothing is known of the other fields.
        let Some(cluster) = cluster else { return Err(ConfigErrors(remarks.errors)) };
        let mut of_kubelet = Remarks::default();
        let kubelet = kubelet(kubelet_configuration, &cluster, &mut of_kubelet);
        let of_kubelet = tolerant(KUBELET_CONFIG, of_kubelet);
        remarks.errors.extend(of_kubelet.errors);
        remarks.warnings.extend(of_kubelet.warnings);
        Ok(Self { cluster: ClusterSpec { kubelet, ..cluster }, warnings: remarks.into_warnings()? })
    }

    /// All that an upgrade goes by, on a host that is the cluster's already.
    ///
    /// # Errors
    /// As [`Self::parse_cluster`], of each of the texts.
    pub fn parse_all(texts: &StoredTexts) -> Result<Self, ConfigErrors> {
        let mut remarks = Remarks::default();
        let cluster = cluster(&texts.cluster, |_, _| (), &mut remarks);
        let mut remarks = tolerant(KUBEADM_CONFIG, remarks);
        let Some(cluster) = cluster else { return Err(ConfigErrors(remarks.errors)) };
        let (mut of_kubelet, mut of_proxy) = (Remarks::default(), Remarks::default());
        let kubelet = kubelet(&texts.kubelet.text, &cluster, &mut of_kubelet);
        let kubelet = ComponentDocument { is_generated: texts.kubelet.is_generated, ..kubelet };
        let kube_proxy = texts.kube_proxy.as_ref().map_or_else(ComponentDocument::default, |stored| {
            let proxy = proxy(&stored.text, &cluster, &mut of_proxy);
            ComponentDocument { is_generated: stored.is_generated, ..proxy }
        });
        for more in [tolerant(KUBELET_CONFIG, of_kubelet), tolerant(KUBE_PROXY_CONFIG, of_proxy)] {
            remarks.errors.extend(more.errors);
            remarks.warnings.extend(more.warnings);
        }
        let cluster = ClusterSpec { kubelet, kube_proxy, ..cluster };
        Ok(Self { cluster, warnings: remarks.into_warnings()? })
    }

    /// The text in kubeadm-config alone, where the kubelet's does not count, on a host that is the cluster's already.
    ///
    /// # Errors
    /// As [`Self::parse`], but for the folders, which are not judged.
    pub fn parse_cluster(cluster_configuration: &str) -> Result<ClusterSpec, ConfigErrors> {
        let mut remarks = Remarks::default();
        let cluster = cluster(cluster_configuration, |_, _| (), &mut remarks);
        let errors = tolerant(KUBEADM_CONFIG, remarks).errors;
        cluster.filter(|_| errors.is_empty()).ok_or(ConfigErrors(errors))
    }
}

/// The texts in the ConfigMaps.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredTexts {
    /// The ClusterConfiguration.
    pub cluster: String,
    /// The KubeletConfiguration.
    pub kubelet: StoredText,
    /// The KubeProxyConfiguration, where there is one that may be read.
    pub kube_proxy: Option<StoredText>,
}

/// A component's configuration.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct StoredText {
    /// YAML.
    pub text: String,
    /// Whether it is marked as kubeadm's own making in which nobody has changed anything.
    pub is_generated: bool,
}

/// kubeadm's defaults for the newest Kubernetes, in the place of a cluster that is not known yet: for what is asked of a host
/// before it joins.
pub fn unknown_cluster() -> ClusterSpec {
    let (version, minor) = defaults::version();
    read::cluster(Section::default(), version, minor, defaults::BIND_PORT, &mut Remarks::default())
}

fn cluster(
    text: &str,
    judge: impl FnOnce(Section, &mut Remarks),
    remarks: &mut Remarks,
) -> Option<ClusterSpec> {
    let Documents { cluster, .. } = document::read(text, Use::StoredCluster, remarks);
    let (document, format) = found(cluster, "ClusterConfiguration", remarks)?;
    let (tree, _) = checked::cluster(&document, format, remarks);
    let section = Section::of(&tree);
    judge(section, remarks);
    let (version, minor) = version(section, remarks)?;
    Some(read::cluster(section, version, minor, defaults::BIND_PORT, remarks))
}

/// Where a node that joins would write.
fn judge_places(section: Section, remarks: &mut Remarks) {
    let folders = [section.text("certificatesDir"), section.section("etcd").section("local").text("dataDir")];
    // What is no path of a host is refused where it is read.
    for given in folders.into_iter().flatten().filter(|given| host_path(given.value).is_ok()) {
        given.read(remarks, |text| judge_place(Path::new(text)));
    }
}

fn version(section: Section, remarks: &mut Remarks) -> Option<(KubernetesVersion, &'static Minor)> {
    let given = read::wanted(section, "kubernetesVersion", remarks)?;
    read::exact_version(given, remarks)
}

fn kubelet(text: &str, cluster: &ClusterSpec, remarks: &mut Remarks) -> ComponentDocument {
    let Documents { kubelet, .. } = document::read(text, Use::StoredKubelet, remarks);
    let document = found(kubelet, "KubeletConfiguration", remarks);
    let release = Release::of(&cluster.version, cluster.minor);
    let schema = cluster.minor.schemas.kubelet;
    checked::component(document.as_ref(), schema, (Component::Kubelet, release), remarks)
}

fn proxy(text: &str, cluster: &ClusterSpec, remarks: &mut Remarks) -> ComponentDocument {
    let Documents { kube_proxy, .. } = document::read(text, Use::StoredProxy, remarks);
    let document = found(kube_proxy, "KubeProxyConfiguration", remarks);
    let release = Release::of(&cluster.version, cluster.minor);
    let schema = cluster.minor.schemas.kube_proxy;
    checked::component(document.as_ref(), schema, (Component::KubeProxy, release), remarks)
}

fn found<T>(document: Option<T>, kind: &'static str, remarks: &mut Remarks) -> Option<T> {
    if document.is_none() && remarks.errors.is_empty() {
        remarks.refuse(&At::host(""), Problem::NoSuchDocument { kind });
    }
    document
}

/// The remarks with their ConfigMap as place. Of the errors those that only a newer version explains become warnings;
/// of the warnings that of a patch counts here too, and the others were for whoever stored the document.
fn tolerant(config_map: &'static str, remarks: Remarks) -> Remarks {
    let located = remarks.errors.into_iter().map(|error| located(config_map, error));
    let (unknown, errors): (Vec<_>, Vec<_>) =
        located.partition(|error| error.problem.is_of_another_version());
    let warning = |ConfigError { file, place, field, problem, .. }| {
        let caution = match problem {
            Problem::NotTaken(not_taken) => Caution::NotTaken { not_taken, but: "it is the cluster's own" },
            _ => Caution::UnknownInStored,
        };
        ConfigWarning { file, place, field, caution, excerpt: None }
    };
    let patch = remarks.warnings.into_iter().filter(|warning| warning.caution.is_of_the_version());
    let patch =
        patch.map(|warning| ConfigWarning { place: stored_at(config_map, &warning.place), ..warning });
    let warnings = patch.chain(unknown.into_iter().map(warning)).collect();
    Remarks { errors, warnings, ..Remarks::default() }
}

fn located(config_map: &'static str, error: ConfigError) -> ConfigError {
    ConfigError { place: stored_at(config_map, &error.place), ..error }
}

fn stored_at(config_map: &'static str, place: &Place) -> Place {
    let (line, column) = match place {
        Place::Document { line, column, .. } | Place::Stored { line, column, .. } => (*line, *column),
        Place::File | Place::Flag(_) | Place::Argument(_) | Place::Host => (1, 1),
    };
    Place::Stored { config_map, line, column }
}
