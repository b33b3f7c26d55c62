//! JSON patches (RFC 6902), as the library of kubeadm's reads them: a `replace` of a member that is not there sets it, a negative
//! index counts from the end, and what a `copy` or a `test` does not find is null.

use json_patch::jsonptr::{Pointer, PointerBuf};
use json_patch::{AddOperation, Patch, PatchErrorKind, PatchOperation};
use serde::Deserialize;
use serde_json::Value;

/// An element of the list that is no operation.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("operation {number}: {why}")]
pub struct BadOperation {
    /// Counted from 1.
    number: usize,
    why: &'static str,
}

/// Why an operation does not apply. Nothing here shows a value.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
pub enum OperationError {
    /// The mapping or list that should take the value is not there.
    #[error("operation {number} ({op} {path}): there is no {missing}; `add` it first")]
    NoParent {
        /// The operation's place in the patch, counted from 1.
        number: usize,
        /// The operation, such as `add`.
        op: &'static str,
        /// Its JSON pointer.
        path: String,
        /// The JSON pointer as far as there is nothing.
        missing: String,
    },
    /// The path goes through a value that has no parts.
    #[error("operation {number} ({op} {path}): {missing} is neither a mapping nor a list")]
    NotAContainer {
        /// The operation's place in the patch, counted from 1.
        number: usize,
        /// The operation, such as `add`.
        op: &'static str,
        /// Its JSON pointer.
        path: String,
        /// The JSON pointer of that value.
        missing: String,
    },
    /// What is to be replaced, removed or moved is not there.
    #[error("operation {number} ({op} {path}): there is no {missing}; {}", way_out(.op))]
    Absent {
        /// The operation's place in the patch, counted from 1.
        number: usize,
        /// The operation, such as `remove`.
        op: &'static str,
        /// Its JSON pointer.
        path: String,
        /// The JSON pointer as far as there is nothing.
        missing: String,
    },
    /// A `test` that fails.
    #[error("operation {number} (test {path}): the value there is another one")]
    Test {
        /// The operation's place in the patch, counted from 1.
        number: usize,
        /// Its JSON pointer.
        path: String,
    },
    /// A `move` to a place below the one that it takes the value from.
    #[error("operation {number} ({op} {path}): a value cannot move into itself")]
    IntoItself {
        /// The operation's place in the patch, counted from 1.
        number: usize,
        /// `move`.
        op: &'static str,
        /// Its JSON pointer.
        path: String,
    },
    /// Copies of copies: the document has become larger than any real one.
    #[error("operation {number} makes more than {most} values of the document")]
    TooLarge {
        /// The operation's place in the patch, counted from 1.
        number: usize,
        /// The number of values that a document may have.
        most: usize,
    },
}

fn way_out(op: &str) -> &'static str {
    match op {
        "replace" => "`add` sets what is not there, and `-` as an index stands for the end of a list",
        "remove" => "leave the operation out",
        _ => "look at the document that is patched",
    }
}

/// The names of operations, and which members each has beside `op` and `path`.
const OPERATIONS: [(&str, &[&str]); 6] = [
    ("add", &["value"]),
    ("remove", &[]),
    ("replace", &["value"]),
    ("move", &["from"]),
    ("copy", &["from"]),
    ("test", &["value"]),
];

/// The operations of a patch's list.
pub fn read(content: &Value) -> Result<Vec<PatchOperation>, BadOperation> {
    for (operation, number) in content.as_array().into_iter().flatten().zip(1..) {
        if let Some(why) = fault(operation) {
            return Err(BadOperation { number, why });
        }
    }
    let bad = |_| BadOperation { number: 1, why: "it is no operation" };
    Patch::deserialize(content).map(|patch| patch.0).map_err(bad)
}

