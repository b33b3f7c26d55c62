//! A moment as Kubernetes' API writes it (RFC 3339) → a point in time, by Go's rules: whatever else is read for one elsewhere, a
//! leap second, a small `t`, a zone in brackets or a year of six digits, no program of Kubernetes reads.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

/// Reads `2026-01-31T12:00:00Z`, `2026-01-31T12:00:00.5+01:00`; nothing where it is another text, or a day that no month has.
/// What lies past the last moment that can be counted here ("no well-defined end", 9999-12-31T23:59:59Z) is that one.
pub fn moment(text: &str) -> Option<Timestamp> {
    let (date, rest) = text.split_at_checked(10)?;
    let (hours, rest) = rest.strip_prefix('T')?.split_once(':')?;
    let (minutes, rest) = rest.split_at_checked(2)?;
    let (seconds, rest) = rest.strip_prefix(':')?.split_at_checked(2)?;
    let (fraction, zone) = fraction(rest)?;
    let mut parts = date.split('-');
    let (year, month, day) =
        (digits(parts.next()?, 4)?, digits(parts.next()?, 2)?, digits(parts.next()?, 2)?);
    // Go reads an hour of one digit, too.
    let hour = digits(hours, hours.len().clamp(1, 2))?;
    let second = digits(seconds, 2).filter(|second| *second < 60)?;
    let small = |number: i16| i8::try_from(number).ok();
    let civil = DateTime::new(
        year,
        small(month)?,
        small(day)?,
        small(hour)?,
        small(digits(minutes, 2)?)?,
        small(second)?,
        fraction,
    );
    let civil = civil.ok().filter(|_| parts.next().is_none())?;
    let edge = if year == 0 { Timestamp::MIN } else { Timestamp::MAX };
    Some(offset(zone)?.to_timestamp(civil).unwrap_or(edge))
}

/// The fraction in nanoseconds, cut as Go cuts it, and what is behind it.
fn fraction(rest: &str) -> Option<(i32, &str)> {
    let Some(behind) = rest.strip_prefix(['.', ',']) else { return Some((0, rest)) };
    let end = behind.find(|c: char| !c.is_ascii_digit())?;
    let (shown, zone) = behind.split_at(end);
    let kept: String = shown.chars().chain("000000000".chars()).take(9).collect();
    (end > 0).then_some(())?;
    Some((kept.parse().ok()?, zone))
}

/// `Z`, or a difference of hours and minutes, up to a day.
fn offset(zone: &str) -> Option<Offset> {
    let (sign, text) = match zone.split_at_checked(1)? {
        ("Z", "") => return Some(Offset::UTC),
        ("+", text) => (1, text),
        ("-", text) => (-1, text),
        _ => return None,
    };
    let (hours, minutes) = text.split_once(':')?;
    let hours = digits(hours, 2).filter(|hours| *hours <= 24)?;
    let minutes = digits(minutes, 2).filter(|minutes| *minutes <= 60)?;
    let seconds = (i32::from(hours) * 60 + i32::from(minutes)) * 60;
    Offset::from_seconds(sign * seconds).ok()
}

fn digits(text: &str, count: usize) -> Option<i16> {
    let sound = text.len() == count && text.bytes().all(|byte| byte.is_ascii_digit());
    sound.then(|| text.parse().ok()).flatten()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Each as Go's `time.Parse(time.RFC3339, …)` reads it.
    #[test]
    fn moments_are_read_as_go_reads_them() {
        for (text, said) in [
            ("2026-01-31T12:00:00Z", "2026-01-31T12:00:00Z"),
            ("2026-01-31T12:00:00+01:00", "2026-01-31T11:00:00Z"),
            ("2026-01-31T12:00:00-00:00", "2026-01-31T12:00:00Z"),
            ("2026-01-31T12:00:00+24:00", "2026-01-30T12:00:00Z"),
            ("2026-01-31T12:00:00.5Z", "2026-01-31T12:00:00.5Z"),
            ("2026-01-31T12:00:00,25Z", "2026-01-31T12:00:00.25Z"),
            ("2026-01-31T12:00:00.1234567891Z", "2026-01-31T12:00:00.123456789Z"),
            ("2026-01-31T1:02:03Z", "2026-01-31T01:02:03Z"),
            ("2024-02-29T00:00:00Z", "2024-02-29T00:00:00Z"),
            ("0000-01-01T00:00:00Z", "0000-01-01T00:00:00Z"),
            ("9999-12-31T23:59:59Z", "9999-12-30T22:00:00.999999999Z"),
            ("9999-12-31T23:59:59-24:00", "9999-12-30T22:00:00.999999999Z"),
        ] {
            assert_eq!(moment(text).map(|moment| moment.to_string()).as_deref(), Some(said), "{text}");
        }
    }

    #[test]
    fn what_go_refuses_is_refused() {
        for text in [
            "",
            "2026-01-31",
            "2026-01-31 12:00:00Z",
            "2026-01-31t12:00:00Z",
            "2026-01-31T12:00:00z",
            "2026-01-31T12:00:00",
            "2026-01-31T12:00Z",
            "2026-01-31T12:00:60Z",
            "2026-01-31T24:00:00Z",
            "2026-02-30T12:00:00Z",
            "2025-02-29T00:00:00Z",
            "2026-01-31T12:00:00.Z",
            "2026-01-31T12:00:00+0100",
            "2026-01-31T12:00:00+01",
            "2026-01-31T12:00:00+25:00",
            "2026-01-31T12:00:00+01:00:00",
            "2026-01-31T12:00:00Z[UTC]",
            "2026-01-31T12:00:00+01:00[Europe/Berlin]",
            "20260131T120000Z",
            "+002026-01-31T12:00:00Z",
            "-0001-01-31T12:00:00Z",
            "10000-01-01T00:00:00Z",
            "2026-1-31T12:00:00Z",
            "2026-01-31T+1:00:00Z",
            " 2026-01-31T12:00:00Z",
            "2026-01-31T12:00:00Z ",
            "２026-01-31T12:00:00Z",
        ] {
            assert_eq!(moment(text), None, "{text}");
        }
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "[0-9T:Z.,+é-]{0,40}") {
            let _ = moment(&text);
        }

        #[test]
        fn what_is_written_is_read_back(second in -62_135_596_800_i64..253_402_207_200, fraction in 0_i32..1_000_000_000) {
            let written = Timestamp::new(second, fraction).unwrap();
            prop_assert_eq!(moment(&written.to_string()), Some(written));
        }
    }
}
