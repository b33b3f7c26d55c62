//! A run's system calls → faults, each of which strace makes one of the calls end with.

use std::collections::{BTreeMap, BTreeSet};
use std::fs;
use std::path::Path;
use std::sync::Mutex;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

/// The calls that change files, or that make a change last, and what each may come to. Not every processor has `open`, and
/// one of the two renames is enough.
const CALLS: &[(&str, &[Fault])] = &[
    ("open", &[NO_SPACE, READ_ONLY, QUOTA, BROKEN]),
    ("openat", &[NO_SPACE, READ_ONLY, QUOTA, BROKEN]),
    ("write", &[NO_SPACE, QUOTA, BROKEN]),
    ("fsync", &[BROKEN, NO_SPACE]),
    ("mkdirat", &[NO_SPACE, READ_ONLY, QUOTA]),
    ("renameat", &[NO_SPACE, READ_ONLY, BROKEN]),
    ("renameat2", &[NO_SPACE, READ_ONLY, BROKEN]),
    ("fchmod", &[READ_ONLY, BROKEN]),
    ("linkat", &[NO_SPACE, READ_ONLY]),
    ("symlinkat", &[NO_SPACE, QUOTA]),
    ("unlinkat", &[READ_ONLY, BROKEN]),
];

/// Those that would change files, too. One that the program begins to use belongs above.
#[rustfmt::skip]
const OTHERS: &[&str] = &[
    "openat2", "creat", "mkdir", "rmdir", "mknod", "mknodat", "rename", "link", "symlink", "unlink", "truncate",
    "ftruncate", "fallocate", "pwrite64", "writev", "pwritev", "pwritev2", "sendfile", "copy_file_range", "fdatasync",
    "sync_file_range", "chmod", "fchmodat", "fchmodat2", "chown", "lchown", "fchown", "fchownat", "setxattr", "lsetxattr",
    "fsetxattr",
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

/// One call of a run: a thread's n-th of its kind that strace counts for this path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
struct Place {
    call: &'static str,
    /// Below the host's root, which is itself the empty one.
    path: String,
    nth: usize,
}

/// A call, and what it is to come to.
#[derive(Debug, Clone)]
pub struct Point {
    place: Place,
    pub fault: Fault,
}

/// To be run before the program, so that `log` has its calls.
pub fn recorded(log: &Path) -> Vec<String> {
    let log = log.display().to_string();
    // Not every processor has each of them.
    let calls: Vec<String> =
        CALLS.iter().map(|row| row.0).chain(OTHERS.iter().copied()).map(|call| format!("?{call}")).collect();
    let trace = format!("trace={}", calls.join(","));
    ["strace", "-f", "-y", "-qq", "--seccomp-bpf", "-o", &log, "-e", &trace].map(str::to_owned).to_vec()
}

/// To be run before the program, so that one of its calls fails.
pub fn injected(point: &Point, root: &Path) -> Vec<String> {
    let Place { call, path, nth } = &point.place;
    let path = format!("{}{path}", root.display());
    let inject = format!("inject={call}:error={}:when={nth}", point.fault.name);
    let trace = format!("trace={call}");
    ["strace", "-f", "-qq", "-o", "/dev/null", "-P", &path, "-e", &trace, "-e", &inject]
        .map(str::to_owned)
        .to_vec()
}

/// The calls of a recorded run at the root and below it, with a fault for each, all in turn.
pub fn points(log: &Path, root: &Path) -> Vec<Point> {
    let (log, root) = (fs::read_to_string(log).unwrap(), root.display().to_string());
    let mut counts: BTreeMap<(&str, &'static str, String), usize> = BTreeMap::new();
    let mut turns: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut seen = BTreeSet::new();
    let mut points = Vec::new();
    for line in log.lines() {
        let Some((thread, call, arguments)) = begun(line) else { continue };
        let paths = named(call, arguments, &root);
        let Some(row) = CALLS.iter().find(|row| row.0 == call) else {
            assert!(paths.is_empty(), "{call} is not among the calls that are made to fail: {line}");
            continue;
        };
        let numbers = paths.iter().map(|path| {
            let count = counts.entry((thread, row.0, path.clone())).or_default();
            *count += 1;
            *count
        });
        let numbers: Vec<usize> = numbers.collect();
        let (Some(path), Some(nth)) = (paths.into_iter().next(), numbers.first()) else { continue };
        let place = Place { call: row.0, path, nth: *nth };
        // It fails in each thread that comes to it.
        if seen.insert(place.clone()) {
            let turn = turns.entry(row.0).or_default();
            *turn += 1;
            points.push(Point { place, fault: row.1[*turn % row.1.len()] });
        }
    }
    points
}

/// Of the line of a call that begins: its thread, its name, and what it is given.
fn begun(line: &str) -> Option<(&str, &str, &str)> {
    let (thread, rest) = line.split_once(' ')?;
    let (call, rest) = rest.trim_start().split_once('(')?;
    let end = rest.rfind(") = ").unwrap_or(rest.len());
    call.chars().all(|letter| letter.is_ascii_alphanumeric()).then_some((thread, call, &rest[..end]))
}

/// The paths, at `root` or below it, that strace knows the call by: those that are named, which those below an open folder are
/// not, and those of descriptors. Each once.
fn named(call: &str, arguments: &str, root: &str) -> Vec<String> {
    let arguments = if call == "write" { arguments.split('"').next().unwrap_or_default() } else { arguments };
    let mut paths: Vec<String> = Vec::new();
    for part in arguments.split(['<', '>', '"']) {
        let below = part.strip_prefix(root).filter(|rest| rest.is_empty() || rest.starts_with('/'));
        paths.extend(below.map(str::to_owned).filter(|path| !paths.contains(path)));
    }
    paths
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

#[test]
fn calls_are_counted_by_thread_and_by_the_path_of_their_folder() {
    let folder = tempfile::tempdir().unwrap();
    let log = folder.path().join("log");
    let text = "\
1 openat(AT_FDCWD</w>, \"/r\", O_PATH) = 3</r>
1 openat(3</r>, \"etc\", O_PATH) = 4</r/etc>
2 openat(3</r>, \"etc\", O_PATH <unfinished ...>
1 openat(4</r/etc>, \"a\", O_RDWR|O_CREAT, 0600) = 5</r/etc/a>
2 <... openat resumed>) = 6</r/etc>
1 write(5</r/etc/a>, \"b<\\\"/r/etc\"..., 4) = 4
1 renameat(4</r/etc>, \"a\", 4</r/etc>, \"b\") = 0
1 openat(AT_FDCWD</w>, \"/rest\", O_PATH) = 3</rest>
1 linkat(4</r/etc>, \"b\", 7</r/etc/c>, \"d\", 0) = -1 EEXIST (File exists)
";
    fs::write(&log, text).unwrap();
    let found: Vec<(&str, String, usize)> = points(&log, Path::new("/r"))
        .into_iter()
        .map(|point| (point.place.call, point.place.path, point.place.nth))
        .collect();
    let wanted = [
        ("openat", "", 1),
        ("openat", "", 2),
        ("openat", "/etc", 1),
        ("write", "/etc/a", 1),
        ("renameat", "/etc", 1),
        ("linkat", "/etc", 1),
    ];
    assert_eq!(found, wanted.map(|(call, path, nth)| (call, path.to_owned(), nth)));
}
