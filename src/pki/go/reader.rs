//! DER as Go reads it (`golang.org/x/crypto/cryptobyte`): what is written longer than need be is refused.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::Offset;

use crate::pki::der::{self, Element};

/// The tag of a BOOLEAN.
pub const BOOLEAN: u8 = 0x01;
/// The tag of an INTEGER.
pub const INTEGER: u8 = 0x02;
/// All of a NULL: its tag and its length.
pub const NULL: &[u8] = &[0x05, 0x00];
const UTC_TIME: u8 = 0x17;
const GENERALIZED_TIME: u8 = 0x18;

/// The tag `[number]`, constructed.
pub const fn constructed(number: u8) -> u8 {
    0xa0 | number
}

/// What is still to be read. Every method leaves it where it was when it gives nothing.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Reader<'a> {
    rest: &'a [u8],
}

impl<'a> Reader<'a> {
    /// For the bytes of one or more elements.
    pub const fn new(rest: &'a [u8]) -> Self {
        Self { rest }
    }

    /// Whether all was read.
    pub const fn is_empty(&self) -> bool {
        self.rest.is_empty()
    }

    /// The bytes that were not read yet.
    pub const fn rest(&self) -> &'a [u8] {
        self.rest
    }

    /// Whether the next element has this tag; it is not read.
    pub fn next_is(&self, tag: u8) -> bool {
        self.rest.first() == Some(&tag)
    }

    /// The next element, whatever its tag.
    pub fn any(&mut self) -> Option<Element<'a>> {
        let (&tag, rest) = self.rest.split_first()?;
        let (&first, rest) = rest.split_first()?;
        // Tags of several bytes are none of X.509's.
        if tag & 0x1f == 0x1f {
            return None;
        }
        let (length, rest) = match first {
            0..=0x7f => (usize::from(first), rest),
            0x81..=0x84 => long_length(usize::from(first & 0x7f), rest)?,
            _ => return None,
        };
        let (content, tail) = rest.split_at_checked(length)?;
        let whole = self.rest.get(..self.rest.len().checked_sub(tail.len())?)?;
        self.rest = tail;
        Some(Element { tag, whole, content })
    }

    /// The next element, where it has this tag.
    pub fn element(&mut self, tag: u8) -> Option<Element<'a>> {
        let mut ahead = *self;
        let element = ahead.any().filter(|element| element.tag == tag)?;
        *self = ahead;
        Some(element)
    }

    /// The inside of the next element, where it has this tag.
    pub fn inside(&mut self, tag: u8) -> Option<Self> {
        Some(Self::new(self.element(tag)?.content))
    }

    /// Nothing where the next element has another tag; the outer `None` where it cannot be read.
    #[expect(clippy::option_option, reason = "absent and malformed are two things")]
    pub fn optional(&mut self, tag: u8) -> Option<Option<Self>> {
        if self.next_is(tag) { self.inside(tag).map(Some) } else { Some(None) }
    }

    /// The next element, where it is a BOOLEAN in DER's one form of each value.
    pub fn boolean(&mut self) -> Option<bool> {
        match self.element(BOOLEAN)?.content {
            [0x00] => Some(false),
            [0xff] => Some(true),
            _ => None,
        }
    }

    /// The bytes of an INTEGER in its shortest form, its sign in the first bit.
    pub fn integer(&mut self) -> Option<&'a [u8]> {
        shortest(self.element(INTEGER)?.content)
    }

    /// An INTEGER that is not negative and fits `i64`.
    pub fn count(&mut self) -> Option<i64> {
        number(self.integer()?).filter(|number| *number >= 0)
    }

    /// An implicitly tagged INTEGER that fits `i64`.
    pub fn number_tagged(&mut self, tag: u8) -> Option<i64> {
        number(shortest(self.element(tag)?.content)?)
    }

    /// The content of an OBJECT IDENTIFIER.
    pub fn oid(&mut self) -> Option<&'a [u8]> {
        let content = self.element(der::OBJECT_IDENTIFIER)?.content;
        arcs(content).map(|_| content)
    }

    /// How many bits of the last byte are not used, and the bytes.
    pub fn bits(&mut self) -> Option<(u8, &'a [u8])> {
        let (&unused, bytes) = self.element(der::BIT_STRING)?.content.split_first()?;
        let padding = bytes.last().map_or(unused, |last| {
            last & 1_u8.checked_shl(unused.into()).map_or(0xff, |bit| bit.wrapping_sub(1))
        });
        (unused <= 7 && padding == 0).then_some((unused, bytes))
    }

    /// A UTCTime or a GeneralizedTime.
    pub fn time(&mut self) -> Option<Timestamp> {
        if self.next_is(UTC_TIME) {
            utc_time(self.element(UTC_TIME)?.content)
        } else {
            let text = self.element(GENERALIZED_TIME)?.content;
            let (year, rest) = text.split_at_checked(4)?;
            moment(digits(year)?, rest, Seconds::Given)
        }
    }
}

