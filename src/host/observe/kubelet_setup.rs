//! How the kubelet of a host is set up: the flags in the files that its command line is put together from, its own configuration, and the
//! host's cgroups.
#![expect(clippy::disallowed_methods, reason = "observing is this module's work")]

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::path::{Path, PathBuf};

use serde_json::Value;

use super::kernel;
use crate::facts::{KubeletDocument, KubeletFlag, KubeletSetup};
use crate::host::node::Node;
use crate::yaml;

const CONFIGURATION: &str = "/var/lib/kubelet/config.yaml";
/// What the usual drop-in reads, and the unit itself; its drop-ins are in folders beside it.
const FILES: [&str; 3] =
    ["/var/lib/kubelet/kubeadm-flags.env", "/etc/default/kubelet", "/etc/sysconfig/kubelet"];
/// As systemd looks for units: what is further up wins.
const UNITS: [&str; 4] =
    ["/etc/systemd/system", "/run/systemd/system", "/usr/lib/systemd/system", "/lib/systemd/system"];
const UNIT: &str = "kubelet.service";

/// What can be read of it.
pub fn observe(node: &Node) -> KubeletSetup {
    let document = node.text(CONFIGURATION).ok().map(|text| document(&text));
    KubeletSetup {
        flags: files(node).iter().flat_map(|path| flags(node, path)).collect(),
        document,
        cgroups: kernel::cgroups(node).ok().map(|cgroups| cgroups.version),
    }
}

/// `featureGates` and `failCgroupV1`; nothing where the text is no document.
pub fn document(text: &str) -> KubeletDocument {
    let document: Value = yaml::from_str(text).unwrap_or_default();
    KubeletDocument {
        gates: gates(&document),
        fail_cgroup_v1: document.get("failCgroupV1").and_then(Value::as_bool),
    }
}

/// `featureGates` of a component's document.
pub fn gates(document: &Value) -> BTreeMap<String, bool> {
    let given = document.get("featureGates").and_then(Value::as_object);
    given.into_iter().flatten().filter_map(|(name, value)| Some((name.clone(), value.as_bool()?))).collect()
}

/// Each file once, although /lib may be a link to /usr/lib.
fn files(node: &Node) -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = FILES.map(PathBuf::from).into();
    let unit = UNITS.iter().map(|folder| Path::new(folder).join(UNIT)).find(|path| node.path(path).exists());
    all.extend(unit);
    let mut names: Vec<OsString> = Vec::new();
    for folder in UNITS.map(|folder| Path::new(folder).join(format!("{UNIT}.d"))) {
        for name in drop_ins(node, &folder) {
            if !names.contains(&name) {
                all.push(folder.join(&name));
                names.push(name);
            }
        }
    }
    all
}

fn drop_ins(node: &Node, folder: &Path) -> Vec<OsString> {
    let entries = std::fs::read_dir(node.path(folder)).into_iter().flatten().flatten();
    let mut names: Vec<_> = entries.map(|entry| entry.file_name()).collect();
    names.retain(|name| Path::new(name).extension().is_some_and(|end| end == "conf"));
    names.sort();
    names
}

fn flags(node: &Node, path: &Path) -> Vec<KubeletFlag> {
    let text = node.text(path).unwrap_or_default();
    flags_in(&text)
        .map(|(name, gates)| KubeletFlag { name, gates, file: path.display().to_string() })
        .collect()
}

/// Every word that begins with two hyphens, in a line that is no comment. What its value is counts for the gates alone.
fn flags_in(text: &str) -> impl Iterator<Item = (String, String)> {
    let lines = text.lines().map(str::trim).filter(|line| !line.starts_with(['#', ';']));
    let words = lines.flat_map(|line| line.split(|c: char| c.is_whitespace() || matches!(c, '"' | '\'')));
    words.filter_map(|word| {
        let (name, value) = word_of_flag(word)?.split_once('=').unwrap_or((word_of_flag(word)?, ""));
        let is_name = name.starts_with(|first: char| first.is_ascii_alphanumeric());
        let gates = if name == "feature-gates" { value } else { "" };
        is_name.then(|| (name.to_owned(), gates.to_owned()))
    })
}

/// `--a=b`, or `NAME=--a=b` of a variable without quotes, → `a=b`.
fn word_of_flag(word: &str) -> Option<&str> {
    let of_variable = || word.split_once("=--").map(|(_, flag)| flag);
    word.strip_prefix("--").or_else(of_variable)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::host::node::fake_node;

    #[test]
    fn the_flags_of_all_files_are_found_with_their_gates_and_comments_are_none() {
        let folder = tempfile::tempdir().unwrap();
        let node = fake_node(folder.path());
        assert!(observe(&node).flags.is_empty());
        for (path, text) in [
            ("var/lib/kubelet/kubeadm-flags.env", "KUBELET_KUBEADM_ARGS=\"--node-ip=1.2.3.4 --v 2\"\n"),
            ("etc/default/kubelet", "# --commented\nKUBELET_EXTRA_ARGS=--feature-gates=A=true,B=false\n"),
            ("etc/systemd/system/kubelet.service", "[Service]\nExecStart=/usr/bin/kubelet --of-etc\n"),
            ("usr/lib/systemd/system/kubelet.service", "ExecStart=/usr/bin/kubelet --of-usr\n"),
            (
                "usr/lib/systemd/system/kubelet.service.d/10-kubeadm.conf",
                "Environment=\"X=--boot-id-file=/a\"\n",
            ),
            (
                "etc/systemd/system/kubelet.service.d/10-kubeadm.conf",
                "Environment='X=--machine-id-file=/a'\n",
            ),
            ("var/lib/kubelet/config.yaml", "failCgroupV1: false\nfeatureGates: {A: true}\n"),
        ] {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        }
        let found = observe(&node);
        let flags: Vec<&str> = found.flags.iter().map(|flag| flag.name.as_str()).collect();
        assert_eq!(flags, ["node-ip", "v", "feature-gates", "of-etc", "machine-id-file"]);
        assert_eq!(found.flags[2].gates, "A=true,B=false");
        assert_eq!(found.flags[4].file, "/etc/systemd/system/kubelet.service.d/10-kubeadm.conf");
        let wanted =
            KubeletDocument { gates: BTreeMap::from([("A".to_owned(), true)]), fail_cgroup_v1: Some(false) };
        assert_eq!(found.document, Some(wanted));
    }
}
