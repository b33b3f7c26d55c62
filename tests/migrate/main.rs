//! `config migrate`, `config validate` and `config print` against the real kubeadm of each minor.
//!
//! `cargo test --test migrate` hands the files of `tests/migrate` and `tests/configs` to both programs, for each minor
//! whose kubeadm reads their format, and compares what comes of them value by value. What may differ is in `KNOWN`, each
//! entry with its reason. A minor whose kubeadm is not there, or that kubewright does not know, is named and left out.
#![allow(clippy::disallowed_methods, reason = "a test program has effects of its own")]

mod case;
mod compare;
mod yaml;

use std::io::Write;

use case::{Case, Format, Minor};
use compare::{Comparison, documents, kubeadm_s, migrate, passes, print};
use serde_json::Value;

/// What kubeadm does otherwise, and why: minors, the field as `Kind.field`, and whether it is that.
struct Known {
    minors: &'static [u8],
    field: &'static str,
    why: &'static str,
}

#[rustfmt::skip]
const KNOWN: &[Known] = &[
    Known { minors: &[31, 32, 33, 34, 35, 36], field: "InitConfiguration.timeouts.controlPlaneComponentHealthCheck", why: "where the cluster's document is not v1beta3, kubeadm loses the timeout and writes 0s" },
    Known { minors: &[30], field: "ClusterConfiguration.apiServer.timeoutForControlPlane", why: "kubeadm 1.30 loses it" },
    Known { minors: &[30], field: "JoinConfiguration.discovery.timeout", why: "kubeadm 1.30 loses it" },
    Known { minors: &[31, 32, 33, 34, 35], field: "UpgradeConfiguration", why: "kubeadm leaves the document out without a word" },
];

/// Cases that kubeadm refuses, and kubewright does not.
#[rustfmt::skip]
const REFUSED: &[(&str, &[u8], &str)] = &[
    ("27-v1beta4-upgrade", &[36], "kubeadm 1.36 has forgotten the kind"),
    ("28-v1beta4-upgrade-all-fields", &[36], "kubeadm 1.36 has forgotten the kind"),
    ("09-ecdsa-p384", &[31, 32, 33], "kubeadm does not know the algorithm yet"),
    ("17-external-etcd-http-endpoints", &[31, 32, 33, 34], "kubeadm does not know the field yet; kubewright names it and leaves it out"),
    ("21-extra-envs", &[31, 32, 33], "kubeadm does not know valueFrom.fileKeyRef yet"),
];

/// Files that kubeadm takes and kubewright refuses, the minors where that is so, and why.
const STRICTER: &[(&str, &[u8], &str)] =
    &[("65-learner-mode-off", &[32], "kubeadm stores a gate that it no longer looks at")];

