//! Comparisons of Go's templates: of one kind with itself, and of whole numbers whichever their type.

use super::value::Value;

/// Why two values are not compared.
#[derive(Debug, Clone, Copy, PartialEq, Eq, thiserror::Error)]
pub enum Incomparable {
    /// Nothing can be compared with a list, a map or null.
    #[error("invalid type for comparison")]
    Type,
    /// Two of different types; a whole number and a float are such, too.
    #[error("incompatible types for comparison")]
    Types,
}

#[derive(Debug, PartialEq, PartialOrd)]
enum Basic<'a> {
    Bool(bool),
    Whole(i64),
    Float(f64),
    Text(&'a str),
}

fn basic(value: &Value) -> Result<Basic<'_>, Incomparable> {
    match value {
        Value::Bool(value) => Ok(Basic::Bool(*value)),
        Value::Int(number) | Value::Int64(number) => Ok(Basic::Whole(*number)),
        Value::Byte(byte) => Ok(Basic::Whole(i64::from(*byte))),
        Value::Float(number) => Ok(Basic::Float(*number)),
        Value::Text(text) => Ok(Basic::Text(text)),
        Value::Nothing | Value::Nil | Value::List(_) | Value::Map(_) => Err(Incomparable::Type),
    }
}

fn pair<'a>(one: &'a Value, other: &'a Value) -> Result<(Basic<'a>, Basic<'a>), Incomparable> {
    let (one, other) = (basic(one)?, basic(other)?);
    if std::mem::discriminant(&one) == std::mem::discriminant(&other) {
        Ok((one, other))
    } else {
        Err(Incomparable::Types)
    }
}

/// Go's `==` on basic types, as `eq` has it.
///
/// # Errors
/// The two are of types that Go does not compare.
pub fn equal(one: &Value, other: &Value) -> Result<bool, Incomparable> {
    pair(one, other).map(|(one, other)| one == other)
}

/// Go's `<` on basic types, as `lt` has it.
///
/// # Errors
/// The two are of types that Go does not put in order.
pub fn less(one: &Value, other: &Value) -> Result<bool, Incomparable> {
    match pair(one, other)? {
        (Basic::Bool(_), _) => Err(Incomparable::Type),
        (one, other) => Ok(one < other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn whole_numbers_and_floats_are_not_compared() {
        assert_eq!(less(&Value::Int(1), &Value::Int64(2)), Ok(true));
        assert_eq!(equal(&Value::Byte(1), &Value::Int(1)), Ok(true));
        assert_eq!(less(&Value::Float(1.0), &Value::Int(2)), Err(Incomparable::Types));
        assert_eq!(equal(&Value::Nil, &Value::Int(2)), Err(Incomparable::Type));
        assert_eq!(less(&Value::Bool(false), &Value::Bool(true)), Err(Incomparable::Type));
        assert_eq!(less(&Value::text("a"), &Value::text("b")), Ok(true));
    }
}
