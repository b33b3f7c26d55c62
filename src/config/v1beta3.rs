//! v1beta3 documents in the form of v1beta4: arguments as lists, and every timeout among the timeouts.

use std::collections::BTreeMap;

use super::given::{Located, Section, Tree};
use crate::duration::GoDuration;

/// The maps of a ClusterConfiguration that v1beta4 has as lists.
const CLUSTER_ARGUMENTS: [&[&str]; 4] = [
    &["apiServer", "extraArgs"],
    &["controllerManager", "extraArgs"],
    &["scheduler", "extraArgs"],
    &["etcd", "local", "extraArgs"],
];

/// The value that kubeadm's v1beta3 had for a timeout that was not given; it never overrides.
const DEFAULT_TIMEOUT: GoDuration = GoDuration::from_secs(4 * 60);

const KUBELET_ARGUMENTS: &[&str] = &["nodeRegistration", "kubeletExtraArgs"];

/// The InitConfiguration of v1beta3 in the form of v1beta4.
pub fn init(mut document: Located<Tree>) -> Located<Tree> {
    rewrite(&mut document, KUBELET_ARGUMENTS, arguments);
    document
}

/// `discovery.timeout` moves to `timeouts.discovery`.
pub fn join(mut document: Located<Tree>) -> Located<Tree> {
    rewrite(&mut document, KUBELET_ARGUMENTS, arguments);
    if let Tree::Map(fields) = &mut document.value
        && let Some(Tree::Map(discovery)) = fields.get_mut("discovery").map(|given| &mut given.value)
        && let Some(timeout) = discovery.remove("timeout")
    {
        let at = timeout.at.clone();
        let timeouts = Tree::Map(BTreeMap::from([("discovery".to_owned(), timeout)]));
        fields.insert("timeouts".to_owned(), Located { value: timeouts, at });
    }
    document
}

/// The ClusterConfiguration, and `apiServer.timeoutForControlPlane`, which v1beta4 keeps in the InitConfiguration's
/// `timeouts.controlPlaneComponentHealthCheck`.
pub fn cluster(mut document: Located<Tree>) -> (Located<Tree>, Option<GoDuration>) {
    for path in CLUSTER_ARGUMENTS {
        rewrite(&mut document, path, arguments);
    }
    let timeout = Section::of(&document).section("apiServer").text("timeoutForControlPlane");
    let timeout = timeout.and_then(|given| given.value.parse::<GoDuration>().ok());
    (document, timeout.filter(|timeout| *timeout != GoDuration::ZERO && *timeout != DEFAULT_TIMEOUT))
}

fn rewrite(given: &mut Located<Tree>, path: &[&str], change: fn(Tree) -> Tree) {
    let Some((name, rest)) = path.split_first() else {
        given.value = change(std::mem::replace(&mut given.value, Tree::Bool(false)));
        return;
    };
    if let Tree::Map(fields) = &mut given.value
        && let Some(inner) = fields.get_mut(*name)
    {
        rewrite(inner, rest, change);
    }
}

/// `{a: b}` → `[{name: a, value: b}]`, ordered by name.
fn arguments(tree: Tree) -> Tree {
    match tree {
        Tree::Map(fields) => Tree::List(fields.into_iter().map(argument).collect()),
        Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::List(_) => tree,
    }
}

fn argument((name, value): (String, Located<Tree>)) -> Located<Tree> {
    let at = value.at.clone();
    let name = Located::new(Tree::Text(name), &at);
    let fields = BTreeMap::from([("name".to_owned(), name), ("value".to_owned(), value)]);
    Located { value: Tree::Map(fields), at }
}
