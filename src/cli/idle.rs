//! Flags that are taken for the sake of scripts and change nothing. Help, manual pages and completion leave them out.

/// (the command with all that is below it, the flag)
const IDLE: &[(&str, &str)] = &[
    // kubeadm's log settings by source file, and of objects that have no such fields.
    ("", "vmodule"),
    ("", "show-managed-fields"),
    // Every format that is known is allowed.
    ("config", "allow-experimental-api"),
    // Nothing there asks a cluster.
    ("config", "kubeconfig"),
    ("reset", "kubeconfig"),
    // No gate decides which images there are.
    ("config images", "feature-gates"),
    // It was an idle one of kubeadm's up to 1.31, and is taken from there.
    ("upgrade apply", "feature-gates"),
    ("upgrade plan", "feature-gates"),
    // The file of the kubelet's certificate is in the kubelet's own folder.
    ("init phase kubelet-finalize", "cert-dir"),
    // The etcd member was once a phase of this group.
    ("join phase control-plane-join", "apiserver-advertise-address"),
    ("join phase control-plane-join", "patches"),
];

/// Whether the flag changes nothing; `command` is without the program's name, as in `config images list`.
pub fn is_idle(command: &str, flag: &str) -> bool {
    IDLE.iter().any(|(above, name)| *name == flag && is_within(command, above))
}

fn is_within(command: &str, above: &str) -> bool {
    above.is_empty()
        || command.strip_prefix(above).is_some_and(|rest| rest.is_empty() || rest.starts_with(' '))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::cli::{Invocation, command};

    #[test]
    fn it_holds_for_a_command_and_all_below_it() {
        assert!(is_idle("", "vmodule") && is_idle("init phase", "vmodule"));
        assert!(is_idle("config images pull", "feature-gates") && !is_idle("init", "feature-gates"));
        assert!(!is_idle("configuration", "kubeconfig") && !is_idle("certs renew all", "kubeconfig"));
    }

    #[test]
    fn every_row_is_of_a_flag_that_is_still_taken() {
        let root = command(Invocation::Kubewright);
        for (above, flag) in IDLE {
            let mut words = above.split(' ').filter(|word| !word.is_empty());
            let command = words.try_fold(&root, |at, word| at.find_subcommand(word));
            assert!(command.is_some_and(|command| takes(command, flag)), "{above} --{flag}");
        }
    }

    fn takes(command: &clap::Command, flag: &str) -> bool {
        command.get_arguments().any(|arg| arg.get_long() == Some(flag))
            || command.get_subcommands().any(|below| takes(below, flag))
    }
}
