//! The kubelet's journal since a moment.

use std::time::Duration;

use jiff::Timestamp;

use super::super::command;
use crate::host::node::Node;

/// `journalctl` looks into every file of a journal that may be gigabytes.
const LIMIT: Duration = Duration::from_millis(2500);
const LINES: &str = "--lines=400";

/// Its lines since then, oldest first, without their heads; the last minute's where there is no such moment. `None` of a host whose
/// journal cannot be read.
pub fn of_kubelet(node: &Node, since: Option<Timestamp>) -> Option<Vec<String>> {
    let journalctl = node.program("journalctl")?;
    // Whole seconds are all that its option is sure to take; the rest is the heads' matter.
    let from = since.map_or_else(|| "-1min".to_owned(), |since| format!("@{}", since.as_second()));
    let from = format!("--since={from}");
    let args = ["--unit=kubelet", "--output=short-unix", "--no-pager", "--quiet", LINES, &from];
    let text = command::text(node, &journalctl, &args, LIMIT).ok()?;
    Some(said_since(&text, since))
}

/// `1763756563.197128 host kubelet[55]: words` → `words`, of those that are young enough.
fn said_since(text: &str, since: Option<Timestamp>) -> Vec<String> {
    let words = |line: &str| {
        let (head, words) = line.split_once("]: ")?;
        let time = microseconds(head.split(' ').next()?)?;
        since.is_none_or(|since| time >= since.as_microsecond()).then(|| words.to_owned())
    };
    text.lines().filter_map(words).collect()
}

/// `1763756563.197128`
fn microseconds(text: &str) -> Option<i64> {
    let (seconds, fraction) = text.split_once('.')?;
    let fraction = (fraction.len() == 6).then(|| fraction.parse::<i64>().ok())??;
    seconds.parse::<i64>().ok()?.checked_mul(1_000_000)?.checked_add(fraction)
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "\
1763756563.197128 n8 kubelet[55]: E1121 run.go:72] \"command failed\" err=\"no such file\"
1763756563.300000 n8 systemd[1]: Stopped kubelet.service.
1763756566.937715 n8 kubelet[154]: E1121 run.go:72] \"command failed\" err=\"unknown flag: --x\"
9223372036854775807.000000 n8 kubelet[154]: from a clock that has gone mad
-- No entries --
";

    #[test]
    fn what_was_said_before_this_run_is_left_out_to_the_microsecond() {
        let since = Timestamp::from_microsecond(1_763_756_563_250_000).unwrap();
        let lines = said_since(TEXT, Some(since));
        let expected =
            ["Stopped kubelet.service.", "E1121 run.go:72] \"command failed\" err=\"unknown flag: --x\""];
        assert_eq!(lines, expected);
        assert_eq!(said_since(TEXT, None).len(), 3);
    }
}
