//! Single values against their types, as Go's decoders read them.

use serde_json::Number;

use super::given::Tree;
use super::problem::Problem;
use crate::duration::GoDuration;
use crate::moment::moment;
use crate::quantity::normal;
use crate::versions::schema::Type;
use crate::yaml::Node;

/// How a value may be told in an error.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Telling {
    /// As it was given.
    WithValue,
    /// The value is a secret: its type alone.
    TypeOnly,
}

/// Reads one value of type `of`; durations and quantities come back in Go's normal form.
///
/// # Errors
/// The value has another type, is out of the type's range, or is not in its notation.
pub fn scalar(of: &Type, node: &Node, telling: Telling) -> Result<Tree, Problem> {
    match (of, node) {
        (Type::String | Type::Token, Node::Text(text)) => Ok(Tree::Text(text.clone())),
        (Type::Bool, Node::Bool(value)) => Ok(Tree::Bool(*value)),
        (Type::Duration | Type::NanosecondsOrDuration, Node::Text(text)) => duration(text),
        (Type::Time, Node::Text(text)) => time(text),
        (Type::Quantity, Node::Text(text)) => quantity(text),
        (Type::Quantity, Node::Integer(number)) => quantity(&number.to_string()),
        (Type::Quantity, Node::Float(number)) => quantity(&number.to_string()),
        (Type::Float32 | Type::Float64, Node::Integer(_) | Node::Float(_)) => float(of, node, telling),
        (of, Node::Integer(number)) if range(of).is_some() => within(*number, of),
        // A whole number written as 6443.0 is whole to Go too.
        (of, Node::Float(number)) if range(of).is_some() && number.fract() == 0.0 =>
        {
            #[expect(clippy::cast_possible_truncation, reason = "saturates, and then is out of range")]
            within(*number as i128, of)
        }
        (of, node) => Err(wrong_type(of, node, telling)),
    }
}

fn wrong_type(of: &Type, node: &Node, telling: Telling) -> Problem {
    Problem::WrongType { found: describe(node, telling), wanted: wanted(of), hint: hint(of, node) }
}

/// The whole numbers that a type holds.
fn range(of: &Type) -> Option<(i64, i64)> {
    match of {
        Type::Uint16 => Some((0, u16::MAX.into())),
        Type::Int32 => Some((i32::MIN.into(), i32::MAX.into())),
        Type::Uint32 => Some((0, u32::MAX.into())),
        Type::Int64 | Type::NanosecondsOrDuration => Some((i64::MIN, i64::MAX)),
        Type::String
        | Type::Bool
        | Type::Float32
        | Type::Float64
        | Type::Duration
        | Type::Time
        | Type::Quantity
        | Type::Token
        | Type::List(_)
        | Type::Map(_)
        | Type::Struct(_) => None,
    }
}

fn within(number: i128, of: &Type) -> Result<Tree, Problem> {
    let (least, most) = range(of).unwrap_or((i64::MIN, i64::MAX));
    match i64::try_from(number) {
        Ok(number) if (least..=most).contains(&number) => Ok(Tree::Number(number.into())),
        _ => Err(Problem::OutOfRange { value: number.to_string(), least, most }),
    }
}

fn float(of: &Type, node: &Node, telling: Telling) -> Result<Tree, Problem> {
    let number = match node {
        Node::Float(number) => Number::from_f64(*number),
        Node::Integer(number) => i64::try_from(*number).ok().map(Number::from),
        Node::Null | Node::Bool(_) | Node::Text(_) | Node::List(_) | Node::Map(_) => None,
    };
    number.map(Tree::Number).ok_or_else(|| wrong_type(of, node, telling))
}

fn duration(text: &str) -> Result<Tree, Problem> {
    Ok(Tree::Text(text.parse::<GoDuration>()?.to_string()))
}

/// RFC 3339 as Go reads it: with a `T`, and with a zone.
fn time(text: &str) -> Result<Tree, Problem> {
    let sound = moment(text).is_some();
    sound.then(|| Tree::Text(text.to_owned())).ok_or_else(|| Problem::NotATime { value: text.to_owned() })
}

fn quantity(text: &str) -> Result<Tree, Problem> {
    normal(text).map(Tree::Text).ok_or_else(|| Problem::NotAQuantity { value: text.to_owned() })
}

/// A value for an error's reader.
pub fn describe(node: &Node, telling: Telling) -> String {
    match (node, telling) {
        (Node::Null, _) => "nothing".to_owned(),
        (Node::List(_), _) => "a list".to_owned(),
        (Node::Map(_), _) => "a mapping".to_owned(),
        (Node::Bool(_), Telling::TypeOnly) => "true or false".to_owned(),
        (Node::Integer(_) | Node::Float(_), Telling::TypeOnly) => "a number".to_owned(),
        (Node::Text(_), Telling::TypeOnly) => "a text".to_owned(),
        (Node::Bool(value), Telling::WithValue) => value.to_string(),
        (Node::Integer(number), Telling::WithValue) => format!("the number {number}"),
        (Node::Float(number), Telling::WithValue) => format!("the number {number}"),
        (Node::Text(text), Telling::WithValue) => format!("the text {text:?}"),
    }
}

fn wanted(of: &Type) -> String {
    match of {
        Type::String => "a text",
        Type::Bool => "true or false",
        Type::Uint16 | Type::Int32 | Type::Uint32 | Type::Int64 => "a whole number",
        Type::Float32 | Type::Float64 => "a number",
        Type::Duration | Type::NanosecondsOrDuration => "a duration such as 1m30s",
        Type::Time => "a time such as 2026-01-31T12:00:00Z",
        Type::Quantity => "a quantity such as 100Mi",
        Type::Token => "a bootstrap token",
        Type::List(_) => "a list",
        Type::Map(_) | Type::Struct(_) => "a mapping",
    }
    .to_owned()
}

fn hint(of: &Type, node: &Node) -> &'static str {
    match (of, node) {
        (Type::String | Type::Token, Node::Bool(_) | Node::Integer(_) | Node::Float(_)) => {
            "; put it in quotes"
        }
        (Type::Duration, Node::Integer(_) | Node::Float(_)) => "; give its unit, as in 30s",
        (Type::Bool, Node::Text(_)) => "; write true or false without quotes",
        (of, Node::Text(text)) if range(of).is_some() && text.parse::<i64>().is_ok() => {
            "; take it out of its quotes"
        }
        _ => "",
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_stay_within_their_type() {
        assert!(scalar(&Type::Int32, &Node::Integer(i128::from(i32::MAX)), Telling::WithValue).is_ok());
        assert!(scalar(&Type::Int32, &Node::Float(6443.0), Telling::WithValue).is_ok());
        for node in [Node::Integer(1 << 31), Node::Integer(1 << 100), Node::Float(1e300), Node::Float(0.5)] {
            assert!(scalar(&Type::Int32, &node, Telling::WithValue).is_err());
        }
    }

    #[test]
    fn times_need_a_t_and_a_zone() {
        assert!(time("2026-01-31T12:00:00+01:00").is_ok());
        for text in ["2026-01-31", "2026-01-31 12:00:00Z", "2026-01-31T12:00:00"] {
            assert!(time(text).is_err(), "{text}");
        }
    }

    #[test]
    fn a_secret_is_told_by_its_type_alone() {
        assert_eq!(describe(&Node::Integer(42), Telling::TypeOnly), "a number");
    }
}
