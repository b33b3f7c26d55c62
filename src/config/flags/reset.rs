//! The flags of `reset`.

use super::{IGNORE, Raw, Row, bare, lay_over};
use crate::config::given::{Located, Remarks, Tree, Unknown};

/// The flags of `reset` and of its phases that change its configuration, unread.
#[derive(Debug, Clone, Default)]
pub struct ResetFlags {
    /// Of the file. No flag, but what the program's name asks for.
    pub unknown: Unknown,
    /// An absolute path: where certificates and keys are.
    pub cert_dir: Option<String>,
    /// Whether `/etc/kubernetes/tmp` is removed.
    pub cleanup_tmp_dir: Option<bool>,
    /// The container runtime's, with its scheme: `unix:///var/run/containerd/containerd.sock`.
    pub cri_socket: Option<String>,
    /// `None` where it was not given: the file's value holds then.
    pub dry_run: Option<bool>,
    /// Whether nothing is asked, and an etcd that does not let its member go does not end the reset.
    pub force: Option<bool>,
    /// Names of checks, or `all`.
    pub ignore_preflight_errors: Vec<String>,
    /// `phase` or `group/phase` each.
    pub skip_phases: Vec<String>,
}

const RESET: &[Row<ResetFlags>] = &[
    ("cert-dir", "certificatesDir", |f| Raw::Text(&f.cert_dir)),
    ("cleanup-tmp-dir", "cleanupTmpDir", |f| Raw::Switch(f.cleanup_tmp_dir)),
    ("cri-socket", "criSocket", |f| Raw::Text(&f.cri_socket)),
    ("dry-run", "dryRun", |f| Raw::Switch(f.dry_run)),
    ("force", "force", |f| Raw::Switch(f.force)),
    (IGNORE, "ignorePreflightErrors", |f| Raw::Texts(&f.ignore_preflight_errors)),
    ("skip-phases", "skipPhases", |f| Raw::Texts(&f.skip_phases)),
];

/// Reads the flags of a run without `--config`, as a ResetConfiguration of v1beta4.
pub fn document(flags: &ResetFlags, remarks: &mut Remarks) -> Located<Tree> {
    bare(Tree::Map(super::document(RESET, flags, remarks)))
}

/// Lays the flags that may stand beside `--config` over the file's ResetConfiguration.
pub fn beside_config(flags: &ResetFlags, mut reset: Located<Tree>, remarks: &mut Remarks) -> Located<Tree> {
    lay_over(RESET, flags, &mut reset, remarks);
    reset
}
