//! The last resort: what ends again and again for a reason that no other row knows.

use super::symptoms::THIRD;
use super::{Activity, Cause, ContainerSeen, Diagnosis, KubeletUnit, Line, Outlook, Row, Symptoms, Wanted};

/// What ends again and again, for a reason that no other row knows.
pub const ROWS: &[Row] = &[
    Row { cause: Cause::KubeletFailing, judge: kubelet_failing },
    Row { cause: Cause::CrashLoop, judge: crash_loop },
];

fn kubelet_failing(symptoms: &Symptoms, _: &Wanted) -> Option<Diagnosis> {
    let kubelet = symptoms.kubelet.as_ref().ok().filter(|_| symptoms.kubelet_ends())?;
    let KubeletUnit::Loaded { activity, restarts, status } = kubelet.unit else { return None };
    let outlook = match activity {
        // What it needs may come up beside it: systemd starts it again after ten seconds.
        Activity::Restarting if restarts == 0 => Outlook::Open,
        Activity::Restarting | Activity::Failed => Outlook::Final,
        Activity::Active | Activity::Activating | Activity::Inactive => Outlook::Open,
    };
    let found = Diagnosis::new(outlook, "the kubelet ends again and again");
    let unit = format!("kubelet.service ended with status {status}, and was restarted {restarts} times");
    let found = last_error(symptoms).into_iter().fold(found.seen(unit), Diagnosis::said);
    Some(found.remedy(
        "fix what its last error names, and run this again (`journalctl -u kubelet` shows all of them)",
    ))
}

/// The line with which the kubelet ended, as against systemd's of its end.
fn last_error(symptoms: &Symptoms) -> Option<Line<'_>> {
    let said = |mark: &'static str| symptoms.journal().find(move |line| line.has(mark));
    said("\"command failed\"").or_else(|| said("Failed to ")).or_else(|| symptoms.journal().next())
}

fn crash_loop(symptoms: &Symptoms, _: &Wanted) -> Option<Diagnosis> {
    let container =
        symptoms.failed().filter(|container| container.attempt >= THIRD).max_by_key(|own| own.attempt)?;
    let name = &container.component;
    let found = Diagnosis::new(Outlook::Final, format!("{name} ends again and again"));
    let found = match container.lines().next() {
        Some(line) => found.said(line),
        None => found.seen(container.told()),
    };
    Some(found.remedy(format!("fix what its last lines name; {} shows all of them", logs(container))))
}

fn logs(container: &ContainerSeen) -> String {
    format!("`crictl logs $(crictl ps -a -q --name {} | head -1)`", container.component)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{ended, quiet};
    use super::*;

    #[test]
    fn a_kubelet_that_ends_is_told_with_its_last_error() {
        let line = r#"E1121 20:32:01.247670     163 run.go:72] "command failed" err="failed to validate kubelet configuration, error: invalid configuration: podsPerCore (--pods-per-core) -1 must not be a negative number, path: &TypeMeta{Kind:,APIVersion:,}""#;
        let unit = "kubelet.service: Main process exited, code=exited, status=1/FAILURE";
        let found = quiet().kubelet_ended(1, 1).journal_of(&[line, unit]).explained().unwrap();
        assert_eq!((found.cause, found.outlook), (Cause::KubeletFailing, Outlook::Final));
        assert!(found.evidence[1].contains("podsPerCore"), "{found:?}");
    }

    #[test]
    fn only_the_third_end_is_a_loop() {
        let line =
            "E1121 20:17:37.575450     792 run.go:72] \"command failed\" err=\"context deadline exceeded\"";
        for attempt in [0, 1] {
            assert_eq!(quiet().with(ended("kube-apiserver", attempt, &[line])).explained(), None);
        }
        let found = quiet().with(ended("kube-apiserver", 2, &[line])).explained().unwrap();
        assert_eq!((found.cause, found.outlook), (Cause::CrashLoop, Outlook::Final));
        assert!(found.evidence[0].ends_with(line), "{found:?}");
    }
}
