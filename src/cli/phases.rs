//! The phases of a command → a table for its help.

use super::command::entries;
use crate::plan::{Group, Pipeline};

/// Where the second column begins.
const INDENT: usize = 33;
/// What the usual terminal of 80 columns leaves to it.
const WIDTH: usize = 80 - INDENT;

/// A line a phase, its name and what it does, for a terminal of 80 columns.
pub fn help(pipeline: &'static Pipeline) -> String {
    let shown = pipeline.groups.iter().filter(|group| !group.hidden);
    let lines = shown.flat_map(|group| rows(pipeline, group)).map(|(name, about)| line(&name, about));
    std::iter::once("Phases:".to_owned()).chain(lines).collect::<Vec<_>>().join("\n")
}

fn rows(pipeline: &'static Pipeline, group: &'static Group) -> impl Iterator<Item = (String, &'static str)> {
    let subs =
        entries(pipeline, group).filter_map(|entry| Some((format!("    /{}", entry.sub()?), entry.about)));
    std::iter::once((format!("  {}", group.name), group.about)).chain(subs)
}

/// clap's own wrapping would begin the second line under the name.
fn line(name: &str, about: &str) -> String {
    let wrapped = wrapped(about).join(&format!("\n{:INDENT$}", ""));
    format!("{name:<INDENT$}{wrapped}")
}

fn wrapped(text: &str) -> Vec<String> {
    let mut lines: Vec<String> = Vec::new();
    for word in text.split(' ') {
        match lines.last_mut() {
            Some(line) if line.len() + 1 + word.len() <= WIDTH => line.extend([" ", word]),
            Some(_) | None => lines.push(word.to_owned()),
        }
    }
    lines
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::plan::INIT;

    #[test]
    fn both_columns_stay_within_eighty() {
        let help = help(&INIT);
        for line in help.lines() {
            assert!(line.chars().count() <= 80, "{line}");
        }
        let two = "\
    /ca                          Make the Kubernetes CA, which signs the
                                 identities of the other components
";
        assert!(help.contains(two), "{help}");
    }
}
