//! A run's system calls → faults, each of which strace makes one of the calls end with.

use std::collections::BTreeMap;
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The calls that change files, or that make a change last, and what each may come to.
const CALLS: &[(&str, &[Fault])] = &[
    ("openat", &[NO_SPACE, READ_ONLY, QUOTA, BROKEN]),
    ("write", &[NO_SPACE, QUOTA, BROKEN]),
    ("fsync", &[BROKEN, NO_SPACE]),
    ("mkdir", &[NO_SPACE, READ_ONLY, QUOTA]),
    ("rename", &[NO_SPACE, READ_ONLY, BROKEN]),
    ("fchmod", &[READ_ONLY, BROKEN]),
    ("link", &[NO_SPACE, READ_ONLY]),
    ("linkat", &[NO_SPACE, READ_ONLY]),
    ("symlink", &[NO_SPACE, QUOTA]),
    ("symlinkat", &[NO_SPACE, QUOTA]),
];

/// A system's error, its number, and the ids that it is told by.
#[derive(Debug, Clone, Copy)]
pub struct Fault {
    pub name: &'static str,
    pub number: u32,
    pub id: &'static str,
}

const NO_SPACE: Fault = Fault { name: "ENOSPC", number: 28, id: "FileNoSpace" };
const READ_ONLY: Fault = Fault { name: "EROFS", number: 30, id: "FileReadOnly" };
const QUOTA: Fault = Fault { name: "EDQUOT", number: 122, id: "FileQuota" };
const BROKEN: Fault = Fault { name: "EIO", number: 5, id: "FileDeviceFailed" };

/// One call of a run: the n-th of its kind that names this path.
#[derive(Debug, Clone)]
pub struct Point {
    call: &'static str,
    /// Below the host's root.
    path: String,
    nth: usize,
    pub fault: Fault,
}

fn calls() -> String {
    CALLS.iter().map(|row| row.0).collect::<Vec<_>>().join(",")
}

/// To be run before the program, so that `log` has its calls.
pub fn recorded(log: &Path) -> Vec<String> {
    let log = log.display().to_string();
    ["strace", "-f", "-y", "-qq", "--seccomp-bpf", "-o", &log, "-e", &format!("trace={}", calls())]
        .map(str::to_owned)
        .to_vec()
}

/// To be run before the program, so that one of its calls fails.
pub fn injected(point: &Point, root: &Path) -> Vec<String> {
    let path = root.join(&point.path).display().to_string();
    let inject = format!("inject={}:error={}:when={}", point.call, point.fault.name, point.nth);
    let trace = format!("trace={}", point.call);
    ["strace", "-f", "-qq", "-o", "/dev/null", "-P", &path, "-e", &trace, "-e", &inject]
        .map(str::to_owned)
        .to_vec()
}

/// The calls of a recorded run below `root`, with a fault for each, all in turn.
pub fn points(log: &Path, root: &Path) -> Vec<Point> {
    let (log, root) = (fs::read_to_string(log).unwrap(), format!("{}/", root.display()));
    let mut seen: BTreeMap<(&'static str, String), usize> = BTreeMap::new();
    let mut turns: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut points = Vec::new();
    for line in log.lines() {
        let Some((call, faults)) = CALLS.iter().find(|row| line.contains(&format!(" {}(", row.0))) else {
            continue;
        };
        let Some(path) = named(line, &root) else { continue };
        let nth = seen.entry((call, path.clone())).or_default();
        *nth += 1;
        let turn = turns.entry(call).or_default();
        *turn += 1;
        points.push(Point { call, path, nth: *nth, fault: faults[*turn % faults.len()] });
    }
    points
}

/// The first path below `root` in the line, from there on.
fn named(line: &str, root: &str) -> Option<String> {
    let (_, rest) = line.split_once(root)?;
    Some(rest[..rest.find(['"', '>'])?].to_owned())
}

/// Runs `judge` on some of `points`, as many at once as there are processors; what it complains of.
pub fn each(points: &[Point], judge: impl Fn(&Point) -> Result<(), String> + Sync) -> Vec<String> {
    let every = std::env::var("FAULTS_EVERY").ok().and_then(|text| text.parse().ok()).unwrap_or(4);
    let chosen: Vec<&Point> = points.iter().step_by(every).collect();
    let (next, complaints) = (AtomicUsize::new(0), Mutex::new(Vec::new()));
    thread::scope(|scope| {
        for _ in 0..thread::available_parallelism().map_or(2, usize::from) {
            scope.spawn(|| {
                while let Some(point) = chosen.get(next.fetch_add(1, Ordering::SeqCst)) {
                    if let Err(why) = judge(point) {
                        complaints.lock().unwrap().push(format!("{point:?}: {why}"));
                    }
                }
            });
        }
    });
    println!("{} of {} calls were made to fail", chosen.len(), points.len());
    complaints.into_inner().unwrap()
}
