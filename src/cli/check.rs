//! What only the rest of the program can say of a configuration: which phases there are, which folders.

use std::path::PathBuf;

use super::failure::Failure;
use crate::config::{ConfigError, ConfigErrors, Located, Problem, SourceFile};
use crate::host::folder_fault;
use crate::plan::Pipeline;
use crate::report;

/// Refuses, each in its place, phases that the command does not have and a patches folder that cannot be read. `source` is the file
/// that some of these are of.
pub fn check(
    pipeline: &Pipeline,
    skip_phases: &[Located<String>],
    patches: Option<&Located<PathBuf>>,
    source: Option<&SourceFile>,
) -> Result<(), Failure> {
    for given in skip_phases {
        tell_old_names(pipeline, given, source);
    }
    let phases = skip_phases.iter().filter_map(|given| unknown_phase(pipeline, given));
    let errors: Vec<ConfigError> = phases.chain(patches.and_then(unreadable_folder)).collect();
    if errors.is_empty() { Ok(()) } else { Err(Failure::Config(ConfigErrors(errors).in_file(source))) }
}

fn tell_old_names(pipeline: &Pipeline, given: &Located<String>, source: Option<&SourceFile>) {
    let Some(old) = pipeline.legacy_names(&given.value) else { return };
    match source.and_then(|source| Some((source, source.excerpt_at(&given.at.place)?))) {
        Some((source, excerpt)) => report::warn_of_line(&old.to_string(), source.name(), &excerpt),
        None => report::warn(&old.to_string()),
    }
}

fn unknown_phase(pipeline: &Pipeline, given: &Located<String>) -> Option<ConfigError> {
    let name = given.value.clone();
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
