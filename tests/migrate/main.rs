//! `config migrate`, `config validate` and `config print` against the real kubeadm of each minor.
//!
//! `cargo test --test migrate` hands the files of `tests/migrate` and `tests/configs` to both programs, for each minor
//! (or those that `MINORS` names) whose kubeadm reads their format, and compares what comes of them value by value. What may differ is in `KNOWN`, each
//! entry with its reason. A minor whose kubeadm is not there, or that kubewright does not know, is named and left out.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

mod case;
mod compare;
#[path = "../kubeadms/mod.rs"]
mod kubeadms;
mod program;

use case::Case;
use compare::{compare, documents};
use kubeadms::compare::{Comparison, Difference};
use kubeadms::digests::{Digests, Held, digest, hold};
use kubeadms::known::{self, Known, Refused, is_refused, judge};
use kubeadms::minor::{Format, Minor};
use kubeadms::{say, yaml};
use program::{kubeadm_s, migrate, our_print, passes, print};
use serde_json::Value;

/// What kubeadm does otherwise; a file is a document's kind.
#[rustfmt::skip]
const KNOWN: &[Known] = &[
    Known { case: "*", minor: "1.31 1.32 1.33 1.34 1.35 1.36", file: "InitConfiguration", path: "timeouts.controlPlaneComponentHealthCheck", why: "where the cluster's document is not v1beta3, kubeadm loses the timeout and writes 0s" },
    Known { case: "*", minor: "1.30", file: "ClusterConfiguration", path: "apiServer.timeoutForControlPlane", why: "kubeadm 1.30 loses it" },
    Known { case: "*", minor: "1.30", file: "JoinConfiguration", path: "discovery.timeout", why: "kubeadm 1.30 loses it" },
    Known { case: "*", minor: "1.31 1.32 1.33 1.34 1.35", file: "UpgradeConfiguration", path: "*", why: "kubeadm leaves the document out without a word" },
];

/// Cases that kubeadm refuses, and kubewright does not.
#[rustfmt::skip]
const REFUSED: &[Refused] = &[
    Refused { case: "27-v1beta4-upgrade", minor: "1.36", why: "kubeadm 1.36 has forgotten the kind" },
    Refused { case: "28-v1beta4-upgrade-all-fields", minor: "1.36", why: "kubeadm 1.36 has forgotten the kind" },
    Refused { case: "09-ecdsa-p384", minor: "1.31 1.32 1.33", why: "kubeadm does not know the algorithm yet" },
    Refused { case: "17-external-etcd-http-endpoints", minor: "1.31 1.32 1.33 1.34", why: "kubeadm does not know the field yet; kubewright names it and leaves it out" },
    Refused { case: "21-extra-envs", minor: "1.31 1.32 1.33", why: "kubeadm does not know valueFrom.fileKeyRef yet" },
];

/// Files that kubeadm takes and kubewright refuses.
#[rustfmt::skip]
const STRICTER: &[Refused] = &[
    Refused { case: "65-learner-mode-off", minor: "1.32", why: "kubeadm stores a gate that it no longer looks at" },
];

#[test]
fn what_kubeadm_makes_of_a_file_kubewright_makes_of_it() {
    let cases = case::all();
    assert!(case::own().len() >= 30);
    let minors = case::minors();
    assert!(!minors.is_empty(), "there is no kubeadm here; `tests/run compare` builds them");
    let found = side_by_side(&minors, |minor| compare_minor(&cases, minor));
    let mut complaints: Vec<String> = found.iter().flat_map(|found| found.complaints.clone()).collect();
    let shown: Vec<usize> = found.iter().flat_map(|found| found.known.clone()).collect();
    let unused = known::unused(KNOWN, &minors, &shown).into_iter();
    complaints
        .extend(unused.map(|known| format!("{} {} shows no more: {}", known.file, known.path, known.why)));
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
    let held = side_by_side(Minor::ALL, |minor| hold_minor(&cases, minor, minors.contains(&minor))).concat();
    assert!(held.is_empty(), "{}\n`tests/run compare-all` makes the digests anew", held.join("\n"));
}

/// What is made of all files, and what is printed, against digests of what it was beside the real kubeadm's.
fn hold_minor(cases: &[Case], minor: Minor, is_compared: bool) -> Vec<String> {
    let made = cases.iter().filter(|case| case.is_read_by(minor)).map(|case| {
        let text = case.text(minor);
        (case.name().to_owned(), migrate(&text, minor), text)
    });
    let printed = COMMANDS
        .iter()
        .map(|command| (format!("print-{command}"), Ok(our_print(command, minor)), String::new()));
    let mut names = Vec::new();
    let mut digests = Digests::new();
    for (name, made, given) in made.chain(printed) {
        let texts = made.map_or_else(
            |_| [("refused".to_owned(), String::new())].into(),
            |made| compare::texts(&documents(&made), &given),
        );
        digests.extend(texts.into_iter().map(|(kind, text)| ((name.clone(), kind), digest(&text))));
        names.push(name);
    }
    hold(&Held { name: "config", minor, cases: &names, digests: &digests, is_compared })
}

/// Whose defaults are printed.
const COMMANDS: [&str; 4] = ["init", "join", "reset", "upgrade"];

/// What came of all files of a minor.
struct Found {
    /// Indices into `KNOWN`.
    known: Vec<usize>,
    complaints: Vec<String>,
}

