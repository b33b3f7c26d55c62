//! A graph → what is wrong with it. Causes are told, not what comes of them: what a judge has explained, those after it leave alone.

mod case;
mod dates;
mod forms;
mod keys;
mod names;
mod places;
mod tidy;
mod trust;

use jiff::Timestamp;

use case::{Case, Found};

use super::finding::Finding;
use super::graph::Graph;
use super::thresholds::Limits;

/// In the order in which causes come before what follows of them.
const JUDGES: &[fn(&Case<'_, '_>, &mut Found)] =
    &[places::judge, keys::judge, forms::judge, dates::judge, names::judge, trust::judge, tidy::judge];

/// All that is wrong at this time, the worst first.
pub fn judge(graph: &Graph<'_>, now: Timestamp, limits: &Limits) -> Vec<Finding> {
    let case = Case { graph, now, limits };
    let mut found = Found::default();
    for judge in JUDGES {
        judge(&case, &mut found);
    }
    let mut all = found.all;
    all.sort_by(|one, other| {
        let key =
            |finding: &Finding| (finding.severity, finding.id, finding.root.clone(), finding.object.clone());
        key(one).cmp(&key(other))
    });
    all.dedup();
    all
}
