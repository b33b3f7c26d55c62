//! Writes a manual page for each command into a folder, for packagers: `cargo run --example man -- DIR`.

#![expect(clippy::disallowed_methods, reason = "a tool for packagers has effects of its own")]

use std::path::{Path, PathBuf};
use std::process::ExitCode;
use std::{env, fs, io};

use kubewright::cli::{Invocation, outline};

/// `kubewright.1`, `kubewright-init.1`, `kubewright-init-phase.1` and so on.
pub fn write(folder: &Path) -> io::Result<()> {
    fs::create_dir_all(folder)?;
    clap_mangen::generate_to(outline(Invocation::Kubewright), folder)?;
    for entry in fs::read_dir(folder)? {
        keep_columns(&entry?.path())?;
    }
    Ok(())
}

/// What follows the flags is examples and tables, whose lines are not to be filled: each part gets a section of its own.
fn keep_columns(page: &Path) -> io::Result<()> {
    let text = fs::read_to_string(page)?;
    let Some((flags, more)) = text.split_once(".SH EXTRA\n") else { return Ok(()) };
    let (more, rest) = more.find("\n.SH ").map_or((more, ""), |end| more.split_at(end));
    let mut lines = Vec::new();
    let mut is_begin = true;
    for line in more.trim_end().lines() {
        let is_blank = line.trim().is_empty();
        if is_begin && !is_blank && !line.starts_with(' ') {
            lines.extend([".fi", heading(line), ".nf"]);
        }
        if line != EXAMPLES {
            lines.push(line);
        }
        is_begin = is_blank;
    }
    fs::write(page, format!("{flags}{}\n.fi{rest}\n", lines.join("\n")))
}

const EXAMPLES: &str = "Examples:";

/// By the first line of a part.
fn heading(line: &str) -> &'static str {
    if line == EXAMPLES {
        ".SH EXAMPLES"
    } else if line.starts_with("Phases") {
        ".SH PHASES"
    } else {
        ".SH NOTES"
    }
}

fn main() -> ExitCode {
    let Some(folder) = env::args_os().nth(1).map(PathBuf::from) else {
        eprintln!("usage: cargo run --example man -- DIR");
        return ExitCode::FAILURE;
    };
    match write(&folder) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("error: cannot write to {}: {error}", folder.display());
            ExitCode::FAILURE
        }
    }
}
