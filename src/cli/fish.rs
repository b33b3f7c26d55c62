//! Commands and flags → a completion script for fish. clap_complete's knows two levels of commands, and phases stand on
//! the third and fourth.

use std::fmt::{Display, Write as _};

use clap::{Arg, ArgAction, Command, ValueHint};

/// `root` has been built, so that each command has the flags of every command too.
pub fn script(root: &Command) -> String {
    let program = root.get_name();
    let mut script = Script { program, text: HEAD.replace("NAME", program) };
    script.describe(root, "");
    script.text
}

/// The function tells whether the words so far are those of a command, and none of the commands below it.
const HEAD: &str = "\
function __NAME_at --argument-names path below
    set -l left (string split --no-empty ' ' -- $path)
    for word in (commandline -opc)[2..]
        if set -q left[1]
            test \"$word\" = \"$left[1]\"; and set -e left[1]
        else if contains -- $word (string split --no-empty ' ' -- $below)
            return 1
        end
    end
    not set -q left[1]
end
complete -c NAME -f
";

struct Script<'a> {
    program: &'a str,
    text: String,
}

impl Script<'_> {
    /// The command at `path`, and those below it. `help` takes commands, which are named where they stand.
    fn describe(&mut self, command: &Command, path: &str) {
        let below: Vec<&str> = command.get_subcommands().map(Command::get_name).collect();
        let place = format!("'{path}' '{}'", below.join(" "));
        for command in command.get_subcommands() {
            let name = format!(" -a {}{}", command.get_name(), about(command.get_about()));
            self.line(&place, &name);
        }
        for arg in command.get_arguments().filter(|arg| !arg.is_hide_set()) {
            self.line(&place, &completed(arg));
        }
        for command in command.get_subcommands().filter(|command| command.get_name() != "help") {
            self.describe(command, format!("{path} {}", command.get_name()).trim_start());
        }
    }

    fn line(&mut self, place: &str, what: &str) {
        let program = self.program;
        let _ = writeln!(self.text, "complete -c {program} -n \"__{program}_at {place}\"{what}");
    }
}

/// A flag with its value, or a value without a flag.
fn completed(arg: &Arg) -> String {
    let long = arg.get_long().map(|long| format!(" -l {long}")).unwrap_or_default();
    let short = arg.get_short().map(|short| format!(" -s {short}")).unwrap_or_default();
    long + &short + &values(arg) + &about(arg.get_help())
}

fn values(arg: &Arg) -> String {
    // The level of words may be missing.
    let takes = arg.get_action().takes_values() && !arg.is_require_equals_set();
    let is_list = matches!(arg.get_action(), ArgAction::Append) && !arg.is_positional();
    let known: Vec<String> =
        arg.get_possible_values().iter().map(|value| value.get_name().to_owned()).collect();
    match (takes, arg.get_value_hint()) {
        (false, _) => String::new(),
        (true, ValueHint::FilePath) => " -r -F".to_owned(),
        (true, ValueHint::DirPath) => " -x -a '(__fish_complete_directories)'".to_owned(),
        (true, _) if known.is_empty() => " -x".to_owned(),
        (true, _) if is_list => format!(" -x -a '(__fish_append , {})'", known.join(" ")),
        (true, _) => format!(" -x -a '{}'", known.join(" ")),
    }
}

fn about(text: Option<&impl Display>) -> String {
    let text = text.map(ToString::to_string).unwrap_or_default();
    format!(" -d '{}'", text.replace('\\', "\\\\").replace('\'', "\\'"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Invocation, outline};

    #[test]
    fn each_level_has_its_commands_and_flags() {
        let mut root = outline(Invocation::Kubeadm);
        root.build();
        let script = script(&root);
        for line in [
            "complete -c kubeadm -n \"__kubeadm_at 'init' 'phase'\" -l config -r -F -d 'Configuration file; - is standard input'\n",
            "complete -c kubeadm -n \"__kubeadm_at 'init phase addon' 'all coredns kube-proxy'\" -a coredns -d 'Install CoreDNS'\n",
            "complete -c kubeadm -n \"__kubeadm_at 'init phase addon coredns' ''\" -l print-manifest -d 'Print the addon\\'s objects instead of installing them'\n",
            "complete -c kubeadm -n \"__kubeadm_at 'reset' 'phase'\" -l skip-phases -x -a '(__fish_append , preflight remove-etcd-member cleanup-node)' -d 'Phases to leave out, by name or as GROUP/PHASE; --help lists them'\n",
            "complete -c kubeadm -n \"__kubeadm_at 'completion' ''\" -x -a 'bash elvish fish powershell zsh' -d 'The shell that it is for'\n",
        ] {
            assert!(script.contains(line), "{line}{script}");
        }
    }
}
