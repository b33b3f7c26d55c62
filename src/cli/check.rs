//! What only the rest of the program can say of a configuration: which phases there are, which folders.

use std::path::PathBuf;

use super::failure::Failure;
use crate::config::{ConfigError, ConfigErrors, Located, Problem};
use crate::host::folder_fault;
use crate::plan::Pipeline;
use crate::report;

/// Refuses, each in its place, phases that the command does not have and a patches folder that cannot be read.
pub fn check(
    pipeline: &Pipeline,
    skip_phases: &[Located<String>],
    patches: Option<&Located<PathBuf>>,
) -> Result<(), Failure> {
    let phases = skip_phases.iter().filter_map(|given| unknown_phase(pipeline, given));
    let errors: Vec<ConfigError> = phases.chain(patches.and_then(unreadable_folder)).collect();
    if errors.is_empty() { Ok(()) } else { Err(Failure::Config(ConfigErrors(errors))) }
}

/// Beside it, says which of them are old names.
fn unknown_phase(pipeline: &Pipeline, given: &Located<String>) -> Option<ConfigError> {
    let name = given.value.clone();
    pipeline.legacy_names(&name).iter().for_each(|old| report::warn(&old.to_string()));
    pipeline
        .named(&name)
        .err()
        .map(|error| given.at.refuse(Problem::UnknownPhase { name, command: error.command }))
}

fn unreadable_folder(given: &Located<PathBuf>) -> Option<ConfigError> {
    let path = given.value.clone();
    let error = folder_fault(&path)?;
    Some(given.at.refuse(Problem::UnreadableFolder { path, why: error.to_string() }))
}
