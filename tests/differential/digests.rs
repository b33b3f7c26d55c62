//! What kubewright writes for the configurations, on paper (`paper.rs`), told by digests.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use crate::case::{self, Case, Ready};
use crate::certificate;
use crate::kubeadms::compare::{Property, Snapshot};
use crate::kubeadms::digests::{Digests, Held, digest, hold};
use crate::kubeadms::minor::Minor;
use crate::run::{sayable, scratch, side_by_side};
use crate::tree::{self, Tree};
use crate::{paper, snapshot};

pub fn hold_all(minor: Minor) {
    let cases = sayable(minor, case::picked().into_iter().filter(|case| case.applies_to(minor)).collect());
    let below = scratch(&format!("digests-{}", minor.number()));
    let found: Digests =
        side_by_side(&cases, |case| digests(case, minor, &below)).into_iter().flatten().collect();
    let complaints = hold(&Held {
        name: "init",
        minor,
        cases: &cases.iter().map(|case| number(case.name())).collect::<Vec<_>>(),
        digests: &found,
        is_compared: minor.is_wanted() && case::filter().is_none(),
    });
    assert!(
        complaints.is_empty(),
        "\n{}\nwhat the files hold is in {}/*/properties; `tests/run compare-all` makes the digests anew where the real kubeadm agrees",
        complaints.join("\n"),
        below.display()
    );
}

/// A configuration is called by its number.
fn number(name: &str) -> String {
    name.split('-').next().unwrap().to_owned()
}

fn digests(case: &Case, minor: Minor, below: &Path) -> Digests {
    let (ready, tree) = paper::tree(case, minor, below);
    let mut texts: BTreeMap<String, String> = BTreeMap::new();
    for ((file, path), property) in properties(&ready, &tree) {
        let _ = writeln!(texts.entry(file).or_default(), "{path}: {property}");
    }
    texts.insert("stdout images".to_owned(), paper::images(&ready));
    let all = texts.iter().flat_map(|(file, text)| [file, "\n", text, "\n"]);
    fs::write(ready.scratch.join("properties"), all.collect::<String>()).unwrap();
    let number = number(case.name());
    texts.into_iter().map(|(file, text)| ((number.clone(), file), digest(&text))).collect()
}

/// All that is compared, without what is another in each run.
fn properties(case: &Ready, tree: &Tree) -> BTreeMap<(String, String), String> {
    let given = times(case, tree.started);
    let shown = |(_, path): &(String, String), property: &Property| match property {
        Property::Exact(_) if is_chance(path) => "<chance>".to_owned(),
        Property::Exact(text) => text.clone(),
        // Of a certificate that the case brings, or taken from it; by the real clock.
        Property::Near(at) if given.contains(at) => "<given>".to_owned(),
        // As begin and end say.
        Property::Near(_) if path.ends_with("life") => "<life>".to_owned(),
        Property::Near(at) => format!("{at} s"),
    };
    let all: Snapshot = snapshot::of(tree, case);
    all.into_iter().map(|(place, property)| (place.clone(), shown(&place, &property))).collect()
}

/// Of an object: signatures with the keys of the run, the hash of a text that names its folder, and a time.
fn is_chance(path: &str) -> bool {
    path.starts_with("data.jws-kubeconfig-")
        || path.ends_with("kubeadm.kubernetes.io/component-config.hash")
        || path.ends_with(".timeAdded")
}

/// When the certificates begin and end that the case brings.
fn times(case: &Ready, started: i64) -> BTreeSet<i64> {
    let files = tree::read_all(&case.scratch.join("dir"));
    let certificates =
        files.iter().filter(|(name, _)| Path::new(name).extension().is_some_and(|end| end == "crt"));
    let times = certificates.flat_map(|(_, file)| {
        let blocks =
            x509_parser::pem::Pem::iter_from_buffer(&file.bytes).map(|block| block.unwrap().contents);
        blocks.flat_map(|der| certificate::times(&der)).collect::<Vec<_>>()
    });
    times.map(|at| at - started).collect()
}
