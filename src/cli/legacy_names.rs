//! Flags that older kubeadms had: scripts that give them still run, and are told.

use std::ffi::OsString;

use clap::Arg;

use super::flag_group::FlagGroup;
use super::flags::{self, Flag, FlagKind};

const LOG: &str = "Setting of kubeadm's log until 1.33; has no effect";

/// Of every command, the last ones until 1.33. There is no such log here.
#[rustfmt::skip]
const OF_THE_LOG: &[Flag] = &[
    Flag { name: "add-dir-header", group: FlagGroup::Global, kind: FlagKind::Switch, help: LOG },
    Flag { name: "alsologtostderr", group: FlagGroup::Global, kind: FlagKind::Switch, help: LOG },
    Flag { name: "log-backtrace-at", group: FlagGroup::Global, kind: FlagKind::Value("PLACE"), help: LOG },
    Flag { name: "log-dir", group: FlagGroup::Global, kind: FlagKind::Value("DIR"), help: LOG },
    Flag { name: "log-file", group: FlagGroup::Global, kind: FlagKind::Value("FILE"), help: LOG },
    Flag { name: "log-file-max-size", group: FlagGroup::Global, kind: FlagKind::Value("MEGABYTES"), help: "Setting of kubeadm's log until 1.29; has no effect [default: 1800]" },
    Flag { name: "logtostderr", group: FlagGroup::Global, kind: FlagKind::Switch, help: LOG },
    Flag { name: "one-output", group: FlagGroup::Global, kind: FlagKind::Switch, help: LOG },
    Flag { name: "skip-headers", group: FlagGroup::Global, kind: FlagKind::Switch, help: LOG },
    Flag { name: "skip-log-headers", group: FlagGroup::Global, kind: FlagKind::Switch, help: LOG },
    Flag { name: "stderrthreshold", group: FlagGroup::Global, kind: FlagKind::Value("LEVEL"), help: LOG },
];

/// `--output` until 1.30.
pub const OUTPUT: &str = "experimental-output";

/// Those of every command, which help does not show.
pub fn arguments() -> impl Iterator<Item = Arg> {
    OF_THE_LOG.iter().map(|flag| flags::argument(flag).global(true).hide(true))
}

/// What the user should know of the old flags among `words`, each of which has its value in the same word.
pub fn warnings(words: &[OsString]) -> Vec<String> {
    let flags = words.iter().take_while(|word| *word != "--").filter_map(|word| name(word.to_str()?));
    flags.filter_map(warning).collect()
}

fn name(word: &str) -> Option<&str> {
    let flag = word.strip_prefix("--")?;
    Some(flag.split_once('=').map_or(flag, |(name, _)| name))
}

fn warning(name: &str) -> Option<String> {
    if name == OUTPUT {
        return Some(format!("--{OUTPUT} is an old name of --output"));
    }
    let of_the_log = OF_THE_LOG.iter().any(|flag| flag.name == name);
    of_the_log.then(|| format!("--{name} has no effect: it was a setting of kubeadm's log"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn old_flags_are_told_by_name_and_values_are_not_taken_for_them() {
        let of = |words: &[&str]| warnings(&words.iter().map(OsString::from).collect::<Vec<_>>());
        assert_eq!(
            of(&["kubewright", "token", "list", "--experimental-output=json", "--skip-headers", "--v=5"]),
            [
                "--experimental-output is an old name of --output",
                "--skip-headers has no effect: it was a setting of kubeadm's log",
            ]
        );
        assert!(of(&["kubewright", "token", "delete", "--", "--log-dir"]).is_empty());
    }
}