fn fault(operation: &Value) -> Option<&'static str> {
    let Some(fields) = operation.as_object() else { return Some("it is not a mapping with op and path") };
    let text = |name: &str| fields.get(name).and_then(Value::as_str);
    let Some(op) = text("op") else { return Some("op is missing") };
    let Some((_, members)) = OPERATIONS.iter().find(|(known, _)| *known == op) else {
        return Some("op is none of add, remove, replace, move, copy and test");
    };
    let is_pointer = |path: &str| Pointer::parse(path).is_ok();
    if !text("path").is_some_and(is_pointer) {
        return Some("path is missing, or does not begin with /, or has a ~ that is neither ~0 nor ~1");
    }
    if members.contains(&"value") && !fields.contains_key("value") {
        return Some("value is missing");
    }
    if members.contains(&"from") && !text("from").is_some_and(is_pointer) {
        return Some("from is missing, or does not begin with /, or has a ~ that is neither ~0 nor ~1");
    }
    None
}

/// Far more than any manifest has. A copy may double the document, and the next one double it again.
const MOST_VALUES: usize = 100_000;

/// Applies one after the other.
pub fn apply(mut document: Value, operations: Vec<PatchOperation>) -> Result<Value, OperationError> {
    for (operation, number) in operations.into_iter().zip(1..) {
        let grows = matches!(operation, PatchOperation::Copy(_));
        document = PatchStep { number, op: name(&operation) }.carry_out(document, operation)?;
        if grows && values(&document) > MOST_VALUES {
            return Err(OperationError::TooLarge { number, most: MOST_VALUES });
        }
    }
    Ok(document)
}

fn name(operation: &PatchOperation) -> &'static str {
    match operation {
        PatchOperation::Add(_) => "add",
        PatchOperation::Remove(_) => "remove",
        PatchOperation::Replace(_) => "replace",
        PatchOperation::Move(_) => "move",
        PatchOperation::Copy(_) => "copy",
        PatchOperation::Test(_) => "test",
    }
}

/// How many values there are in `value`, itself included.
fn values(value: &Value) -> usize {
    let inner = match value {
        Value::Array(items) => items.iter().map(values).sum(),
        Value::Object(fields) => fields.values().map(values).sum(),
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => 0,
    };
    1 + inner
}

/// A place in a document.
struct FoundPlace {
    /// With indices from the beginning.
    path: PointerBuf,
    /// Whether there is a value; without one it can be added in this place.
    is_there: bool,
    /// In a mapping or at the root, and not in a list.
    is_member: bool,
}

/// One operation, for its errors.
#[derive(Clone, Copy)]
struct PatchStep {
    number: usize,
    op: &'static str,
}

impl PatchStep {
    fn carry_out(self, mut document: Value, operation: PatchOperation) -> Result<Value, OperationError> {
        let Some(operation) = self.plain(&document, operation)? else { return Ok(document) };
        let path = operation.path().to_string();
        let failed = |error: json_patch::PatchError| {
            let Self { number, op } = self;
            match error.kind {
                PatchErrorKind::TestFailed => OperationError::Test { number, path },
                PatchErrorKind::CannotMoveInsideItself => OperationError::IntoItself { number, op, path },
                _ => OperationError::Absent { number, op, missing: path.clone(), path },
            }
        };
        json_patch::patch(&mut document, std::slice::from_ref(&operation)).map_err(failed)?;
        Ok(document)
    }

