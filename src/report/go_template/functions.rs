//! The functions of templates: Go's own, and those that kubectl's printer adds.

use super::collections::{exists, index, length, slice};
use super::escape::{html, js, urlquery};
use super::fault::CallError;
use crate::report::go::{self, Bounded, Value, equal, less};
use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{GeneralPurpose, GeneralPurposeConfig};

/// A function that a template can call, with its number of arguments.
#[derive(Debug)]
pub struct Function {
    /// By which a template calls it.
    pub name: &'static str,
    /// The fewest arguments.
    pub least: usize,
    /// None where there may be any number.
    pub most: Option<usize>,
    /// What it does with them.
    pub work: Work,
}

/// A function is given how long a text that it makes may be.
type Call = fn(&[Value], usize) -> Result<Value, CallError>;

/// How a function gets its arguments.
#[derive(Debug, Clone, Copy)]
pub enum Work {
    /// Arguments behind the first that is false are not looked at.
    And,
    /// Arguments behind the first that is true are not looked at.
    Or,
    /// All arguments are looked at first.
    Call(Call),
}

#[rustfmt::skip]
const FUNCTIONS: &[Function] = &[
    Function { name: "and", least: 1, most: None, work: Work::And },
    Function { name: "or", least: 1, most: None, work: Work::Or },
    Function { name: "not", least: 1, most: Some(1), work: Work::Call(|values, _| Ok(Value::Bool(!values[0].is_true()))) },
    Function { name: "len", least: 1, most: Some(1), work: Work::Call(|values, _| length(&values[0])) },
    Function { name: "index", least: 1, most: None, work: Work::Call(|values, _| index(&values[0], &values[1..])) },
    Function { name: "slice", least: 1, most: None, work: Work::Call(|values, _| slice(&values[0], &values[1..])) },
    Function { name: "exists", least: 1, most: None, work: Work::Call(|values, _| Ok(Value::Bool(exists(&values[0], &values[1..])))) },
    Function { name: "eq", least: 1, most: None, work: Work::Call(|values, _| any_equal(values).map(Value::Bool)) },
    Function { name: "ne", least: 2, most: Some(2), work: Work::Call(|values, _| any_equal(values).map(|is| Value::Bool(!is))) },
    Function { name: "lt", least: 2, most: Some(2), work: Work::Call(|values, _| Ok(Value::Bool(less(&values[0], &values[1])?))) },
    Function { name: "le", least: 2, most: Some(2), work: Work::Call(|values, _| Ok(Value::Bool(at_most(values)?))) },
    Function { name: "gt", least: 2, most: Some(2), work: Work::Call(|values, _| Ok(Value::Bool(!at_most(values)?))) },
    Function { name: "ge", least: 2, most: Some(2), work: Work::Call(|values, _| Ok(Value::Bool(!less(&values[0], &values[1])?))) },
    Function { name: "print", least: 0, most: None, work: Work::Call(|values, most| made(most, |out| go::sprint(out, values))) },
    Function { name: "println", least: 0, most: None, work: Work::Call(|values, most| made(most, |out| go::sprintln(out, values))) },
    Function { name: "printf", least: 1, most: None, work: Work::Call(printf) },
    Function { name: "html", least: 0, most: None, work: Work::Call(|values, most| made(most, |out| html(out, &shown(values, most)?))) },
    Function { name: "js", least: 0, most: None, work: Work::Call(|values, most| made(most, |out| js(out, &shown(values, most)?))) },
    Function { name: "urlquery", least: 0, most: None, work: Work::Call(|values, most| made(most, |out| urlquery(out, &shown(values, most)?))) },
    Function { name: "base64decode", least: 1, most: Some(1), work: Work::Call(base64decode) },
    // No document has a function in it.
    Function { name: "call", least: 1, most: None, work: Work::Call(|values, _| Err(CallError::OfType { function: "call", of: values[0].type_name() })) },
];

/// The function of this name, of Go's own or of kubectl's.
pub fn named(name: &str) -> Option<&'static Function> {
    FUNCTIONS.iter().find(|function| function.name == name)
}

fn made(most: usize, write: impl FnOnce(&mut Bounded) -> std::fmt::Result) -> Result<Value, CallError> {
    let mut out = Bounded::new(most);
    write(&mut out)?;
    Ok(Value::text(&out.into_text()))
}

/// What is not there is shown as such, which `print` does not do.
fn shown(values: &[Value], most: usize) -> Result<String, std::fmt::Error> {
    let shown: Vec<Value> = values.iter().map(|value| value.clone().or_no_value()).collect();
    let mut out = Bounded::new(most);
    go::sprint(&mut out, &shown)?;
    Ok(out.into_text())
}

fn text(value: &Value) -> Result<&str, CallError> {
    match value {
        Value::Text(text) => Ok(text),
        other => Err(CallError::Type { wanted: "string", got: other.type_name() }),
    }
}

fn printf(values: &[Value], most: usize) -> Result<Value, CallError> {
    let format = text(&values[0])?;
    made(most, |out| go::printf(out, format, &values[1..]))
}

/// Line ends are skipped, and the last bits of a byte that is cut off are not looked at.
fn base64decode(values: &[Value], _: usize) -> Result<Value, CallError> {
    let config = GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true);
    let bytes = GeneralPurpose::new(&STANDARD, config)
        .decode(text(&values[0])?.replace(['\r', '\n'], ""))
        .map_err(|_| CallError::Base64)?;
    String::from_utf8(bytes).map(|text| Value::text(&text)).map_err(|_| CallError::NotUtf8)
}

/// Whether the first is one of the others. Null is equal to itself alone.
fn any_equal(values: &[Value]) -> Result<bool, CallError> {
    let [one, others @ ..] = values else { return Err(CallError::NoComparison) };
    if others.is_empty() {
        return Err(CallError::NoComparison);
    }
    for other in others {
        let is_equal = match (one.is_nil(), other.is_nil()) {
            (true, true) => true,
            (true, false) | (false, true) => false,
            (false, false) => equal(one, other)?,
        };
        if is_equal {
            return Ok(true);
        }
    }
    Ok(false)
}

fn at_most(values: &[Value]) -> Result<bool, CallError> {
    Ok(less(&values[0], &values[1])? || equal(&values[0], &values[1])?)
}
