//! The snapshots of etcd's data that upgrades keep.

use std::ffi::OsString;
use std::io;
use std::path::Path;

use super::dir::Dir;
use super::etcd::SnapshotError;
use super::files::{Tree, absent, beside_name};
use super::kill_point;
use super::member::{self, MemberError};
use crate::plan::EtcdSnapshot;

/// How many stay, the newest among them: each is as large as etcd's data.
const KEPT: usize = 2;

/// Keeps all data of this host's member in a file, which is there only where they are whole; of the older ones the newest stays.
pub async fn keep_snapshot(tree: &Tree, wanted: &EtcdSnapshot) -> Result<(), MemberError> {
    let (client, endpoint) = member::own(tree, &wanted.member).await?;
    let place = tree.locate(&wanted.path);
    drop(Shelf::of(&place).and_then(|shelf| shelf.each(|folder| absent(folder, shelf.unfinished()))));
    let mut file = tree.begin(&wanted.path, 0o600)?;
    match client.snapshot(&endpoint, &mut file).await {
        Ok(()) => file.put()?,
        Err(SnapshotError::Kept(source)) => return Err(file.failed(source).into()),
        Err(error) => return Err(MemberError::NoSnapshot(error)),
    }
    // One that stays too long is no reason to end an upgrade.
    drop(Shelf::of(&place).and_then(|shelf| shelf.remove_older()));
    Ok(())
}

/// Where snapshots are: `SHELF/FOLDER-TIME/FILE`, a folder an upgrade.
struct Shelf {
    dir: Dir,
    /// Of all folders, up to the time.
    prefix: String,
    file: OsString,
}

/// `2026-11-29-12-00-00`
const TIME: usize = 19;

impl Shelf {
    /// That of this snapshot.
    fn of(snapshot: &Path) -> io::Result<Self> {
        let parts = || {
            let folder = snapshot.parent()?;
            let name = folder.file_name()?.to_str()?;
            let prefix = name.get(..name.len().checked_sub(TIME)?)?;
            Some((folder.parent()?, prefix.to_owned(), snapshot.file_name()?.to_owned()))
        };
        let (shelf, prefix, file) = parts().ok_or(io::ErrorKind::InvalidInput)?;
        Ok(Self { dir: Dir::open(shelf)?, prefix, file })
    }

    /// A snapshot that is being written, or was when its upgrade was cut off.
    fn unfinished(&self) -> OsString {
        beside_name(&self.file)
    }

    /// The folders' names, the newest first.
    fn names(&self) -> io::Result<Vec<OsString>> {
        let is_one = |name: &OsString| name.to_str().is_some_and(|name| name.starts_with(&self.prefix));
        let mut names: Vec<OsString> = self.dir.names()?.into_iter().filter(is_one).collect();
        names.sort_unstable_by(|one, other| other.cmp(one));
        Ok(names)
    }

    fn each(&self, work: impl Fn(&Dir) -> io::Result<()>) -> io::Result<()> {
        self.names()?.iter().try_for_each(|name| work(&self.dir.child(name)?))
    }

    /// Nothing else goes that is in these folders: kubeadm's copies have the same names.
    fn remove_older(&self) -> io::Result<()> {
        let mut kept = 0;
        for name in self.names()? {
            let folder = self.dir.child(&name)?;
            let has_one = folder.has(&self.file);
            kept += usize::from(has_one);
            if kept <= KEPT {
                continue;
            }
            if has_one {
                folder.remove_file(&self.file)?;
                kill_point::passed("removed", folder.shown(&self.file).display());
            }
            if folder.names()?.is_empty() {
                self.dir.remove_dir(&name)?;
            }
        }
        Ok(())
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "a test makes files by itself")]
mod tests {
    use std::fs;

    use super::*;

    #[test]
    fn the_newest_two_stay_and_whatever_is_no_snapshot() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str| {
            let path = folder.path().join(name);
            fs::create_dir_all(path.parent().unwrap()).unwrap();
            fs::write(&path, "").unwrap();
            path
        };
        let new = make("backup-etcd-2026-11-29-12-00-00/snapshot.db");
        make("backup-etcd-2026-11-28-12-00-00/etcd/member/snap/db");
        make("backup-etcd-2026-11-27-12-00-00/snapshot.db");
        make("backup-etcd-2026-11-26-12-00-00/snapshot.db");
        make("backup-etcd-2026-11-25-12-00-00/snapshot.db");
        make("backup-etcd-2026-11-25-12-00-00/notes");
        make("backup-etcd-2026-11-24-12-00-00/.kubewright-snapshot.db");
        make("backup-manifests-2026-11-24-12-00-00/snapshot.db");
        let shelf = Shelf::of(&new).unwrap();
        shelf.each(|folder| absent(folder, shelf.unfinished())).unwrap();
        shelf.remove_older().unwrap();
        let left = |name: &str| folder.path().join(name).exists();
        assert!(left("backup-etcd-2026-11-29-12-00-00/snapshot.db"));
        assert!(left("backup-etcd-2026-11-28-12-00-00/etcd/member/snap/db"));
        assert!(left("backup-etcd-2026-11-27-12-00-00/snapshot.db"));
        assert!(!left("backup-etcd-2026-11-26-12-00-00"));
        assert!(!left("backup-etcd-2026-11-25-12-00-00/snapshot.db"));
        assert!(left("backup-etcd-2026-11-25-12-00-00/notes"));
        assert!(!left("backup-etcd-2026-11-24-12-00-00"));
        assert!(left("backup-manifests-2026-11-24-12-00-00/snapshot.db"));
    }
}
