//! What a host may lack or forbid: room, memory, rights.

use super::{
    Cause, ContainerSeen, ContainerState, Diagnosis, Left, Line, Outlook, Row, Space, Speaker, Symptoms,
    Wanted,
};

/// A host that is full, or too small.
pub const ROWS: &[Row] = &[
    Row { cause: Cause::DiskFull, judge: full_file_system },
    Row { cause: Cause::DiskFull, judge: no_space_said },
    Row { cause: Cause::OutOfMemory, judge: out_of_memory },
    Row { cause: Cause::SecurityDenied, judge: not_admitted },
    Row { cause: Cause::SecurityDenied, judge: profile },
    Row { cause: Cause::SecurityDenied, judge: denied },
];

/// Less than etcd and the kubelet need to write anything at all.
const NOTHING: u64 = 1 << 20;

/// The kubelet may throw images away and make room.
fn full_file_system(symptoms: &Symptoms, _: &Wanted) -> Option<Diagnosis> {
    symptoms.space.iter().find_map(|space| {
        let path = space.path.display();
        let (lack, evidence) = lack(space)?;
        let found =
            Diagnosis::new(Outlook::FinalIfItLasts, format!("the file system of {path} has no {lack} left"));
        Some(found.seen(evidence).remedy(make_room(&path.to_string())))
    })
}

fn lack(space: &Space) -> Option<(&'static str, String)> {
    let path = space.path.display();
    let Space { bytes, inodes, .. } = space;
    if bytes.total > 0 && bytes.free < NOTHING.min(bytes.total) {
        Some(("room", format!("{path}: {} bytes free of {}", bytes.free, bytes.total)))
    } else if is_used_up(*inodes) {
        Some(("inodes", format!("{path}: no inodes free of {}", inodes.total)))
    } else {
        None
    }
}

fn told_left(space: &Space) -> String {
    let Space { path, bytes, inodes } = space;
    let (path, free, total) = (path.display(), bytes.free, bytes.total);
    format!("{path}: {free} bytes free of {total}, {} inodes of {}", inodes.free, inodes.total)
}

fn is_used_up(left: Left) -> bool {
    left.total > 0 && left.free == 0
}

/// A disk may have room for some bytes, and not for what etcd takes at once.
fn no_space_said(symptoms: &Symptoms, wanted: &Wanted) -> Option<Diagnosis> {
    let marks = ["no space left on device", "disk quota exceeded", "DiskPressure"];
    let evicted = symptoms
        .journal()
        .filter(|line| line.has("reason=\"Evicted\"") || line.has("reason=\"NodeHasDiskPressure\""));
    let told = |line: Line<'_>| marks.iter().copied().find(|mark| line.has(mark));
    let (said, mark) = symptoms.cries().chain(evicted).find_map(|line| Some((line, told(line)?)))?;
    let place = match (said.component(), &wanted.etcd_data) {
        ("etcd", Some(data)) => data.display().to_string(),
        _ => "/var".to_owned(),
    };
    let summary = format!("{} finds no room on its disk", said.component());
    let found = Diagnosis::new(Outlook::FinalIfItLasts, summary).said_of(said, mark);
    let left = symptoms.space.iter().find(|space| space.path.to_str() == Some(&place));
    let found = left.map(told_left).into_iter().fold(found, Diagnosis::seen);
    Some(found.remedy(make_room(&place)))
}

fn make_room(path: &str) -> String {
    format!("make room there (`df -h {path}` and `df -i {path}` show what is left), and run this again")
}

/// A second kill is no accident; one may be, where what was killed runs since.
fn out_of_memory(symptoms: &Symptoms, _: &Wanted) -> Option<Diagnosis> {
    let again = symptoms.failed().find(|own| own.attempt > 0 && is_killed_for_memory(own));
    let once = || symptoms.failing().find(|own| is_killed_for_memory(own));
    let (container, outlook) = match again {
        Some(again) => (again, Outlook::Final),
        None => (once()?, Outlook::FinalIfItLasts),
    };
    let name = &container.component;
    let found = Diagnosis::new(outlook, format!("{name} is killed for lack of memory"));
    let found = found.seen(format!("{}; the runtime: OOMKilled", container.told()));
    Some(found.remedy(format!(
        "give this host more memory (`free -m`), or raise the limit that {name} is given, and run this again"
    )))
}

