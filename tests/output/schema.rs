//! The schemas of docs/schema, read strictly: what a document has and its schema does not name is a complaint too.

use std::fs;
use std::path::Path;

use kubewright::causes::Cause;
use kubewright::pki_graph::Fault;
use kubewright::report::ErrorId;
use serde_json::{Value, json};

const FOLDER: &str = concat!(env!("CARGO_MANIFEST_DIR"), "/docs/schema");
/// Where the schemas are for each other.
const BASE: &str = "file:///docs/schema/";

/// What is wrong with `document` by the schema of its kind.
pub fn complaints(document: &Value) -> Vec<String> {
    let name = file_of(document["kind"].as_str().unwrap_or("Version"));
    let registry = jsonschema::Registry::new()
        .add(format!("{BASE}common.json"), read("common"))
        .unwrap()
        .prepare()
        .unwrap();
    let validator = jsonschema::options()
        .with_base_uri(format!("{BASE}{name}.json"))
        .with_registry(&registry)
        .should_validate_formats(true)
        .build(&read(&name))
        .unwrap();
    let complaint = |error: jsonschema::ValidationError<'_>| format!("{}: {error}", error.instance_path());
    validator.iter_errors(document).map(complaint).collect()
}

/// `DeletedTokens` → `deleted-tokens`
fn file_of(kind: &str) -> String {
    let dashed: String = kind
        .chars()
        .flat_map(|char| char.is_uppercase().then_some('-').into_iter().chain([char.to_ascii_lowercase()]))
        .collect();
    dashed.trim_start_matches('-').to_owned()
}

fn read(name: &str) -> Value {
    let path = Path::new(FOLDER).join(format!("{name}.json"));
    let text = fs::read_to_string(&path).unwrap_or_else(|error| panic!("{}: {error}", path.display()));
    strict(serde_json::from_str(&text).unwrap())
}

/// The published schemas leave room for fields of later versions; the tests do not.
fn strict(schema: Value) -> Value {
    match schema {
        Value::Object(fields) => {
            let mut fields: serde_json::Map<String, Value> =
                fields.into_iter().map(|(name, value)| (name, strict(value))).collect();
            // A property may be called so too; then it is a schema, and an object.
            if fields.get("properties").is_some_and(Value::is_object) && fields.contains_key("type") {
                fields.insert("additionalProperties".to_owned(), json!(false));
            }
            Value::Object(fields)
        }
        Value::Array(items) => items.into_iter().map(strict).collect(),
        other @ (Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_)) => other,
    }
}

#[test]
fn every_schema_is_one_of_draft_2020_12() {
    let mut count = 0;
    for entry in fs::read_dir(FOLDER).unwrap() {
        let schema: Value =
            serde_json::from_str(&fs::read_to_string(entry.unwrap().path()).unwrap()).unwrap();
        assert_eq!(schema["$schema"], "https://json-schema.org/draft/2020-12/schema");
        assert!(jsonschema::meta::is_valid(&schema), "{schema:#}");
        count += 1;
    }
    assert!(count >= 19, "{count}");
}

#[test]
fn the_schemas_know_every_error_and_no_other() {
    let known: Vec<&str> = ErrorId::ALL.iter().map(|id| id.as_str()).collect();
    assert_eq!(read("common")["$defs"]["errorId"]["enum"], json!(known));
}

#[test]
fn the_schemas_know_every_cause_and_no_other() {
    let known: Vec<&str> = Cause::ALL.iter().map(|cause| cause.as_str()).collect();
    assert_eq!(read("common")["$defs"]["causeId"]["enum"], json!(known));
}

#[test]
fn the_schemas_know_every_fault_and_no_other() {
    let known: Vec<&str> = Fault::ALL.iter().map(|id| id.as_str()).collect();
    assert_eq!(read("pki-check")["$defs"]["faultId"]["enum"], json!(known));
}

/// The ids of a configuration's warnings stand in one file, each as `=> "Id"`.
#[test]
fn every_warning_of_a_configuration_is_described() {
    let source = include_str!("../../src/config/ids.rs");
    let ids: Vec<&str> =
        source.split("=> \"").skip(1).map(|rest| rest.split('"').next().unwrap_or_default()).collect();
    assert!(ids.len() >= 14, "{ids:?}");
    assert_eq!(read("common")["$defs"]["warning"]["properties"]["id"]["enum"], json!(ids));
    let documented = include_str!("../../docs/output.md");
    let missing: Vec<_> = ids.iter().filter(|id| !documented.contains(&format!("| `{id}` | "))).collect();
    assert!(missing.is_empty(), "docs/output.md lacks {missing:?}");
}

#[test]
fn a_document_that_does_not_fit_is_complained_of() {
    let sound = json!({
        "kind": "Failure", "apiVersion": "output.kubewright/v1", "status": "failed", "findings": [],
        "errors": [{ "id": "Preflight", "message": "no", "causes": [], "hint": null }],
    });
    assert_eq!(complaints(&sound), Vec::<String>::new());
    let offences: [fn(&mut Value); 6] = [
        |document| document["status"] = json!("done"),
        |document| document["errors"] = json!([]),
        |document| document["errors"][0]["id"] = json!("NoSuchId"),
        |document| document["errors"][0]["place"] = json!({ "in": "document", "field": "" }),
        |document| document["more"] = json!(1),
        |document| drop(document.as_object_mut().unwrap().remove("findings")),
    ];
    for offend in offences {
        let mut document = sound.clone();
        offend(&mut document);
        assert!(!complaints(&document).is_empty(), "{document:#}");
    }
}