fn compare_minor(cases: &[Case], minor: Minor) -> Found {
    let mut found = Found { known: Vec::new(), complaints: Vec::new() };
    let (mut files, mut properties) = (0, 0);
    for case in cases.iter().filter(|case| case.is_read_by(minor)) {
        let compared = compare_case(case, minor);
        files += 1;
        properties += compared.properties;
        let judged = judge(KNOWN, case.name(), minor, &compared.differences);
        found.known.extend(judged.known);
        found.complaints.extend(judged.others.into_iter().map(|other| line(case, minor, other)));
    }
    let known = found.known.len();
    say(&format!(
        "migrate, Kubernetes {}: {files} files, {properties} properties compared, {known} known differences",
        minor.version()
    ));
    found
}

/// The minors beside one another.
fn side_by_side<T: Send>(minors: &[Minor], work: impl Fn(Minor) -> T + Sync) -> Vec<T> {
    std::thread::scope(|scope| {
        let work = &work;
        let running: Vec<_> = minors.iter().map(|minor| scope.spawn(move || work(*minor))).collect();
        running.into_iter().map(|thread| thread.join().unwrap()).collect()
    })
}

fn line(case: &Case, minor: Minor, difference: &Difference) -> String {
    format!("{} {}: {difference}", case.name(), minor.version())
}

fn compare_case(case: &Case, minor: Minor) -> Comparison {
    let text = case.text(minor);
    let refused = is_refused(REFUSED, case.name(), minor);
    let stricter = is_refused(STRICTER, case.name(), minor);
    let both_said = Comparison { properties: 1, differences: Vec::new() };
    match (migrate(&text, minor), kubeadm_s(&text, minor)) {
        // What both refuse is of another minor.
        (Err(_), Err(_)) => both_said,
        (Ok(_), Err(_)) if refused => both_said,
        (Err(_), Ok(_)) if stricter => both_said,
        (_, Ok(_)) if refused => {
            panic!("{} {}: kubeadm does not refuse any more", case.name(), minor.version())
        }
        (Ok(ours), Ok(theirs)) => compare(&documents(&ours), &documents(&theirs), &text),
        (Err(said), Ok(_)) => panic!("{} {}: kubewright refuses: {said}", case.name(), minor.version()),
        (Ok(_), Err(said)) => panic!("{} {}: kubeadm refuses: {said}", case.name(), minor.version()),
    }
}

/// There is no kubeadm that writes v1beta3 from v1beta4, but those of 1.29 and 1.30 read what kubewright writes, and
/// write the same again.
#[test]
fn what_is_written_back_to_v1beta3_the_older_kubeadm_reads_as_it_is_meant() {
    let mut complaints = Vec::new();
    for minor in case::minors().into_iter().filter(|minor| minor.format() == Format::V1Beta3) {
        let mut properties = 0;
        let back = case::own().into_iter().filter(|case| case.has(Format::V1Beta4) && case.goes_back());
        for case in back {
            let ours =
                migrate(&case.text(minor), minor).unwrap_or_else(|said| panic!("{}: {said}", case.name()));
            let theirs =
                kubeadm_s(&ours, minor).unwrap_or_else(|said| panic!("{}: {said}\n{ours}", case.name()));
            let found = compare(&documents(&ours), &documents(&theirs), &ours);
            properties += found.properties;
            let others = judge(KNOWN, case.name(), minor, &found.differences).others;
            complaints.extend(others.into_iter().map(|other| line(&case, minor, other)));
        }
        say(&format!("migrate to v1beta3, Kubernetes {}: {properties} properties compared", minor.version()));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn what_kubeadm_finds_valid_kubewright_finds_valid() {
    for minor in case::minors() {
        for case in case::own().iter().filter(|case| case.is_read_by(minor)) {
            let text = case.text(minor);
            assert_eq!(program::is_valid(&text), Ok(()), "{} {}", case.name(), minor.version());
            assert!(passes(&text, minor), "{} {}: kubeadm refuses", case.name(), minor.version());
        }
    }
}

#[test]
fn the_defaults_that_are_printed_are_kubeadm_s() {
    for minor in case::minors() {
        let mut properties = 0;
        for command in COMMANDS {
            let [ours, theirs] = print(command, minor);
            // kubeadm 1.29 and 1.30 have no upgrade-defaults.
            let Some(theirs) = theirs else { continue };
            let found = compare(&documents(&ours.unwrap()), &documents(&theirs), "");
            properties += found.properties;
            assert_eq!(found.differences, Vec::new(), "{command} {}", minor.version());
        }
        say(&format!("print, Kubernetes {}: {properties} properties compared", minor.version()));
    }
}

#[test]
fn migrating_twice_changes_nothing() {
    let minor = *case::minors().last().expect("a kubeadm");
    for case in case::own() {
        let once = migrate(&case.text(minor), minor).unwrap();
        assert_eq!(migrate(&once, minor).unwrap(), once, "{}", case.name());
    }
}

/// A component's document goes through unchanged.
#[test]
fn component_documents_stay() {
    let minor = *case::minors().last().expect("a kubeadm");
    for case in case::own() {
        let text = case.text(minor);
        let of_components = |text: &str| -> Vec<Value> {
            let is_component =
                |document: &Value| !document["apiVersion"].as_str().unwrap().starts_with("kubeadm.");
            yaml::documents(text).into_iter().filter(is_component).collect()
        };
        assert_eq!(of_components(&migrate(&text, minor).unwrap()), of_components(&text), "{}", case.name());
    }
}
