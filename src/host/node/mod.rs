//! A node: all that is asked of a host, and all that is done to it, goes through this one value. It is made once, where the program
//! begins, and handed on; in a test it is a folder, and answers that were given beforehand.

mod child;
#[cfg(test)]
mod fixture;
mod locks;
mod plugin;
mod system;

use std::ffi::OsString;
use std::io::{self, ErrorKind};
use std::net::IpAddr;
use std::path::{Path, PathBuf};

use jiff::Timestamp;

pub use child::{Call, ChildError, Ended, complaint, end_all_programs};
#[cfg(test)]
pub use fixture::{fake_node, given};
pub use locks::{LockKind, lock_holder};
pub use plugin::{PluginCall, find_plugin};
use system::System;
pub use system::{Given, KernelNames, clock_of_this_process, proxies_of_this_process};

use super::files::Tree;
use super::whole;
use crate::config::KeyAlgorithm;
use crate::facts::{EnvPair, Interface, PortQuestion, Seen, Unseen};
use crate::pki::{KeySource, KeysAhead};

/// Files below a root, programs with a time limit, addresses, ports, processors, the clock, and where new keys come from.
#[derive(Debug, Clone)]
pub struct Node {
    root: PathBuf,
    tree: Tree,
    system: System,
}

impl Node {
    /// The host that this program runs on.
    pub fn this() -> Self {
        Self { root: "/".into(), tree: Tree::new("/"), system: System::This }
    }

    /// The host whose root is mounted at `folder`, which becomes the root of this process: programs run there, too.
    ///
    /// # Errors
    /// There is no such folder, or the user is not root.
    pub fn mounted_at(folder: &str) -> Result<Self, nix::Error> {
        nix::unistd::chroot(folder)?;
        nix::unistd::chdir("/")?;
        Ok(Self::this())
    }

    /// The same with the files below `folder`, where a dry run's are: nothing that is changed there leads out of it.
    #[must_use]
    pub fn in_folder(&self, folder: &Path) -> Self {
        Self { root: folder.to_owned(), tree: Tree::of_dry_run(folder), system: self.system.clone() }
    }

    /// The files below `folder`, and for the rest these answers.
    pub fn given(folder: &Path, given: Given) -> Self {
        Self { root: folder.to_owned(), tree: Tree::new(folder), system: System::given(given) }
    }

    /// Its files, to be read whole and changed.
    pub fn tree(&self) -> &Tree {
        &self.tree
    }
}

/// Files that are only looked at.
impl Node {
    /// `/proc/mounts` → where it is below the root.
    pub fn path(&self, absolute: impl AsRef<Path>) -> PathBuf {
        let absolute = absolute.as_ref();
        self.root.join(absolute.strip_prefix("/").unwrap_or(absolute))
    }

    /// The root that a process sees, as far as this user may look into it.
    pub fn root_of(&self, process: u32) -> PathBuf {
        self.path(format!("/proc/{process}/root"))
    }

    /// What is in a file that a user names: a path that is not absolute counts from the folder that the program runs in.
    ///
    /// # Errors
    /// As the system says it.
    pub fn read(&self, path: &Path) -> io::Result<Vec<u8>> {
        Ok(std::mem::take(&mut *whole::read_soon(&self.path(std::path::absolute(path)?))?))
    }

    /// The same where nothing but a file can be meant: one that another file names.
    ///
    /// # Errors
    /// As the system says it.
    pub fn read_file(&self, path: &Path) -> io::Result<Vec<u8>> {
        Ok(std::mem::take(&mut *whole::read_file(&self.path(std::path::absolute(path)?))?))
    }

    /// A file's whole text.
    pub fn text(&self, path: impl AsRef<Path>) -> Seen<String> {
        let path = path.as_ref();
        self.text_at(path).map_err(|error| unseen(path, &error))
    }

    /// A file's whole text; empty where there is no such file.
    pub fn text_or_empty(&self, path: impl AsRef<Path>) -> Seen<String> {
        let path = path.as_ref();
        match self.text_at(path) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(String::new()),
            other => other.map_err(|error| unseen(path, &error)),
        }
    }

    fn text_at(&self, path: &Path) -> io::Result<String> {
        let place = self.path(path);
        if path.starts_with("/proc") { whole::kernel_text(&place) } else { whole::text(&place) }
    }

    /// What is in a file; nothing where there is no such file.
    pub fn bytes_or_empty(&self, path: impl AsRef<Path>) -> Seen<Vec<u8>> {
        let path = path.as_ref();
        match whole::read_file(&self.path(path)) {
            Err(error) if error.kind() == ErrorKind::NotFound => Ok(Vec::new()),
            other => other.map(|mut bytes| std::mem::take(&mut *bytes)).map_err(|error| unseen(path, &error)),
        }
    }
}

