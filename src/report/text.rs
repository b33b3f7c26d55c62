//! Writing to the terminal without dying of it: a closed pipe ends the output, not the program.

use std::error::Error;
use std::io::{self, Write};
use std::sync::Mutex;

use anstream::{AutoStream, ColorChoice};

use super::program::by_name;
use super::spinner::above;
use super::visible::{visible, visible_json};
use crate::causes::{Explanation, Outlook};
use crate::text::causes;

const ERROR: anstyle::Style = anstyle::AnsiColor::Red.on_default().bold();
const WARNING: anstyle::Style = anstyle::AnsiColor::Yellow.on_default().bold();
const HINT: anstyle::Style = anstyle::AnsiColor::Cyan.on_default();

/// The first trouble with standard output. There is one standard output, and what is to be done is done whether or not
/// it can be told there: so it is noted here, and judged when the program ends.
static TROUBLE: Mutex<Option<io::Error>> = Mutex::new(None);

/// Results for people, on standard output.
pub fn out(text: &str) {
    document(&visible(text));
}

/// Results for programs, on standard output, each byte as it is.
pub fn document(text: &str) {
    printed(above(|| {
        let mut stream = io::stdout().lock();
        stream.write_all(text.as_bytes()).and_then(|()| stream.flush())
    }));
}

/// Notes what became of something that was written to standard output.
pub fn printed(result: io::Result<()>) {
    if let (Err(error), Ok(mut trouble)) = (result, TROUBLE.lock()) {
        trouble.get_or_insert(error);
    }
}

/// Why standard output does not hold all that was written to it, if so; told once.
pub fn output_error() -> Option<io::Error> {
    TROUBLE.lock().ok()?.take()
}

/// One JSON document, on standard output.
pub fn json(document: &serde_json::Value) {
    self::document(&visible_json(&format!("{document:#}\n")));
}

/// What people are told, by the name that they have called the program.
fn told(text: &str) -> String {
    visible(&by_name(text)).into_owned()
}

/// One line for people, on standard error.
pub fn say(line: &str) {
    to_stderr(|stream| writeln!(stream, "{}", told(line)));
}

/// A question for people, on standard error; the cursor stays behind it.
pub fn ask(question: &str) {
    to_stderr(|stream| write!(stream, "{}", visible(question)).and_then(|()| stream.flush()));
}

/// One line for people on standard error, with `warning:` in front.
pub fn warn(line: &str) {
    to_stderr(|stream| writeln!(stream, "{WARNING}warning:{WARNING:#} {}", told(line)));
}

/// One line for people on standard error, with `hint:` in front.
pub fn hint(line: &str) {
    to_stderr(|stream| writeln!(stream, "{HINT}hint:{HINT:#} {}", told(line)));
}

/// One error without causes.
pub fn error_line(line: &str) {
    to_stderr(|stream| writeln!(stream, "{ERROR}error:{ERROR:#} {}", told(line)));
}

/// Lines for people on standard error, with colours of their own.
pub fn styled(lines: &str) {
    to_stderr(|stream| write!(stream, "{lines}"));
}

/// An error and what led to it, each level once.
pub fn error(error: &dyn Error) {
    error_line(&error.to_string());
    for cause in causes(error) {
        say(&format!("  caused by: {cause}"));
    }
}

/// Why a wait has failed, and what shows it; what fixes it is the hint.
pub fn explanation(found: &Explanation) {
    to_stderr(|stream| {
        writeln!(stream, "{ERROR}cause:{ERROR:#} {}: {}", found.cause.as_str(), visible(&found.summary))
    });
    evidence(found);
}

fn evidence(found: &Explanation) {
    for seen in &found.evidence {
        to_stderr(|stream| writeln!(stream, "  seen: {}", visible(seen)));
    }
}

/// What may be why something does not come; it may come yet.
pub fn notice(found: &Explanation) {
    let meanwhile = match found.outlook {
        Outlook::Fixable => "fixing what keeps it from coming up",
        Outlook::Final | Outlook::FinalIfItLasts | Outlook::Open => "it does not come up yet",
    };
    warn(&format!("{meanwhile}: {}: {}", found.cause.as_str(), found.summary));
    evidence(found);
}

type Stream = AutoStream<io::StderrLock<'static>>;

/// Colour only on a terminal; NO_COLOR and CLICOLOR_FORCE are honoured. Where nobody listens any more, nothing is to be done.
fn to_stderr(write: impl FnOnce(&mut Stream) -> io::Result<()>) {
    above(|| write(&mut AutoStream::new(io::stderr().lock(), ColorChoice::Auto)).unwrap_or_default());
}
