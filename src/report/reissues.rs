//! What became of each CA that was to be issued again → lines, or a document.

use std::collections::BTreeSet;

use jiff::Timestamp;
use serde_json::{Value, json};

use super::times::{date, rfc3339};
use crate::plan::{Action, Reissue, ReissueOutcome, ReissuePlan};

/// A line a CA.
pub fn reissue_table(plan: &ReissuePlan) -> String {
    let width = plan.reissues.iter().map(|reissue| reissue.name.len()).max().unwrap_or_default();
    let line = |reissue: &Reissue| format!("{:<width$}   {}\n", reissue.name, told(&reissue.outcome));
    plan.reissues.iter().map(line).collect()
}

fn told(outcome: &ReissueOutcome) -> String {
    match outcome {
        ReissueOutcome::Missing => "missing".to_owned(),
        ReissueOutcome::External { key } => {
            format!("external CA: {} is not here to sign it", key.display())
        }
        ReissueOutcome::Intermediate { why } => why.clone(),
        ReissueOutcome::Kept { until, would } => format!(
            "kept until {}: a new one would hold until {}, and hardly gain; --again issues it all the same",
            date(*until),
            date(*would)
        ),
        ReissueOutcome::Reissued { until, held, .. } => format!(
            "issued again until {}; certificates here that hold below the old one and the new one: {held}",
            date(*until)
        ),
    }
}

/// What is left to do, a line each: whatever was not changed goes on with the old copy, until that ends.
pub fn reissue_advice(plan: &ReissuePlan, now: Timestamp) -> Vec<String> {
    let changed = plan.reissues.iter().filter(|reissue| is_changed(plan, reissue.name));
    let mut lines: Vec<String> = changed.clone().flat_map(|reissue| advice(reissue, now)).collect();
    let ends = changed.filter_map(|reissue| reissue.older_until).min();
    lines.extend(ends.map(|until| {
        format!(
            "other nodes go on with their old copies until {}: bring the new certificates to them before that, in any order",
            date(until)
        )
    }));
    lines
}

fn advice(reissue: &Reissue, now: Timestamp) -> Vec<String> {
    let Some(until) = reissue.older_until else { return Vec::new() };
    let name = reissue.name;
    let by = if until.as_second() < now.as_second() {
        format!("now, since the old copy has ended at {}", date(until))
    } else {
        format!("before the old copy ends at {}", date(until))
    };
    let joined = |names: Vec<&str>| names.join(", ");
    let readers = joined(reissue.readers.iter().copied().collect());
    let left = joined(reissue.left.iter().map(String::as_str).collect());
    let mut lines = Vec::new();
    if !readers.is_empty() {
        lines.push(format!(
            "{name} is read only at their start by {readers}: start them again on this host {by}"
        ));
    }
    if !left.is_empty() {
        lines.push(format!("{name} has older copies in {left}: replace them {by}"));
    }
    lines
}

fn is_changed(plan: &ReissuePlan, name: &str) -> bool {
    plan.actions.iter().any(|(of, _)| *of == name)
}

/// The same for programs, with every file that was replaced: of those whose name is `wanted`.
pub fn reissue_fields(plan: &ReissuePlan, wanted: impl Fn(&str) -> bool) -> Value {
    let rows: Vec<&Reissue> = plan.reissues.iter().filter(|reissue| wanted(reissue.name)).collect();
    let changed = rows.iter().filter(|reissue| is_changed(plan, reissue.name));
    let restart: BTreeSet<&str> =
        changed.clone().flat_map(|reissue| reissue.readers.iter().copied()).collect();
    let before = changed.filter_map(|reissue| reissue.older_until).min();
    let rows: Vec<Value> = rows.iter().map(|reissue| row(reissue, plan)).collect();
    json!({ "authorities": rows, "restart": restart, "restartBefore": before.map(rfc3339) })
}

fn row(reissue: &Reissue, plan: &ReissuePlan) -> Value {
    let name = reissue.name;
    let mut row = match &reissue.outcome {
        ReissueOutcome::Missing => return json!({ "name": name, "outcome": "missing" }),
        ReissueOutcome::External { key } => {
            return json!({ "name": name, "outcome": "external", "missingKey": key });
        }
        ReissueOutcome::Intermediate { why } => {
            return json!({ "name": name, "outcome": "intermediate", "message": why });
        }
        ReissueOutcome::Kept { until, would } => json!({
            "name": name, "outcome": "kept", "expirationDate": rfc3339(*until), "wouldExpire": rfc3339(*would),
        }),
        ReissueOutcome::Reissued { until, old_until, keeps_serial, held } => json!({
            "name": name, "outcome": "reissued", "expirationDate": rfc3339(*until), "oldExpirationDate": rfc3339(*old_until),
            "serialKept": keeps_serial, "verified": held,
        }),
    };
    row["path"] = json!(reissue.path);
    row["files"] = json!(files(name, plan));
    row["readAtStart"] = json!(reissue.readers);
    row["olderCopies"] = json!(reissue.left);
    row["olderUntil"] = json!(reissue.older_until.map(rfc3339));
    row
}

