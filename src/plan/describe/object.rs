//! An object → what would be done with it, for people.

use super::indented;
use crate::manifests::objects::{Object, Write};
use crate::yaml;

/// What would be done with an object, and its content without secrets.
pub fn describe_object(object: &Object) -> String {
    let verb = match object.write {
        Write::Apply => "apply",
        Write::Yield => "apply beside what others have set",
        Write::Replace => "create or replace",
        Write::CreateOrKeep => "create unless it is there",
        Write::Create => "create",
        Write::Patch => "patch",
    };
    let namespace = object.namespace.as_ref().map(|name| format!("{name}/")).unwrap_or_default();
    let body = yaml::to_string(&object.body.redacted()).unwrap_or_default();
    format!("object {} {namespace}{}: {verb}\n{}", object.kind.as_str(), object.name, indented(&body))
}
