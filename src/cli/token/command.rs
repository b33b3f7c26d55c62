//! The commands of `token` and their flags, with kubeadm's names and defaults.

use clap::{Arg, ArgAction, Command};

use crate::cli::command::{output, output_of_kubeadm};
use crate::cli::flag_group::FlagGroup;
use crate::cli::flags::{self, Flag, FlagKind};

/// Of every command.
#[rustfmt::skip]
const ALL: &[Flag] = &[
    Flag { name: "dry-run", group: FlagGroup::Run, kind: FlagKind::Switch, help: "Change nothing; print what would be done" },
    Flag { name: "kubeconfig", group: FlagGroup::Cluster, kind: FlagKind::Value("FILE"), help: "Kubeconfig to reach the cluster with; those that KUBECONFIG names, or ~/.kube/config, come before the default where they are there [default: /etc/kubernetes/admin.conf]" },
];

#[rustfmt::skip]
const CREATE: &[Flag] = &[
    Flag { name: TOKEN, group: FlagGroup::Joining, kind: FlagKind::Word("TOKEN"), help: "The token: [a-z0-9]{6}.[a-z0-9]{16}; by default a random one" },
    Flag { name: "certificate-key", group: FlagGroup::Joining, kind: FlagKind::Value("HEX"), help: "With --print-join-command: print the command of a control plane, with this key to the uploaded certificates. With --control-plane: upload them under this key" },
    Flag { name: "config", group: FlagGroup::Configuration, kind: FlagKind::Value("FILE"), help: "Configuration file whose bootstrapTokens are made; - is standard input" },
    Flag { name: "control-plane", group: FlagGroup::Joining, kind: FlagKind::Switch, help: "Upload this host's certificates again, and print the command with which control planes join; keys to earlier uploads open nothing then" },
    Flag { name: "description", group: FlagGroup::Joining, kind: FlagKind::Value("TEXT"), help: "What the token is for, for people" },
    Flag { name: "groups", group: FlagGroup::Joining, kind: FlagKind::List("GROUPS"), help: "Groups of whoever authenticates with the token; each begins with system:bootstrappers: [default: system:bootstrappers:kubeadm:default-node-token]" },
    Flag { name: "print-join-command", group: FlagGroup::Output, kind: FlagKind::Switch, help: "Print the whole command with which nodes join, in place of the token" },
    Flag { name: "ttl", group: FlagGroup::Joining, kind: FlagKind::Value("DURATION"), help: "Life of the token, as in 2h; 0 is for ever [default: 24h0m0s]" },
    Flag { name: "usages", group: FlagGroup::Joining, kind: FlagKind::List("USAGES"), help: "What the token may be used for: signing, authentication [default: signing,authentication]" },
];

/// The value of `create` that has no flag.
pub const TOKEN: &str = "new-token";
/// The values of `delete`, which have no flag either.
pub const VALUES: &str = "values";

/// `token`, with all that is below it.
pub fn command() -> Command {
    Command::new("token")
        .about("Make, list and delete the bootstrap tokens with which nodes join")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .args(ALL.iter().map(|flag| flags::argument(flag).global(true)))
        .subcommand(create())
        .subcommand(delete())
        .subcommand(generate())
        .subcommand(list())
}

fn create() -> Command {
    Command::new("create")
        .about("Make a bootstrap token in the cluster, and print it or the command with which nodes join")
        .args(CREATE.iter().map(flags::argument))
        .arg(output())
}

fn delete() -> Command {
    let values = Arg::new(VALUES)
        .value_name("TOKEN")
        .action(ArgAction::Append)
        .num_args(1..)
        .required(true)
        .help("Whole tokens, or their first six characters");
    Command::new("delete").about("Delete bootstrap tokens of the cluster").arg(values).arg(output())
}

fn generate() -> Command {
    Command::new("generate").about("Print a random bootstrap token, without making it").arg(output())
}

fn list() -> Command {
    Command::new("list")
        .about("List the bootstrap tokens of the cluster")
        .args(output_of_kubeadm("the tokens"))
}
