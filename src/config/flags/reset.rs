//! The flags of `reset`.

use super::{IGNORE, Raw, Row, bare, lay_over};
use crate::config::given::{Located, Remarks, Tree, Unknown};

/// The flags of `reset` and of its phases that change its configuration, unread.
#[derive(Debug, Clone, Default)]
pub struct ResetFlags {
    /// Of the file. No flag, but what the program's name asks for.
    pub unknown: Unknown,
    pub cert_dir: Option<String>,
    pub cleanup_tmp_dir: Option<bool>,
    pub cri_socket: Option<String>,
    pub dry_run: Option<bool>,
    pub force: Option<bool>,
    pub ignore_preflight_errors: Vec<String>,
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
