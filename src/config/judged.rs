//! A document that the program has made, and patches have changed → what of it its readers would not take.

use serde_json::Value;

use super::given::Remarks;
use super::problem::Problem;
use super::walk::{Origin, check};
use crate::versions::schema::SchemaText;
use crate::yaml::{Node, Spot, Spotted};

/// The fields of `document` that its type does not have, or has with another type.
pub fn document_faults(schema: SchemaText, document: &Value) -> Vec<(String, Problem)> {
    let mut remarks = Remarks::default();
    let origin = Origin { number: 1, kind: String::new() };
    check(&spotted(node(document)), &schema.schema(), &origin, &mut remarks);
    remarks.errors.into_iter().map(|error| (error.field, error.problem)).collect()
}

/// No line counts here.
fn spotted<T>(value: T) -> Spotted<T> {
    Spotted { value, spot: Spot { line: 1, column: 1 } }
}

fn node(value: &Value) -> Node {
    match value {
        Value::Null => Node::Null,
        Value::Bool(value) => Node::Bool(*value),
        Value::Number(number) => match (number.as_i64(), number.as_u64(), number.as_f64()) {
            (Some(whole), ..) => Node::Integer(whole.into()),
            (None, Some(whole), _) => Node::Integer(whole.into()),
            (None, None, float) => Node::Float(float.unwrap_or_default()),
        },
        Value::String(text) => Node::Text(text.clone()),
        Value::Array(items) => Node::List(items.iter().map(|item| spotted(node(item))).collect()),
        Value::Object(fields) => Node::Map(
            fields.iter().map(|(name, value)| (spotted(name.clone()), spotted(node(value)))).collect(),
        ),
    }
}