    /// The same operation by the letter of the RFC; `None` where nothing is left of it.
    fn plain(
        self,
        document: &Value,
        operation: PatchOperation,
    ) -> Result<Option<PatchOperation>, OperationError> {
        let there = |path: &Pointer| self.there(document, path);
        Ok(Some(match operation {
            PatchOperation::Add(mut add) => {
                add.path = self.find(document, &add.path, Ends::Beyond)?.path;
                PatchOperation::Add(add)
            }
            PatchOperation::Replace(mut replace) => {
                let found = self.find(document, &replace.path, Ends::Within)?;
                match (found.is_there, found.is_member) {
                    (false, true) => {
                        PatchOperation::Add(AddOperation { path: found.path, value: replace.value })
                    }
                    (true, _) => {
                        replace.path = found.path;
                        PatchOperation::Replace(replace)
                    }
                    (false, false) => return Err(self.absent(&replace.path)),
                }
            }
            PatchOperation::Remove(mut remove) => {
                remove.path = there(&remove.path)?;
                PatchOperation::Remove(remove)
            }
            PatchOperation::Move(mut moved) => {
                moved.from = there(&moved.from)?;
                moved.path = self.find(document, &moved.path, Ends::Beyond)?.path;
                PatchOperation::Move(moved)
            }
            PatchOperation::Copy(mut copy) => {
                let from = self.find(document, &copy.from, Ends::Within)?;
                copy.path = self.find(document, &copy.path, Ends::Beyond)?.path;
                match (from.is_there, from.is_member) {
                    (true, _) => {
                        copy.from = from.path;
                        PatchOperation::Copy(copy)
                    }
                    (false, true) => {
                        PatchOperation::Add(AddOperation { path: copy.path, value: Value::Null })
                    }
                    (false, false) => return Err(self.absent(&copy.from)),
                }
            }
            PatchOperation::Test(mut test) => {
                let found = self.find(document, &test.path, Ends::Within)?;
                match (found.is_there, test.value.is_null() && found.is_member) {
                    (true, _) => {
                        test.path = found.path;
                        PatchOperation::Test(test)
                    }
                    (false, true) => return Ok(None),
                    (false, false) => return Err(self.absent(&test.path)),
                }
            }
        }))
    }

    fn there(self, document: &Value, path: &Pointer) -> Result<PointerBuf, OperationError> {
        let found = self.find(document, path, Ends::Within)?;
        if found.is_there { Ok(found.path) } else { Err(self.absent(path)) }
    }

    /// Where `path` leads, all but its last part being there.
    fn find(self, document: &Value, path: &Pointer, ends: Ends) -> Result<FoundPlace, OperationError> {
        let (mut place, mut walked) = (Some(document), PointerBuf::new());
        let mut is_member = true;
        for token in path.tokens() {
            let Self { number, op } = self;
            let missing = walked.to_string();
            let Some(container) = place else {
                return Err(OperationError::NoParent { number, op, path: path.to_string(), missing });
            };
            let name = token.decoded();
            match container {
                Value::Object(fields) => {
                    place = fields.get(name.as_ref());
                    is_member = true;
                    walked.push_back(name.as_ref());
                }
                Value::Array(items) => {
                    let index = position(&name, items.len(), ends);
                    place = index.as_ref().and_then(|index| items.get(index.parse::<usize>().ok()?));
                    is_member = false;
                    walked.push_back(index.as_deref().unwrap_or(name.as_ref()));
                }
                Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) => {
                    return Err(OperationError::NotAContainer {
                        number,
                        op,
                        path: path.to_string(),
                        missing,
                    });
                }
            }
        }
        Ok(FoundPlace { path: walked, is_there: place.is_some(), is_member })
    }

    fn absent(self, path: &Pointer) -> OperationError {
        let Self { number, op } = self;
        OperationError::Absent { number, op, path: path.to_string(), missing: path.to_string() }
    }
}

/// What an index may point at.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Ends {
    /// An element.
    Within,
    /// The place behind the last one too, which -1 stands for.
    Beyond,
}

/// A negative index from the beginning; other texts as they are.
fn position(text: &str, length: usize, ends: Ends) -> Option<String> {
    let Some(back) = text.strip_prefix('-').filter(|rest| !rest.is_empty()) else {
        return Some(text.to_owned());
    };
    let length = match ends {
        Ends::Within => length,
        Ends::Beyond => length + 1,
    };
    Some(length.checked_sub(back.parse().ok()?)?.to_string())
}

#[cfg(test)]
#[path = "json_tests.rs"]
mod tests;
