//! The kubeconfig that leads to the cluster.

use std::path::Path;

use super::failure::UpgradeFailure;
use crate::host::Node;
use crate::plan::Content;

/// What is in the one at this path.
pub fn kubeconfig(node: &Node, path: &Path) -> Result<Content, UpgradeFailure> {
    let found = node.tree().read_named(path).map_err(UpgradeFailure::ReadKubeconfig)?;
    found.ok_or_else(|| UpgradeFailure::NoKubeconfig { path: path.to_owned() })
}
