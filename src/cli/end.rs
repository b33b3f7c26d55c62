//! How the program ends: what is said of a failure, to people and to programs, and the exit code.

use std::ffi::{OsStr, OsString};
use std::io;
use std::process::ExitCode;

use super::failure::Failure;
use super::invocation::Invocation;
use crate::report::{self, Format};

/// Reports a failure in the format that was asked for. Whoever reads standard output may leave when he has read enough:
/// that ends the output and is no failure; any other trouble with it is one.
pub fn end(result: Result<(), (Failure, Format)>, invocation: Invocation) -> ExitCode {
    // A thread may still wait for something, and show it.
    report::close();
    let code = result.map_or_else(
        |(failure, format)| {
            failure.report(format, invocation);
            failure.exit_code(invocation)
        },
        |()| ExitCode::SUCCESS,
    );
    match report::output_error() {
        Some(source) if source.kind() != io::ErrorKind::BrokenPipe => {
            let failure = Failure::Output(source);
            failure.say(invocation);
            if code == ExitCode::SUCCESS { failure.exit_code(invocation) } else { code }
        }
        Some(_) | None => code,
    }
}

/// The format that a command line asks for that is not understood.
pub fn asked(words: &[OsString]) -> Format {
    let words: Vec<&str> = words.iter().filter_map(|word| OsStr::to_str(word)).collect();
    let after = words.windows(2).filter(|pair| ["-o", "--output"].contains(&pair[0])).map(|pair| pair[1]);
    let joined = words.iter().filter_map(|word| {
        let value = word.strip_prefix("--output=").or_else(|| word.strip_prefix("-o"))?;
        Some(value.strip_prefix('=').unwrap_or(value))
    });
    after.chain(joined).find_map(Format::named).unwrap_or(Format::Text)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_format_is_known_even_where_the_rest_of_the_command_line_is_not() {
        for (line, format) in [
            ("kubewright init --bad -o json", Format::Json),
            ("kubewright init -ojson --bad", Format::Json),
            ("kubewright init --output=json --bad", Format::Json),
            ("kubewright token list -o=yaml --bad", Format::Yaml),
            ("kubewright init --output text", Format::Text),
            ("kubewright init -o", Format::Text),
            ("kubewright init --bad", Format::Text),
        ] {
            let words: Vec<OsString> = line.split(' ').map(OsString::from).collect();
            assert_eq!(asked(&words), format, "{line}");
        }
    }
}
