//! The phases of a command, with the flags of each → a table for its help.

use super::command::{WIDTH, entries};
use super::flags;
use super::idle::is_idle;
use crate::plan::{Entry, Group, Pipeline};

/// Where the second column begins.
const INDENT: usize = 33;
/// Where the flags of a phase begin.
const FLAGS_INDENT: usize = 6;

/// A phase's name, what it does, and on lines of their own its flags.
pub fn help(pipeline: &'static Pipeline) -> String {
    let shown = pipeline.groups.iter().filter(|group| !group.hidden);
    let lines = shown.flat_map(|group| rows(pipeline, group));
    let head = format!("Phases, as `{} phase` and --skip-phases take them:", pipeline.command);
    std::iter::once(head).chain(lines).collect::<Vec<_>>().join("\n")
}

fn rows(pipeline: &'static Pipeline, group: &'static Group) -> Vec<String> {
    let mut rows = vec![line(&format!("  {}", group.name), group.about)];
    for entry in entries(pipeline, group) {
        rows.extend(entry.sub().map(|sub| line(&format!("    /{sub}"), entry.about)));
        rows.extend(flags_of(pipeline, entry));
    }
    rows
}

/// clap's own wrapping would begin the second line under the name.
fn line(name: &str, about: &str) -> String {
    let wrapped = wrapped(about, WIDTH - INDENT).join(&format!("\n{:INDENT$}", ""));
    format!("{name:<INDENT$}{wrapped}")
}

/// Those that help shows, without those of every command.
fn flags_of(pipeline: &Pipeline, entry: &Entry) -> Option<String> {
    let command = format!("{} phase {}", pipeline.command, entry.path.replace('/', " "));
    let args = flags::arguments(entry.flags);
    let shown = args.iter().filter(|arg| !arg.is_hide_set()).filter_map(|arg| arg.get_long());
    let names: Vec<String> =
        shown.filter(|name| !is_idle(&command, name)).map(|name| format!("--{name}")).collect();
    let lines = wrapped(&names.join(" "), WIDTH - FLAGS_INDENT);
    let lines = lines.iter().map(|line| format!("{:FLAGS_INDENT$}{line}", "")).collect::<Vec<_>>();
    (!names.is_empty()).then(|| lines.join("\n"))
}

fn wrapped(text: &str, width: usize) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= width => line.extend([" ", word]),
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::{INIT, JOIN, PIPELINES, RESET};

    #[test]
    fn all_columns_stay_within_eighty() {
        for pipeline in PIPELINES {
            for line in help(pipeline).lines() {
                assert!(line.chars().count() <= 80, "{line}");
            }
        }
        let two = "\
    /ca                          Make the Kubernetes CA, which signs the
                                 identities of the other components
      --cert-dir --config --dry-run --kubernetes-version --output-dir
";
        assert!(help(&INIT).contains(two), "{}", help(&INIT));
    }

    #[test]
    fn a_phase_stands_with_the_flags_that_it_takes_and_none_without_effect() {
        let of_reset = help(&RESET);
        assert!(of_reset.contains("\n      --dry-run --force --output-dir\n"), "{of_reset}");
        let join = help(&JOIN);
        let end = "control-plane-join             Make this node a control plane
    /mark-control-plane          Label and taint this node as a control plane
      --config --control-plane --dry-run --node-name --output-dir
";
        assert!(join.contains(end), "{join}");
        assert!(!help(&INIT).contains("-extra-args"));
    }
}