#[test]
fn what_kubeadm_makes_of_a_file_kubewright_makes_of_it() {
    let cases = case::all();
    assert!(case::own().len() >= 30);
    let minors = case::minors();
    assert!(!minors.is_empty(), "there is no kubeadm here; `tests/run compare` builds them");
    let found = side_by_side(&minors, |minor| compare_minor(&cases, minor));
    let mut complaints: Vec<String> = found.iter().flat_map(|found| found.complaints.clone()).collect();
    let is_here = |known: &Known| minors.iter().any(|minor| known.minors.contains(&minor.number()));
    let is_used = |index: usize| found.iter().any(|found| found.known.contains(&index));
    let unused = KNOWN.iter().enumerate().filter(|(index, known)| is_here(known) && !is_used(*index));
    complaints.extend(unused.map(|(_, known)| format!("{} shows no more: {}", known.field, known.why)));
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

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
        for (field, said) in compared.differences {
            match KNOWN.iter().position(|known| known.covers(minor, &field)) {
                Some(index) => found.known.push(index),
                None => found.complaints.push(format!("{} {}: {field}: {said}", case.name, minor.version)),
            }
        }
    }
    let known = found.known.len();
    say(&format!(
        "migrate, Kubernetes {}: {files} files, {properties} properties compared, {known} known differences",
        minor.version
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

impl Known {
    fn covers(&self, minor: Minor, field: &str) -> bool {
        let below = field.strip_prefix(self.field);
        self.minors.contains(&minor.number())
            && below.is_some_and(|rest| rest.is_empty() || rest.starts_with('.'))
    }
}

fn compare_case(case: &Case, minor: Minor) -> Comparison {
    let text = case.text(minor);
    let is_listed = |rows: &[(&str, &[u8], &str)]| {
        rows.iter().any(|row| row.0 == case.name && row.1.contains(&minor.number()))
    };
    let (refused, stricter) = (is_listed(REFUSED), is_listed(STRICTER));
    match (migrate(&text, minor), kubeadm_s(&text, minor)) {
        // What both refuse is of another minor.
        (Err(_), Err(_)) => Comparison { properties: 1, ..Comparison::default() },
        (Ok(_), Err(_)) if refused => Comparison { properties: 1, ..Comparison::default() },
        (Err(_), Ok(_)) if stricter => Comparison { properties: 1, ..Comparison::default() },
        (_, Ok(_)) if refused => panic!("{} {}: kubeadm does not refuse any more", case.name, minor.version),
        (Ok(ours), Ok(theirs)) => compare::compare(&documents(&ours), &documents(&theirs), &text),
        (Err(said), Ok(_)) => panic!("{} {}: kubewright refuses: {said}", case.name, minor.version),
        (Ok(_), Err(said)) => panic!("{} {}: kubeadm refuses: {said}", case.name, minor.version),
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
                migrate(&case.text(minor), minor).unwrap_or_else(|said| panic!("{}: {said}", case.name));
            let theirs =
                kubeadm_s(&ours, minor).unwrap_or_else(|said| panic!("{}: {said}\n{ours}", case.name));
            let found = compare::compare(&documents(&ours), &documents(&theirs), &ours);
            properties += found.properties;
            let others = found
                .differences
                .into_iter()
                .filter(|row| !KNOWN.iter().any(|known| known.covers(minor, &row.0)));
            complaints.extend(
                others.map(|(field, said)| format!("{} {}: {field}: {said}", case.name, minor.version)),
            );
        }
        say(&format!("migrate to v1beta3, Kubernetes {}: {properties} properties compared", minor.version));
    }
    assert!(complaints.is_empty(), "{}", complaints.join("\n"));
}

#[test]
fn what_kubeadm_finds_valid_kubewright_finds_valid() {
    for minor in case::minors() {
        for case in case::own().iter().filter(|case| case.is_read_by(minor)) {
            let text = case.text(minor);
            assert_eq!(compare::is_valid(&text), Ok(()), "{} {}", case.name, minor.version);
            assert!(passes(&text, minor), "{} {}: kubeadm refuses", case.name, minor.version);
        }
    }
}

#[test]
fn the_defaults_that_are_printed_are_kubeadm_s() {
    for minor in case::minors() {
        let mut properties = 0;
        for command in ["init", "join", "reset", "upgrade"] {
            let [ours, theirs] = print(command, minor);
            // kubeadm 1.29 and 1.30 have no upgrade-defaults.
            let Some(theirs) = theirs else { continue };
            let found = compare::compare(&documents(&ours.unwrap()), &documents(&theirs), "");
            properties += found.properties;
            let none: Vec<(String, String)> = Vec::new();
            assert_eq!(found.differences, none, "{command} {}", minor.version);
        }
        say(&format!("print, Kubernetes {}: {properties} properties compared", minor.version));
    }
}

#[test]
fn migrating_twice_changes_nothing() {
    let minor = *case::minors().last().expect("a kubeadm");
    for case in case::own() {
        let once = migrate(&case.text(minor), minor).unwrap();
        assert_eq!(migrate(&once, minor).unwrap(), once, "{}", case.name);
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
        assert_eq!(of_components(&migrate(&text, minor).unwrap()), of_components(&text), "{}", case.name);
    }
}

/// Past the capture of `cargo test`, so that the count shows when all is well too.
#[allow(clippy::explicit_write, reason = "eprintln! is what the capture takes")]
fn say(text: &str) {
    writeln!(std::io::stderr(), "{text}").unwrap();
}
