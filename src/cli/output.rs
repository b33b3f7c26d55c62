//! `-o` of the commands that print kubeadm's documents → what is to be printed, read before anything else is asked.

use super::failure::Failure;
use super::flags::FlagValues;
use super::invocation::Invocation;
use super::request;
use crate::report::{MissingKeys, Output, Screen, Template, Wanted};

/// How the results of `command` are printed.
///
/// # Errors
/// A format that is not known; a template that cannot be read or parsed.
pub fn output(given: FlagValues<'_>, command: &'static str) -> Result<Output, Failure> {
    let missing = match given.switch("allow-missing-template-keys") {
        Some(false) => MissingKeys::Refused,
        Some(true) | None => MissingKeys::Allowed,
    };
    let (kind, value) = match Wanted::parse(&given.text("output").unwrap_or_default(), command)? {
        Wanted::Plain(format) => return Ok(Output::Plain(format)),
        Wanted::Kyaml => return Ok(Output::Kyaml),
        Wanted::Template { kind, value } => (kind, value),
    };
    let text = if kind.is_in_a_file() { request::read_template(&value)? } else { value };
    Ok(Output::Template(Template::parse(kind, text, missing)?))
}

/// Where tables go. What reads kubeadm's reads it from a terminal too.
pub fn screen() -> Screen {
    match Invocation::now() {
        Invocation::Kubewright => Screen::of_stdout(),
        Invocation::Kubeadm => Screen::Plain,
    }
}
