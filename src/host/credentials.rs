//! The credentials that a kubeconfig has from a program, asked for once a run.

use std::path::{Path, PathBuf};
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use serde_json::Value;

use super::headers::brief;
use super::node::{ChildError, Ended, PluginCall, clock_of_this_process, find_plugin};
use crate::kubeconfig::{BadCredential, Credential, Plugin};
use crate::secret::Secret;

const QUESTION: &str = "KUBERNETES_EXEC_INFO";
/// What expires so soon is asked for again: it is to hold for as long as calls take.
const REST: Duration = Duration::from_secs(20);

/// Why a program has given no credentials. Its arguments, its environment and its output may hold some, and are not shown.
#[derive(Debug, thiserror::Error)]
pub enum NotGiven {
    /// Nothing of this name can be run.
    #[error("the program {command:?}, which its user has its credentials from, is not here{}", behind(.install.as_deref()))]
    NotHere {
        /// As the kubeconfig has it.
        command: String,
        /// What the kubeconfig says to do about it.
        install: Option<String>,
    },
    /// It was not started, took too long, or said too much.
    #[error("its user's credentials come from a program")]
    Call(#[source] ChildError),
    /// It ended badly.
    #[error("the program {}, which its user has its credentials from, failed: {said}", program.display())]
    Failed {
        /// Its path.
        program: PathBuf,
        /// What it said on stderr, or its status.
        said: String,
    },
    /// What it said is no credential.
    #[error("what the program {} says is no credential: {bad}", program.display())]
    Bad {
        /// Its path.
        program: PathBuf,
        /// Why not.
        bad: BadCredential,
    },
}

fn behind(install: Option<&str>) -> String {
    install.map(|hint| format!(": {}", brief(hint))).unwrap_or_default()
}

/// What has been given to this run so far.
static GIVEN: Mutex<Vec<Given>> = Mutex::new(Vec::new());

struct Given {
    plugin: Plugin,
    program: PathBuf,
    question: Secret,
    credential: Credential,
}

/// Asks the program that a kubeconfig in `folder` names; what it says of the cluster is `cluster`. Waits for it.
pub fn ask_plugin(
    plugin: &Plugin,
    folder: &Path,
    cluster: impl FnOnce() -> Value,
) -> Result<Credential, NotGiven> {
    let question = Secret::new(plugin.question(cluster));
    // Whoever wants the same meanwhile waits for it.
    let mut given = GIVEN.lock().unwrap_or_else(PoisonError::into_inner);
    given.retain(|given| is_lasting(&given.credential));
    let install = plugin.install_hint.clone();
    let program = find_plugin(&plugin.command, folder)
        .ok_or_else(|| NotGiven::NotHere { command: plugin.command.clone(), install })?;
    let is_same = |given: &&Given| {
        given.question == question && given.program == program && !given.plugin.differs_from(plugin)
    };
    if let Some(found) = given.iter().find(is_same) {
        return Ok(found.credential.clone());
    }
    let credential = asked(plugin, &program, &question)?;
    given.push(Given { plugin: plugin.clone(), program, question, credential: credential.clone() });
    Ok(credential)
}

fn is_lasting(credential: &Credential) -> bool {
    let soon = clock_of_this_process().checked_add(REST);
    credential.until.is_none_or(|until| soon.is_ok_and(|soon| soon < until))
}

fn asked(plugin: &Plugin, program: &Path, question: &Secret) -> Result<Credential, NotGiven> {
    let arguments: Vec<&str> = plugin.arguments.iter().map(Secret::expose_secret).collect();
    let more = plugin.environment.iter().map(|(name, value)| (name.as_str(), value.expose_secret()));
    let environment: Vec<(&str, &str)> = more.chain([(QUESTION, question.expose_secret())]).collect();
    let call = PluginCall { program, arguments: &arguments, environment: &environment };
    let ended = call.run().map_err(NotGiven::Call)?;
    let said = Secret::new(ended.out.as_str());
    if !ended.status.success() {
        return Err(NotGiven::Failed { program: program.to_owned(), said: complaint_of(&ended) });
    }
    plugin.credential(said.expose_secret()).map_err(|bad| NotGiven::Bad { program: program.to_owned(), bad })
}

fn complaint_of(ended: &Ended) -> String {
    brief(&super::node::complaint(ended))
}
