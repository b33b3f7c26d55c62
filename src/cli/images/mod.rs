//! `config images`: the images that a control plane needs, listed or pulled.

mod list;
mod pull;

use clap::{ArgMatches, Command};

pub use pull::NotPulled;

use super::command::{output, output_of_kubeadm};
use super::failure::Failure;
use super::flags::{self, FlagValues};
use super::request;
use crate::config::{Flags, Requested};
use crate::host::Node;
use crate::report;

/// Which images these are; `--cri-socket` is of `pull` alone.
const CHOICE: &[&str] = &["config", "feature-gates", "image-repository", "kubernetes-version"];

/// `config images`, with `list` and `pull`.
pub fn command() -> Command {
    Command::new("images")
        .about("List or pull the container images of a control plane")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommand(
            Command::new("list")
                .about("List the images that a control plane needs")
                .args(flags::arguments(CHOICE))
                .args(output_of_kubeadm("the images")),
        )
        .subcommand(
            Command::new("pull")
                .about("Pull the images that a control plane needs, side by side")
                .args(flags::arguments(CHOICE))
                .args(flags::arguments(&[SOCKET]))
                .arg(output()),
        )
}

/// Carries out the command below `config images` that was given.
pub fn run(node: &Node, matches: &ArgMatches) -> Result<(), Failure> {
    match matches.subcommand() {
        Some(("list", below)) => list::run(node, FlagValues(below)),
        Some(("pull", below)) => pull::run(node, FlagValues(below)),
        _ => Ok(()),
    }
}

const SOCKET: &str = "cri-socket";

/// What the file asks for, or else the flags. Beside a file kubeadm ignores the flags without a word.
fn requested(node: &Node, given: FlagValues<'_>) -> Result<Requested, Failure> {
    let socket = given.text(SOCKET);
    if given.text("config").is_none() {
        return request::read(node, given, &Flags { cri_socket: socket, ..choice(given) });
    }
    for name in CHOICE.iter().filter(|name| **name != "config" && given.text(name).is_some()) {
        report::warn(&format!("--{name} is ignored: the file of --config says which images there are"));
    }
    let mut requested = request::read(node, given, &Flags::default())?;
    if socket.is_some() {
        let flags = Flags { cri_socket: socket, ..Flags::default() };
        requested.init.node.cri_socket =
            Requested::parse(None, &flags).map_err(Failure::Config)?.init.node.cri_socket;
    }
    Ok(requested)
}

fn choice(given: FlagValues<'_>) -> Flags {
    Flags {
        feature_gates: given.text("feature-gates"),
        image_repository: given.text("image-repository"),
        kubernetes_version: given.text("kubernetes-version"),
        ..Flags::default()
    }
}
