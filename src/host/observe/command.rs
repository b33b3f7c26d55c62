//! Programs that are asked something: a few lines out, within a limit.

use std::path::Path;
use std::time::Duration;

use crate::facts::{Seen, Unseen};
use crate::host::node::{Call, ChildError, Ended, Node, complaint};

/// What the program said on stdout, if it ended well.
pub fn text(node: &Node, program: &Path, args: &[&str], limit: Duration) -> Seen<String> {
    let ended = run(node, program, args, limit)?;
    if !ended.status.success() {
        let why = format!("{}: {}", ended.status, complaint(&ended));
        return Err(Unseen::new(call(program, args, limit).shown(), why));
    }
    Ok(ended.out)
}

/// What the program said on stdout, however it ended.
pub fn text_of_any_end(node: &Node, program: &Path, args: &[&str], limit: Duration) -> Seen<String> {
    run(node, program, args, limit).map(|ended| ended.out)
}

fn run(node: &Node, program: &Path, args: &[&str], limit: Duration) -> Seen<Ended> {
    let call = call(program, args, limit);
    node.run(&call).map_err(|error| {
        let why = match error {
            ChildError::Start { source, .. } => source.to_string(),
            ChildError::Late { limit, .. } => {
                format!("no answer within {} s, so it was ended", limit.as_secs_f32())
            }
            other @ (ChildError::TooMuch { .. } | ChildError::Failed { .. }) => other.to_string(),
        };
        Unseen::new(call.shown(), why)
    })
}

const fn call<'a>(program: &'a Path, arguments: &'a [&'a str], limit: Duration) -> Call<'a> {
    Call { program, arguments, input: "", limit }
}

#[cfg(test)]
mod tests {
    use super::*;

    const LIMIT: Duration = Duration::from_mins(1);

    fn shell(script: &str, limit: Duration) -> Seen<String> {
        text(&Node::this(), Path::new("/bin/sh"), &["-c", script], limit)
    }

    #[test]
    fn what_a_program_says_is_its_answer() {
        assert_eq!(shell("echo hello", LIMIT), Ok("hello\n".to_owned()));
    }

    #[test]
    fn a_failure_carries_the_program_s_own_words() {
        let unseen = shell("echo no bus >&2; exit 3", LIMIT).unwrap_err();
        assert!(unseen.what.starts_with("sh -c") && unseen.why.contains("no bus"), "{unseen}");
        let script = ["-c", "echo inactive; exit 3"];
        let any_end = text_of_any_end(&Node::this(), Path::new("/bin/sh"), &script, LIMIT);
        assert_eq!(any_end, Ok("inactive\n".to_owned()));
    }

    #[test]
    fn a_program_that_hangs_is_given_up() {
        let unseen = shell("exec sleep 600", Duration::from_millis(50)).unwrap_err();
        assert!(unseen.why.contains("no answer"), "{unseen}");
    }

    #[test]
    fn a_program_that_is_not_there_is_said() {
        assert!(text(&Node::this(), Path::new("/no/such/program"), &[], LIMIT).is_err());
    }
}
