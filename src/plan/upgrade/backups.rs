//! Where an upgrade keeps copies of what it replaces, by kubeadm's names.

use std::path::{Path, PathBuf};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::plan::inputs::KUBERNETES;
use crate::plan::{Action, Content, Directory, Expect, File, FileKind};

/// The folders of one upgrade, by the second in which it has begun.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Backups {
    second: String,
}

impl Backups {
    /// For an upgrade that begins now.
    pub fn begun(now: Timestamp) -> Self {
        Self { second: now.to_zoned(TimeZone::UTC).strftime("%Y-%m-%d-%H-%M-%S").to_string() }
    }

    /// Whether a file is one of any upgrade's copies.
    pub fn hold(path: &Path) -> bool {
        path.starts_with(Path::new(KUBERNETES).join("tmp"))
    }

    /// `/etc/kubernetes/tmp/kubeadm-backup-manifests-2026-11-29-12-00-00`
    pub fn manifests(&self) -> PathBuf {
        self.folder("kubeadm-backup-manifests")
    }

    /// `/etc/kubernetes/tmp/kubeadm-backup-etcd-2026-11-29-12-00-00/snapshot.db`
    pub fn etcd_snapshot(&self) -> PathBuf {
        self.folder("kubeadm-backup-etcd").join("snapshot.db")
    }

    /// `/etc/kubernetes/tmp/kubeadm-kubelet-config-2026-11-29-12-00-00`
    pub fn kubelet_config(&self) -> PathBuf {
        self.folder("kubeadm-kubelet-config")
    }

    fn folder(&self, name: &str) -> PathBuf {
        Path::new(KUBERNETES).join("tmp").join(format!("{name}-{}", self.second))
    }
}

/// The folder, and in it a copy of each file, by the last part of its path.
pub(super) fn copies<'a>(
    folder: &Path,
    kind: FileKind,
    files: impl IntoIterator<Item = (&'a Path, &'a Content)>,
) -> Vec<Action> {
    let copy = |(path, content): (&Path, &Content)| {
        let name = path.file_name().unwrap_or_default();
        let (path, content) = (folder.join(name), content.clone());
        Action::WriteFile(File { path, kind, content, expect: Expect::Absent })
    };
    let above = folder.parent().unwrap_or(folder);
    let folders =
        [above, folder].map(|path| Action::MakeDir(Directory { path: path.to_owned(), mode: 0o700 }));
    folders.into_iter().chain(files.into_iter().map(copy)).collect()
}
