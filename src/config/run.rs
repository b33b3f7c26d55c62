//! How one run of `init` or `join` goes about its work; nothing of it shows in what is made, but for the patches.

use std::path::PathBuf;

/// What a run was asked for beside the cluster and the node.
#[derive(Debug, Clone, Default)]
pub struct RunOptions {
    /// By their names; which there are is not the configuration's to say.
    pub skip_phases: Vec<String>,
    /// The folder with the user's patches.
    pub patches: Option<PathBuf>,
    /// By the checks' names; `all` is every one.
    pub ignore_preflight_errors: Vec<String>,
    /// Nothing is changed, and what would be is told.
    pub dry_run: bool,
}