fn files(name: &str, plan: &ReissuePlan) -> Vec<String> {
    let actions = plan.actions.iter().filter(|(of, _)| *of == name);
    let files = actions
        .filter_map(|(_, action)| if let Action::Replace(files) = action { Some(files) } else { None });
    files.flatten().map(|file| file.path.display().to_string()).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn plan() -> ReissuePlan {
        let at = |text: &str| -> Timestamp { text.parse().unwrap() };
        let reissue = |name, outcome| Reissue {
            name,
            path: format!("/pki/{name}.crt").into(),
            outcome,
            older_until: None,
            readers: BTreeSet::new(),
            left: BTreeSet::new(),
        };
        let (until, old_until) = (at("2036-11-18T08:00:00Z"), at("2027-01-01T00:00:00Z"));
        let done = ReissueOutcome::Reissued { until, old_until, keeps_serial: false, held: 7 };
        let done = Reissue {
            older_until: Some(old_until),
            readers: ["kubelet", "kube-scheduler"].into(),
            left: ["/root/.kube/config (certificate-authority-data)".to_owned()].into(),
            ..reissue("ca", done)
        };
        let kept = ReissueOutcome::Kept { until, would: until };
        let external = ReissueOutcome::External { key: "/pki/etcd/ca.key".into() };
        ReissuePlan {
            reissues: vec![done, reissue("front-proxy-ca", kept), reissue("etcd-ca", external)],
            actions: vec![("ca", Action::Replace(Vec::new()))],
            remarks: Vec::new(),
        }
    }

    #[test]
    fn each_ca_has_its_line() {
        let table = "\
ca               issued again until Nov 18, 2036 08:00 UTC; certificates here that hold below the old one and the new one: 7
front-proxy-ca   kept until Nov 18, 2036 08:00 UTC: a new one would hold until Nov 18, 2036 08:00 UTC, and hardly gain; --again issues it all the same
etcd-ca          external CA: /pki/etcd/ca.key is not here to sign it
";
        assert_eq!(reissue_table(&plan()), table);
    }

    #[test]
    fn what_is_to_be_started_again_is_said_with_the_old_copy_s_end() {
        let soon = reissue_advice(&plan(), "2026-11-21T08:00:00Z".parse().unwrap());
        assert_eq!(
            soon,
            [
                "ca is read only at their start by kube-scheduler, kubelet: start them again on this host before the old copy ends at Jan 01, \
                 2027 00:00 UTC",
                "ca has older copies in /root/.kube/config (certificate-authority-data): replace them before the old copy ends at Jan 01, \
                 2027 00:00 UTC",
                "other nodes go on with their old copies until Jan 01, 2027 00:00 UTC: bring the new certificates to them before that, in \
                 any order",
            ]
        );
        let late = reissue_advice(&plan(), "2028-01-01T00:00:00Z".parse().unwrap());
        assert!(
            late[0].ends_with(
                "start them again on this host now, since the old copy has ended at Jan 01, 2027 00:00 UTC"
            ),
            "{late:?}"
        );
    }

    #[test]
    fn programs_read_the_same() {
        let fields = reissue_fields(&plan(), |_| true);
        assert_eq!(fields["restart"], json!(["kube-scheduler", "kubelet"]));
        assert_eq!(fields["restartBefore"], "2027-01-01T00:00:00Z");
        let ca = json!({
            "name": "ca", "outcome": "reissued", "expirationDate": "2036-11-18T08:00:00Z", "oldExpirationDate": "2027-01-01T00:00:00Z",
            "serialKept": false, "verified": 7, "path": "/pki/ca.crt", "files": [], "readAtStart": ["kube-scheduler", "kubelet"],
            "olderCopies": ["/root/.kube/config (certificate-authority-data)"], "olderUntil": "2027-01-01T00:00:00Z",
        });
        assert_eq!(fields["authorities"][0], ca);
        assert_eq!(
            fields["authorities"][2],
            json!({ "name": "etcd-ca", "outcome": "external", "missingKey": "/pki/etcd/ca.key" })
        );
        assert_eq!(reissue_fields(&plan(), |name| name != "ca")["restartBefore"], Value::Null);
    }
}
