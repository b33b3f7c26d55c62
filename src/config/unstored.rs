//! A ClusterConfiguration that was asked for → warnings of what a minor of v1beta3 has no place for in the copy that it
//! keeps in the cluster. All of it holds for the run at hand.

use std::collections::BTreeMap;

use super::KeyAlgorithm;
use super::given::{Located, Remarks, Tree};
use super::kind::CLUSTER_V1BETA3;
use super::warning::Caution;
use crate::versions::schema::{Schema, Type};
use crate::versions::{ConfigFormat, Minor};

/// `cluster` is in the form of v1beta4, whatever it was given in.
pub fn warn(cluster: &Located<Tree>, minor: &Minor, remarks: &mut Remarks) {
    match (minor.config_format, &cluster.value) {
        (ConfigFormat::V1Beta3, Tree::Map(fields)) => {
            let schema = CLUSTER_V1BETA3.schema();
            Walk { schema: &schema, caution: Caution::NotStored { minor: minor.number }, remarks }
                .fields(schema.root(), fields);
        }
        (ConfigFormat::V1Beta3 | ConfigFormat::V1Beta4, _) => {}
    }
}

struct Walk<'a> {
    schema: &'a Schema,
    caution: Caution,
    remarks: &'a mut Remarks,
}

impl Walk<'_> {
    fn fields(&mut self, of: &str, fields: &BTreeMap<String, Located<Tree>>) {
        let schema = self.schema;
        for (name, given) in fields.iter().filter(|(name, given)| !is_stored_otherwise(name, &given.value)) {
            match (schema.field(of, name).map(|field| &field.of), &given.value) {
                (None, _) => self.remarks.warn(&given.at, self.caution.clone()),
                (Some(Type::Struct(of)), Tree::Map(fields)) => self.fields(of, fields),
                (Some(Type::Map(_)), Tree::List(arguments)) => self.arguments(arguments),
                (Some(_), _) => {}
            }
        }
    }

    /// v1beta3 has them by name, so of several with one name it keeps the last.
    fn arguments(&mut self, arguments: &[Located<Tree>]) {
        let names: Vec<Option<&Tree>> = arguments.iter().map(|argument| name(&argument.value)).collect();
        for (index, argument) in arguments.iter().enumerate() {
            if names[index + 1..].contains(&names[index]) {
                self.remarks.warn(&argument.at, self.caution.clone());
            }
        }
    }
}

fn name(argument: &Tree) -> Option<&Tree> {
    match argument {
        Tree::Map(fields) => fields.get("name").map(|given| &given.value),
        Tree::Bool(_) | Tree::Number(_) | Tree::Text(_) | Tree::List(_) => None,
    }
}

/// The default needs no place, and the other is stored as the gate that asks for the same.
fn is_stored_otherwise(name: &str, value: &Tree) -> bool {
    let by_gate = [KeyAlgorithm::Rsa2048, KeyAlgorithm::EcdsaP256].map(KeyAlgorithm::name);
    name == "encryptionAlgorithm" && matches!(value, Tree::Text(text) if by_gate.contains(&text.as_str()))
}
