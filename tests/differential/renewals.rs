//! `certs` beside the real kubeadm's, of every release that is there: both renew copies of the same files, tell their
//! ends, and make requests for the same configuration.

use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use serde_json::Value;

use crate::kubeadms::compare::{Comparison, Property, Snapshot, compare};
use crate::kubeadms::minor::Minor;
use crate::kubeadms::say;
use crate::run::{scratch, timed};
use crate::snapshot::of_files;
use crate::tree::{self, Tree};
use crate::{case, programs};

/// A control plane before it is renewed.
struct Kind {
    name: &'static str,
    /// Of the ClusterConfiguration; the second for releases that read v1beta3 only.
    lines: [&'static str; 2],
    spoil: fn(&Path),
}

/// Small keys, where it does not matter which: the real kubeadms make more than a thousand of them.
const ECDSA: [&str; 2] = ["encryptionAlgorithm: ECDSA-P256\n", "featureGates: {PublicKeysECDSA: true}\n"];

const KINDS: &[Kind] = &[
    Kind { name: "usual", lines: ["", ""], spoil: modes_and_kubeconfigs },
    Kind {
        name: "names and life",
        lines: [
            "encryptionAlgorithm: ECDSA-P256\ncertificateValidityPeriod: 1000h\napiServer: {certSANs: [a.example.com, 10.9.9.9]}\n",
            "featureGates: {PublicKeysECDSA: true}\napiServer: {certSANs: [a.example.com, 10.9.9.9]}\n",
        ],
        spoil: |root| remove(root, "super-admin.conf"),
    },
    Kind { name: "external CA", lines: ECDSA, spoil: |root| remove(root, "pki/ca.key") },
    Kind { name: "external etcd CA", lines: ECDSA, spoil: |root| remove(root, "pki/etcd/ca.key") },
    Kind { name: "missing", lines: ECDSA, spoil: |root| remove(root, "pki/apiserver.crt") },
];

fn remove(root: &Path, name: &str) {
    fs::remove_file(root.join("etc/kubernetes").join(name)).unwrap();
}

/// What a user may have changed, and a renewal has to keep.
fn modes_and_kubeconfigs(root: &Path) {
    let folder = root.join("etc/kubernetes");
    for (name, mode) in
        [("pki/apiserver.key", 0o640), ("pki/apiserver.crt", 0o600), ("scheduler.conf", 0o640)]
    {
        fs::set_permissions(folder.join(name), fs::Permissions::from_mode(mode)).unwrap();
    }
    let admin = folder.join("admin.conf");
    let text = fs::read_to_string(&admin).unwrap();
    // Sorted as Go sorts them.
    let more = "- name: another\n  user:\n    token: abc\n";
    let text = text.replace("users:\n", &format!("users:\n{more}"));
    assert!(text.contains(more), "{text}");
    fs::write(admin, text).unwrap();
}

pub fn compare_all() {
    let mut properties = 0;
    let mut complaints = Vec::new();
    for minor in Minor::wanted() {
        for comparison in KINDS.iter().map(|kind| compare_kind(minor, kind)).chain([compare_requests(minor)])
        {
            let (name, Comparison { properties: count, differences }) = comparison;
            properties += count;
            complaints.extend(
                differences.iter().map(|difference| format!("{}, {name}: {difference}", minor.version())),
            );
        }
    }
    say(&format!(
        "certs: {} releases, {} kinds of control planes, {properties} properties compared, {} differences",
        Minor::wanted().count(),
        KINDS.len(),
        complaints.len()
    ));
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

fn ours() -> PathBuf {
    env!("CARGO_BIN_EXE_kubewright").into()
}

fn compare_kind(minor: Minor, kind: &Kind) -> (&'static str, Comparison) {
    let root = scratch("renewals").join(minor.version()).join(kind.name);
    let _ = fs::remove_dir_all(&root);
    let made = root.join("made");
    let ((), making) = timed(|| prepare(&made, minor, kind));
    let [our_root, their_root] = ["ours", "theirs"].map(|name| root.join(name));
    for root in [&our_root, &their_root] {
        case::copy(&made, root);
    }
    let mut comparison = compare_ends(minor, &our_root);
    let words = ["certs", "renew", "all", "--config=/config.yaml"];
    let (theirs, their) = timed(|| run(&minor.kubeadm(), &their_root, &words));
    let (ours, our) = timed(|| run(&ours(), &our_root, &words));
    for output in [&ours, &theirs] {
        assert!(
            output.status.success(),
            "{}, {}: {}",
            minor.version(),
            kind.name,
            String::from_utf8_lossy(&output.stderr)
        );
    }
    let (ours, theirs) = (files(&our_root, our.started), files(&their_root, their.started));
    // 1.29's certificates begin when their CA does, so that they live longer by what has gone since.
    let tolerance = their.started - making.started + our.took.max(their.took) + 2;
    let found = compare(&of_files(&ours), &of_files(&theirs), tolerance);
    comparison.properties += found.properties;
    comparison.differences.extend(found.differences);
    // Beside the files' properties: that the very same ones were made anew.
    let made = files(&made, our.started);
    let changed = |tree: &Tree| -> Snapshot {
        let row = |name: &String| {
            let changed = tree.files[name].bytes != made.files[name].bytes;
            ((name.clone(), "made anew".to_owned()), Property::Exact(changed.to_string()))
        };
        made.files.keys().map(row).collect()
    };
    let found = compare(&changed(&ours), &changed(&theirs), 0);
    comparison.properties += found.properties;
    comparison.differences.extend(found.differences);
    (kind.name, comparison)
}

/// The real kubeadm makes what is renewed.
fn prepare(root: &Path, minor: Minor, kind: &Kind) {
    fs::create_dir_all(root.join("etc/kubernetes")).unwrap();
    fs::create_dir_all(root.join("tmp")).unwrap();
    write_config(root, minor, kind.lines);
    for phase in ["certs", "kubeconfig"] {
        let output = run(&minor.kubeadm(), root, &["init", "phase", phase, "all", "--config=/config.yaml"]);
        assert!(output.status.success(), "{}: {}", minor.version(), String::from_utf8_lossy(&output.stderr));
    }
    (kind.spoil)(root);
}

pub fn write_config(root: &Path, minor: Minor, [new, old]: [&str; 2]) {
    let (api, lines) = if minor.is_of_v1beta3() { ("v1beta3", old) } else { ("v1beta4", new) };
    let text = format!(
        "apiVersion: kubeadm.k8s.io/{api}\nkind: InitConfiguration\nlocalAPIEndpoint: {{advertiseAddress: 10.1.2.3}}\n\
         nodeRegistration: {{name: node-1}}\n---\napiVersion: kubeadm.k8s.io/{api}\nkind: ClusterConfiguration\n\
         kubernetesVersion: {}\n{lines}",
        minor.version()
    );
    fs::write(root.join("config.yaml"), text).unwrap();
}

/// The ends as both tell them, in JSON, and as text.
fn compare_ends(minor: Minor, root: &Path) -> Comparison {
    let words = ["certs", "check-expiration", "--config=/config.yaml"];
    let mut comparison = Comparison { properties: 0, differences: Vec::new() };
    let text = |output: Output| {
        assert!(output.status.success(), "{}: {}", minor.version(), String::from_utf8_lossy(&output.stderr));
        String::from_utf8(output.stdout).unwrap()
    };
    let theirs = text(run(&minor.kubeadm(), root, &words));
    let ours = text(run(&ours(), root, &words));
    let lines = |text: &str| -> Snapshot {
        let named = |(place, line): (usize, &str)| {
            (("table".to_owned(), format!("line {place}")), Property::Exact(line.to_owned()))
        };
        text.lines().enumerate().map(named).collect()
    };
    add(&mut comparison, compare(&lines(&ours), &lines(&theirs), 0));
    let words = [&words[..], &["-o", "json"]].concat();
    let theirs = run(&minor.kubeadm(), root, &words);
    // 1.29's has no such flag.
    if !String::from_utf8_lossy(&theirs.stderr).contains("unknown shorthand flag") {
        let ours = text(run(&self::ours(), root, &words));
        add(&mut comparison, compare(&json(&ours), &json(&text(theirs)), 3));
    }
    comparison
}

fn add(all: &mut Comparison, more: Comparison) {
    all.properties += more.properties;
    all.differences.extend(more.differences);
}

/// Every field by its path; what kubewright adds is left out.
fn json(text: &str) -> Snapshot {
    let document: Value = serde_json::from_str(text).unwrap();
    let mut all = Snapshot::new();
    for (field, value) in
        document.as_object().unwrap().iter().filter(|(field, _)| *field != "kubeletCertificates")
    {
        let rows = value.as_array().map_or_else(Vec::new, Clone::clone);
        let mut note = |path: String, property| all.insert(("json".to_owned(), path), property);
        for (place, row) in rows.iter().enumerate() {
            for (name, value) in row.as_object().unwrap() {
                let property = match value.as_i64() {
                    Some(seconds) => Property::Near(seconds),
                    None => Property::Exact(value.to_string()),
                };
                note(format!("{field}[{place}].{name}"), property);
            }
        }
        if rows.is_empty() {
            note(field.clone(), Property::Exact(value.to_string()));
        }
    }
    all
}

fn compare_requests(minor: Minor) -> (&'static str, Comparison) {
    let root = scratch("renewals").join(minor.version()).join("requests");
    let _ = fs::remove_dir_all(&root);
    let words = [
        "certs",
        "generate-csr",
        "--config=/config.yaml",
        "--cert-dir=/etc/kubernetes/pki",
        "--kubeconfig-dir=/etc/kubernetes",
    ];
    let tree = |name: &str, program: &Path, words: &[&str]| {
        let root = root.join(name);
        fs::create_dir_all(&root).unwrap();
        write_config(
            &root,
            minor,
            ["apiServer: {certSANs: [a.example.com, 'fd00::1']}\nclusterName: lab\n"; 2],
        );
        let output = run(program, &root, words);
        assert!(output.status.success(), "{}: {}", minor.version(), String::from_utf8_lossy(&output.stderr));
        files(&root, 0)
    };
    let theirs = of_files(&tree("theirs", &minor.kubeadm(), &words));
    let ours = of_files(&tree("ours", &ours(), &words));
    ("requests", compare(&without_preferences(ours), &without_preferences(theirs), 0))
}

/// An empty object of Go's, which says nothing; newer releases leave it out.
fn without_preferences(mut snapshot: Snapshot) -> Snapshot {
    snapshot
        .retain(|(_, path), property| path != "preferences" || *property != Property::Exact("{}".to_owned()));
    snapshot
}

/// Everything below the root but the configurations.
fn files(root: &Path, started: i64) -> Tree {
    Tree { files: tree::read_all(&root.join("etc/kubernetes")), started, ..Tree::default() }
}

/// With its root changed, since kubeadm's kubeconfigs have their one place; a user namespace gives one who is not root
/// the right to.
pub fn run(program: &Path, root: &Path, words: &[&str]) -> Output {
    let mut command = if nix::unistd::geteuid().is_root() {
        Command::new(program)
    } else {
        let mut command = Command::new("unshare");
        command.arg("--map-root-user").arg(program);
        command
    };
    command.arg("--rootfs").arg(root).args(words);
    programs::without_environment(&mut command).output().unwrap()
}
