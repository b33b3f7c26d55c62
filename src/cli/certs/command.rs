//! The commands of `certs` and their flags, with kubeadm's names and defaults.

use clap::Command;

use crate::cli::command::{output, output_of_kubeadm};
use crate::cli::flag_group::FlagGroup;
use crate::cli::flags::{self, Flag, FlagKind};
use crate::plan::RENEWABLE;

/// Where the settings come from, and what they are about.
pub const SETTINGS: &[&str] = &["cert-dir", "config", "kubeconfig"];

const FROM_CONFIG: Flag = Flag {
    name: "from-config",
    group: FlagGroup::Run,
    kind: FlagKind::Switch,
    help: "Make what the configuration says now, of --config or of the cluster, in place of what the old certificate says; one \
           that says so already stays",
};

/// The name of `renew` and `reissue-ca` for every one.
pub const ALL: &str = "all";

/// `certs`, with all that is below it.
pub fn command() -> Command {
    Command::new("certs")
        .about(
            "Tell how long the control plane's certificates hold and what is wrong with them; renew them, and issue CAs again",
        )
        .alias("certificates")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(certificate_key())
        .subcommand(super::check::command())
        .subcommand(check_expiration())
        .subcommand(generate_csr())
        .subcommand(super::reissue_ca::command())
        .subcommand(renew())
}

fn certificate_key() -> Command {
    Command::new("certificate-key")
        .about("Print a random key for --certificate-key of init, join and token create")
        .arg(output())
}

fn check_expiration() -> Command {
    Command::new("check-expiration")
        .about("Tell when the certificates of the control plane, its CAs and the kubelet end")
        .args(flags::arguments(SETTINGS))
        .args(output_of_kubeadm("the certificates"))
}

fn generate_csr() -> Command {
    Command::new("generate-csr")
        .about("Make keys, requests for their certificates, and kubeconfigs without one, for a CA whose key is elsewhere")
        .args(flags::arguments(&["cert-dir", "config", "kubeconfig-dir"]))
        .arg(output())
}

fn renew() -> Command {
    let each = RENEWABLE.iter().map(|row| one(row.name, &format!("Renew {}", row.about)));
    Command::new("renew")
        .about("Renew certificates, with new keys, by the CAs whose keys are on this host")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(one(ALL, "Renew all of them"))
        .subcommands(each)
}

fn one(name: &'static str, about: &str) -> Command {
    let names = [SETTINGS, &["dry-run"]].concat();
    Command::new(name)
        .about(about.to_owned())
        .args(flags::arguments(&names))
        .arg(flags::argument(&FROM_CONFIG))
        .arg(output())
}
