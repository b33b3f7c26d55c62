//! The program's commands as texts name them → by the name that it was called by.

use std::borrow::Cow;
use std::sync::OnceLock;

use serde_json::Value;

/// Texts say `kubewright`, and one of these behind it.
pub const COMMANDS: &[&str] = &[
    "certs",
    "completion",
    "config",
    "explain",
    "init",
    "join",
    "kubeconfig",
    "reset",
    "token",
    "upgrade",
    "version",
];

const OWN: &str = "kubewright ";

static NAME: OnceLock<String> = OnceLock::new();

/// Once a process.
pub fn call_it(name: &str) {
    NAME.get_or_init(|| name.to_owned());
}

/// `text` with its commands by the name of this process.
pub fn by_name(text: &str) -> Cow<'_, str> {
    match NAME.get().map(String::as_str) {
        None | Some("kubewright") => Cow::Borrowed(text),
        Some(name) => called(text, name),
    }
}

/// The same for each text in a document's findings and errors.
pub fn all_by_name(value: &mut Value) {
    match value {
        Value::String(text) => {
            if let Cow::Owned(named) = by_name(text) {
                *text = named;
            }
        }
        Value::Array(items) => items.iter_mut().for_each(all_by_name),
        Value::Object(fields) => fields.values_mut().for_each(all_by_name),
        Value::Null | Value::Bool(_) | Value::Number(_) => {}
    }
}

fn called<'a>(text: &'a str, name: &str) -> Cow<'a, str> {
    let mut named = String::new();
    let mut rest = text;
    while let Some(at) = rest.find(OWN) {
        let (before, behind) = (&rest[..at], &rest[at + OWN.len()..]);
        named.push_str(before);
        named.push_str(if is_own(before, behind) { name } else { OWN.trim_end() });
        named.push(' ');
        rest = behind;
    }
    if named.is_empty() { Cow::Borrowed(text) } else { Cow::Owned(named + rest) }
}

/// Whether it is a command, and not the end of a path or a sentence about the program.
fn is_own(before: &str, behind: &str) -> bool {
    let word_end = behind.find(|c: char| !c.is_ascii_lowercase()).unwrap_or(behind.len());
    let stands_alone =
        before.chars().next_back().is_none_or(|last| last.is_whitespace() || "`('\"".contains(last));
    stands_alone && COMMANDS.contains(&&behind[..word_end])
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_command_is_named_as_the_program_was_called_and_the_program_is_not() {
        for (text, named) in [
            ("run `kubewright token list` there", "run `kubeadm-1.36 token list` there"),
            ("kubewright reset, or rm x", "kubeadm-1.36 reset, or rm x"),
            ("to begin: kubewright reset", "to begin: kubeadm-1.36 reset"),
            ("use a newer kubewright, or wait", "use a newer kubewright, or wait"),
            ("this kubewright carries 1.29", "this kubewright carries 1.29"),
            ("/opt/kubewright init", "/opt/kubewright init"),
            ("`kubewright init` and `kubewright join`", "`kubeadm-1.36 init` and `kubeadm-1.36 join`"),
            ("nothing", "nothing"),
        ] {
            assert_eq!(called(text, "kubeadm-1.36"), named);
        }
    }
}
