//! What kubewright writes, told by digests: of a minor whose kubeadm is not asked, it is held against those in tests/digests. With
//! `UPDATE=1` they are made anew for the minors that are, behind that comparison: so each stands for what the real kubeadm has
//! written, but for the known differences.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write as _;
use std::fs;
use std::path::Path;

use sha2::{Digest, Sha256};

use super::minor::Minor;
use super::say;

/// By the case, and by the file, object or document.
pub type Digests = BTreeMap<(String, String), String>;

/// Digests shorter than a whole SHA-256 tell what has changed as well, as nobody is to be kept from making two that are equal.
const DIGITS: usize = 10;

/// What of a digest's place says that the case has no such file.
const ABSENT: &str = "absent";

/// By file: the form that most cases have, and those of the others by their cases.
type Forms = BTreeMap<String, (String, BTreeMap<String, String>)>;

pub fn digest(text: &str) -> String {
    let digest = Sha256::digest(text.as_bytes());
    digest.iter().fold(String::new(), |text, byte| format!("{text}{byte:02x}"))[..DIGITS].to_owned()
}

/// What is held against digests.
pub struct Held<'a> {
    /// The beginning of the file's name in tests/digests.
    pub name: &'a str,
    pub minor: Minor,
    /// All that were looked at.
    pub cases: &'a [String],
    pub digests: &'a Digests,
    /// Whether the digests may be made anew: these are all cases, and were compared with the real kubeadm.
    pub is_compared: bool,
}

/// What differs, in lines.
pub fn hold(held: &Held<'_>) -> Vec<String> {
    let Held { name, minor, cases, digests, is_compared } = held;
    let path = format!("tests/digests/{name}-v{}.txt", minor.number());
    let place = Path::new(env!("CARGO_MANIFEST_DIR")).join(&path);
    if *is_compared && std::env::var_os("UPDATE").is_some() {
        fs::write(&place, written(*minor, digests)).unwrap();
    }
    let text = fs::read_to_string(&place).unwrap_or_else(|error| panic!("{path}: {error}"));
    assert!(text.contains(&format!("{}:", minor.version())), "{path} is of another patch version");
    let complaints = differences(*minor, cases, digests, &read(&text));
    say(&format!(
        "{name}, Kubernetes {}: {} cases, {} digests compared, {} differ",
        minor.number(),
        cases.len(),
        digests.len(),
        complaints.len()
    ));
    complaints
}

/// Under each file the forms that it has, each with its cases; `*` for all that are not named: those of the form that most have.
fn written(minor: Minor, found: &Digests) -> String {
    let cases: BTreeSet<&str> = found.keys().map(|(case, _)| case.as_str()).collect();
    let files: BTreeSet<&str> = found.keys().map(|(_, file)| file.as_str()).collect();
    let mut text = format!(
        "# What kubewright writes of Kubernetes {}: under each file, object or document its digests, each with the cases that have it.\n\
         # `tests/run compare-all` has made this, behind a comparison with the real kubeadm.\n",
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

fn differences(minor: Minor, cases: &[String], found: &Digests, wanted: &Forms) -> Vec<String> {
    let files: BTreeSet<&str> =
        found.keys().map(|(_, file)| file.as_str()).chain(wanted.keys().map(String::as_str)).collect();
    let mut lines = Vec::new();
    for case in cases {
        for file in &files {
            let ours = found.get(&(case.clone(), (*file).to_owned())).map_or(ABSENT, String::as_str);
            let theirs =
                wanted.get(*file).map_or(ABSENT, |(usual, others)| others.get(case).unwrap_or(usual));
            if ours != theirs {
                let number = minor.number();
                lines.push(format!(
                    "{case} {number} {file}: {ours}, and was {theirs} beside the real kubeadm"
                ));
            }
        }
    }
    lines
}

#[test]
fn digests_are_read_as_they_are_written_and_what_differs_is_named() {
    let cases = ["01", "02", "03"].map(str::to_owned);
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
    assert_eq!(
        differences(Minor::V1_31, &cases, &other, &wanted),
        [
            "01 1.31 a: absent, and was 1 beside the real kubeadm",
            "03 1.31 b: 4, and was absent beside the real kubeadm"
        ]
    );
}