/// Of `count` bytes, in as few as hold it.
fn long_length(count: usize, rest: &[u8]) -> Option<(usize, &[u8])> {
    let (bytes, rest) = rest.split_at_checked(count)?;
    let length = bytes.iter().fold(0, |sum: usize, byte| sum << 8 | usize::from(*byte));
    (length >= 0x80 && bytes.first() != Some(&0)).then_some((length, rest))
}

fn shortest(bytes: &[u8]) -> Option<&[u8]> {
    match bytes {
        [] | [0x00, 0x00..=0x7f, ..] | [0xff, 0x80..=0xff, ..] => None,
        _ => Some(bytes),
    }
}

fn number(bytes: &[u8]) -> Option<i64> {
    let sign = if bytes.first()? & 0x80 == 0 { 0 } else { -1 };
    (bytes.len() <= 8).then(|| bytes.iter().fold(sign, |sum: i64, byte| sum << 8 | i64::from(*byte)))
}

/// The numbers of an object identifier, each below 2³¹.
pub fn arcs(content: &[u8]) -> Option<Vec<u32>> {
    let mut numbers = Vec::new();
    let (mut number, mut begun) = (0_u32, false);
    for byte in content {
        if (!begun && *byte == 0x80) || number >= 1 << 24 {
            return None;
        }
        number = number << 7 | u32::from(byte & 0x7f);
        begun = byte & 0x80 != 0;
        if !begun {
            numbers.push(number);
            number = 0;
        }
    }
    let (&first, rest) = numbers.split_first()?;
    let top = (first / 40).min(2);
    let both = [top, first.checked_sub(top.checked_mul(40)?)?];
    (!begun).then(|| [&both, rest].concat())
}

/// `2.5.29.15`
pub fn dotted(oid: &[u8]) -> String {
    let arcs = arcs(oid).unwrap_or_default();
    arcs.iter().map(ToString::to_string).collect::<Vec<_>>().join(".")
}

/// Two digits of a year: from 1950 to 2049. Go reads it without seconds too.
fn utc_time(text: &[u8]) -> Option<Timestamp> {
    let (year, rest) = text.split_at_checked(2)?;
    let year = digits(year)?;
    let year = year.checked_add(if year < 50 { 2000 } else { 1900 })?;
    moment(year, rest, Seconds::Given).or_else(|| moment(year, rest, Seconds::LeftOut))
}

#[derive(Clone, Copy, PartialEq, Eq)]
enum Seconds {
    Given,
    LeftOut,
}

/// Month, day, time and zone behind a year. "No well-defined end" (99991231235959Z) lies past the last moment that can
/// be counted here.
fn moment(year: i16, rest: &[u8], seconds: Seconds) -> Option<Timestamp> {
    let (fields, zone) = rest.split_at_checked(if seconds == Seconds::Given { 10 } else { 8 })?;
    let at = |place: usize| i8::try_from(digits(fields.get(place..place.checked_add(2)?)?)?).ok();
    let second = if seconds == Seconds::Given { at(8)? } else { 0 };
    let civil = DateTime::new(year, at(0)?, at(2)?, at(4)?, at(6)?, second, 0).ok()?;
    // A second sixty is none of Go's.
    (second < 60).then_some(())?;
    Some(offset(zone)?.to_timestamp(civil).unwrap_or(Timestamp::MAX))
}

