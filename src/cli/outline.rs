//! The command line as people give it, for help, manual pages and completion: without what only scripts know.

use clap::builder::{PossibleValuesParser, StyledStr};
use clap::{Arg, ArgAction, Command, ValueHint};

use super::command::{WIDTH, command};
use super::examples::examples;
use super::flag_group::FlagGroup;
use super::idle::is_idle;
use super::invocation::Invocation;
use super::{phases, values};
use crate::plan::{PIPELINES, Pipeline};

/// Every command and flag that help shows, by groups, with examples. Switches stand alone, though `=true` and `=false` may
/// follow them.
pub fn outline(invocation: Invocation) -> Command {
    let root = Outline { invocation }.of(&command(invocation), "");
    root.disable_help_flag(true).disable_version_flag(true).max_term_width(WIDTH)
}

/// Whether help leaves out the flag of this command, whose name is without the program's.
pub fn is_hidden(command: &str, arg: &Arg) -> bool {
    arg.is_hide_set() || arg.get_long().is_some_and(|flag| is_idle(command, flag))
}

#[derive(Clone, Copy)]
struct Outline {
    invocation: Invocation,
}

impl Outline {
    /// `path` is the command's name without the program's, as in `init phase certs`.
    fn of(self, command: &Command, path: &str) -> Command {
        let below = command.get_subcommands().filter(|below| !below.is_hide_set());
        let mut args: Vec<Arg> =
            command.get_arguments().filter(|arg| !is_hidden(path, arg)).map(|arg| plain(arg, path)).collect();
        args.sort_by_key(FlagGroup::place);
        let outline = Command::new(command.get_name().to_owned())
            .about(text(command.get_about()))
            .subcommand_required(command.is_subcommand_required_set())
            .arg_required_else_help(command.is_arg_required_else_help_set())
            .disable_help_subcommand(command.is_disable_help_subcommand_set())
            .args(args)
            .subcommands(below.map(|below| self.of(below, &joined(path, below.get_name()))));
        let outline = match command.get_version() {
            Some(version) => outline.version(version.to_owned()),
            None => outline,
        };
        self.with_more(outline, command, path)
    }

    /// With what stands behind the flags: examples, phases, and what the command says itself.
    fn with_more(self, outline: Command, command: &Command, path: &str) -> Command {
        let own = command.get_after_help().map(ToString::to_string);
        let examples = examples(&outline, path, self.invocation);
        let more = [Some(examples), own].into_iter().flatten().collect::<Vec<_>>().join("\n\n");
        match pipeline(path) {
            Some(pipeline) => {
                let hint = format!(
                    "Phases, and the flags of each: {} {} --help",
                    self.invocation.name(),
                    pipeline.command
                );
                let long = format!("{more}\n\n{}", phases::help(pipeline));
                outline.after_help(format!("{more}\n\n{hint}")).after_long_help(long)
            }
            None => outline.after_help(more),
        }
    }
}

fn pipeline(path: &str) -> Option<&'static Pipeline> {
    PIPELINES.into_iter().find(|pipeline| pipeline.command == path)
}

fn joined(path: &str, name: &str) -> String {
    format!("{path} {name}").trim_start().to_owned()
}

/// The same argument with what completion offers for it, and a switch without its value.
fn plain(arg: &Arg, path: &str) -> Arg {
    let named = arg.get_value_names().and_then(|names| names.first()).map(clap::builder::Str::as_str);
    if named == Some("BOOL") {
        return switch(arg);
    }
    if !arg.get_action().takes_values() {
        return arg.clone();
    }
    let hinted = arg.clone().value_hint(match named {
        Some("FILE" | "FILE|URL") => ValueHint::FilePath,
        Some("DIR") => ValueHint::DirPath,
        Some(_) | None => ValueHint::Other,
    });
    let offered = values::offered(path, arg);
    if offered.is_empty() {
        return hinted;
    }
    let offering = hinted.value_parser(PossibleValuesParser::new(offered)).hide_possible_values(true);
    // Completion goes on behind a comma.
    if arg.get_id() == values::FEATURE_GATES { offering.action(ArgAction::Append) } else { offering }
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

    fn check(command: &Command, path: &str) {
        for arg in command.get_arguments().filter(|arg| !arg.is_positional()) {
            let help = text(arg.get_help()).to_string();
            assert!(!help.contains("no effect"), "{path}: {help}");
            assert!(FlagGroup::place(arg).is_some(), "{path}: {arg}");
        }
        for below in command.get_subcommands() {
            check(below, &joined(path, below.get_name()));
        }
    }

    #[test]
    fn it_has_no_flag_without_effect_and_none_without_a_group() {
        let mut root = outline(Invocation::Kubeadm);
        root.build();
        check(&root, "");
    }
}
