//! `config validate`

use serde_json::json;

use crate::cli::claim::Claim;
use crate::cli::failure::Failure;
use crate::cli::flags::FlagValues;
use crate::cli::request::{config_source, tell, unknown};
use crate::config::{self, Caution, ConfigErrors, ConfigWarning, SourceFile};
use crate::host::Node;
use crate::report::{self, Document, DocumentKind, Status};

/// Reads the file of `--config`, and tells all that is wrong with it.
pub fn run(node: &Node, given: FlagValues<'_>) -> Result<(), Failure> {
    let source = config_source(given)?;
    let text = source.as_ref().map(SourceFile::text).unwrap_or_default();
    let told = |warning: &ConfigWarning| {
        !(given.is_on("allow-deprecated-api") && warning.caution == Caution::OldApiVersion)
    };
    let in_file = |errors: ConfigErrors| Failure::Config(errors.in_file(source.as_ref()));
    let mut warnings =
        config::validate(text, Some(Claim::read(node)?.version()), unknown()).map_err(in_file)?;
    warnings.retain(told);
    tell(&warnings, source.as_ref());
    if given.wants_json() {
        let warnings: Vec<_> = warnings.iter().map(report::caution).collect();
        let document = Document::new(
            DocumentKind::ValidatedConfiguration,
            Status::Done,
            json!({ "warnings": warnings }),
        );
        report::json(&document.to_value());
    } else {
        report::out("ok\n");
    }
    Ok(())
}
