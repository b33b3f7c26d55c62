//! kubewright's tree of a case, on a host that is the same wherever and whenever it runs (`on_paper.rs`).

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};
use std::sync::LazyLock;

use kubewright::config::KeyAlgorithm;
use kubewright::pki::PrivateKey;

use crate::case::{self, Case, Ready};
use crate::kubeadms::minor::Minor;
use crate::programs::{called, without_environment};
use crate::run::scratch;
use crate::tree::{self, Ran, Tree};

/// The time on paper is a minute ahead, so that certificates that a case brings, by the real clock, have begun.
fn soon() -> jiff::Timestamp {
    jiff::Timestamp::from_second(jiff::Timestamp::now().as_second() + 60).expect("a time of this century")
}

/// What the host has: routes, and a folder of certificates.
const FILES: &[(&str, &str)] = &[
    ("proc/net/route", "eth0\t00000000\t010200C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"),
    (
        "proc/net/ipv6_route",
        "00000000000000000000000000000000 00 00000000000000000000000000000000 00 \
         20010db8000000000000000000000001 00000400 00000001 00000000 00000003     eth0\n",
    ),
    ("usr/share/ca-certificates/README", ""),
];

const ALGORITHMS: [KeyAlgorithm; 5] = [
    KeyAlgorithm::Rsa2048,
    KeyAlgorithm::Rsa3072,
    KeyAlgorithm::Rsa4096,
    KeyAlgorithm::EcdsaP256,
    KeyAlgorithm::EcdsaP384,
];

struct Paper {
    program: PathBuf,
    root: PathBuf,
    keys: PathBuf,
}

static PAPER: LazyLock<Paper> = LazyLock::new(|| {
    let folder = scratch("paper");
    let paper = Paper { program: built(), root: folder.join("root"), keys: folder.join("keys") };
    for (path, text) in FILES {
        let path = paper.root.join(path);
        fs::create_dir_all(path.parent().unwrap()).unwrap();
        fs::write(path, text).unwrap();
    }
    fs::create_dir_all(&paper.keys).unwrap();
    for algorithm in ALGORITHMS {
        for owner in ["ca", "leaf"] {
            let key = PrivateKey::generate(algorithm).unwrap().to_pem().unwrap();
            fs::write(paper.keys.join(format!("{algorithm:?}-{owner}.key")), &*key).unwrap();
        }
    }
    paper
});

/// Cargo builds no example along with one test.
fn built() -> PathBuf {
    let cargo = std::env::var_os("CARGO").unwrap_or_else(|| "cargo".into());
    let mut command = Command::new(cargo);
    command.args(["build", "--quiet", "--example", "on_paper"]).current_dir(env!("CARGO_MANIFEST_DIR"));
    assert!(command.status().unwrap().success(), "the example on_paper does not build");
    Path::new(env!("CARGO_BIN_EXE_kubewright")).with_file_name("examples").join("on_paper")
}

/// The tree, with `${DIR}` where the case's own folder was.
pub fn tree(case: &Case, minor: Minor, below: &Path) -> (Ready, Tree) {
    let folder = below.join(case.name()).join("kubewright");
    let now = soon();
    let ready = case.prepare_with(minor, below, &as_kubeadm(case, below, &folder, now));
    let prepared = ready.scratch.join("dir");
    case::copy(&prepared, &folder.join(prepared.strip_prefix("/").unwrap()));
    let mut command = command(&ready, now);
    command.args(["init", "--dry-run", "--output-dir"]).arg(&folder);
    command.args(ready.config.iter().map(|path| format!("--config={}", path.display())));
    command.args(&ready.arguments).envs(&ready.environment);
    let stdout = succeeded(&ready, &command.output().unwrap());
    let ran = Ran { started: now.as_second(), took: 0 };
    let objects = tree::of_kubewright(&Tree::default(), &folder, &stdout, ran).objects;
    let kept = Tree { files: tree::kept(&tree::certificates_dir(&objects, &ready)), ..Tree::default() };
    let tree = tree::of_kubewright(&kept, &folder, &stdout, ran);
    (ready, elsewhere(tree, &prepared))
}

/// What the case takes from the configuration's images.
pub fn images(ready: &Ready) -> String {
    let mut command = command(ready, soon());
    command.args(["config", "images", "list"]);
    command.args(ready.config.iter().map(|path| format!("--config={}", path.display())));
    command.args(ready.arguments.iter().filter(|argument| crate::images::is_taken(argument)));
    succeeded(ready, &command.output().unwrap())
}

fn command(case: &Ready, now: jiff::Timestamp) -> Command {
    let mut command = Command::new(called(case, &PAPER.program));
    without_environment(&mut command).envs(variables(now)).env("HOME", &case.scratch);
    command
}

fn variables(now: jiff::Timestamp) -> BTreeMap<&'static str, String> {
    BTreeMap::from([
        ("ON_PAPER_ROOT", PAPER.root.display().to_string()),
        ("ON_PAPER_KEYS", PAPER.keys.display().to_string()),
        ("ON_PAPER_NOW", now.to_string()),
    ])
}

fn succeeded(case: &Ready, output: &Output) -> String {
    let said = String::from_utf8_lossy(&output.stderr);
    assert!(output.status.success(), "{} {}: {said}", case.name, case.minor.number());
    String::from_utf8(output.stdout.clone()).unwrap()
}

/// For a case that has kubeadm prepare something: the same by kubewright, in the folder that stands for the host.
fn as_kubeadm(case: &Case, below: &Path, folder: &Path, now: jiff::Timestamp) -> PathBuf {
    fs::create_dir_all(below).unwrap();
    let script = below.join(format!("{}.kubeadm", case.name()));
    let set = variables(now).into_iter().map(|(name, value)| format!("export {name}='{value}'\n"));
    let text = format!(
        "#!/bin/sh\n{}exec '{}' \"$@\" --dry-run --output-dir '{}'\n",
        set.collect::<String>(),
        PAPER.program.display(),
        folder.display()
    );
    fs::write(&script, text).unwrap();
    fs::set_permissions(&script, fs::Permissions::from_mode(0o755)).unwrap();
    script
}

/// Where the tests' folder is, is this machine's affair.
fn elsewhere(mut tree: Tree, prepared: &Path) -> Tree {
    let prepared = prepared.to_str().unwrap();
    let of_paths = |text: &str| text.replace(prepared.trim_start_matches('/'), "DIR");
    let of_text = |text: &str| text.replace(prepared, "/DIR");
    let files = std::mem::take(&mut tree.files).into_iter().map(|(path, mut file)| {
        if let Ok(text) = std::str::from_utf8(&file.bytes) {
            file.bytes = of_text(text).into_bytes();
        }
        (of_paths(&path), file)
    });
    tree.files = files.collect();
    for object in tree.objects.values_mut() {
        *object = serde_json::from_str(&of_text(&object.to_string())).unwrap();
    }
    tree
}
