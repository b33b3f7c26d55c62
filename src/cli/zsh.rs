//! clap_complete's script for zsh → the same with lists, whose values are completed behind each comma.

use clap::{Arg, ArgAction, Command};

/// `root` is what the script was made of.
pub fn with_lists(script: String, root: &Command) -> String {
    let mut lists = Vec::new();
    collect(root, &mut lists);
    lists.iter().fold(script, |script, (one, many)| script.replace(one, many))
}

/// What clap_complete writes for a list, and what is to stand there.
fn collect(command: &Command, lists: &mut Vec<(String, String)>) {
    lists.extend(command.get_arguments().filter_map(actions));
    command.get_subcommands().for_each(|below| collect(below, lists));
}

fn actions(arg: &Arg) -> Option<(String, String)> {
    let values = arg.get_possible_values();
    let is_list = matches!(arg.get_action(), ArgAction::Append) && !arg.is_positional() && !values.is_empty();
    let name = arg.get_value_names()?.first()?;
    let values = values.iter().map(|value| value.get_name().to_owned()).collect::<Vec<_>>().join(" ");
    // `_values` would take what stands behind an = in a value for an argument of its own.
    is_list.then(|| (format!(":{name}:({values})"), format!(":{name}:_sequence -s , compadd - {values}")))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Invocation, outline};

    #[test]
    fn a_list_goes_on_behind_a_comma() {
        let mut root = outline(Invocation::Kubewright);
        let mut script = Vec::new();
        clap_complete::generate(clap_complete::Shell::Zsh, &mut root, "kubewright", &mut script);
        let script = with_lists(String::from_utf8(script).unwrap(), &root);
        let phases = ":PHASES:_sequence -s , compadd - preflight remove-etcd-member cleanup-node'";
        assert!(script.contains(phases) && !script.contains(":PHASES:("), "{script}");
        assert!(
            script.contains("BOOL,…:_sequence -s , compadd - ControlPlaneKubeletLocalMode=true "),
            "{script}"
        );
        assert!(script.contains(":FORMAT:(text json)'"), "{script}");
    }
}
