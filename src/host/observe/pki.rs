//! The keys, certificates and kubeconfigs of this host, or of a copy of a host's files. Links are followed inside of the root alone,
//! and everything has a bound: a copy may be anybody's.
#![expect(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::collections::BTreeSet;
use std::fs::{self, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::path::{Component, Path, PathBuf};

use crate::host::node::Node;
use crate::host::whole;
use crate::pki_graph::{self, Content, FOLDERS, Folder, NotLooked, SeenFile, Tree};

/// Far more than any bundle of CAs has.
const LARGEST: u64 = 1 << 20;
/// Of all files together.
const MOST_BYTES: u64 = 64 << 20;
/// What is not named by anything, and lies in a folder of people's, is no key where it is larger.
const LARGEST_KEY: u64 = 64 << 10;
/// Files and folders that are looked at below each of the folders.
const MOST_ENTRIES: usize = 5_000;
/// As many as the kernel follows.
const MOST_LINKS: usize = 40;
/// kubeconfigs name files, which name none: more rounds find nothing.
const ROUNDS: usize = 4;

/// What is below `root`, a folder of the node that has been named, or `/` for the node itself.
///
/// # Errors
/// There is no such folder, or it cannot be looked into.
pub fn pki(node: &Node, root: &Path) -> io::Result<Tree> {
    let place = node.path(std::path::absolute(root)?);
    fs::read_dir(&place)?;
    let tree = Tree { root: root.to_owned(), is_host: root == Path::new("/"), ..Tree::default() };
    let mut reader = Reader { place, tree, entries: 0, bytes: 0, folders: BTreeSet::new() };
    for folder in FOLDERS {
        reader.walk_all(folder);
    }
    for _ in 0..ROUNDS {
        let wanted = pki_graph::wanted(&reader.tree);
        if wanted.is_empty() {
            break;
        }
        for path in &wanted {
            reader.take(path);
        }
    }
    reader.tree.unread.sort();
    reader.tree.unread.dedup();
    Ok(reader.tree)
}

struct Reader {
    /// Where the root is.
    place: PathBuf,
    tree: Tree,
    entries: usize,
    bytes: u64,
    /// Those that were walked, behind their links: one that leads upwards ends here.
    folders: BTreeSet<PathBuf>,
}

impl Reader {
    /// A folder, or with a star at its end all whose names begin so.
    fn walk_all(&mut self, folder: &Folder) {
        self.entries = 0;
        let Some(begin) = folder.path.strip_suffix('*') else {
            return self.walk(Path::new(folder.path), folder.depth, folder.begins);
        };
        let Some((above, begin)) = begin.rsplit_once('/') else { return };
        let above = if above.is_empty() { "/" } else { above };
        let Ok(real) = self.resolve(Path::new(above)) else { return };
        for name in self.names(&real).unwrap_or_default() {
            if name.starts_with(begin) {
                self.walk(&Path::new(above).join(name), folder.depth, folder.begins);
            }
        }
    }

    /// Names that are text, sorted.
    fn names(&self, real: &Path) -> io::Result<Vec<String>> {
        let entries = fs::read_dir(self.at(real))?;
        let names = entries.filter_map(|entry| entry.ok()?.file_name().into_string().ok());
        let mut names: Vec<String> = names.take(MOST_ENTRIES).collect();
        names.sort();
        Ok(names)
    }

    fn walk(&mut self, folder: &Path, depth: usize, begins: &[&str]) {
        let Ok(real) = self.resolve(folder) else { return };
        if !self.folders.insert(real.clone()) && begins.is_empty() {
            return;
        }
        let names = match self.names(&real) {
            Ok(names) => names,
            Err(error) => {
                if !matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) {
                    self.skip(folder, &error.to_string());
                }
                return;
            }
        };
        for name in names {
            if self.entries == MOST_ENTRIES {
                return self.skip(folder, "there are more files than are looked at");
            }
            self.entries += 1;
            let path = folder.join(&name);
            let found = self.look(&path).ok().map(|(_, found)| found);
            let is_folder = found.as_ref().is_some_and(Metadata::is_dir);
            let is_of_people = !path.starts_with("/etc") && !path.starts_with("/var/lib");
            let is_large = found.is_some_and(|found| found.len() > LARGEST_KEY && !found.is_dir());
            if is_of_people && (is_large || name.starts_with('.')) {
                continue;
            }
            if is_folder && depth > 0 && begins.is_empty() {
                self.walk(&path, depth - 1, begins);
            } else if !is_folder && (begins.is_empty() || begins.iter().any(|begin| name.starts_with(begin)))
            {
                self.take(&path);
            }
        }
    }

    /// Reads a file, if there is one.
    fn take(&mut self, path: &Path) {
        if self.tree.files.contains_key(path) {
            return;
        }
        match self.look(path) {
            Ok((real, found)) => {
                if found.is_dir() {
                    return;
                }
                let content = self.content(path, &real, &found);
                let (mode, owner, group) = (found.mode() & 0o7777, found.uid(), found.gid());
                self.tree.files.insert(path.to_owned(), SeenFile { mode, owner, group, real, content });
            }
            Err(error) if error.kind() == ErrorKind::NotFound => {
                if self.is_link(path) {
                    self.put(path, Content::Dangling);
                }
            }
            Err(error) if error.kind() == ErrorKind::NotADirectory => {}
            Err(error) => {
                self.skip(path, &error.to_string());
                self.put(path, Content::Unread(error.to_string()));
            }
        }
    }

    fn put(&mut self, path: &Path, content: Content) {
        let file = SeenFile { mode: 0, owner: 0, group: 0, real: path.to_owned(), content };
        self.tree.files.insert(path.to_owned(), file);
    }

    fn skip(&mut self, path: &Path, why: &str) {
        self.tree.unread.push(NotLooked { path: path.to_owned(), why: why.to_owned() });
    }

    /// What a file comes to; its bytes are wiped.
    fn content(&mut self, path: &Path, real: &Path, found: &Metadata) -> Content {
        let left = MOST_BYTES.saturating_sub(self.bytes).min(LARGEST);
        let attempt = || {
            if found.len() > left {
                return Err(io::Error::other("it is larger than what is looked at"));
            }
            whole::read(whole::open_file(&self.at(real))?, left)
        };
        match attempt() {
            Ok(bytes) => {
                self.bytes = self.bytes.saturating_add(bytes.len() as u64);
                pki_graph::content(path, &bytes)
            }
            Err(error) => {
                self.skip(path, &error.to_string());
                Content::Unread(error.to_string())
            }
        }
    }

    /// Where a path of the tree is on this host, links left aside.
    fn at(&self, real: &Path) -> PathBuf {
        self.place.join(real.strip_prefix("/").unwrap_or(real))
    }

    fn is_link(&self, path: &Path) -> bool {
        let Some((above, name)) = path.parent().zip(path.file_name()) else { return false };
        let Ok(above) = self.resolve(above) else { return false };
        fs::symlink_metadata(self.at(&above.join(name))).is_ok_and(|found| found.is_symlink())
    }

    fn look(&self, path: &Path) -> io::Result<(PathBuf, Metadata)> {
        let real = self.resolve(path)?;
        let found = fs::symlink_metadata(self.at(&real))?;
        Ok((real, found))
    }

    /// Where a path leads, links followed as if the tree's root were this host's: none leads out of it.
    fn resolve(&self, path: &Path) -> io::Result<PathBuf> {
        let mut done = PathBuf::from("/");
        let mut left: Vec<std::ffi::OsString> = parts(path);
        let mut links = 0;
        while let Some(name) = left.pop() {
            if name == ".." {
                done.pop();
                continue;
            }
            let next = done.join(&name);
            let found = fs::symlink_metadata(self.at(&next))?;
            if !found.is_symlink() {
                if !left.is_empty() && !found.is_dir() {
                    return Err(ErrorKind::NotADirectory.into());
                }
                done = next;
                continue;
            }
            links += 1;
            if links > MOST_LINKS {
                return Err(io::Error::other("its links lead in a circle"));
            }
            let target = fs::read_link(self.at(&next))?;
            if target.is_absolute() {
                done = PathBuf::from("/");
            }
            left.extend(parts(&target));
        }
        Ok(done)
    }
}

