//! What became of each certificate in a renewal → lines, or a document.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::times::{date, rfc3339};
use crate::manifests::static_pod::StaticPod;
use crate::plan::{Action, RENEWABLE, RenewPlan, Renewal, RenewalOutcome};

/// A line a certificate.
pub fn renewal_table(plan: &RenewPlan) -> String {
    let width = plan.renewals.iter().map(|renewal| renewal.name.len()).max().unwrap_or_default();
    let line = |renewal: &Renewal| format!("{:<width$}   {}\n", renewal.name, told(&renewal.outcome));
    plan.renewals.iter().map(line).collect()
}

fn told(outcome: &RenewalOutcome) -> String {
    match outcome {
        RenewalOutcome::Missing => "missing".to_owned(),
        RenewalOutcome::External { key } => format!("external CA: {} is not here to sign it", key.display()),
        RenewalOutcome::Kept { until } => format!("kept until {}: it is as configured", date(*until)),
        RenewalOutcome::Renewed { until, changes } if changes.is_empty() => {
            format!("renewed until {}", date(*until))
        }
        RenewalOutcome::Renewed { until, changes } => {
            let why: Vec<String> = changes.iter().map(ToString::to_string).collect();
            format!("renewed until {}: {}", date(*until), why.join("; "))
        }
    }
}

/// The same for programs, with every file that was replaced: of those whose name is `wanted`.
pub fn renewal_fields(plan: &RenewPlan, wanted: impl Fn(&str) -> bool) -> Value {
    let rows = plan.renewals.iter().filter(|renewal| wanted(renewal.name));
    let rows: Vec<Value> = rows.map(|renewal| row(renewal, plan)).collect();
    json!({ "certificates": rows, "restart": restarted(plan, wanted) })
}

fn row(renewal: &Renewal, plan: &RenewPlan) -> Value {
    let name = renewal.name;
    match &renewal.outcome {
        RenewalOutcome::Missing => json!({ "name": name, "outcome": "missing" }),
        RenewalOutcome::External { key } => json!({ "name": name, "outcome": "external", "missingKey": key }),
        RenewalOutcome::Kept { until } => {
            json!({ "name": name, "outcome": "kept", "expirationDate": rfc3339(*until) })
        }
        RenewalOutcome::Renewed { until, changes } => {
            let why =
                changes.iter().map(|change| json!({ "id": change.id(), "message": change.to_string() }));
            json!({
                "name": name,
                "outcome": "renewed",
                "expirationDate": rfc3339(*until),
                "changes": why.collect::<Vec<_>>(),
                "files": files(name, plan),
            })
        }
    }
}

fn files(name: &str, plan: &RenewPlan) -> Vec<String> {
    let actions = plan.actions.iter().filter(|(of, _)| *of == name);
    let files = actions
        .filter_map(|(_, action)| if let Action::Replace(files) = action { Some(files) } else { None });
    files.flatten().map(|file| file.path.display().to_string()).collect()
}

/// The static pods that read what was renewed.
fn restarted(plan: &RenewPlan, wanted: impl Fn(&str) -> bool) -> BTreeSet<&'static str> {
    let reader = |name: &str| RENEWABLE.iter().find(|row| row.name == name)?.read_by.map(StaticPod::name);
    plan.actions.iter().filter(|(name, _)| wanted(name)).filter_map(|(name, _)| reader(name)).collect()
}

/// What is to be done next, if anything is.
pub fn restart_line(plan: &RenewPlan) -> Option<String> {
    let pods: Vec<&str> = restarted(plan, |_| true).into_iter().collect();
    (!pods.is_empty()).then(|| {
        format!(
            "restart {} on this host, so that they read what is new: move their manifests out of /etc/kubernetes/manifests, \
             wait until they have ended, and move them back",
            pods.join(", ")
        )
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::pki::CertificateChange;

    fn plan() -> RenewPlan {
        let until = "2027-11-21T08:00:00Z".parse().unwrap();
        let changes = vec![CertificateChange::NewNames(vec!["a.b".into()]), CertificateChange::KeyMissing];
        let outcomes = [
            ("admin.conf", RenewalOutcome::Kept { until }),
            ("apiserver", RenewalOutcome::Renewed { until, changes }),
            ("etcd-peer", RenewalOutcome::External { key: "/pki/etcd/ca.key".into() }),
            ("super-admin.conf", RenewalOutcome::Missing),
        ];
        RenewPlan {
            renewals: outcomes.into_iter().map(|(name, outcome)| Renewal { name, outcome }).collect(),
            actions: vec![("apiserver", Action::Replace(Vec::new()))],
            remarks: Vec::new(),
        }
    }

    #[test]
    fn each_certificate_has_its_line_with_the_reasons() {
        let table = "\
admin.conf         kept until Nov 21, 2027 08:00 UTC: it is as configured
apiserver          renewed until Nov 21, 2027 08:00 UTC: new names a.b; its key was missing
etcd-peer          external CA: /pki/etcd/ca.key is not here to sign it
super-admin.conf   missing
";
        assert_eq!(renewal_table(&plan()), table);
    }

    #[test]
    fn programs_read_the_same_by_ids() {
        assert_eq!(
            renewal_fields(&plan(), |_| true),
            json!({
                "certificates": [
                    { "name": "admin.conf", "outcome": "kept", "expirationDate": "2027-11-21T08:00:00Z" },
                    { "name": "apiserver", "outcome": "renewed", "expirationDate": "2027-11-21T08:00:00Z", "changes": [
                        { "id": "names-added", "message": "new names a.b" },
                        { "id": "key-missing", "message": "its key was missing" },
                    ], "files": [] },
                    { "name": "etcd-peer", "outcome": "external", "missingKey": "/pki/etcd/ca.key" },
                    { "name": "super-admin.conf", "outcome": "missing" },
                ],
                "restart": ["kube-apiserver"],
            })
        );
    }
}
