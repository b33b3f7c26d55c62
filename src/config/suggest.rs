//! What was perhaps meant by a misspelt name.

/// The one of `known` that is nearest to `given`: the same but for capitals, or at most a third of its letters away;
/// or else the first that begins with it.
pub fn nearest<'a>(given: &str, known: impl IntoIterator<Item = &'a str> + Clone) -> Option<&'a str> {
    let lowered = given.to_lowercase();
    let length = given.chars().count();
    let most = (length / 3).max(1);
    // No fewer letters differ than one has more: that spares comparing texts that are no names at all.
    let alike = |name: &&str| name.chars().count().abs_diff(length) <= most;
    let near = known
        .clone()
        .into_iter()
        .filter(alike)
        .map(|name| (distance(&lowered, &name.to_lowercase()), name))
        .filter(|(distance, _)| *distance <= most)
        .min_by_key(|(distance, _)| *distance)
        .map(|(_, name)| name);
    near.or_else(|| {
        known.into_iter().find(|name| lowered.len() > 2 && name.to_lowercase().starts_with(&lowered))
    })
}

/// How many letters must be added, left out, changed or swapped with their neighbour to make `a` into `b` (optimal
/// string alignment).
fn distance(a: &str, b: &str) -> usize {
    let (a, b): (Vec<char>, Vec<char>) = (a.chars().collect(), b.chars().collect());
    let mut rows: Vec<Vec<usize>> = vec![(0..=b.len()).collect()];
    for i in 1..=a.len() {
        let mut row = vec![i];
        for j in 1..=b.len() {
            let change = rows[i - 1][j - 1] + usize::from(a[i - 1] != b[j - 1]);
            let mut least = change.min(rows[i - 1][j] + 1).min(row[j - 1] + 1);
            if i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1] {
                least = least.min(rows[i - 2][j - 2] + 1);
            }
            row.push(least);
        }
        rows.push(row);
    }
    rows[a.len()][b.len()]
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn near_names_are_suggested_and_far_ones_are_not() {
        let known = ["podSubnet", "serviceSubnet", "dnsDomain"];
        for (given, meant) in [
            ("podsubnet", Some("podSubnet")),
            ("podSubnets", Some("podSubnet")),
            ("podSunbet", Some("podSubnet")),
            ("serviceSubnetz", Some("serviceSubnet")),
            ("dns", Some("dnsDomain")),
            ("dn", None),
            ("clusterCIDR", None),
        ] {
            assert_eq!(nearest(given, known), meant, "{given}");
        }
    }

    #[test]
    fn a_text_that_is_no_name_is_compared_with_none() {
        assert_eq!(nearest(&"podSubnet".repeat(100_000), ["podSubnet", "serviceSubnet"]), None);
    }

    #[test]
    fn distance_counts_letters() {
        for (a, b, letters) in
            [("", "abc", 3), ("abc", "abc", 0), ("abc", "acb", 1), ("kitten", "sitting", 3)]
        {
            assert_eq!(distance(a, b), letters, "{a} {b}");
        }
    }
}
