//! Runs both programs over the cases, and judges what comes of it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Output;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use crate::case::{self, Case, Ready};
use crate::known::{BY_CHANCE, KNOWN};
use crate::kubeadms::compare::{Comparison, compare};
use crate::kubeadms::known::{self, judge};
use crate::kubeadms::minor::Minor;
use crate::kubeadms::say;
use crate::tree::{self, Ran, Tree};
use crate::{programs, snapshot, verify, written};

/// What came of one case.
#[derive(Default)]
struct Outcome {
    properties: usize,
    verified: usize,
    /// Indices into `KNOWN`.
    known: Vec<usize>,
    complaints: Vec<String>,
}

pub fn compare_all(minor: Minor) {
    let cases = sayable(minor, case::picked().into_iter().filter(|case| case.applies_to(minor)).collect());
    let root = scratch(minor.number());
    let outcomes = side_by_side(&cases, |case| compare_case(&case.prepare(minor, &root)));
    let mut complaints: Vec<String> =
        outcomes.iter().flat_map(|outcome| outcome.complaints.clone()).collect();
    if case::filter().is_none() {
        complaints.extend(unused(minor, &outcomes));
    }
    let sum = |count: fn(&Outcome) -> usize| outcomes.iter().map(count).sum::<usize>();
    say(&format!(
        "Kubernetes {}: {} configurations, {} properties compared, {} chains and secrets verified, \
         {} known differences, {} others",
        minor.number(),
        cases.len(),
        sum(|outcome| outcome.properties),
        sum(|outcome| outcome.verified),
        sum(|outcome| outcome.known.len()),
        complaints.len()
    ));
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
}

/// The cases that the minor's format can say; the others are named.
pub fn sayable(minor: Minor, cases: Vec<Case>) -> Vec<Case> {
    let (beyond, cases): (Vec<Case>, Vec<Case>) =
        cases.into_iter().partition(|case| case.beyond(minor).is_some());
    let named = beyond.iter().filter_map(|case| Some(format!("{} ({})", case.name(), case.beyond(minor)?)));
    let named = named.collect::<Vec<_>>().join("; ");
    if !beyond.is_empty() {
        say(&format!(
            "Kubernetes {}: v1beta3 cannot say {} configurations: {named}",
            minor.number(),
            beyond.len()
        ));
    }
    cases
}

/// Where a run leaves its trees, so that a difference can be looked at afterwards.
pub fn scratch(name: &str) -> PathBuf {
    Path::new(env!("CARGO_TARGET_TMPDIR")).join("differential").join(name)
}

/// One a processor at a time, results in order.
pub fn side_by_side<T: Send>(cases: &[Case], work: impl Fn(&Case) -> T + Sync) -> Vec<T> {
    let next = AtomicUsize::new(0);
    let done = Mutex::new(Vec::new());
    std::thread::scope(|scope| {
        for _ in 0..std::thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some((index, case)) =
                    Some(next.fetch_add(1, Ordering::Relaxed)).and_then(|at| Some((at, cases.get(at)?)))
                {
                    let result = work(case);
                    done.lock().unwrap().push((index, result));
                }
            });
        }
    });
    let mut results = done.into_inner().unwrap();
    results.sort_by_key(|(index, _)| *index);
    results.into_iter().map(|(_, result)| result).collect()
}

fn compare_case(case: &Ready) -> Outcome {
    let theirs = match tree_of_kubeadm(case, "kubeadm") {
        Ok(tree) => tree,
        Err(said) => return Outcome { complaints: vec![line(case, said)], ..Outcome::default() },
    };
    let folder = case.scratch.join("kubewright");
    let (output, ran) = timed(|| programs::run_kubewright(case, &folder));
    keep(case, "kubewright", &output);
    if !output.status.success() {
        let said = String::from_utf8_lossy(&output.stderr);
        let complaint = format!("{} {}: kubewright refuses: {}", case.name, case.minor.number(), said.trim());
        return Outcome { complaints: vec![complaint], ..Outcome::default() };
    }
    let ours = tree::of_kubewright(&theirs, &folder, &String::from_utf8_lossy(&output.stdout), ran);
    let comparison = compare_trees(case, &ours, &theirs);
    let verdict = verify::verify(case, &ours);
    let mut outcome =
        Outcome { properties: comparison.properties, verified: verdict.verified, ..Outcome::default() };
    let judged = judge(KNOWN, &case.name, case.minor, &comparison.differences);
    outcome.known = judged.known;
    outcome.complaints.extend(judged.others.into_iter().map(|difference| line(case, difference)));
    outcome.complaints.extend(verdict.complaints.iter().map(|said| line(case, said)));
    outcome
}

/// Each program took its time, and of a slow one's times some lie near its end.
pub fn compare_trees(case: &Ready, ours: &Tree, theirs: &Tree) -> Comparison {
    compare(&snapshot::of(ours, case), &snapshot::of(theirs, case), ours.took.max(theirs.took) + 2)
}

