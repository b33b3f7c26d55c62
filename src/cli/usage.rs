//! What was wrong with a command line, in words.

use clap::error::{ContextKind, ContextValue, ErrorKind};

use super::invocation::Invocation;
use crate::report;

/// clap's text; called as kubeadm, its first line is kubeadm's where scripts look for that, to learn which flags and
/// commands there are.
pub fn say(command: &str, error: &clap::Error, invocation: Invocation) {
    match (invocation, in_kubeadm_s_words(command, error)) {
        (Invocation::Kubeadm, Some(line)) => {
            report::error_line(&line);
            let text = error.render().to_string();
            let rest = text.split_once('\n').map_or("", |(_, rest)| rest);
            report::say(rest.trim_end());
        }
        (Invocation::Kubewright | Invocation::Kubeadm, _) => drop(error.print()),
    }
}

fn in_kubeadm_s_words(command: &str, error: &clap::Error) -> Option<String> {
    let kind = match error.kind() {
        ErrorKind::UnknownArgument => ContextKind::InvalidArg,
        ErrorKind::InvalidSubcommand => ContextKind::InvalidSubcommand,
        _ => return None,
    };
    let Some(ContextValue::String(what)) = error.get(kind) else { return None };
    Some(match what.strip_prefix('-') {
        Some(flag) if flag.starts_with('-') => format!("unknown flag: {what}"),
        Some(flag) => format!("unknown shorthand flag: '{flag}' in {what}"),
        None => format!("unknown command {what:?} for {command:?}"),
    })
}
