//! `certs check` on trees that openssl has made: a healthy one, and one a fault, of which each gives its own id and no other. The
//! scripts of tests/pki/broken are called by that id; what stands behind a dot tells two of one fault apart.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

use std::fs;
use std::os::unix::fs::{MetadataExt, chown};
use std::os::unix::process::CommandExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use kubewright::pki_graph::Fault;
use serde_json::Value;
use tempfile::TempDir;

const LIB: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pki/lib.sh");
const BROKEN: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/tests/pki/broken");
/// Somebody who owns nothing else.
const NOBODY: u32 = 65534;

/// Runs a script with what tests/pki/lib.sh has.
fn bash(root: &Path, script: &str) {
    let output = Command::new("bash")
        .args(["-euo", "pipefail", "-c", &format!("source {LIB}\n{script}")])
        .env("root", root)
        .output()
        .unwrap();
    assert!(output.status.success(), "{script}\n{}", String::from_utf8_lossy(&output.stderr));
}

/// A healthy control plane, made once.
static HEALTHY: LazyLock<TempDir> = LazyLock::new(|| {
    let folder = tempfile::tempdir().unwrap();
    bash(folder.path(), "control_plane");
    folder
});

fn copy() -> TempDir {
    let folder = tempfile::tempdir().unwrap();
    let from = HEALTHY.path().join(".");
    assert!(Command::new("cp").arg("-a").arg(from).arg(folder.path()).status().unwrap().success());
    folder
}

/// As an ordinary user, who owns the copy.
fn check(root: &Path, words: &[&str]) -> Output {
    let mut command = Command::new(cargo_bin("kubewright"));
    command.env_clear().args(["certs", "check", "--root"]).arg(root).args(words);
    if fs::metadata(HEALTHY.path()).unwrap().uid() == 0 {
        give_away(root);
        command.uid(NOBODY).gid(NOBODY);
    }
    command.output().unwrap()
}

fn give_away(path: &Path) {
    let found = fs::symlink_metadata(path).unwrap();
    if found.is_symlink() {
        return;
    }
    chown(path, Some(NOBODY), Some(NOBODY)).unwrap();
    if found.is_dir() {
        for entry in fs::read_dir(path).unwrap() {
            give_away(&entry.unwrap().path());
        }
    }
}

struct Told {
    document: Value,
    code: i32,
}

impl Told {
    fn of(root: &Path, words: &[&str]) -> Self {
        let output = check(root, &[words, &["-o", "json"]].concat());
        let said = String::from_utf8_lossy(&output.stderr).into_owned();
        let document = serde_json::from_slice(&output.stdout)
            .unwrap_or_else(|error| panic!("{error}: {said}{}", String::from_utf8_lossy(&output.stdout)));
        Self { document, code: output.status.code().unwrap_or(-1) }
    }

    /// `critical KeyMismatch /etc/…`
    fn findings(&self) -> Vec<String> {
        let all = self.document["findings"].as_array().unwrap();
        let line = |finding: &Value| {
            let text = |field: &str| finding[field].as_str().unwrap_or_default().to_owned();
            format!("{} {} {}", text("severity"), text("id"), text("object"))
        };
        all.iter().map(line).collect()
    }
}

fn code_of(severity: &str) -> i32 {
    match severity {
        "critical" => 2,
        "warning" => 4,
        _ => 0,
    }
}

fn cases() -> Vec<PathBuf> {
    let mut all: Vec<PathBuf> = fs::read_dir(BROKEN).unwrap().map(|entry| entry.unwrap().path()).collect();
    all.sort();
    all
}

/// What is wrong with what is told of a case.
fn complaint(script: &Path) -> Option<String> {
    let name = script.file_name().unwrap().to_str().unwrap();
    let id = name.split('.').next().unwrap();
    let text = fs::read_to_string(script).unwrap();
    let severity = text.lines().next().unwrap().trim_start_matches("# ");
    let root = copy();
    bash(root.path(), &text);
    let begun = Instant::now();
    let told = Told::of(root.path(), &[]);
    let took = begun.elapsed();
    let wanted = format!("{severity} {id} ");
    let findings = told.findings();
    let fits = !findings.is_empty() && findings.iter().all(|line| line.starts_with(&wanted));
    if !fits || told.code != code_of(severity) || took > Duration::from_secs(3) {
        return Some(format!("{name} ({}, {took:?}): {findings:#?}", told.code));
    }
    None
}

