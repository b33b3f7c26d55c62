//! `kubeconfig user`: the kubeconfig of one more user, on standard output.

use clap::{ArgMatches, Command};

use crate::cli::failure::Failure;
use crate::cli::flag_group::FlagGroup;
use crate::cli::flags::{self, Flag, FlagKind, FlagValues};
use crate::cli::request;
use crate::config::{self, At, Config, ConfigErrors, Flags, HostDefaults, Need, Place, Problem};
use crate::duration::GoDuration;
use crate::facts::HostFacts;
use crate::host::{Node, observe};
use crate::plan::{self, Credentials, Files, NewUser};
use crate::report;
use crate::secret::Secret;

#[rustfmt::skip]
const FLAGS: &[Flag] = &[
    Flag { name: "client-name", group: FlagGroup::User, kind: FlagKind::Value("NAME"), help: "Name of the user; in a client certificate, the common name" },
    Flag { name: "config", group: FlagGroup::Configuration, kind: FlagKind::Value("FILE"), help: "Configuration file, for the cluster's name and endpoint, the folder of its CA and the kind of key; - is standard input" },
    Flag { name: "org", group: FlagGroup::User, kind: FlagKind::List("GROUPS"), help: "Groups of the user; in a client certificate, the organizations" },
    Flag { name: "token", group: FlagGroup::User, kind: FlagKind::Value("TOKEN"), help: "Authenticate with this token, in place of a client certificate" },
    Flag { name: "validity-period", group: FlagGroup::User, kind: FlagKind::Value("DURATION"), help: "Life of the client certificate from now on, as in 720h [default: 8760h0m0s]" },
];

/// A year.
const VALIDITY: GoDuration = GoDuration::from_hours(365 * 24);

/// `kubeconfig user`.
pub fn command() -> Command {
    Command::new("user")
        .about(
            "Print a kubeconfig for one more user, with a client certificate of the cluster's CA, or a token",
        )
        .args(FLAGS.iter().map(flags::argument))
}

/// Prints a kubeconfig for the user that was named; nothing is written.
pub fn run(node: &Node, matches: &ArgMatches) -> Result<(), Failure> {
    let given = FlagValues(matches);
    let user = user(given)?;
    let facts = observe::facts(node);
    let config = read_config(node, given, &facts)?;
    let text = plan::user_kubeconfig(
        config.control_plane(),
        &read_files(node, &config)?,
        user,
        facts.now,
        &*node.keys(),
    )?;
    report::document(text.expose_secret());
    Ok(())
}

fn user(given: FlagValues<'_>) -> Result<NewUser, Failure> {
    let name = given.text("client-name").ok_or_else(|| refuse("client-name", Problem::Missing))?;
    let validity = validity(given)?;
    let groups = || given.list("org").unwrap_or_default();
    let credentials = match given.text("token") {
        Some(token) => Credentials::Token(Secret::new(token)),
        None => Credentials::Certificate { groups: groups(), validity },
    };
    Ok(NewUser { name, credentials })
}

fn validity(given: FlagValues<'_>) -> Result<GoDuration, Failure> {
    const NAME: &str = "validity-period";
    let Some(text) = given.text(NAME) else { return Ok(VALIDITY) };
    let validity: GoDuration = text.parse().map_err(|bad| refuse(NAME, Problem::Duration(bad)))?;
    if validity <= GoDuration::ZERO {
        return Err(refuse(NAME, Problem::NotPositive { value: validity.to_string() }));
    }
    if validity > VALIDITY {
        report::warn(&format!("a client certificate cannot be revoked, and this one holds for {validity}"));
    }
    Ok(validity)
}

fn refuse(flag: &'static str, problem: Problem) -> Failure {
    let at = At { place: Place::Flag(flag), field: String::new() };
    Failure::Config(ConfigErrors(vec![at.refuse(problem)]))
}

/// Of this host only the address counts, and that only where the cluster has no endpoint of its own.
fn read_config(node: &Node, given: FlagValues<'_>, facts: &HostFacts) -> Result<Config, Failure> {
    let (requested, source) = request::read_with_source(node, given, &Flags::default())?;
    let host = request::host_defaults(facts, request::fresh_tokens(&requested)?);
    let host = HostDefaults { cri_sockets: Vec::new(), ..host };
    let need = match requested.cluster.control_plane_endpoint {
        Some(_) => Need::Listing,
        None => Need::Node,
    };
    let config = config::resolve(requested, &host, need);
    config.map_err(|errors| Failure::Config(errors.in_file(source.as_ref())))
}

fn read_files(node: &Node, config: &Config) -> Result<Files, Failure> {
    let found = node.tree().read(&plan::authority_paths(&config.cluster)).map_err(Failure::ReadAuthority)?;
    Ok(found.into_iter().map(|(path, found)| (path, found.content)).collect())
}
