//! What a run came to, for programs: the shape that all documents of kubewright's own share.

use serde::Serialize;
use serde_json::{Map, Value, json};

use super::error_id::ErrorId;
use super::program::all_by_name;
use crate::causes::Explanation;
use crate::config::{ConfigError, Place};
use crate::plan::Phase;
use crate::preflight::Finding;
use crate::text::causes;

/// Of every document that kubeadm has not; its version changes when a field goes or changes its meaning.
const API_VERSION: &str = "output.kubewright/v1";

/// What a document tells of; docs/schema has a schema for each.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub enum DocumentKind {
    /// `init`, and its phases.
    Init,
    /// `join`, and its phases.
    Join,
    /// `reset`, and its phases.
    Reset,
    /// `token create` and `token generate`; `token list` prints kubeadm's own document.
    Tokens,
    /// `token delete`.
    DeletedTokens,
    /// Objects of Kubernetes' API that would be sent.
    Objects,
    /// `config images pull`.
    PulledImages,
    /// `certs renew`.
    RenewedCertificates,
    /// `certs reissue-ca`.
    ReissuedAuthorities,
    /// `certs generate-csr`.
    CertificateRequests,
    /// `certs certificate-key`.
    CertificateKey,
    /// `certs check`.
    PkiCheck,
    /// `config print`.
    ConfigurationDefaults,
    /// `config migrate`.
    MigratedConfiguration,
    /// `config validate`.
    ValidatedConfiguration,
    /// `upgrade apply` and `upgrade node`, and their phases.
    UpgradedNode,
    /// A run that came to nothing else.
    Failure,
}

/// How a run ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// All of it was done.
    Done,
    /// A dry run that was only printed.
    Planned,
    /// There was nothing to do.
    Nothing,
    /// Some of it was done, and some was not.
    Incomplete,
    /// What was asked for was not done.
    Failed,
}

/// One document: its own fields stand between the head and the findings and errors, which are in every one.
#[derive(Debug, Clone)]
pub struct Document {
    kind: DocumentKind,
    status: Status,
    fields: Map<String, Value>,
    findings: Value,
    errors: Vec<ErrorEntry>,
}

impl Document {
    /// `fields` is an object; of anything else nothing is taken.
    pub fn new(kind: DocumentKind, status: Status, fields: Value) -> Self {
        let fields = match fields {
            Value::Object(fields) => fields,
            Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
                Map::new()
            }
        };
        Self { kind, status, fields, findings: json!([]), errors: Vec::new() }
    }

    /// In place of those that it had: what preflight has found.
    #[must_use]
    pub fn with_findings(self, findings: &[Finding]) -> Self {
        self.with_found(json!(findings))
    }

    /// In place of those that it had: what another check has found, a list.
    #[must_use]
    pub fn with_found(self, findings: Value) -> Self {
        Self { findings, ..self }
    }

    /// With one more field of its own.
    #[must_use]
    pub fn with_field(mut self, name: &str, value: Value) -> Self {
        self.fields.insert(name.to_owned(), value);
        self
    }

    /// In place of those that it had; empty only where the exit code is 0.
    #[must_use]
    pub fn with_errors(self, errors: Vec<ErrorEntry>) -> Self {
        Self { errors, ..self }
    }

    /// `kind`, `apiVersion` and `status` first, then its own fields, and `findings` and `errors` last.
    pub fn to_value(&self) -> Value {
        let mut all = json!({ "kind": self.kind, "apiVersion": API_VERSION, "status": self.status });
        if let Value::Object(head) = &mut all {
            head.extend(self.fields.clone());
        }
        all["findings"] = self.findings.clone();
        all["errors"] = json!(self.errors);
        all_by_name(&mut all["findings"]);
        all_by_name(&mut all["errors"]);
        all
    }
}