#[test]
fn each_broken_tree_gives_its_own_id_and_no_other() {
    let all = cases();
    assert!(all.len() >= 60, "{}", all.len());
    let complaints: Vec<String> = std::thread::scope(|scope| {
        let parts: Vec<_> = all
            .chunks(all.len().div_ceil(4))
            .map(|part| {
                scope.spawn(|| part.iter().filter_map(|script| complaint(script)).collect::<Vec<_>>())
            })
            .collect();
        parts.into_iter().flat_map(|part| part.join().unwrap()).collect()
    });
    assert!(complaints.is_empty(), "{} of {}:\n{}", complaints.len(), all.len(), complaints.join("\n"));
}

/// Those that no single copy shows.
const ELSEWHERE: &[Fault] = &[Fault::OwnerWrong, Fault::PeerUntrusted];

#[test]
fn every_fault_has_a_broken_tree() {
    let cases = cases();
    let names: Vec<&str> = cases.iter().map(|path| path.file_name().unwrap().to_str().unwrap()).collect();
    let has = |id: &Fault| names.iter().any(|name| name.split('.').next() == Some(id.as_str()));
    let lacking: Vec<&Fault> = Fault::ALL.iter().filter(|id| !has(id) && !ELSEWHERE.contains(id)).collect();
    assert!(lacking.is_empty(), "{lacking:?}");
}

#[test]
fn a_healthy_tree_gives_nothing() {
    let told = Told::of(copy().path(), &[]);
    assert_eq!((told.findings(), told.code), (Vec::<String>::new(), 0));
    assert_eq!(told.document["notLookedAt"], serde_json::json!([]));
    let edges = told.document["edges"].as_array().unwrap();
    for kind in ["signs", "holds", "reads", "trusts", "presents", "dials"] {
        assert!(edges.iter().any(|edge| edge["kind"] == kind), "{kind}");
    }
}

/// Other tools' layouts, as their documentation and scripts have them.
#[test]
fn healthy_trees_of_others_give_nothing() {
    for (name, layout, least) in
        [("kubespray", "kubespray", 9), ("k3s", "k3s", 12), ("hard-way", "hard-way", 5)]
    {
        let root = tempfile::tempdir().unwrap();
        let script = format!("{}/tests/pki/healthy/{name}", env!("CARGO_MANIFEST_DIR"));
        bash(root.path(), &fs::read_to_string(script).unwrap());
        let told = Told::of(root.path(), &[]);
        assert_eq!((told.findings(), told.code), (Vec::<String>::new(), 0), "{name}");
        assert_eq!(told.document["layouts"][0], layout);
        let shown = told.document["edges"]
            .as_array()
            .unwrap()
            .iter()
            .filter(|edge| edge["kind"] == "presents")
            .count();
        assert!(shown >= least, "{name} shows {shown}");
    }
}

#[test]
fn a_healthy_worker_gives_nothing() {
    let root = copy();
    bash(root.path(), "worker");
    let told = Told::of(root.path(), &[]);
    assert_eq!((told.findings(), told.code), (Vec::<String>::new(), 0));
}

/// The cluster's CA is one that a company's root has signed; the leaves come with it, and with the root nowhere.
#[test]
fn a_cluster_below_a_company_s_root_gives_nothing() {
    let root = copy();
    bash(
        root.path(),
        "ca \"$work/root\" '/CN=A company'\n\
         TO='+3000 days' issue \"$pki/ca.key\" \"$pki/ca.crt\" /CN=kubernetes \"${CA_EXTENSIONS/TRUE/TRUE,pathlen:0}\nauthorityKeyIdentifier=keyid\" \
         \"$work/root.crt\" \"$work/root.key\"\nkubeconfigs; kubelet_conf; apiserver; kubelet_client\n\
         cat \"$pki/ca.crt\" >>\"$pki/apiserver.crt\"",
    );
    let told = Told::of(root.path(), &[]);
    assert_eq!((told.findings(), told.code), (Vec::<String>::new(), 0));
}