/// The last first, so that the next is taken from the end.
fn parts(path: &Path) -> Vec<std::ffi::OsString> {
    let parts = path.components().filter_map(|part| match part {
        Component::Normal(name) => Some(name.to_owned()),
        Component::ParentDir => Some("..".into()),
        Component::RootDir | Component::CurDir | Component::Prefix(_) => None,
    });
    let mut all: Vec<_> = parts.collect();
    all.reverse();
    all
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;
    use crate::host::node::fake_node;

    const CERTIFICATE: &[u8] = include_bytes!("../../../tests/golden/pki/p256-leaf.crt");

    fn tree(prepare: impl Fn(&Path)) -> Tree {
        let folder = tempfile::tempdir().unwrap();
        let pki_dir = folder.path().join("etc/kubernetes/pki");
        fs::create_dir_all(&pki_dir).unwrap();
        prepare(&pki_dir);
        pki(&fake_node(folder.path()), Path::new("/")).unwrap()
    }

    #[test]
    fn a_link_leads_nowhere_but_into_the_tree() {
        let outside = tempfile::NamedTempFile::new().unwrap();
        fs::write(outside.path(), CERTIFICATE).unwrap();
        let tree = tree(|pki| {
            fs::write(pki.join("a.crt"), CERTIFICATE).unwrap();
            symlink("/etc/kubernetes/pki/a.crt", pki.join("absolute.crt")).unwrap();
            symlink("../../../../../../etc/kubernetes/pki/a.crt", pki.join("upwards.crt")).unwrap();
            symlink(outside.path(), pki.join("outside.crt")).unwrap();
            symlink("circle", pki.join("circle")).unwrap();
            symlink("..", pki.join("above")).unwrap();
        });
        let real = |name: &str| {
            let file = &tree.files[&Path::new("/etc/kubernetes/pki").join(name)];
            (file.real.display().to_string(), matches!(file.content, Content::Pem(_)))
        };
        let a = "/etc/kubernetes/pki/a.crt".to_owned();
        for name in ["a.crt", "absolute.crt", "upwards.crt"] {
            assert_eq!(real(name), (a.clone(), true), "{name}");
        }
        let outside = &tree.files[Path::new("/etc/kubernetes/pki/outside.crt")];
        assert!(matches!(outside.content, Content::Dangling));
        assert_eq!(tree.unread.len(), 1, "the circle: {:?}", tree.unread);
    }

    #[test]
    fn what_is_no_file_or_too_large_is_told_and_not_read() {
        let tree = tree(|pki| {
            nix::unistd::mkfifo(&pki.join("pipe"), nix::sys::stat::Mode::S_IRUSR).unwrap();
            fs::File::create(pki.join("large")).unwrap().set_len(LARGEST + 1).unwrap();
        });
        let told: Vec<&str> = tree.unread.iter().map(|one| one.why.as_str()).collect();
        assert_eq!(told, ["it is larger than what is looked at", "it is a named pipe, and no file"]);
    }
}
