//! The few pieces of DER (X.690) that stand between our crates and Go's bytes: wrap, and split again.

/// The tag of bits, with a count of unused ones before them.
pub const BIT_STRING: u8 = 0x03;
/// The tag of bytes.
pub const OCTET_STRING: u8 = 0x04;
/// The tag of an object identifier.
pub const OBJECT_IDENTIFIER: u8 = 0x06;
/// The tag of a text of any characters.
pub const UTF8_STRING: u8 = 0x0c;
/// The tag of a text of letters, digits and a few signs, as in country names.
pub const PRINTABLE_STRING: u8 = 0x13;
/// The tag of a SEQUENCE, constructed.
pub const SEQUENCE: u8 = 0x30;
/// The tag of a SET, constructed.
pub const SET: u8 = 0x31;

/// The tag `[0]`, constructed: before a certificate's version.
pub const VERSION: u8 = 0xa0;

/// The tag `[number]`, primitive: RFC 5280's implicitly tagged fields.
pub const fn context(number: u8) -> u8 {
    0x80 | number
}

/// `content` behind its tag and length.
pub fn wrap(tag: u8, content: &[u8]) -> Vec<u8> {
    let mut out = vec![tag];
    out.extend(length(content.len()));
    out.extend(content);
    out
}

/// Below 128 a length is its own byte; above, it takes as few bytes as hold it, behind their count.
fn length(length: usize) -> Vec<u8> {
    if let Ok(short @ 0..0x80) = u8::try_from(length) {
        return vec![short];
    }
    let bytes = length.to_be_bytes().into_iter().skip_while(|byte| *byte == 0);
    let count = bytes.clone().fold(0x80, |count, _| count + 1);
    std::iter::once(count).chain(bytes).collect()
}

/// A SET OF: its members in the order of their bytes, as DER wants them.
pub fn set(mut members: Vec<Vec<u8>>) -> Vec<u8> {
    members.sort();
    wrap(SET, &members.concat())
}

/// One element: all of it, and what is inside.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub struct Element<'a> {
    /// Class, form and number in one byte.
    pub tag: u8,
    /// With tag and length.
    pub whole: &'a [u8],
    /// Without them.
    pub content: &'a [u8],
}

/// The first element of `input` and what follows it; `None` where the input is no DER.
pub fn split(input: &[u8]) -> Option<(Element<'_>, &[u8])> {
    let (&tag, rest) = input.split_first()?;
    let (&first, rest) = rest.split_first()?;
    let (length, rest) = if first < 0x80 {
        (usize::from(first), rest)
    } else {
        let (bytes, rest) = rest.split_at_checked(usize::from(first & 0x7f))?;
        (long_length(bytes)?, rest)
    };
    let (content, tail) = rest.split_at_checked(length)?;
    Some((Element { tag, whole: &input[..input.len() - tail.len()], content }, tail))
}

fn long_length(bytes: &[u8]) -> Option<usize> {
    (1..=4).contains(&bytes.len()).then(|| bytes.iter().fold(0, |sum, byte| sum << 8 | usize::from(*byte)))
}

/// All elements inside `content`, one after the other.
pub fn elements(mut content: &[u8]) -> Option<Vec<Element<'_>>> {
    let mut found = Vec::new();
    while !content.is_empty() {
        let (element, rest) = split(content)?;
        found.push(element);
        content = rest;
    }
    Some(found)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    proptest! {
        #[test]
        fn what_is_wrapped_splits_back(content in prop::collection::vec(any::<u8>(), 0..70_000), tail in any::<[u8; 3]>()) {
            let mut bytes = wrap(OCTET_STRING, &content);
            let length = bytes.len();
            bytes.extend(tail);
            let (element, rest) = split(&bytes).unwrap();
            prop_assert_eq!(element.tag, OCTET_STRING);
            prop_assert_eq!(element.content, &content[..]);
            prop_assert_eq!(element.whole.len(), length);
            prop_assert_eq!(rest, &tail[..]);
        }

        #[test]
        fn no_input_makes_it_panic(bytes in prop::collection::vec(any::<u8>(), 0..40)) {
            if let Some((element, rest)) = split(&bytes) {
                prop_assert_eq!(element.whole.len() + rest.len(), bytes.len());
            }
        }
    }
}