#[test]
fn thresholds_times_and_what_fails_can_be_chosen() {
    let root = copy();
    let ids = |words: &[&str]| {
        let told = Told::of(root.path(), words);
        (told.findings().len(), told.code)
    };
    assert_eq!(ids(&["--warn", "1d"]), (0, 0));
    let (found, code) = ids(&["--warn", "370d"]);
    assert!(found > 5 && code == 4);
    assert_eq!(ids(&["--warn", "370d", "--fail-on", "critical"]).1, 0);
    assert_eq!(ids(&["--crit", "100%"]).1, 2);
    assert_eq!(ids(&["--crit", "100%", "--fail-on", "never"]).1, 0);
    assert_eq!(ids(&["--at", "2099-01-01"]).1, 2);
    for words in [["--at", "soon"], ["--warn", "1w"], ["--fail-on", "notice"]] {
        let output = check(root.path(), &words);
        assert_eq!(output.status.code(), Some(1), "{words:?}");
        assert!(String::from_utf8_lossy(&output.stderr).starts_with("error: --"), "{words:?}");
    }
}

/// A picture of a tree with one fault in it, in every form.
#[test]
fn what_is_wrong_is_seen_in_every_picture() {
    let root = copy();
    bash(root.path(), "key \"$pki/apiserver.key\"");
    let text = |format: &str| {
        let output = check(root.path(), &["-o", format]);
        assert_eq!(output.status.code(), Some(2), "{format}");
        String::from_utf8(output.stdout).unwrap()
    };
    let tree = text("tree");
    assert!(tree.lines().all(|line| line.chars().count() <= 80), "{tree}");
    let bad: Vec<&str> = tree.lines().filter(|line| line.ends_with(" xx")).collect();
    assert!(matches!(bad.as_slice(), [line] if line.contains("kube-apiserver ")), "{tree}");
    assert!(tree.starts_with("CA etcd-ca ") && tree.contains("├ kube-apiserver"), "{tree}");
    let dot = text("dot");
    assert!(
        dot.starts_with("digraph pki {\n") && dot.contains("color=red, style=dashed") && dot.ends_with("}\n")
    );
    let mermaid = text("mermaid");
    assert!(mermaid.starts_with("flowchart LR\n") && mermaid.contains("-.->") && mermaid.contains(":::bad"));
    let svg = text("svg");
    assert!(svg.starts_with("<svg ") && svg.ends_with("</svg>\n") && svg.contains("class=\"line bad\""));
    let html = text("html");
    assert!(html.contains("<td>KeyMismatch</td>") && html.contains("<svg ") && !html.contains("<script"));
    assert!(
        !html.contains("http://")
            || html.matches("http://").count() == html.matches("xmlns=\"http://").count()
    );
    let numbers = text("prometheus");
    let finding = "kubewright_pki_finding{id=\"KeyMismatch\",severity=\"critical\",";
    assert!(numbers.contains(finding) && numbers.contains("# TYPE x509_cert_not_after gauge\n"), "{numbers}");
    assert!(
        numbers.contains("embedded_key=\"client-certificate-data\",embedded_kind=\"kubeconfig\","),
        "{numbers}"
    );
    let line = text("nagios");
    assert!(
        line.starts_with("PKI CRITICAL - 1 critical: KeyMismatch /etc/") && line.contains(" | critical=1 "),
        "{line}"
    );
    assert_eq!(svg, text("svg"), "one PKI is one picture");
}

/// A node's own copy is old, whatever another node has at the same path.
#[test]
fn an_older_copy_of_a_ca_on_another_node_is_told() {
    let (first, second) = (copy(), copy());
    bash(
        second.path(),
        "kubelet_conf \"$pki/ca.crt\" /O=system:nodes/CN=system:node:w1; worker; echo w1 >\"$root/etc/hostname\"",
    );
    bash(
        first.path(),
        "TO='+5000 days' ca \"$pki/ca\" /CN=kubernetes\nfor name in admin controller-manager scheduler kubelet; do\n\
         sed -i \"s|certificate-authority-data: [A-Za-z0-9+/=]*|certificate-authority-data: $(data \"$pki/ca.crt\")|\" \
         \"$conf/$name.conf\"\ndone",
    );
    if fs::metadata(HEALTHY.path()).unwrap().uid() == 0 {
        give_away(second.path());
    }
    let told = Told::of(first.path(), &["--root", second.path().to_str().unwrap()]);
    assert_eq!(told.findings(), ["notice AuthorityCopyOlder /etc/kubernetes/pki/ca.crt"]);
}

