//! A component's arguments: the defaults and the user's → `--name=value` in the reference's order.

use std::collections::BTreeMap;

use crate::config::Arg;
use crate::versions::ExtraArgs;

/// The defaults by name, without those that the user gives, and the user's, repeated ones too: behind them in their own
/// order, or sorted among them.
pub fn overridden(defaults: &BTreeMap<&str, String>, overrides: &[Arg], order: ExtraArgs) -> Vec<String> {
    let kept = defaults.iter().filter(|(name, _)| last(overrides, name).is_none());
    let theirs = overrides.iter().map(|arg| (arg.name.as_str(), &arg.value));
    let mut all: Vec<(&str, &String)> = kept.map(|(name, value)| (*name, value)).chain(theirs).collect();
    match order {
        ExtraArgs::Sorted => all.sort(),
        ExtraArgs::BehindDefaults => {}
    }
    all.into_iter().map(|(name, value)| format!("--{name}={value}")).collect()
}

/// The value that wins: the last of that name.
pub fn last<'a>(args: &'a [Arg], name: &str) -> Option<&'a str> {
    args.iter().rev().find(|arg| arg.name == name).map(|arg| arg.value.as_str())
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn args() -> impl Strategy<Value = Vec<Arg>> {
        let arg = ("[a-e]", "[a-z=,]{0,4}").prop_map(|(name, value)| Arg { name, value });
        prop::collection::vec(arg, 0..8)
    }

    proptest! {
        #[test]
        fn no_argument_is_lost_and_the_user_s_come_last_and_win(defaults in args(), overrides in args()) {
            let base = defaults.iter().map(|arg| (arg.name.as_str(), arg.value.clone())).collect();
            let command = overridden(&base, &overrides, ExtraArgs::BehindDefaults);
            let (kept, theirs) = command.split_at(command.len() - overrides.len());
            let expected: Vec<_> = overrides.iter().map(|a| format!("--{}={}", a.name, a.value)).collect();
            prop_assert_eq!(theirs, expected);
            for arg in &defaults {
                let given = kept.iter().filter(|word| word.starts_with(&format!("--{}=", arg.name))).count();
                prop_assert_eq!(given, usize::from(last(&overrides, &arg.name).is_none()));
            }
            prop_assert!(kept.is_sorted());
            let (mut all, mut sorted) = (command.clone(), overridden(&base, &overrides, ExtraArgs::Sorted));
            prop_assert!(sorted.is_sorted_by_key(|word| word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))));
            all.sort();
            sorted.sort();
            prop_assert_eq!(all, sorted);
        }
    }
}
