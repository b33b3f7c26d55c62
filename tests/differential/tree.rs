//! What a program planned: its files as the host would hold them, and the objects that it would send.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use serde_json::Value;

use crate::case::Ready;
use crate::objects;

#[derive(Debug, Clone, Default)]
pub struct Tree {
    /// By path on the host, without its leading slash.
    pub files: BTreeMap<String, File>,
    /// `kind/namespace/name`, in lower case where the kind is meant; `_cluster` for none.
    pub objects: BTreeMap<String, Value>,
    /// The commands that the program ends with, for other machines.
    pub joins: Vec<String>,
    /// Seconds since the epoch at which the program started.
    pub started: i64,
    /// Seconds that it ran.
    pub took: i64,
}

#[derive(Debug, Clone, PartialEq, Eq)]
pub struct File {
    pub mode: u32,
    pub bytes: Vec<u8>,
}

/// kubeadm's dry run: all files flat in one folder, all objects in its output.
pub fn of_kubeadm(case: &Ready, folder: &Path, stdout: &str, ran: Ran) -> Tree {
    let objects = objects::printed(stdout);
    let pki = certificates_dir(&objects, case);
    let mut files = kept(&pki);
    for (path, file) in read_all(folder) {
        files.insert(place(flat(&path), &pki), file);
    }
    Tree { files, objects, joins: joins(stdout), started: ran.started, took: ran.took }
}

/// kubewright's: the host's tree, and the objects under `cluster/`. What it found there and neither program wrote
/// counts for neither.
pub fn of_kubewright(reference: &Tree, folder: &Path, stdout: &str, ran: Ran) -> Tree {
    let mut tree = Tree { joins: joins(stdout), started: ran.started, took: ran.took, ..Tree::default() };
    for (path, file) in read_all(folder) {
        if let Some(name) = path.strip_prefix("cluster/") {
            let text = String::from_utf8(file.bytes).unwrap();
            tree.objects
                .insert(name.trim_end_matches(".yaml").to_owned(), crate::kubeadms::yaml::document(&text));
        } else if reference.files.contains_key(&path)
            || File::at(&Path::new("/").join(&path)).as_ref() != Some(&file)
        {
            tree.files.insert(path, file);
        }
    }
    tree
}

/// `kubeadm join …`, each with the lines that it goes on over.
fn joins(stdout: &str) -> Vec<String> {
    let lines: Vec<&str> = stdout.lines().collect();
    let begins = (0..lines.len()).filter(|at| lines[*at].trim_start().starts_with("kubeadm join "));
    begins
        .map(|begin| {
            let more = lines[begin..].iter().take_while(|line| line.ends_with('\\')).count();
            lines[begin..=begin + more].join("\n")
        })
        .collect()
}

/// When a program ran, in seconds since the epoch, and how long.
#[derive(Debug, Clone, Copy)]
pub struct Ran {
    pub started: i64,
    pub took: i64,
}

impl File {
    pub fn at(path: &Path) -> Option<Self> {
        let mode = fs::metadata(path).ok()?.permissions().mode() & 0o7777;
        Some(Self { mode, bytes: fs::read(path).ok()? })
    }
}

/// Files that were in the pki folder before: both programs leave what fits alone.
pub fn kept(pki: &str) -> BTreeMap<String, File> {
    let folder = Path::new("/").join(pki);
    if !folder.exists() {
        return BTreeMap::new();
    }
    read_all(&folder).into_iter().map(|(path, file)| (format!("{pki}/{path}"), file)).collect()
}

/// Before 1.32 the files of a dry run are two folders deeper.
fn flat(path: &str) -> &str {
    let deeper = path.strip_prefix("tmp/kubeadm-init-dryrun").and_then(|rest| rest.split_once('/'));
    deeper.map_or(path, |(_, rest)| rest)
}

/// Where the host has what kubeadm wrote flat.
fn place(path: &str, pki: &str) -> String {
    let extension = Path::new(path).extension().and_then(|end| end.to_str()).unwrap_or_default();
    match (path, extension) {
        ("config.yaml" | "instance-config.yaml" | "kubeadm-flags.env", _) => {
            format!("var/lib/kubelet/{path}")
        }
        (_, "conf") => format!("etc/kubernetes/{path}"),
        (_, "yaml") => format!("etc/kubernetes/manifests/{path}"),
        _ => format!("{pki}/{path}"),
    }
}

/// From the configuration that kubeadm would store, or where it stores none, from what was asked.
pub fn certificates_dir(objects: &BTreeMap<String, Value>, case: &Ready) -> String {
    let stored = objects.get("configmap/kube-system/kubeadm-config");
    let text = stored.and_then(|map| map["data"]["ClusterConfiguration"].as_str());
    let dir = text
        .map(|text| crate::kubeadms::yaml::document(text)["certificatesDir"].as_str().unwrap().to_owned());
    let dir = dir.unwrap_or_else(|| panic!("{}: no ClusterConfiguration is stored", case.name));
    dir.trim_start_matches('/').to_owned()
}

/// Every file below a folder by its path below it.
pub fn read_all(folder: &Path) -> BTreeMap<String, File> {
    let mut found = BTreeMap::new();
    let mut folders: Vec<PathBuf> = vec![folder.to_owned()];
    while let Some(current) = folders.pop() {
        for entry in fs::read_dir(&current).unwrap_or_else(|error| panic!("{}: {error}", current.display())) {
            let path = entry.unwrap().path();
            if path.is_dir() {
                folders.push(path);
            } else {
                let name = path.strip_prefix(folder).unwrap().to_str().unwrap().to_owned();
                found.insert(name, File::at(&path).unwrap());
            }
        }
    }
    found
}