fn is_killed_for_memory(container: &ContainerSeen) -> bool {
    matches!(&container.state, ContainerState::Ended { reason, .. } if reason == "OOMKilled")
}

/// The kubelet does not even begin a pod whose profile this host cannot enforce.
fn not_admitted(symptoms: &Symptoms, _: &Wanted) -> Option<Diagnosis> {
    let said = symptoms.journal().find(|line| line.has("Pod admission denied") && line.has("AppArmor"))?;
    let pod = between(said, "pod=\"", "\"").unwrap_or("a static pod");
    let summary = format!("the kubelet does not admit {pod}: its AppArmor profile cannot be enforced here");
    Some(Diagnosis::new(Outlook::Final, summary).said(said).remedy(mend_profile()))
}

/// Loading a profile, which the runtime does at each start.
fn profile(symptoms: &Symptoms, _: &Wanted) -> Option<Diagnosis> {
    let marks = [
        "cannot load seccomp profile",
        "failed to generate seccomp",
        "apparmor profile",
        "AppArmor profile",
        "unable to apply apparmor",
        "failed to set file label",
    ];
    let of_runtime = symptoms.cries().filter(|line| matches!(line.speaker, Speaker::Runtime(_)));
    let refused =
        symptoms.journal().filter(|line| line.has("CreateContainerError") || line.has("RunContainerError"));
    let said = of_runtime.chain(refused).find(|line| marks.iter().any(|mark| line.has(mark)))?;
    let component = match said.speaker {
        Speaker::Kubelet => between(said, "for \\\"", "\\\"").or_else(|| between(said, "container ", " ")),
        Speaker::Container(own) | Speaker::Runtime(own) => Some(own.component.as_str()),
    };
    let component = component.unwrap_or("a component");
    let summary = format!("{component} is not started: its security profile cannot be used");
    Some(Diagnosis::new(Outlook::Final, summary).said(said).remedy(mend_profile()))
}

/// A root in a container is only refused what a profile forbids.
fn denied(symptoms: &Symptoms, _: &Wanted) -> Option<Diagnosis> {
    let said = symptoms.failing().find_map(|container| {
        let ends = |line: &Line<'_>| line.has("operation not permitted") && is_end(line.text);
        container.lines().find(ends)
    })?;
    let component = said.component();
    let summary = format!("{component} may not do what it needs to: AppArmor, seccomp or SELinux forbids it");
    let remedy = format!(
        "take the profile from {component}'s securityContext, or allow it what its last line names (`dmesg` shows what was \
         denied), and run this again"
    );
    Some(Diagnosis::new(Outlook::FinalIfItLasts, summary).said(said).remedy(remedy))
}

/// A component's last word, and not a thing that it gets along without.
fn is_end(text: &str) -> bool {
    ["\"command failed\"", "\"level\":\"fatal\"", "\"level\":\"panic\"", "panic: ", "Error: "]
        .iter()
        .any(|mark| text.contains(mark))
}

fn mend_profile() -> String {
    "put the profile in its place on this host, or take it from the pod's securityContext (a patch?), and run this again"
        .to_owned()
}

