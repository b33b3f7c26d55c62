//! Durations as Kubernetes' API writes them: Go's `time.Duration` text, such as `8760h0m0s`.

use std::fmt;
use std::str::FromStr;
use std::time::Duration;

/// A length of time in Go's notation (<https://pkg.go.dev/time#ParseDuration>): read from `1h30m`, `1.5h`, `500ms`;
/// written back in Go's normal form. Negative lengths are kept as Kubernetes keeps them.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Default)]
pub struct GoDuration {
    nanoseconds: i64,
}

/// A text that is no duration in Go's notation.
#[derive(Debug, Clone, thiserror::Error, PartialEq, Eq)]
pub enum BadDuration {
    /// In another notation.
    #[error("{text:?} is not a duration; write it as in 24h0m0s, 90s or 1.5h")]
    Form {
        /// As it was given.
        text: String,
    },
    /// Go counts nanoseconds, in 64 bits.
    #[error("{text:?} is longer than Kubernetes can count; 2562047h, 292 years, is the most")]
    TooLong {
        /// As it was given.
        text: String,
    },
}

const NANOSECOND: i64 = 1;
const MICROSECOND: i64 = 1_000;
const MILLISECOND: i64 = 1_000_000;
const SECOND: i64 = 1_000_000_000;
const MINUTE: i64 = 60 * SECOND;
const HOUR: i64 = 60 * MINUTE;

/// Longer names stand before those that begin alike.
const UNITS: &[(&str, i64)] = &[
    ("ns", NANOSECOND),
    ("us", MICROSECOND),
    ("µs", MICROSECOND),
    ("μs", MICROSECOND),
    ("ms", MILLISECOND),
    ("s", SECOND),
    ("m", MINUTE),
    ("h", HOUR),
];

impl GoDuration {
    /// No time.
    pub const ZERO: Self = Self { nanoseconds: 0 };

    /// So many seconds.
    pub const fn from_secs(seconds: i64) -> Self {
        Self { nanoseconds: seconds * SECOND }
    }

    /// So many hours.
    pub const fn from_hours(hours: i64) -> Self {
        Self { nanoseconds: hours * HOUR }
    }

    /// The whole length in nanoseconds.
    pub const fn nanoseconds(self) -> i64 {
        self.nanoseconds
    }

    /// The whole length in seconds, without a fraction.
    pub const fn seconds(self) -> i64 {
        self.nanoseconds / SECOND
    }

    /// Whether it is less than nothing.
    pub const fn is_negative(self) -> bool {
        self.nanoseconds < 0
    }

    /// The time to wait; a negative length is no wait at all.
    pub fn to_std(self) -> Duration {
        Duration::from_nanos(u64::try_from(self.nanoseconds).unwrap_or(0))
    }
}

impl FromStr for GoDuration {
    type Err = BadDuration;

    fn from_str(text: &str) -> Result<Self, BadDuration> {
        parse(text).ok_or_else(|| {
            let text = text.to_owned();
            if is_duration(&text) { BadDuration::TooLong { text } } else { BadDuration::Form { text } }
        })
    }
}

fn parse(text: &str) -> Option<GoDuration> {
    let (sign, mut rest) = match text.strip_prefix('-') {
        Some(rest) => (-1, rest),
        None => (1, text.strip_prefix('+').unwrap_or(text)),
    };
    if rest == "0" {
        return Some(GoDuration::ZERO);
    }
    if rest.is_empty() {
        return None;
    }
    let mut total: i64 = 0;
    while !rest.is_empty() {
        let number_end = rest.find(|c: char| !c.is_ascii_digit() && c != '.')?;
        let (number, tail) = rest.split_at(number_end);
        let unit_end = tail.find(|c: char| c.is_ascii_digit() || c == '.').unwrap_or(tail.len());
        let (unit, tail) = tail.split_at(unit_end);
        let scale = UNITS.iter().find(|(name, _)| *name == unit)?.1;
        total = total.checked_add(scaled(number, scale)?)?;
        rest = tail;
    }
    Some(GoDuration { nanoseconds: sign * total })
}

