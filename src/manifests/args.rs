//! A component's command line: default arguments and the user's → `--name=value` in the reference's order.

use std::collections::BTreeMap;

use super::go_path;
use crate::config::Arg;
use crate::versions::ExtraArgs;

/// Where the templates' certificates lie.
const TEMPLATE_PKI: &str = "/etc/kubernetes/pki/";

/// Default arguments, each name once.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct Defaults {
    values: BTreeMap<String, String>,
}

impl Defaults {
    /// The `--name=value` arguments of a template's command; its first word is the program.
    pub fn of_command(command: &[String]) -> Self {
        let pairs = command.iter().filter_map(|word| word.strip_prefix("--")?.split_once('='));
        Self { values: pairs.map(|(name, value)| (name.to_owned(), value.to_owned())).collect() }
    }

    pub fn set(&mut self, name: &str, value: impl Into<String>) {
        self.values.insert(name.to_owned(), value.into());
    }

    pub fn remove(&mut self, name: &str) {
        self.values.remove(name);
    }

    /// Moves every file that the template has below its certificates directory to the configured one.
    pub fn move_certificates(&mut self, directory: &str) {
        for value in self.values.values_mut() {
            if let Some(file) = value.strip_prefix(TEMPLATE_PKI) {
                *value = go_path::join(directory, file);
            }
        }
    }

    /// Defaults by name, without those that the user names, and the user's, repeated ones too: behind them in their own
    /// order, or sorted among them.
    pub fn overridden_by(&self, overrides: &[Arg], order: ExtraArgs) -> Vec<String> {
        let kept = self.values.iter().filter(|(name, _)| last(overrides, name).is_none());
        let theirs = overrides.iter().map(|arg| (&arg.name, &arg.value));
        let mut all: Vec<(&String, &String)> = kept.chain(theirs).collect();
        match order {
            ExtraArgs::Sorted => all.sort(),
            ExtraArgs::BehindDefaults => {}
        }
        all.into_iter().map(|(name, value)| format!("--{name}={value}")).collect()
    }
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
            let mut base = Defaults::default();
            for arg in &defaults {
                base.set(&arg.name, arg.value.clone());
            }
            let command = base.overridden_by(&overrides, ExtraArgs::BehindDefaults);
            let (kept, theirs) = command.split_at(command.len() - overrides.len());
            let expected: Vec<_> = overrides.iter().map(|a| format!("--{}={}", a.name, a.value)).collect();
            prop_assert_eq!(theirs, expected);
            for arg in &defaults {
                let given = kept.iter().filter(|word| word.starts_with(&format!("--{}=", arg.name))).count();
                prop_assert_eq!(given, usize::from(last(&overrides, &arg.name).is_none()));
            }
            prop_assert!(kept.is_sorted());
            let (mut all, mut sorted) = (command.clone(), base.overridden_by(&overrides, ExtraArgs::Sorted));
            prop_assert!(sorted.is_sorted_by_key(|word| word.split_once('=').map(|(name, value)| (name.to_owned(), value.to_owned()))));
            all.sort();
            sorted.sort();
            prop_assert_eq!(all, sorted);
        }
    }
}
