//! `kubeconfig user` beside the real kubeadm's, both with the same CA: certificate, key and document.

use std::collections::BTreeMap;
use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use crate::kubeadms::compare::{Comparison, Snapshot, compare};
use crate::kubeadms::minor::Minor;
use crate::kubeadms::say;
use crate::run::{scratch, timed};
use crate::snapshot::of_files;
use crate::tree::{File, Tree, read_all};

/// A kubeadm, and what its configuration says differently.
struct Reference {
    minor: Minor,
    format: &'static str,
    /// For another kind of key than the usual; nothing where the kubeadm makes RSA keys whatever it says.
    keys: &'static str,
}

const REFERENCES: &[Reference] = &[
    Reference { minor: Minor::V1_29, format: "v1beta3", keys: "" },
    Reference { minor: Minor::V1_36, format: "v1beta4", keys: "encryptionAlgorithm: ECDSA-P384" },
    Reference { minor: Minor::V1_37, format: "v1beta4", keys: "encryptionAlgorithm: RSA-3072" },
];

const USERS: &[&[&str]] = &[
    &["--client-name=jane"],
    &["--client-name", "jane", "--org", "b,a", "--org=system:masters", "--validity-period", "240h"],
    &["--client-name=a_b", "--org", "\"x,y\"", "--validity-period=90m"],
    &["--client-name=jane", "--token", "abc.def"],
];

/// Go's empty object, which newer kubeadms leave out.
const PREFERENCES: &str = "preferences";

pub fn compare_all() {
    let (mut properties, mut complaints) = (0, Vec::new());
    for reference in REFERENCES {
        let folder = scratch("users").join(reference.minor.version());
        for (keys, lines) in [("usual", ""), ("others", reference.keys)] {
            let pki = authority(&folder.join(keys));
            for user in USERS {
                let Comparison { properties: count, differences } = compare_one(reference, &pki, lines, user);
                properties += count;
                let told = differences
                    .iter()
                    .map(|difference| format!("{} {user:?}: {difference}", reference.minor.version()));
                complaints.extend(told);
            }
        }
    }
    let count = REFERENCES.len() * 2 * USERS.len();
    say(&format!(
        "kubeconfig user: {count} kubeconfigs, {properties} properties compared, {} differences",
        complaints.len()
    ));
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// A folder of certificates with a CA in it.
fn authority(folder: &Path) -> PathBuf {
    let _ = fs::remove_dir_all(folder);
    let mut command = Command::new(ours());
    command.args(["init", "phase", "certs", "ca", "--dry-run", "--output-dir"]).arg(folder);
    let output = command.output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    folder.join("etc/kubernetes/pki")
}

fn compare_one(reference: &Reference, pki: &Path, lines: &str, user: &[&str]) -> Comparison {
    let config = format!(
        "apiVersion: kubeadm.k8s.io/{}\nkind: ClusterConfiguration\nkubernetesVersion: {}\nclusterName: prod\n\
         certificatesDir: {}\ncontrolPlaneEndpoint: api.example.org:6443\n{lines}\n",
        reference.format,
        reference.minor.version(),
        pki.display()
    );
    let (ours, took) = made(&ours(), pki, &config, user);
    let (theirs, took_theirs) = made(&reference.minor.kubeadm(), pki, &config, user);
    compare(&ours, &theirs, took.max(took_theirs) + 2)
}

fn ours() -> PathBuf {
    env!("CARGO_BIN_EXE_kubewright").into()
}

/// What a program makes of it, and the seconds that it takes.
fn made(program: &Path, pki: &Path, config: &str, user: &[&str]) -> (Snapshot, i64) {
    let path = pki.with_file_name("config.yaml");
    fs::write(&path, config).unwrap();
    let mut command = Command::new(program);
    command.args(["kubeconfig", "user"]).args(user).arg("--config").arg(&path);
    let (output, ran) = timed(|| command.output().unwrap());
    assert!(output.status.success(), "{}: {}", program.display(), String::from_utf8_lossy(&output.stderr));
    let user = File { mode: 0o600, bytes: output.stdout };
    let files: BTreeMap<String, File> =
        read_all(pki).into_iter().chain([("user.conf".into(), user)]).collect();
    let tree =
        Tree { files, objects: BTreeMap::new(), joins: Vec::new(), started: ran.started, took: ran.took };
    let mut snapshot = of_files(&tree);
    snapshot.remove(&("user.conf".to_owned(), PREFERENCES.to_owned()));
    (snapshot, ran.took)
}
