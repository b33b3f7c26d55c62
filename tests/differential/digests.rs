//! What kubewright writes for the configurations, told by digests: a minor that is not compared with its kubeadm is held against
//! tests/digests. With `UPDATE=1` they are made anew for the minors that are, behind that comparison: so each stands for what
//! the real kubeadm has written, but for the known differences.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

use crate::case::{self, Case, Ready};
use crate::certificate;
use crate::kubeadms::compare::{Property, Snapshot};
use crate::kubeadms::minor::Minor;
use crate::kubeadms::say;
use crate::run::{sayable, scratch, side_by_side};
use crate::tree::{self, Tree};
use crate::{paper, snapshot};

/// By the case's number, and by the file or object.
type Digests = BTreeMap<(String, String), String>;

/// Digests shorter than a whole SHA-256 tell what has changed as well, as nobody is to be kept from making two that are equal.
const DIGITS: usize = 10;

/// What of a digest's place says that the case has no such file.
const ABSENT: &str = "absent";

pub fn hold(minor: Minor) {
    let cases = sayable(minor, case::picked().into_iter().filter(|case| case.applies_to(minor)).collect());
    let below = scratch(&format!("digests-{}", minor.number()));
    let found: Digests =
        side_by_side(&cases, |case| digests(case, minor, &below)).into_iter().flatten().collect();
    let path = path(minor);
    if std::env::var_os("UPDATE").is_some() && minor.is_wanted() && case::filter().is_none() {
        fs::write(&path, written(minor, &found)).unwrap();
        return;
    }
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    assert!(
        text.contains(&format!("{}:", minor.version())),
        "{} is of another patch version",
        path.display()
    );
    let wanted = read(&text);
    let complaints = differences(minor, &cases, &found, &wanted);
    say(&format!(
        "Kubernetes {}: {} configurations, {} digests compared, {} differ",
        minor.number(),
        cases.len(),
        found.len(),
        complaints.len()
    ));
    assert!(
        complaints.is_empty(),
        "\n{}\nwhat each file holds is in {}/*/properties; `tests/run compare-all` makes the digests anew where the real kubeadm agrees",
        complaints.join("\n"),
        below.display()
    );
}

fn path(minor: Minor) -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("tests/digests/v{}.txt", minor.number()))
}

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
    let all: String = texts.iter().map(|(file, text)| format!("{file}\n{text}\n")).collect();
    fs::write(ready.scratch.join("properties"), all).unwrap();
    let number = number(case.name());
    texts.into_iter().map(|(file, text)| ((number.clone(), file), digest(&text))).collect()
}

fn digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))[..DIGITS].to_owned()
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
    let certificates = files.iter().filter(|(name, _)| name.ends_with(".crt"));
    let times = certificates.flat_map(|(_, file)| {
        let blocks =
            x509_parser::pem::Pem::iter_from_buffer(&file.bytes).map(|block| block.unwrap().contents);
        blocks.flat_map(|der| certificate::times(&der)).collect::<Vec<_>>()
    });
    times.map(|at| at - started).collect()
}

/// Under each file the forms that it has, each with its cases; `*` for all that are not named: those of the form that most have.
fn written(minor: Minor, found: &Digests) -> String {
    let cases: BTreeSet<&str> = found.keys().map(|(case, _)| case.as_str()).collect();
    let files: BTreeSet<&str> = found.keys().map(|(_, file)| file.as_str()).collect();
    let mut text = format!(
        "# What kubewright writes of Kubernetes {}: under each file and object its digests, each with its configurations in\n\
         # tests/configs. `tests/run compare-all` has made this, behind a comparison with the real kubeadm.\n",
        minor.version()
    );
    for file in files {
        let mut forms: BTreeMap<&str, Vec<&str>> = BTreeMap::new();
        for case in &cases {
            let form = found.get(&((*case).to_owned(), file.to_owned())).map_or(ABSENT, String::as_str);
            forms.entry(form).or_default().push(case);
        }
        let usual = *forms.iter().max_by_key(|(_, cases)| cases.len()).unwrap().0;
        let _ = writeln!(text, "{file}\n  {usual} *");
        for (form, cases) in forms.iter().filter(|(form, _)| **form != usual) {
            let _ = writeln!(text, "  {form} {}", cases.join(" "));
        }
    }
    text
}

/// By file: the form that most cases have, and those of the others by the cases' numbers.
type Forms = BTreeMap<String, (String, BTreeMap<String, String>)>;

fn read(text: &str) -> Forms {
    let mut forms = Forms::new();
    let mut file = String::new();
    for line in text.lines().filter(|line| !line.starts_with('#')) {
        let Some(form) = line.strip_prefix("  ") else {
            line.clone_into(&mut file);
            continue;
        };
        let (digest, cases) = form.split_once(' ').expect("a digest and its cases");
        let of_file = forms.entry(file.clone()).or_default();
        for case in cases.split(' ') {
            match case {
                "*" => digest.clone_into(&mut of_file.0),
                _ => drop(of_file.1.insert(case.to_owned(), digest.to_owned())),
            }
        }
    }
    forms
}

fn differences(minor: Minor, cases: &[Case], found: &Digests, wanted: &Forms) -> Vec<String> {
    let files: BTreeSet<&str> =
        found.keys().map(|(_, file)| file.as_str()).chain(wanted.keys().map(String::as_str)).collect();
    let mut lines = Vec::new();
    for case in cases {
        for file in &files {
            let number = number(case.name());
            let ours = found.get(&(number.clone(), (*file).to_owned())).map_or(ABSENT, String::as_str);
            let theirs =
                wanted.get(*file).map_or(ABSENT, |(usual, others)| others.get(&number).unwrap_or(usual));
            if ours != theirs {
                lines.push(format!(
                    "{} {} {file}: {ours}, and was {theirs} beside the real kubeadm's",
                    case.name(),
                    minor.number()
                ));
            }
        }
    }
    lines
}

#[test]
fn digests_are_read_as_they_are_written_and_what_differs_is_named() {
    let cases: Vec<Case> = case::all().into_iter().take(3).collect();
    let at = |case: &str, file: &str, digest: &str| ((case.to_owned(), file.to_owned()), digest.to_owned());
    let all =
        [at("01", "a", "1"), at("02", "a", "1"), at("03", "a", "2"), at("01", "b", "3"), at("02", "b", "4")];
    let found: Digests = all.into_iter().collect();
    let text = written(Minor::V1_31, &found);
    assert_eq!(
        text.lines().skip(2).collect::<Vec<_>>(),
        ["a", "  1 *", "  2 03", "b", "  absent *", "  3 01", "  4 02"]
    );
    let wanted = read(&text);
    assert_eq!(differences(Minor::V1_31, &cases, &found, &wanted), Vec::<String>::new());
    let mut other = found.clone();
    other.insert(("03".to_owned(), "b".to_owned()), "4".to_owned());
    other.remove(&("01".to_owned(), "a".to_owned()));
    let lines = differences(Minor::V1_31, &cases, &other, &wanted);
    assert_eq!(lines.len(), 2, "{lines:?}");
    assert!(lines[0].starts_with("01-defaults 1.31 a: absent, and was 1"), "{lines:?}");
    assert!(lines[1].starts_with("03-flags-skip-phases 1.31 b: 4, and was absent"), "{lines:?}");
}
