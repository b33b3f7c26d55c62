//! A file for any command → every document of it, checked as the command that reads it would check it, all problems at
//! once.

use super::checked;
use super::document::{self, Document, Documents, Part, Use};
use super::error::{ConfigErrors, Place};
use super::flags::DiscoveryNeed;
use super::given::{At, Located, Remarks, Section, Tree, Unknown};
use super::kind::ConfigKind;
use super::problem::Problem;
use super::requested::{self, Input};
use super::requested_join;
use super::warning::ConfigWarning;
use super::{Release, Requested, RequestedJoin, RequestedReset, defaults, read};
use crate::duration::GoDuration;
use crate::versions::facts::Component;
use crate::versions::{ConfigFormat, KubernetesVersion, Minor, Schemas};

/// A version and the table of its minor.
pub type Assumed = (KubernetesVersion, &'static Minor);

/// The documents of a file, in the form of v1beta4 and as what is made of them.
pub struct ConfigFile {
    /// That of `kubernetesVersion`, or what was handed in where there is none.
    pub minor: &'static Minor,
    /// The whole stream.
    pub parts: Vec<Part>,
    /// Where InitConfiguration or ClusterConfiguration is given.
    pub init: Option<Requested>,
    /// Where a JoinConfiguration is given.
    pub join: Option<RequestedJoin>,
    /// Where a ResetConfiguration is given.
    pub reset: Option<RequestedReset>,
    /// The trees of kubeadm's own documents that were given.
    pub trees: Vec<OwnTree>,
    /// To be shown, once.
    pub warnings: Vec<ConfigWarning>,
}

/// One of kubeadm's own documents.
pub struct OwnTree {
    /// Its kind.
    pub kind: ConfigKind,
    /// As it was given.
    pub format: ConfigFormat,
    /// In the form of v1beta4.
    pub tree: Located<Tree>,
    /// v1beta3's `apiServer.timeoutForControlPlane`.
    pub timeout: Option<GoDuration>,
}

impl ConfigFile {
    /// Reads `text`. `assumed` stands for the version where the documents name none; `not_taken` says what becomes of arguments and
    /// gates that a component does not take.
    ///
    /// # Errors
    /// All offences at once, in the order of their places; there is no known document in it.
    pub fn parse(text: &str, assumed: Option<Assumed>, not_taken: Unknown) -> Result<Self, ConfigErrors> {
        let mut remarks = Remarks { not_taken, ..Remarks::default() };
        let documents = document::read(text, Use::Everything, &mut remarks);
        if documents.parts.iter().all(|part| part.role.is_none()) && remarks.errors.is_empty() {
            remarks.refuse(&At { place: Place::File, field: String::new() }, Problem::NoKnownDocument);
        }
        let whole = of_documents(documents, &assumed.unwrap_or_else(defaults::version), &mut remarks);
        remarks.forgive(whole.minor.config_format);
        let warnings = remarks.into_warnings()?;
        Ok(Self { warnings, ..whole })
    }
}

fn of_documents(mut documents: Documents, assumed: &Assumed, remarks: &mut Remarks) -> ConfigFile {
    let trees = trees(&mut documents, remarks);
    let section = |kind| Some(Section::of(&find(&trees, kind)?.tree));
    let init = init(&trees, &mut documents, assumed, remarks);
    let join = section(ConfigKind::Join)
        .map(|section| requested_join::typed(section, DiscoveryNeed::Wanted, remarks));
    let reset = section(ConfigKind::Reset).map(|section| read::reset(section, remarks));
    if let Some(section) = section(ConfigKind::Upgrade) {
        read::upgrade(section, remarks);
    }
    let minor = init.as_ref().map_or(assumed.1, |init| init.cluster.minor);
    ConfigFile { minor, parts: documents.parts, init, join, reset, trees, warnings: Vec::new() }
}

/// Takes kubeadm's own documents out, each checked against its schema.
fn trees(documents: &mut Documents, remarks: &mut Remarks) -> Vec<OwnTree> {
    let reset = documents.reset.take().map(|document| (document, ConfigFormat::V1Beta4));
    let upgrade = documents.upgrade.take().map(|document| (document, ConfigFormat::V1Beta4));
    let own = [
        (ConfigKind::Init, documents.init.take()),
        (ConfigKind::Cluster, documents.cluster.take()),
        (ConfigKind::Join, documents.join.take()),
        (ConfigKind::Reset, reset),
        (ConfigKind::Upgrade, upgrade),
    ];
    let given = own.into_iter().filter_map(|(kind, document)| Some((kind, document?)));
    given.map(|(kind, (document, format))| own_tree(kind, &document, format, remarks)).collect()
}

fn own_tree(kind: ConfigKind, document: &Document, format: ConfigFormat, remarks: &mut Remarks) -> OwnTree {
    let (tree, timeout) = match kind {
        ConfigKind::Init => (checked::init(document, format, remarks), None),
        ConfigKind::Cluster => checked::cluster(document, format, remarks),
        ConfigKind::Join => (checked::join(document, format, remarks), None),
        ConfigKind::Reset => (checked::reset(document, remarks), None),
        ConfigKind::Upgrade => (checked::upgrade(document, remarks), None),
    };
    OwnTree { kind, format, tree, timeout }
}

fn find(trees: &[OwnTree], kind: ConfigKind) -> Option<&OwnTree> {
    trees.iter().find(|own| own.kind == kind)
}

/// What `init` makes of the documents. The components' own are looked at even where nothing else is for `init`.
fn init(
    trees: &[OwnTree],
    documents: &mut Documents,
    assumed: &Assumed,
    remarks: &mut Remarks,
) -> Option<Requested> {
    let (kubelet, kube_proxy) = (documents.kubelet.take(), documents.kube_proxy.take());
    let (init, cluster) = (find(trees, ConfigKind::Init), find(trees, ConfigKind::Cluster));
    if init.is_none() && cluster.is_none() {
        let Schemas { kubelet: of_kubelet, kube_proxy: of_proxy } = assumed.1.schemas;
        let release = Release::of(&assumed.0, assumed.1);
        // The version is no more than a guess: nothing is refused for it.
        let certain = std::mem::replace(&mut remarks.not_taken, Unknown::LeftOut);
        checked::component(kubelet.as_ref(), of_kubelet, (Component::Kubelet, release), remarks);
        checked::component(kube_proxy.as_ref(), of_proxy, (Component::KubeProxy, release), remarks);
        remarks.not_taken = certain;
        return None;
    }
    let tree = |own: Option<&OwnTree>| own.map_or_else(checked::empty, |own| own.tree.clone());
    let mut input = Input {
        init: tree(init),
        cluster: tree(cluster),
        timeout: cluster.and_then(|own| own.timeout),
        kubelet,
        kube_proxy,
    };
    assume(&mut input.cluster, &assumed.0);
    Some(requested::typed(&input, &|| assumed.clone(), remarks))
}

/// The version where none is given.
fn assume(cluster: &mut Located<Tree>, version: &KubernetesVersion) {
    if Section::of(cluster).text(VERSION).is_none()
        && let Tree::Map(fields) = &mut cluster.value
    {
        fields.insert(VERSION.to_owned(), Located::new(Tree::Text(version.to_string()), &At::host(VERSION)));
    }
}

const VERSION: &str = "kubernetesVersion";

#[cfg(test)]
mod tests {
    use super::*;

    fn parse(text: &str) -> Result<ConfigFile, Vec<String>> {
        ConfigFile::parse(text, None, Unknown::Refused)
            .map_err(|errors| errors.0.iter().map(ToString::to_string).collect())
    }

    #[test]
    fn documents_of_all_commands_are_read_and_their_problems_told_at_once() {
        let text = "apiVersion: kubeadm.k8s.io/v1beta3\nkind: JoinConfiguration\ndiscovery: {file: {kubeConfigPath: /x, z: 1}}\n\
                    ---\napiVersion: kubeadm.k8s.io/v1beta4\nkind: UpgradeConfiguration\nnode: {imagePullPolicy: Some}\n\
                    ---\napiVersion: kubelet.config.k8s.io/v1beta1\nkind: KubeletConfiguration\nmaxPod: 1\n\
                    ---\napiVersion: v1\nkind: Pod\n";
        let said = parse(text).err().unwrap();
        let heads: Vec<&str> = said.iter().map(|line| line.split(": ").next().unwrap()).collect();
        assert_eq!(
            heads,
            [
                "document 1 (JoinConfiguration), line 3, column 40",
                "document 2 (UpgradeConfiguration), line 7, column 25",
                "document 3 (KubeletConfiguration), line 11, column 1",
                "document 4 (Pod), line 14, column 7",
            ]
        );
    }

    #[test]
    fn the_minor_is_that_of_the_documents_or_the_one_handed_in() {
        let text = |version: &str| {
            format!("apiVersion: kubeadm.k8s.io/v1beta4\nkind: ClusterConfiguration\n{version}\n")
        };
        let assumed = crate::versions::resolve("1.36.1").unwrap();
        let of = |text: &str| {
            ConfigFile::parse(text, Some(assumed.clone()), Unknown::Refused)
                .unwrap()
                .init
                .unwrap()
                .cluster
                .version
        };
        assert_eq!(of(&text("")).to_string(), "v1.36.1");
        assert_eq!(of(&text("kubernetesVersion: 1.37.0")).to_string(), "v1.37.0");
    }

    #[test]
    fn a_file_without_a_document_is_refused() {
        assert_eq!(parse("# nothing\n---\n").err().unwrap().len(), 1);
    }
}
