//! The tokens that a run would make × those that the cluster has → those that it has in the end.

use jiff::{SignedDuration, Timestamp};

use super::ClusterState;
use crate::config::{BootstrapToken, Expiry, TokenOrigin};
use crate::manifests::objects::{ReconciledToken, TokenFate};

/// A token that the user has not chosen is not made where an earlier run has made one that serves as well. Each of the
/// cluster's tokens stands for one at most.
pub fn reconciled_tokens(
    wanted: &[BootstrapToken],
    seen: &ClusterState,
    now: Timestamp,
) -> Vec<ReconciledToken> {
    let mut free: Vec<&BootstrapToken> = seen.tokens.iter().collect();
    let reconcile = |wanted: &BootstrapToken| {
        let place = free.iter().position(|found| serves(found, wanted, now));
        match place.map(|place| free.remove(place)) {
            Some(found) => ReconciledToken { token: found.clone(), fate: TokenFate::Keep },
            None => ReconciledToken { token: wanted.clone(), fate: TokenFate::Write },
        }
    };
    wanted.iter().map(reconcile).collect()
}

fn serves(found: &BootstrapToken, wanted: &BootstrapToken, now: Timestamp) -> bool {
    wanted.origin == TokenOrigin::Made
        && found.description == wanted.description
        && sorted(&found.usages) == sorted(&wanted.usages)
        && sorted(&found.groups) == sorted(&wanted.groups)
        && lives_as_long(found.expiry, wanted.expiry, now)
}

fn sorted(names: &[String]) -> Vec<&String> {
    let mut names: Vec<&String> = names.iter().collect();
    names.sort();
    names
}

/// Made earlier for as long, and not at its end yet. A Secret's times are whole seconds.
fn lives_as_long(found: Expiry, wanted: Expiry, now: Timestamp) -> bool {
    match (found, wanted) {
        (Expiry::Never, Expiry::Never) => true,
        (Expiry::At(end), Expiry::At(wanted)) => end.as_second() == wanted.as_second() && end > now,
        (Expiry::At(end), Expiry::After(length)) => {
            end > now && end.duration_since(now) <= SignedDuration::from_nanos(length.nanoseconds())
        }
        (Expiry::After(_) | Expiry::Never, _) | (Expiry::At(_), Expiry::Never) => false,
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture;

    const NOW: &str = "2026-11-21T08:00:00Z";

    /// Whether the one token is kept, where the cluster has it but for `change`.
    fn is_kept(origin: TokenOrigin, change: impl FnOnce(&mut BootstrapToken)) -> bool {
        let mut config = fixture::config();
        let wanted = &mut config.bootstrap_tokens[0];
        wanted.origin = origin;
        let mut found = wanted.clone();
        found.token.id = "found0".to_owned();
        found.expiry = Expiry::At("2026-11-22T07:59:00Z".parse().unwrap());
        found.usages.reverse();
        change(&mut found);
        let seen = ClusterState { tokens: vec![found], ..ClusterState::default() };
        let reconciled = reconciled_tokens(&config.bootstrap_tokens, &seen, NOW.parse().unwrap()).remove(0);
        assert_eq!(reconciled.token.token.id == "found0", reconciled.fate == TokenFate::Keep);
        reconciled.fate == TokenFate::Keep
    }

    #[test]
    fn a_token_that_an_earlier_run_has_made_is_kept() {
        assert!(is_kept(TokenOrigin::Made, |_| ()));
        assert!(!is_kept(TokenOrigin::Given, |_| ()));
    }

    #[test]
    fn one_that_is_over_or_for_something_else_is_not() {
        let end = |text: &str| Expiry::At(text.parse().unwrap());
        assert!(!is_kept(TokenOrigin::Made, |found| found.expiry = end(NOW)));
        assert!(!is_kept(TokenOrigin::Made, |found| found.expiry = end("2026-11-23T08:00:00Z")));
        assert!(!is_kept(TokenOrigin::Made, |found| found.expiry = Expiry::Never));
        assert!(!is_kept(TokenOrigin::Made, |found| found.description = Some("for the lab".to_owned())));
        assert!(!is_kept(TokenOrigin::Made, |found| found.usages.truncate(1)));
        assert!(!is_kept(TokenOrigin::Made, |found| found.groups.clear()));
    }

    #[test]
    fn one_token_of_the_cluster_stands_for_one_that_is_wanted() {
        let mut config = fixture::config();
        config.bootstrap_tokens[0].origin = TokenOrigin::Made;
        let wanted = config.bootstrap_tokens[0].clone();
        config.bootstrap_tokens.push(wanted.clone());
        let found = BootstrapToken { expiry: Expiry::At("2026-11-22T07:59:00Z".parse().unwrap()), ..wanted };
        let seen = ClusterState { tokens: vec![found], ..ClusterState::default() };
        let fates = reconciled_tokens(&config.bootstrap_tokens, &seen, NOW.parse().unwrap());
        let fates: Vec<TokenFate> = fates.iter().map(|reconciled| reconciled.fate).collect();
        assert_eq!(fates, [TokenFate::Keep, TokenFate::Write]);
    }
}
