//! The last resort: what ends again and again for a reason that no other row knows.

use super::{Cause, ContainerSeen, Found, Outlook, Row, Symptoms, Wanted};

pub const ROWS: &[Row] = &[Row { cause: Cause::CrashLoop, judge: crash_loop }];

/// A component that starts before what it needs may end once or twice; the third time is none of that.
const THIRD: u32 = 2;

fn crash_loop(symptoms: &Symptoms, _: &Wanted) -> Option<Found> {
    let container =
        symptoms.failed().filter(|container| container.attempt >= THIRD).max_by_key(|own| own.attempt)?;
    let name = &container.component;
    let found = Found::new(Outlook::Final, format!("{name} ends again and again"));
    let found = match container.lines().next() {
        Some(line) => found.said(line),
        None => found.seen(container.told()),
    };
    Some(found.remedy(format!("mend what its last lines name; {} shows all of them", logs(container))))
}

fn logs(container: &ContainerSeen) -> String {
    format!("`crictl logs $(crictl ps -a -q --name {} | head -1)`", container.component)
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{ended, quiet};
    use super::*;

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