fn between<'a>(line: Line<'a>, before: &str, after: &str) -> Option<&'a str> {
    Some(line.text.split_once(before)?.1.split_once(after)?.0)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{ended, quiet, running};
    use super::*;

    const NO_SPACE: &str = r#"{"level":"panic","ts":"2026-11-21T20:34:43.400717Z","caller":"etcdserver/bootstrap.go:663","msg":"failed to create WAL","error":"no space left on device"}"#;

    fn space(bytes: Left, inodes: Left) -> Symptoms {
        Symptoms { space: vec![Space { path: "/var/lib/etcd".into(), bytes, inodes }], ..quiet() }
    }

    #[test]
    fn a_file_system_without_bytes_or_without_inodes_is_full() {
        let some = Left { free: 10 << 30, total: 20 << 30 };
        let none = Left { free: 0, total: 1000 };
        assert_eq!(space(some, some).explained(), None);
        assert_eq!(space(some, Left { free: 0, total: 0 }).explained(), None);
        for (full, lack) in [(space(none, some), "room"), (space(some, none), "inodes")] {
            let found = full.explained().unwrap();
            assert_eq!((found.cause, found.outlook), (Cause::DiskFull, Outlook::FinalIfItLasts));
            assert_eq!(found.summary, format!("the file system of /var/lib/etcd has no {lack} left"));
        }
    }

    #[test]
    fn a_component_that_found_no_room_and_runs_since_has_found_some() {
        let once = quiet().with(ended("etcd", 0, &[NO_SPACE]));
        assert_eq!(once.explained().unwrap().cause, Cause::DiskFull);
        let left = Left { free: 4 << 20, total: 16 << 20 };
        let found = space(left, left).with(ended("etcd", 0, &[NO_SPACE])).explained().unwrap();
        let told = "/var/lib/etcd: 4194304 bytes free of 16777216, 4194304 inodes of 16777216";
        assert_eq!(found.evidence[1], told);
        assert_eq!(once.clone().with(running("etcd", 1, &[])).explained(), None);
        let thrice = quiet().with(ended("etcd", 1, &[NO_SPACE])).with(running("etcd", 2, &[]));
        assert_eq!(thrice.explained().unwrap().cause, Cause::DiskFull);
    }

    #[test]
    fn the_runtime_says_who_was_killed_for_memory() {
        let mut killed = ended("kube-apiserver", 0, &["I1121 20:35:43.0 a line like any other"]);
        killed.state =
            ContainerState::Ended { code: 137, reason: "OOMKilled".into(), message: String::new() };
        let found = quiet().with(killed.clone()).explained().unwrap();
        let again = ContainerSeen { attempt: 1, ..killed };
        let again = quiet().with(again).with(running("kube-apiserver", 2, &[])).explained().unwrap();
        assert_eq!((again.cause, again.outlook), (Cause::OutOfMemory, Outlook::Final));
        assert_eq!((found.cause, found.outlook), (Cause::OutOfMemory, Outlook::FinalIfItLasts));
        assert_eq!(
            found.evidence,
            ["container kube-apiserver ended with exit code 137; the runtime: OOMKilled"]
        );
    }

    #[test]
    fn a_profile_that_is_not_there_is_told_with_its_component() {
        let line = r#"E1121 20:35:31.546615     157 pod_workers.go:1338] "Error syncing pod, skipping" err="failed to \"StartContainer\" for \"kube-scheduler\" with CreateContainerError: \"failed to create containerd container: cannot load seccomp profile \\\"/var/lib/kubelet/seccomp/nowhere.json\\\": open /var/lib/kubelet/seccomp/nowhere.json: no such file or directory\"" pod="kube-system/kube-scheduler-n17""#;
        let found = quiet().journal_of(&[line]).explained().unwrap();
        assert_eq!(found.cause, Cause::SecurityDenied);
        assert_eq!(found.summary, "kube-scheduler is not started: its security profile cannot be used");
    }

    #[test]
    fn a_pod_that_is_not_admitted_is_named() {
        let line = r#"I1121 20:35:20.483609     160 allocation_manager.go:619] "Pod admission denied" podUID="94a1ee8772f2e2e8dfcd1d16c9cb8ead" pod="kube-system/kube-scheduler-n18" reason="AppArmor" message="Cannot enforce AppArmor: AppArmor is not enabled on the host" operation="add""#;
        let found = quiet().journal_of(&[line]).explained().unwrap();
        assert_eq!((found.cause, found.outlook), (Cause::SecurityDenied, Outlook::Final));
        assert!(found.summary.contains("does not admit kube-system/kube-scheduler-n18"), "{found:?}");
    }

    #[test]
    fn what_a_profile_forbids_is_the_component_s_last_word() {
        let line = r#"E1121 20:34:38.277564       1 run.go:72] "command failed" err="failed to create listener: failed to listen on 127.0.0.1:10259: listen tcp 127.0.0.1:10259: bind: operation not permitted""#;
        let found = quiet().with(ended("kube-scheduler", 1, &[line])).explained().unwrap();
        assert_eq!(found.cause, Cause::SecurityDenied);
        let other = r#"E1121 20:34:16.917364     160 server.go:1281] "Failed to set rlimit on max file handles" err="operation not permitted""#;
        assert_eq!(quiet().with(ended("kube-scheduler", 1, &[other])).explained(), None);
    }
}
