//! The fields that kubeadm has added to a format of its configuration later: one table, by the minor that has each first.

use super::Minor;

/// A field that earlier kubeadms of the same format do not have.
struct LaterField {
    /// Its document's kind, then the names that lead to it; those of a list's items follow on the list's.
    path: &'static str,
    /// The first minor that has it: 35 for Kubernetes 1.35.
    since: u64,
}

const fn field(path: &'static str, since: u64) -> LaterField {
    LaterField { path, since }
}

const LATER_FIELDS: &[LaterField] = &[
    // Of an environment variable, and so of each component's.
    field("ClusterConfiguration.apiServer.extraEnvs.valueFrom.fileKeyRef", 34),
    field("ClusterConfiguration.etcd.external.httpEndpoints", 35),
    field("ResetConfiguration.timeouts", 30),
    field("ResetConfiguration.unmountFlags", 30),
    field("UpgradeConfiguration.plan.etcdUpgrade", 33),
];

/// What the newest ClusterConfiguration has and not every minor's.
const CLUSTER: &str = "ClusterConfiguration";

/// The fields of the kind that Kubernetes 1.`minor` does not have yet, as in `etcd.external.httpEndpoints`.
pub fn lacking(kind: &str, minor: u64) -> impl Iterator<Item = &'static str> {
    let of_kind = move |path: &'static str| path.strip_prefix(kind)?.strip_prefix('.');
    LATER_FIELDS.iter().filter(move |field| field.since > minor).filter_map(move |field| of_kind(field.path))
}

impl Minor {
    /// Whether this minor's ClusterConfiguration has the field of this name, which means one thing in every section.
    pub fn has_field(&self, name: &str) -> bool {
        lacking(CLUSTER, self.number).all(|path| path.rsplit('.').next() != Some(name))
    }
}

#[cfg(test)]
mod tests {
    use super::super::{MINORS, numbered};
    use super::*;

    #[test]
    fn each_minor_lacks_what_later_ones_have_added() {
        let found = |minor| {
            let of = |kind| lacking(kind, minor).collect::<Vec<_>>();
            [of(CLUSTER), of("ResetConfiguration"), of("UpgradeConfiguration"), of("InitConfiguration")]
                .concat()
        };
        let (variable, http) = ("apiServer.extraEnvs.valueFrom.fileKeyRef", "etcd.external.httpEndpoints");
        let upgrade = "plan.etcdUpgrade";
        assert_eq!(found(29), [variable, http, "timeouts", "unmountFlags", upgrade]);
        for minor in [30, 31, 32] {
            assert_eq!(found(minor), [variable, http, upgrade]);
        }
        assert_eq!((found(33), found(34)), (vec![variable, http], vec![http]));
        assert!([35, 36, 37].into_iter().all(|minor| found(minor).is_empty()));
    }

    #[test]
    fn a_cluster_s_field_is_known_by_its_name_alone() {
        let has = |minor: u64, name: &str| numbered(minor).has_field(name);
        assert_eq!([33, 34].map(|minor| has(minor, "fileKeyRef")), [false, true]);
        assert_eq!([34, 35].map(|minor| has(minor, "httpEndpoints")), [false, true]);
        // A field of this name is new in another kind's document.
        assert!(has(29, "timeouts") && has(29, "dns"));
    }

    #[test]
    fn every_row_is_of_a_minor_behind_the_first_that_is_known() {
        for field in LATER_FIELDS {
            assert!(MINORS[1..].iter().any(|minor| minor.number == field.since), "{}", field.path);
        }
    }
}
