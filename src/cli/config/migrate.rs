//! `config migrate`: read, ask the host what kubeadm asks it, write.

use std::path::Path;

use serde_json::{Value, json};

use crate::cli::claim::Claim;
use crate::cli::failure::Failure;
use crate::cli::flags::FlagValues;
use crate::cli::request::{self, read_config};
use crate::config::{At, ConfigErrors, Migrated, Migration, Place, Problem, SourceFile};
use crate::host::{Node, is_stdout, observe, random, write_named};
use crate::report::{self, Document, DocumentKind, Status};

/// There may be tokens in it.
const MODE: u32 = 0o600;

/// Reads the file of `--old-config`, and writes it in the form of the wanted minor.
pub fn run(node: &Node, given: FlagValues<'_>) -> Result<(), Failure> {
    let source = read_config(&old(given)?)?;
    let in_file = |errors: ConfigErrors| Failure::Config(errors.in_file(Some(&source)));
    let claim = Claim::read(node)?;
    let asked = match given.text("kubernetes-version") {
        Some(text) => Some(claim.resolve(&text)?),
        None => None,
    };
    let migration = Migration::read(source.text(), asked, &|| claim.version()).map_err(in_file)?;
    let tokens = (0..migration.fresh_tokens()).map(|_| random::token()).collect::<Result<_, _>>()?;
    let host = request::host_defaults(&observe::facts(node), tokens);
    let migrated = migration.resolve(&host).map_err(in_file)?.write();
    tell(&migrated, &source);
    let file = given.text("new-config").filter(|path| !is_stdout(path));
    if let Some(file) = &file {
        write_named(Path::new(file), migrated.text.as_bytes(), MODE).map_err(Failure::WriteNamed)?;
    }
    if given.wants_json() {
        report::json(&document(&migrated, file.as_deref()));
    } else if file.is_none() {
        report::document(&migrated.text);
    }
    Ok(())
}

/// An empty value is none.
fn old(given: FlagValues<'_>) -> Result<String, ConfigErrors> {
    const NAME: &str = "old-config";
    given.text(NAME).filter(|path| !path.is_empty()).ok_or_else(|| {
        let at = At { place: Place::Flag(NAME), field: String::new() };
        ConfigErrors(vec![at.refuse(Problem::Missing)])
    })
}

fn tell(migrated: &Migrated, source: &SourceFile) {
    request::tell(&migrated.warnings, Some(source));
    for change in &migrated.changes {
        report::say(&change.to_string());
    }
}

/// The text is there where no file holds it.
fn document(migrated: &Migrated, file: Option<&str>) -> Value {
    let changes: Vec<Value> = migrated.changes.iter().map(crate::config::FieldChange::json).collect();
    let warnings: Vec<Value> = migrated.warnings.iter().map(report::caution).collect();
    let fields = json!({
        "format": migrated.format.api_version(),
        "file": file,
        "text": file.is_none().then_some(&migrated.text),
        "changes": changes,
        "warnings": warnings,
    });
    Document::new(DocumentKind::MigratedConfiguration, Status::Done, fields).to_value()
}