#[test]
fn where_nothing_can_be_looked_at_the_exit_code_is_1() {
    let empty = tempfile::tempdir().unwrap();
    let output = check(empty.path(), &[]);
    assert_eq!(output.status.code(), Some(1));
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(said.starts_with("error: there is nothing of a cluster below "), "{said}");
}

#[test]
fn no_part_of_a_key_is_printed() {
    let root = copy();
    for format in ["text", "json"] {
        let output = check(root.path(), &["-o", format]);
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        assert!(!text.contains("PRIVATE KEY"));
        let key = fs::read_to_string(root.path().join("etc/kubernetes/pki/apiserver.key")).unwrap();
        for line in key.lines().filter(|line| !line.starts_with('-')) {
            assert!(!text.contains(line));
        }
    }
}

/// A key that cannot be read is no fault: whoever looks at a copy may be nobody.
#[test]
fn what_cannot_be_read_is_told_and_no_fault() {
    let root = copy();
    let key = root.path().join("etc/kubernetes/pki/apiserver.key");
    give_away(root.path());
    bash(root.path(), &format!("chmod 000 {}", key.display()));
    let told = Told::of(root.path(), &[]);
    assert_eq!((told.findings(), told.code), (Vec::<String>::new(), 0));
    assert_eq!(told.document["notLookedAt"][0]["path"], "/etc/kubernetes/pki/apiserver.key");
}

/// A generator that is the same each time (xorshift).
struct Chance(u64);

impl Chance {
    fn below(&mut self, bound: usize) -> usize {
        self.0 ^= self.0 << 13;
        self.0 ^= self.0 >> 7;
        self.0 ^= self.0 << 17;
        usize::try_from(self.0 % u64::try_from(bound.max(1)).unwrap()).unwrap()
    }
}

fn files(folder: &Path, all: &mut Vec<PathBuf>) {
    for entry in fs::read_dir(folder).unwrap() {
        let path = entry.unwrap().path();
        if path.is_dir() {
            files(&path, all);
        } else if !path.is_symlink() {
            all.push(path);
        }
    }
    all.sort();
}

/// Bytes flipped, cut off, put in and swapped between files.
#[test]
fn no_tree_makes_the_program_panic_or_wait() {
    use kubewright::pki_graph::{Graph, Limits, SeenFile, Tree, content, judge};
    let root = copy();
    let mut paths = Vec::new();
    files(root.path(), &mut paths);
    let original: Vec<(PathBuf, Vec<u8>)> = paths
        .iter()
        .map(|path| (Path::new("/").join(path.strip_prefix(root.path()).unwrap()), fs::read(path).unwrap()))
        .collect();
    let now = "2027-01-01T00:00:00Z".parse().unwrap();
    let one = |seed: u64| {
        let mut chance = Chance(0x9e37_79b9_7f4a_7c15 ^ seed.wrapping_mul(0x2545_f491_4f6c_dd1d));
        let mut tree = original.clone();
        for _ in 0..=chance.below(4) {
            let at = chance.below(tree.len());
            let other = tree[chance.below(tree.len())].1.clone();
            let bytes = &mut tree[at].1;
            let place = chance.below(bytes.len());
            match chance.below(5) {
                0 if !bytes.is_empty() => bytes[place] ^= 1 << chance.below(8),
                1 => bytes.truncate(place),
                2 => bytes.extend(other),
                3 => *bytes = other,
                _ => drop(bytes.splice(place..place, [b'\n', b'-', b'\0', 0xff])),
            }
        }
        let files = tree.into_iter().map(|(path, bytes)| {
            let content = content(&path, &bytes);
            (path.clone(), SeenFile { mode: 0o600, owner: 0, group: 0, real: path, content })
        });
        let tree = Tree { root: "/".into(), files: files.collect(), ..Tree::default() };
        let begun = Instant::now();
        let trees = [tree];
        let graph = Graph::of(&trees);
        for finding in judge(&graph, now, &Limits::default()) {
            let texts = [&finding.object, &finding.message, &finding.evidence, &finding.fix];
            assert!(texts.iter().all(|text| !text.is_empty()), "{finding:?}");
        }
        assert!(begun.elapsed() < Duration::from_secs(1), "{seed} took {:?}", begun.elapsed());
    };
    std::thread::scope(|scope| {
        for part in 0..4 {
            let one = &one;
            scope.spawn(move || (0..250).for_each(|round| one(part * 250 + round)));
        }
    });
}