/// One error as a document has it. The id is for programs, the texts are for people.
#[derive(Debug, Clone, Serialize)]
pub struct ErrorEntry {
    /// By which programs know it; it never changes.
    pub id: ErrorId,
    /// One sentence, for people.
    pub message: String,
    /// What led to it, the outermost first.
    pub causes: Vec<String>,
    /// What to do about it; `None` where that is not known.
    pub hint: Option<String>,
    /// Why a wait has failed, where that was found.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub cause: Option<Value>,
    /// Of the run, as `--skip-phases` names it.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub phase: Option<&'static str>,
    /// Where the configuration is at fault.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub place: Option<Value>,
}

impl ErrorEntry {
    /// With the causes that the error names.
    pub fn new(id: ErrorId, error: &dyn std::error::Error) -> Self {
        Self { causes: causes(error), ..Self::of_text(id, error.to_string()) }
    }

    /// An error without causes, a hint or a place.
    pub fn of_text(id: ErrorId, message: String) -> Self {
        Self { id, message, causes: Vec::new(), hint: None, cause: None, phase: None, place: None }
    }

    /// With the phase of the run that has failed.
    #[must_use]
    pub fn in_phase(self, phase: Phase) -> Self {
        Self { phase: Some(phase.entry().path), ..self }
    }

    /// With the cause of a wait's failure, where one was found.
    #[must_use]
    pub fn because_of(self, found: Option<&Explanation>) -> Self {
        Self { cause: found.map(cause), ..self }
    }

    /// With the document, the flag or the host that the configuration's error is of.
    #[must_use]
    pub fn at(self, error: &ConfigError) -> Self {
        Self { place: Some(place(&error.place, &error.field)), ..self }
    }

    /// With what to do about it.
    #[must_use]
    pub fn with_hint(self, hint: Option<String>) -> Self {
        Self { hint, ..self }
    }
}

impl Serialize for ErrorId {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(self.as_str())
    }
}

fn cause(found: &Explanation) -> Value {
    json!({
        "id": found.cause.as_str(),
        "summary": found.summary,
        "evidence": found.evidence,
        "remedy": found.remedy,
    })
}

/// `in` says what the other fields are: `document`, `configMap`, `file`, `flag`, `argument` or `host`.
pub fn place(place: &Place, field: &str) -> Value {
    let mut place = match place {
        Place::Document { number, kind, line, column } => {
            json!({ "in": "document", "document": number, "kind": kind, "line": line, "column": column })
        }
        Place::Stored { config_map, line, column } => {
            json!({ "in": "configMap", "configMap": config_map, "line": line, "column": column })
        }
        Place::File => json!({ "in": "file" }),
        Place::Flag(name) => json!({ "in": "flag", "flag": name }),
        Place::Argument(name) => json!({ "in": "argument", "argument": name }),
        Place::Host => json!({ "in": "host" }),
    };
    place["field"] = json!(field);
    place
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::Problem;

    #[test]
    fn the_head_comes_first_and_findings_and_errors_are_always_there() {
        let document = Document::new(DocumentKind::Tokens, Status::Done, json!({ "tokens": [] })).to_value();
        let names: Vec<&String> = document.as_object().unwrap().keys().collect();
        assert_eq!(names, ["kind", "apiVersion", "status", "tokens", "findings", "errors"]);
        assert_eq!((&document["kind"], &document["status"]), (&json!("Tokens"), &json!("done")));
    }

    #[test]
    fn an_error_of_the_configuration_says_where_it_stands() {
        let place = Place::Document { number: 2, kind: "ClusterConfiguration".into(), line: 3, column: 1 };
        let error = ConfigError {
            file: None,
            place,
            field: "networking.podSubnet".into(),
            problem: Problem::Missing,
            excerpt: None,
        };
        let entry = ErrorEntry::of_text(ErrorId::ConfigMissing, "must be given".into()).at(&error);
        let wanted = json!({
            "id": "ConfigMissing", "message": "must be given", "causes": [], "hint": null,
            "place": { "in": "document", "document": 2, "kind": "ClusterConfiguration", "line": 3, "column": 1,
                "field": "networking.podSubnet" },
        });
        assert_eq!(json!(entry), wanted);
    }
}
