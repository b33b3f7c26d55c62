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

/// What follows the flags is a table, whose lines are not to be filled.
fn keep_columns(page: &Path) -> io::Result<()> {
    let text = fs::read_to_string(page)?;
    fs::write(page, text.replace(".SH EXTRA\n", ".SH NOTES\n.nf\n"))
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