/// Programs.
impl Node {
    /// Where a program is, by the folders that `PATH` names below the root.
    pub fn program(&self, name: impl AsRef<str>) -> Option<PathBuf> {
        let path = self.variable("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = std::env::split_paths(&path).map(|folder| self.path(folder)).collect();
        let below: OsString = std::env::join_paths(folders).ok()?;
        which::which_in(name.as_ref(), Some(below), "/").ok()
    }

    /// Runs a program to its end, or ends it and all that it has started when its time is up.
    pub fn run(&self, call: &Call<'_>) -> Result<Ended, ChildError> {
        call.run(|name| self.variable(name))
    }

    /// What a program says, if it ends well.
    pub fn output(&self, call: &Call<'_>) -> Result<String, ChildError> {
        let ended = self.run(call)?;
        if ended.status.success() {
            return Ok(ended.out);
        }
        Err(ChildError::Failed { command: call.shown(), said: complaint(&ended) })
    }
}

/// What stands in none of its files.
impl Node {
    /// The time by its clock.
    pub fn now(&self) -> Timestamp {
        self.system.now()
    }

    /// Its host name.
    pub fn host_name(&self) -> Seen<String> {
        self.system.host_name()
    }

    /// The number of the user whose rights this program has.
    pub fn user(&self) -> u32 {
        self.system.user()
    }

    /// How many threads it runs at the same time, limits of a cgroup counted in; one where that cannot be told.
    pub fn processors(&self) -> usize {
        self.system.processors()
    }

    /// How much memory it has, in bytes.
    pub fn memory(&self) -> Seen<u64> {
        self.system.memory()
    }

    /// What its kernel is called.
    pub fn kernel(&self) -> Seen<KernelNames> {
        self.system.kernel()
    }

    /// All interfaces with their addresses, in the kernel's order.
    pub fn interfaces(&self) -> Seen<Vec<Interface>> {
        self.system.interfaces()
    }

    /// All addresses of its interfaces.
    pub fn addresses(&self) -> Seen<Vec<IpAddr>> {
        let interfaces = self.interfaces()?;
        Ok(interfaces.iter().flat_map(|interface| &interface.addresses).map(ipnet::IpNet::addr).collect())
    }

    /// What its resolver says of a name, within its limit.
    pub fn resolve(&self, name: &str) -> Seen<Vec<IpAddr>> {
        self.system.resolve(name)
    }

    /// Whether a port can be listened on, by listening for a moment: `AddrInUse` where somebody else does.
    pub fn listen(&self, port: &PortQuestion) -> io::Result<()> {
        self.system.listen(port)
    }

    /// Where new keys come from.
    pub fn keys(&self) -> Box<dyn KeySource> {
        self.system.keys()
    }

    /// The same, made from now on in so many threads, where it is a host that makes them.
    pub fn keys_ahead(&self, algorithm: KeyAlgorithm, threads: usize) -> Box<dyn KeySource> {
        match &self.system {
            System::This => Box::new(KeysAhead::begin(algorithm, threads)),
            System::Given(_) => self.keys(),
        }
    }

    /// A variable of the environment.
    pub fn variable(&self, name: &str) -> Option<OsString> {
        self.system.variable(name)
    }

    /// The variables that end in `_proxy`, in either case, and are not empty.
    pub fn proxies(&self) -> Vec<EnvPair> {
        self.system.proxies()
    }
}

/// Why a path could not be looked at.
pub fn unseen(path: &Path, error: &io::Error) -> Unseen {
    Unseen::new(path.display().to_string(), error)
}

#[cfg(test)]
mod tests {
    #![expect(clippy::disallowed_methods, reason = "the tests make the files that they look at")]

    use super::*;

    #[test]
    fn programs_are_found_below_the_root_only() {
        let folder = tempfile::tempdir().unwrap();
        assert_eq!(fake_node(folder.path()).program("sh"), None);
        assert!(Node::this().program("sh").is_some());
    }

    #[test]
    fn a_folder_has_files_of_its_own_and_shares_the_rest() {
        let (folder, other) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
        let node = fake_node(folder.path());
        let dry_run = node.in_folder(other.path());
        std::fs::write(folder.path().join("file"), "text").unwrap();
        assert_eq!(
            (node.text("/file"), dry_run.text_or_empty("/file")),
            (Ok("text".into()), Ok(String::new()))
        );
        assert_eq!(dry_run.tree().locate("/file".as_ref()), other.path().join("file"));
        assert_eq!((dry_run.now(), dry_run.host_name()), (node.now(), node.host_name()));
    }

    #[test]
    fn a_file_that_a_user_names_is_read_below_the_root() {
        let folder = tempfile::tempdir().unwrap();
        let node = fake_node(folder.path());
        let here = std::path::absolute("k.conf").unwrap();
        std::fs::create_dir_all(node.path(&here).parent().unwrap()).unwrap();
        std::fs::write(node.path(&here), "relative").unwrap();
        assert_eq!(node.read(Path::new("k.conf")).unwrap(), b"relative");
        assert_eq!(node.read(&here).unwrap(), b"relative");
    }

    #[test]
    fn a_program_is_given_the_node_s_own_variables() {
        let folder = tempfile::tempdir().unwrap();
        let given = Given { variables: [("HOME".into(), "/of/the/node".into())].into(), ..given() };
        let node = Node::given(folder.path(), given);
        let call = Call {
            program: Path::new("/bin/sh"),
            arguments: &["-c", "echo $HOME"],
            input: "",
            limit: std::time::Duration::from_mins(1),
        };
        assert_eq!(node.output(&call).unwrap(), "/of/the/node\n");
    }
}