pub fn timed<T>(work: impl FnOnce() -> T) -> (T, Ran) {
    let started = now();
    let result = work();
    (result, Ran { started, took: now() - started })
}

fn line(case: &Ready, text: impl std::fmt::Display) -> String {
    format!("{} {} {text}", case.name, case.minor.number())
}

pub fn kubeadm_tree(case: &Ready, name: &str) -> Tree {
    tree_of_kubeadm(case, name).unwrap_or_else(|said| panic!("{}", line(case, said)))
}

fn tree_of_kubeadm(case: &Ready, name: &str) -> Result<Tree, String> {
    let folder = case.scratch.join(name);
    let (output, ran) = timed(|| programs::run_kubeadm(case, &folder));
    keep(case, name, &output);
    if !output.status.success() {
        return Err(format!("kubeadm refuses: {}", String::from_utf8_lossy(&output.stderr).trim()));
    }
    Ok(tree::of_kubeadm(case, &folder, &String::from_utf8_lossy(&output.stdout), ran))
}

fn keep(case: &Ready, name: &str, output: &Output) {
    fs::write(case.scratch.join(format!("{name}.stdout")), &output.stdout).unwrap();
    fs::write(case.scratch.join(format!("{name}.stderr")), &output.stderr).unwrap();
}

fn now() -> i64 {
    i64::try_from(SystemTime::now().duration_since(UNIX_EPOCH).unwrap().as_secs()).unwrap()
}

/// Known differences of this minor that nothing showed.
fn unused(minor: Minor, outcomes: &[Outcome]) -> Vec<String> {
    let shown: Vec<usize> = outcomes.iter().flat_map(|outcome| outcome.known.clone()).collect();
    let unused = known::unused(KNOWN, &[minor], &shown).into_iter().filter(|known| known.why != BY_CHANCE);
    unused.map(|known| format!("known difference {} {} shows no more", known.file, known.path)).collect()
}

/// Cases whose paths lie where a host has them.
const WRITTEN: &[&str] = &["08-", "14-", "15-", "23-", "34-", "48-"];

pub fn compare_written(minor: Minor) {
    let root = scratch(&format!("written-{}", minor.number()));
    let cases = sample(WRITTEN).into_iter().filter(|case| case.applies_to(minor)).collect();
    let cases = sayable(minor, cases);
    let found = side_by_side(&cases, |case| {
        let case = case.prepare(minor, &root);
        let (root, ran) = timed(|| written::by_kubeadm(&case));
        let theirs = written::snapshot(&root, &case, ran.started);
        let folder = case.scratch.join("kubewright");
        let (output, our) = timed(|| programs::run_kubewright(&case, &folder));
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
        let ours = written::snapshot(&folder, &case, our.started);
        let differences = compare(&ours, &theirs, ran.took.max(our.took) + 2).differences;
        let others = judge(KNOWN, &case.name, case.minor, &differences).others;
        others.into_iter().map(|difference| line(&case, difference)).collect::<Vec<_>>()
    });
    assert_eq!(found.concat(), Vec::<String>::new());
}

/// kubeadm's dry run tells the truth: what it shows is what its phases write.
pub fn compare_kubeadm_with_its_dry_run() {
    let root = scratch("dry-run");
    let found = side_by_side(&sample(&["14-", "34-"]), |case| {
        let case = case.prepare(Minor::V1_37, &root);
        let mut shown = kubeadm_tree(&case, "kubeadm");
        shown.objects.clear();
        shown.joins.clear();
        let (root, ran) = timed(|| written::by_kubeadm(&case));
        let mut written = written::snapshot(&root, &case, ran.started);
        written.retain(|(file, _), _| !file.ends_with('/'));
        let differences = compare(&snapshot::of(&shown, &case), &written, ran.took + 2).differences;
        differences.iter().map(|difference| line(&case, difference)).collect::<Vec<_>>()
    });
    assert_eq!(found.concat(), Vec::<String>::new());
}

/// Of all kinds that a run can have: chance in names, kept files, flags alone, sealed secrets.
const SAMPLE: &[&str] = &["01-", "02-", "08-", "11-", "14-", "17-", "38-", "39-", "52-", "57-", "58-"];

pub fn compare_kubeadm_with_itself() {
    let cases: Vec<Case> = sample(SAMPLE);
    let root = scratch("itself");
    let found = side_by_side(&cases, |case| {
        let case = case.prepare(Minor::V1_36, &root);
        let [one, two] = ["one", "two"].map(|name| kubeadm_tree(&case, name));
        let comparison = compare_trees(&case, &one, &two);
        assert!(comparison.properties > 900, "{}: only {} properties", case.name, comparison.properties);
        comparison.differences.iter().map(|difference| line(&case, difference)).collect::<Vec<_>>()
    });
    assert_eq!(found.concat(), Vec::<String>::new());
}

pub fn sample(starts: &[&str]) -> Vec<Case> {
    case::all().into_iter().filter(|case| starts.iter().any(|start| case.name().starts_with(start))).collect()
}
