//! `config print`: the defaults of each command's configuration, with kubeadm's placeholders.

use clap::{Arg, ArgAction, ArgMatches, Command};
use serde_json::{Value, json};

use crate::cli::claim::Claim;
use crate::cli::command::output;
use crate::cli::failure::Failure;
use crate::cli::flag_group::FlagGroup;
use crate::cli::flags::{self, Flag, FlagKind, FlagValues};
use crate::config::{self, Assumed, Config, Printed};
use crate::host::Node;
use crate::manifests::component;
use crate::plan::PlanError;
use crate::report::{self, Document, Status};
use crate::yaml;

const VERSION: Flag = Flag {
    name: "kubernetes-version",
    group: FlagGroup::Cluster,
    kind: FlagKind::Value("VERSION"),
    help: "Kubernetes version whose kubeadm would print this, as in stable-1.30 [default: that of kubeadm as it was called, or of the kubelet that is installed, or the newest known]",
};

/// The commands whose configuration is printed.
const COMMANDS: [(&str, &str, Printed); 4] = [
    ("init-defaults", "Print the default configuration of init", Printed::Init),
    ("join-defaults", "Print the default configuration of join", Printed::Join),
    ("reset-defaults", "Print the default configuration of reset", Printed::Reset),
    ("upgrade-defaults", "Print the default configuration of upgrade", Printed::Upgrade),
];

const KUBELET: &str = "KubeletConfiguration";
const COMPONENTS: [&str; 2] = [KUBELET, "KubeProxyConfiguration"];

/// `config print`, with a command for each that takes a configuration.
pub fn command() -> Command {
    Command::new("print")
        .about("Print the defaults of a command's configuration, to start one's own from")
        .subcommand_required(true)
        .arg_required_else_help(true)
        .subcommands(COMMANDS.map(|(name, about, printed)| {
            let command = Command::new(name).about(about).arg(flags::argument(&VERSION)).arg(output());
            match printed {
                Printed::Init => command.arg(components()),
                Printed::Join | Printed::Reset | Printed::Upgrade => command,
            }
        }))
}

fn components() -> Arg {
    Arg::new("component-configs")
        .long("component-configs")
        .value_name("KINDS")
        .action(ArgAction::Append)
        .value_delimiter(',')
        .value_parser(COMPONENTS)
        .help_heading(FlagGroup::Configuration.heading())
        .help("Print the defaults of these components too")
}

/// Prints the configuration that the command of this name works with where nothing is given.
pub fn run(node: &Node, name: &str, matches: &ArgMatches) -> Result<(), Failure> {
    let Some((.., printed)) = COMMANDS.iter().find(|row| row.0 == name) else { return Ok(()) };
    let given = FlagValues(matches);
    let claim = Claim::read(node)?;
    let version = match given.text("kubernetes-version") {
        Some(text) => claim.resolve(&text)?,
        None => config::first_of(claim.version()),
    };
    let documents =
        documents(node, *printed, Some(version), &given.list("component-configs").unwrap_or_default())?;
    if given.wants_json() {
        let fields = json!({ "documents": documents });
        report::json(
            &Document::new(report::DocumentKind::ConfigurationDefaults, Status::Done, fields).to_value(),
        );
        return Ok(());
    }
    let texts: Result<Vec<String>, _> = documents.iter().map(yaml::to_string).collect();
    let texts = texts.map_err(|source| PlanError::Render { what: "the defaults".to_owned(), source })?;
    report::document(&texts.join("---\n"));
    Ok(())
}

fn documents(
    node: &Node,
    printed: Printed,
    version: Option<Assumed>,
    components: &[String],
) -> Result<Vec<Value>, Failure> {
    let name = match printed {
        // As in kubeadm, only the joining node goes by its own name.
        Printed::Join => node.host_name().ok(),
        Printed::Init | Printed::Reset | Printed::Upgrade => None,
    };
    let printed = config::print(printed, version, name).map_err(Failure::Config)?;
    let mut documents = printed.documents;
    if let Some(config) = &printed.config {
        documents.extend(components.iter().map(|kind| component_document(kind, config)));
    }
    Ok(documents)
}

fn component_document(kind: &str, config: &Config) -> Value {
    match kind {
        KUBELET => component::kubelet(config.spec()).document,
        _ => component::kube_proxy(config.control_plane()).document,
    }
}
