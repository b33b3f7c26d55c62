//! `token create`: tokens for the cluster, and the command with which nodes join by them.

use serde_json::{Value, json};

use super::command::TOKEN;
use super::failure::TokenFailure;
use super::reached::Reached;
use super::{DRY_RUN, detail, upload};
use crate::cli::failure::Failure;
use crate::cli::flags::FlagValues;
use crate::cli::request;
use crate::config::{self, Config, Flags, HostDefaults, Need, NewToken, Requested, TokenMaker};
use crate::host::Node;
use crate::join::{JoinCommand, JoinRole};
use crate::manifests::objects::{Object, new_token_secret};
use crate::plan;
use crate::report::{self, Detail, Document, DocumentKind, Status};
use crate::secret::Secret;

/// What is printed of the tokens.
enum Shown {
    Token,
    WorkerCommand,
    /// With the key to certificates that were uploaded before.
    ControlPlaneCommand(Secret),
    /// With the key to certificates that are uploaded now.
    ControlPlaneCommandAfterUpload,
}

/// What is put into the cluster, in two batches, and what is printed then.
struct Made {
    certificates: Vec<Object>,
    tokens: Vec<Object>,
    command: Option<JoinCommand>,
    /// To the uploaded certificates, where the command is a control plane's.
    key: Option<Secret>,
}

/// Makes the tokens that were asked for, and prints them or the join command.
pub fn run(node: &Node, given: FlagValues<'_>, how: Detail) -> Result<(), Failure> {
    let shown = shown(given)?;
    let config = resolve(request::read(node, given, &flags(given))?)?;
    let reached = Reached::open(node, given, how)?;
    refuse_taken(&reached, &config)?;
    let made = make(node, &reached, &config, shown)?;
    if config.run.dry_run {
        tell(given, &made);
        return Ok(());
    }
    let limit = config.node.timeouts.kubernetes_api_call.to_std();
    for batch in [&made.certificates, &made.tokens] {
        for object in batch {
            detail(how, &format!("creating {} {}", object.kind.as_str(), object.name));
        }
        reached.store.write(batch, limit).map_err(TokenFailure::NotSent)?;
    }
    print(given, &config, &made);
    Ok(())
}

fn shown(given: FlagValues<'_>) -> Result<Shown, TokenFailure> {
    let key = given.text("certificate-key").map(Secret::new);
    match (given.is_on("control-plane"), given.is_on("print-join-command"), key) {
        (true, _, _) => Ok(Shown::ControlPlaneCommandAfterUpload),
        (false, true, Some(key)) => Ok(Shown::ControlPlaneCommand(key)),
        (false, true, None) => Ok(Shown::WorkerCommand),
        (false, false, Some(_)) => Err(TokenFailure::KeyAlone),
        (false, false, None) => Ok(Shown::Token),
    }
}

fn flags(given: FlagValues<'_>) -> Flags {
    let list = |name| given.list(name).unwrap_or_default();
    Flags {
        token_maker: TokenMaker::TokenCreate,
        certificate_key: given.text("certificate-key").map(Secret::new),
        dry_run: given.switch("dry-run"),
        new_token: NewToken {
            token: given.text(TOKEN).map(Secret::new),
            description: given.text("description"),
            groups: list("groups"),
            ttl: given.text("ttl"),
            usages: list("usages"),
        },
        ..Flags::default()
    }
}

/// Nothing of this host counts but its random source.
fn resolve(requested: Requested) -> Result<Config, Failure> {
    let host = HostDefaults { fresh_tokens: request::fresh_tokens(&requested)?, ..HostDefaults::default() };
    config::resolve(requested, &host, Need::Listing).map_err(Failure::Config)
}

/// Looked up before anything is made, so that of several tokens either all are made or none is.
fn refuse_taken(reached: &Reached, config: &Config) -> Result<(), TokenFailure> {
    for token in &config.bootstrap_tokens {
        if reached.store.has(&token.token.id)? {
            return Err(TokenFailure::Taken { id: token.token.id.clone() });
        }
    }
    Ok(())
}

fn make(node: &Node, reached: &Reached, config: &Config, shown: Shown) -> Result<Made, Failure> {
    let now = node.now();
    let command = || plan::join_command(&reached.kubeconfig, &reached.files);
    let tokens = config.bootstrap_tokens.iter().map(|token| new_token_secret(token, now)).collect();
    let (certificates, command, key) = match shown {
        Shown::Token => (Vec::new(), None, None),
        Shown::WorkerCommand => (Vec::new(), Some(command()?), None),
        Shown::ControlPlaneCommand(key) => (Vec::new(), Some(command()?), Some(key)),
        Shown::ControlPlaneCommandAfterUpload => {
            let command = command()?;
            let (objects, key) = upload::plan(node, reached, config, &command, now)?;
            (objects, Some(command), Some(key))
        }
    };
    Ok(Made { certificates, tokens, command, key })
}

/// A dry run, without a secret: the tokens in it would open nothing.
fn tell(given: FlagValues<'_>, made: &Made) {
    let objects = made.certificates.iter().chain(&made.tokens);
    if given.wants_json() {
        let bodies: Vec<Value> = objects.map(|object| object.body.redacted()).collect();
        report::json(
            &Document::new(DocumentKind::Objects, Status::Planned, json!({ "objects": bodies })).to_value(),
        );
    } else {
        report::out(&objects.map(plan::describe_object).collect::<String>());
    }
    report::say(DRY_RUN);
}

/// A line a token.
fn print(given: FlagValues<'_>, config: &Config, made: &Made) {
    let tokens: Vec<Secret> = config.bootstrap_tokens.iter().map(|token| token.token.text()).collect();
    let role =
        made.key.as_ref().map_or(JoinRole::Worker, |key| JoinRole::ControlPlaneByKey(key.expose_secret()));
    let line = |token: &Secret| match &made.command {
        Some(command) => command.line(token.expose_secret(), role),
        None => token.expose_secret().to_owned(),
    };
    let lines: Vec<String> = tokens.iter().map(line).collect();
    if given.wants_json() {
        report::json(&document(&tokens, &lines, made).to_value());
    } else {
        report::out(&(lines.join("\n") + "\n"));
    }
}

/// The fields of init's document, and the lines that are printed otherwise.
fn document(tokens: &[Secret], lines: &[String], made: &Made) -> Document {
    let mut fields = json!({ "tokens": tokens.iter().map(Secret::expose_secret).collect::<Vec<_>>() });
    if let Some(command) = &made.command {
        fields["endpoint"] = json!(command.endpoint);
        fields["caCertHashes"] = json!(command.ca_cert_hashes);
        fields["certificateKey"] = json!(made.key.as_ref().map(Secret::expose_secret));
        fields["joinCommands"] = json!(lines);
    }
    Document::new(DocumentKind::Tokens, Status::Done, fields)
}
