//! What a server says beside its answer: its clock, its pause, its words.

use std::time::Duration;

use jiff::Timestamp;
use jiff::fmt::rfc2822;

/// A server that wants to be left alone for longer is not believed.
const LONGEST_PAUSE: Duration = Duration::from_hours(1);
/// As much of a server's message as people read.
const MESSAGE: usize = 1000;

/// HTTP's date is mail's, always in GMT (RFC 9110, 5.6.7).
pub fn date(text: &str) -> Option<Timestamp> {
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok()
}

/// `Retry-After`, as API servers give it (RFC 9110, 10.2.3, which has dates too).
pub fn seconds(text: &str) -> Option<Duration> {
    text.trim().parse().ok().map(|seconds| Duration::from_secs(seconds).min(LONGEST_PAUSE))
}

/// A server's words in one line, cut where they go on for too long.
pub fn brief(words: &str) -> String {
    let line = words.split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(MESSAGE) {
        Some((end, _)) => format!("{} … ({} bytes more)", &line[..end], line.len().saturating_sub(end)),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_server_s_date_is_read() {
        let expected = "1994-11-06T08:49:37Z".parse().ok();
        assert_eq!(date("Sun, 06 Nov 1994 08:49:37 GMT"), expected);
        assert_eq!(date("now"), None);
    }

    #[test]
    fn a_pause_is_never_longer_than_a_clock_can_count() {
        assert_eq!(seconds("3"), Some(Duration::from_secs(3)));
        assert_eq!(seconds("18446744073709551615"), Some(LONGEST_PAUSE));
        for other in ["18446744073709551616", "-1", "1.5", "", "Sun, 06 Nov 1994 08:49:37 GMT"] {
            assert_eq!(seconds(other), None, "{other}");
        }
    }

    #[test]
    fn a_server_s_words_are_one_line_of_bounded_length() {
        assert_eq!(brief("no\nerror: such\r\tpod "), "no error: such pod");
        let long = brief(&"é".repeat(5000));
        assert!(long.ends_with(" … (8000 bytes more)") && long.len() < 2100, "{long}");
    }
}
