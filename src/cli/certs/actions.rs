//! Actions by the names of the certificates that they are for, as `certs renew` and `certs reissue-ca` carry them out.

use std::path::PathBuf;

use serde_json::Value;

use super::failure::CertsFailure;
use crate::cli::failure::Failure;
use crate::cli::target::ApplyTarget;
use crate::host::{Host, Node};
use crate::plan::Action;
use crate::report::{Detail, Document, DocumentKind, Progress, Status};

/// In turn, the actions of one name beside each other.
pub type NamedActions = [(&'static str, Action)];

/// Carries them out one after the other. Where one fails, `fields` tells in a document of this kind of those names that are done by then.
///
/// # Errors
/// The first that fails.
pub fn carry_out(
    host: &dyn Host,
    actions: &NamedActions,
    detail: Detail,
    kind: DocumentKind,
    fields: impl Fn(&[&'static str]) -> Value,
) -> Result<(), CertsFailure> {
    let mut progress = Progress::new(detail);
    for (place, (name, action)) in actions.iter().enumerate() {
        host.carry_out(action, &mut progress).map_err(|source| {
            let mut done: Vec<&'static str> = actions[..place].iter().map(|(name, _)| *name).collect();
            let status = if done.is_empty() { Status::Failed } else { Status::Incomplete };
            done.dedup();
            done.retain(|of| of != name);
            let document = Box::new(Document::new(kind, status, fields(&done)));
            CertsFailure::NotWritten { name, source, done, document }
        })?;
    }
    Ok(())
}

/// What a run that carries them out comes to.
pub fn status(target: &ApplyTarget, actions: &NamedActions) -> Status {
    if actions.is_empty() { Status::Nothing } else { target.status() }
}

/// Makes whole what a run has left that was cut off, whichever of the files that was about. A listing changes nothing.
pub fn tidy(target: &ApplyTarget, node: &Node, paths: &[PathBuf]) -> Result<(), Failure> {
    match target {
        ApplyTarget::Listing => Ok(()),
        ApplyTarget::Host | ApplyTarget::Folder(_) => {
            Ok(paths.iter().try_for_each(|path| node.tree().tidy(path))?)
        }
    }
}
