//! What only the rest of the program can say of a configuration: which phases there are, which folders.

use std::path::PathBuf;

use super::failure::Failure;
use crate::config::{ConfigError, ConfigErrors, Given, Problem, Requested};
use crate::plan::INIT;

/// Refuses, each in its place, phases that do not exist and a patches folder that cannot be read.
pub fn check(requested: &Requested) -> Result<(), Failure> {
    let phases = requested.init.skip_phases.iter().filter_map(unknown_phase);
    let errors: Vec<ConfigError> =
        phases.chain(requested.init.patches.as_ref().and_then(unreadable_folder)).collect();
    if errors.is_empty() { Ok(()) } else { Err(Failure::Config(ConfigErrors(errors))) }
}

fn unknown_phase(given: &Given<String>) -> Option<ConfigError> {
    let name = given.value.clone();
    INIT.named(&name)
        .err()
        .map(|error| given.at.refuse(Problem::UnknownPhase { name, command: error.command }))
}

#[expect(clippy::disallowed_methods, reason = "the patches are an argument of the command")]
fn unreadable_folder(given: &Given<PathBuf>) -> Option<ConfigError> {
    let path = given.value.clone();
    let error = std::fs::read_dir(&path).err()?;
    Some(given.at.refuse(Problem::UnreadableFolder { path, why: error.to_string() }))
}