/// Whether a text has the form of one, however long: each number has fewer digits then.
fn is_duration(text: &str) -> bool {
    let mut digits = 0;
    let short = text.chars().filter(|c| {
        digits = if c.is_ascii_digit() { digits + 1 } else { 0 };
        digits <= 1
    });
    parse(&short.collect::<String>()).is_some()
}

/// `number` (decimal, with or without a point) times `scale`, cut to whole nanoseconds as Go cuts it.
fn scaled(number: &str, scale: i64) -> Option<i64> {
    let (whole, fraction) = number.split_once('.').unwrap_or((number, ""));
    if whole.is_empty() && fraction.is_empty() {
        return None;
    }
    let whole: i64 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let mut nanoseconds = i128::from(whole.checked_mul(scale)?);
    let digits = &fraction[..fraction.len().min(18)];
    if !digits.is_empty() {
        let power = 10_i128.pow(u32::try_from(digits.len()).ok()?);
        nanoseconds += i128::from(digits.parse::<i64>().ok()?) * i128::from(scale) / power;
    }
    i64::try_from(nanoseconds).ok()
}

impl fmt::Display for GoDuration {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.nanoseconds == 0 {
            return out.write_str("0s");
        }
        if self.nanoseconds < 0 {
            out.write_str("-")?;
        }
        let rest = self.nanoseconds.unsigned_abs();
        let second = SECOND.unsigned_abs();
        if rest < second {
            return write_below_a_second(out, rest);
        }
        let (hours, minutes) = (rest / HOUR.unsigned_abs(), rest / MINUTE.unsigned_abs() % 60);
        if hours > 0 {
            write!(out, "{hours}h")?;
        }
        if hours > 0 || minutes > 0 {
            write!(out, "{minutes}m")?;
        }
        write_decimal(out, rest % MINUTE.unsigned_abs(), second)?;
        out.write_str("s")
    }
}

fn write_below_a_second(out: &mut fmt::Formatter<'_>, nanoseconds: u64) -> fmt::Result {
    let (unit, scale) = match nanoseconds {
        0..1_000 => ("ns", 1),
        1_000..1_000_000 => ("µs", 1_000),
        _ => ("ms", 1_000_000),
    };
    write_decimal(out, nanoseconds, scale)?;
    out.write_str(unit)
}

fn write_decimal(out: &mut fmt::Formatter<'_>, value: u64, scale: u64) -> fmt::Result {
    write!(out, "{}", value / scale)?;
    if value.is_multiple_of(scale) {
        return Ok(());
    }
    let width = scale.ilog10() as usize;
    let fraction = format!("{:0width$}", value % scale);
    write!(out, ".{}", fraction.trim_end_matches('0'))
}

impl serde::Serialize for GoDuration {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl<'de> serde::Deserialize<'de> for GoDuration {
    fn deserialize<D: serde::Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        String::deserialize(deserializer)?.parse().map_err(serde::de::Error::custom)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_written_as_go_does() {
        // Each pair as Go's time.ParseDuration and Duration.String give it.
        let pairs = [
            ("8760h", "8760h0m0s"),
            ("1h30m", "1h30m0s"),
            ("1.5h", "1h30m0s"),
            ("90s", "1m30s"),
            ("1.5s", "1.5s"),
            ("100ms", "100ms"),
            ("1500us", "1.5ms"),
            ("0", "0s"),
            ("0s", "0s"),
            ("-5m", "-5m0s"),
            (".5s", "500ms"),
            ("1ns", "1ns"),
        ];
        for (text, normal) in pairs {
            assert_eq!(text.parse::<GoDuration>().unwrap().to_string(), normal, "{text}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for text in ["", "5", "h", "1d", "1h-5m", ".s", "9999999999999h", "1 h"] {
            assert!(text.parse::<GoDuration>().is_err(), "{text}");
        }
        for text in ["2562048h", "-99999999999999999999h1m", "10000000h0.5s"] {
            let said = text.parse::<GoDuration>().unwrap_err().to_string();
            assert!(said.contains("longer than Kubernetes can count"), "{said}");
        }
        for text in ["99999999999999999999", "99999999999999999999d", "2562048hh"] {
            let said = text.parse::<GoDuration>().unwrap_err().to_string();
            assert!(said.contains("is not a duration"), "{said}");
        }
    }
}
