//! The command line as people give it, for manual pages and completion scripts: without what only old scripts know.

use clap::builder::StyledStr;
use clap::{Arg, ArgAction, Command, ValueHint};

use super::command::command;
use super::invocation::Invocation;

/// Every command and flag that help shows. Switches stand alone, though `=true` and `=false` may follow them.
pub fn outline(invocation: Invocation) -> Command {
    copy(&command(invocation)).disable_version_flag(true)
}

fn copy(command: &Command) -> Command {
    Command::new(command.get_name().to_owned())
        .about(text(command.get_about()))
        .after_help(text(command.get_after_help()))
        .subcommand_required(command.is_subcommand_required_set())
        .disable_help_subcommand(command.is_disable_help_subcommand_set())
        .args(command.get_arguments().filter(|arg| !arg.is_hide_set()).map(plain))
        .subcommands(command.get_subcommands().filter(|below| !below.is_hide_set()).map(copy))
}

fn plain(arg: &Arg) -> Arg {
    if arg.is_require_equals_set() {
        return switch(arg);
    }
    let named = arg.get_value_names().and_then(|names| names.first()).map(clap::builder::Str::as_str);
    arg.clone().value_hint(match named {
        Some("FILE" | "FILE|URL") => ValueHint::FilePath,
        Some("DIR") => ValueHint::DirPath,
        Some(_) | None => ValueHint::Other,
    })
}

fn switch(arg: &Arg) -> Arg {
    let bare = Arg::new(arg.get_id().clone()).action(ArgAction::SetTrue).help(text(arg.get_help()));
    let named = arg.get_long().iter().fold(bare, |bare, long| bare.long((*long).to_owned()));
    let placed = arg.get_help_heading().iter().fold(named, |named, at| named.help_heading((*at).to_owned()));
    placed.short(arg.get_short()).display_order(0).global(arg.is_global_set())
}

fn text(text: Option<&StyledStr>) -> StyledStr {
    text.cloned().unwrap_or_default()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_has_what_help_shows_and_nothing_else() {
        let outline = outline(Invocation::Kubewright);
        let init = outline.find_subcommand("init").unwrap();
        let flag = |name: &str| init.get_arguments().find(|arg| arg.get_long() == Some(name));
        assert!(!flag("dry-run").unwrap().get_action().takes_values());
        assert_eq!(flag("config").unwrap().get_value_hint(), ValueHint::FilePath);
        assert!(outline.find_subcommand("alpha").is_none());
        assert!(!outline.get_arguments().any(|arg| arg.get_long() == Some("skip-headers")));
        outline.debug_assert();
    }
}
