//! How long before its end a certificate is told: a length of time, or a part of its life.

use std::str::FromStr;

use jiff::Timestamp;

/// `30d`, `12h`, `90m`, `10%`.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Threshold {
    /// So many seconds before its end.
    Seconds(i64),
    /// When so much of its life is left, in hundredths.
    Percent(i64),
    /// A default: so many seconds, and no more than this part (one divided by it) of its life.
    Usual(i64, i64),
}

/// A text that is no threshold.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error(
    "{text:?} is neither a length of time, as in 30d or 12h, nor a part of a certificate's life, as in 10%"
)]
pub struct BadThreshold {
    text: String,
}

/// Of leaves and of CAs, whose end takes longer to prepare for.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Limits {
    /// A warning, for a leaf.
    pub warn: Threshold,
    /// Critical, for a leaf.
    pub crit: Threshold,
    /// A warning, for a CA.
    pub ca_warn: Threshold,
    /// Critical, for a CA.
    pub ca_crit: Threshold,
}

const DAY: i64 = 24 * 3600;

impl Default for Limits {
    /// What lives for hours or weeks is renewed by what made it, and is told later.
    fn default() -> Self {
        Self {
            warn: Threshold::Usual(30 * DAY, 10),
            crit: Threshold::Usual(7 * DAY, 40),
            ca_warn: Threshold::Usual(365 * DAY, 10),
            ca_crit: Threshold::Usual(90 * DAY, 40),
        }
    }
}

impl Threshold {
    /// Whether a certificate of this life is so close to its end.
    pub fn is_reached(self, from: Timestamp, until: Timestamp, now: Timestamp) -> bool {
        let life = until.as_second().saturating_sub(from.as_second()).max(0);
        let least = match self {
            Self::Seconds(seconds) => seconds,
            Self::Percent(part) => life / 100 * part,
            Self::Usual(seconds, part) => seconds.min(life / part),
        };
        until.as_second().saturating_sub(now.as_second()) < least
    }
}

impl FromStr for Threshold {
    type Err = BadThreshold;

    fn from_str(text: &str) -> Result<Self, BadThreshold> {
        let bad = || BadThreshold { text: text.to_owned() };
        let unit = text.chars().last().ok_or_else(bad)?;
        let number: i64 = text.trim_end_matches(unit).parse().map_err(|_| bad())?;
        let seconds = |each: i64| number.checked_mul(each).map(Self::Seconds);
        let read = match unit {
            'd' => seconds(DAY),
            'h' => seconds(3600),
            'm' => seconds(60),
            '%' => Some(Self::Percent(number)).filter(|_| number <= 100),
            _ => None,
        };
        read.filter(|_| number >= 0).ok_or_else(bad)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_threshold_is_a_time_or_a_part_of_a_life() {
        for (text, read) in [
            ("30d", Threshold::Seconds(30 * DAY)),
            ("12h", Threshold::Seconds(12 * 3600)),
            ("0m", Threshold::Seconds(0)),
            ("10%", Threshold::Percent(10)),
        ] {
            assert_eq!(text.parse(), Ok(read), "{text}");
        }
        for text in ["", "d", "30", "-1d", "101%", "1w", "99999999999999999999d", "9223372036854775807d", "é"]
        {
            assert!(text.parse::<Threshold>().is_err(), "{text}");
        }
    }

    #[test]
    fn what_is_usual_is_shorter_for_a_short_life() {
        let at = |days: i64| Timestamp::from_second(days * DAY).unwrap();
        let Limits { warn, ca_crit, .. } = Limits::default();
        assert!(warn.is_reached(at(0), at(365), at(336)) && !warn.is_reached(at(0), at(365), at(334)));
        assert!(!warn.is_reached(at(0), at(20), at(17)) && warn.is_reached(at(0), at(20), at(19)));
        assert!(
            ca_crit.is_reached(at(0), at(3650), at(3570)) && !ca_crit.is_reached(at(0), at(3650), at(3500))
        );
    }
}