/// `Z`, or a difference of hours and minutes that is not nothing.
fn offset(zone: &[u8]) -> Option<Offset> {
    let (sign, text) = zone.split_first()?;
    let sign = match (sign, text) {
        (b'Z', []) => return Some(Offset::UTC),
        (b'+', _) => 1,
        (b'-', _) => -1,
        _ => return None,
    };
    let (hours, minutes) = text.split_at_checked(2)?;
    let (hours, minutes) =
        (i32::from(digits(hours)?), i32::from(digits(minutes).filter(|_| minutes.len() == 2)?));
    let seconds = hours.checked_mul(60)?.checked_add(minutes)?.checked_mul(60)?;
    if seconds == 0 || minutes >= 60 || hours > 24 {
        return None;
    }
    Offset::from_seconds(sign * seconds).ok()
}

fn digits(text: &[u8]) -> Option<i16> {
    text.iter().try_fold(0_i16, |sum, byte| {
        let digit = byte.is_ascii_digit().then(|| i16::from(byte - b'0'))?;
        sum.checked_mul(10)?.checked_add(digit)
    })
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn lengths_and_numbers_stand_in_their_shortest_form() {
        for (bytes, content) in [
            (&[0x04, 0x01, 0x07][..], Some(&[0x07][..])),
            (&[0x04, 0x81, 0x01, 0x07], None),
            (&[0x04, 0x82, 0x00, 0x80], None),
            (&[0x04, 0x80, 0x07, 0x00, 0x00], None),
            (&[0x04, 0x02, 0x07], None),
            (&[0x1f, 0x01, 0x07], None),
        ] {
            assert_eq!(Reader::new(bytes).any().map(|element| element.content), content, "{bytes:x?}");
        }
        for (bytes, number) in [
            (&[0x02, 0x01, 0x05][..], Some(5)),
            (&[0x02, 0x02, 0x00, 0xff], Some(255)),
            (&[0x02, 0x02, 0x00, 0x05], None),
            (&[0x02, 0x02, 0xff, 0x85], None),
            (&[0x02, 0x01, 0x85], None),
            (&[0x02, 0x00], None),
        ] {
            assert_eq!(Reader::new(bytes).count(), number, "{bytes:x?}");
        }
    }

    #[test]
    fn times_are_read_as_go_reads_them() {
        let time = |tag: u8, text: &str| {
            let bytes = der::wrap(tag, text.as_bytes());
            Reader::new(&bytes).time().map(|time| time.to_string())
        };
        for (text, said) in [
            ("490102030405Z", Some("2049-01-02T03:04:05Z")),
            ("500102030405Z", Some("1950-01-02T03:04:05Z")),
            ("4901020304Z", Some("2049-01-02T03:04:00Z")),
            ("490102030405+0130", Some("2049-01-02T01:34:05Z")),
            ("490102030405+0000", None),
            ("490230030405Z", None),
            ("490102030460Z", None),
            ("490102030405", None),
        ] {
            assert_eq!(time(UTC_TIME, text).as_deref(), said, "{text}");
        }
        assert_eq!(time(GENERALIZED_TIME, "20500102030405Z").as_deref(), Some("2050-01-02T03:04:05Z"));
        assert_eq!(time(GENERALIZED_TIME, "20500102030405.5Z"), None);
        assert_eq!(time(GENERALIZED_TIME, "99991231235959Z"), Some(Timestamp::MAX.to_string()));
    }

    #[test]
    fn object_identifiers_are_told_by_their_numbers() {
        assert_eq!(dotted(&[0x55, 0x1d, 0x0f]), "2.5.29.15");
        assert_eq!(dotted(&[0x2a, 0x86, 0x48]), "1.2.840");
        assert_eq!(arcs(&[0x55, 0x80, 0x01]), None);
        assert_eq!(arcs(&[0x55, 0x81]), None);
        assert_eq!(arcs(&[]), None);
    }

    proptest! {
        #[test]
        fn no_input_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            let mut reader = Reader::new(&bytes);
            let _ = (reader.bits(), reader.time(), reader.oid(), reader.count(), reader.any());
        }
    }
}
