//! Bytes → text in UTF-8, or a guess at what they are instead.

use std::fmt;

/// What a file that is no UTF-8 seems to be.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Encoding {
    /// UTF-16, by the mark at its beginning.
    Utf16,
    /// Without a mark at its beginning, as the two without one below.
    Utf16Le,
    /// UTF-16 with the larger byte first, by the zeros between its letters.
    Utf16Be,
    /// UTF-32, by the mark at its beginning.
    Utf32,
    /// ISO 8859-1.
    Latin1,
    /// Microsoft's code page for Western Europe.
    Windows1252,
    /// Compressed by gzip.
    Gzip,
    /// No text.
    Binary,
}

/// What every reader here wants is UTF-8.
#[derive(Debug, Clone, PartialEq, Eq, thiserror::Error)]
#[error("line {line}, column {column}: this is not UTF-8 but {guess}")]
pub struct NotUtf8 {
    /// Of the first byte that is none, counted from 1.
    pub line: usize,
    /// That byte's place in its line, counted from 1.
    pub column: usize,
    /// What the file seems to be.
    pub guess: Encoding,
}

const UTF8_MARK: &[u8] = b"\xef\xbb\xbf";
/// At the beginning of a file: those of UTF-32 first, since one begins as that of UTF-16 does.
const MARKS: [(&[u8], Encoding); 5] = [
    (b"\xff\xfe\0\0", Encoding::Utf32),
    (b"\0\0\xfe\xff", Encoding::Utf32),
    (b"\xff\xfe", Encoding::Utf16),
    (b"\xfe\xff", Encoding::Utf16),
    (b"\x1f\x8b", Encoding::Gzip),
];

/// The text, without the mark that some editors put before UTF-8.
///
/// # Errors
/// The bytes are no UTF-8, or have the zeros of UTF-16 between their letters.
pub fn decode(bytes: Vec<u8>) -> Result<String, NotUtf8> {
    let marked = MARKS.iter().find(|(mark, _)| bytes.starts_with(mark));
    if let Some((_, guess)) = marked {
        return Err(NotUtf8 { line: 1, column: 1, guess: *guess });
    }
    let bytes = if bytes.starts_with(UTF8_MARK) { bytes[UTF8_MARK.len()..].to_vec() } else { bytes };
    match bytes.iter().position(|byte| *byte == 0) {
        Some(at) => Err(not_utf8(&bytes, at, guess_by_zeros(&bytes))),
        None => String::from_utf8(bytes).map_err(|error| {
            let at = error.utf8_error().valid_up_to();
            not_utf8(error.as_bytes(), at, guess_by_letters(error.as_bytes()))
        }),
    }
}

fn not_utf8(bytes: &[u8], at: usize, guess: Encoding) -> NotUtf8 {
    let before = &bytes[..at];
    let line = before.split(|byte| *byte == b'\n').count();
    let start = before.iter().rposition(|byte| *byte == b'\n').map_or(0, |end| end + 1);
    NotUtf8 { line, column: String::from_utf8_lossy(&before[start..]).chars().count() + 1, guess }
}

/// Of ASCII's letters, UTF-16 makes two bytes of which one is zero.
fn guess_by_zeros(bytes: &[u8]) -> Encoding {
    let zeros = |parity: usize| bytes.iter().skip(parity).step_by(2).filter(|byte| **byte == 0).count();
    let (even, odd, most) = (zeros(0), zeros(1), bytes.len() / 5);
    match (even > most, odd > most) {
        (false, true) => Encoding::Utf16Le,
        (true, false) => Encoding::Utf16Be,
        (true, true) => Encoding::Utf32,
        (false, false) => Encoding::Binary,
    }
}

fn guess_by_letters(bytes: &[u8]) -> Encoding {
    let is_control = |byte: &&u8| **byte < b' ' && !matches!(**byte, b'\t' | b'\n' | b'\r');
    let high = bytes.iter().filter(|byte| !byte.is_ascii()).count();
    if bytes.iter().any(|byte| is_control(&byte)) || high * 3 > bytes.len() {
        Encoding::Binary
    } else if bytes.iter().any(|byte| (0x80..0xa0).contains(byte)) {
        Encoding::Windows1252
    } else {
        Encoding::Latin1
    }
}

impl Encoding {
    /// As iconv calls it; `None` where that is no text.
    pub const fn iconv(self) -> Option<&'static str> {
        match self {
            Self::Utf16 => Some("UTF-16"),
            Self::Utf16Le => Some("UTF-16LE"),
            Self::Utf16Be => Some("UTF-16BE"),
            Self::Utf32 => Some("UTF-32"),
            Self::Latin1 => Some("ISO-8859-1"),
            Self::Windows1252 => Some("WINDOWS-1252"),
            Self::Gzip | Self::Binary => None,
        }
    }
}

impl fmt::Display for Encoding {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        out.write_str(match self {
            Self::Utf16 | Self::Utf16Le | Self::Utf16Be => "UTF-16",
            Self::Utf32 => "UTF-32",
            Self::Latin1 => "looks like Latin-1 (ISO-8859-1)",
            Self::Windows1252 => "looks like Windows-1252",
            Self::Gzip => "a file that gzip has compressed",
            Self::Binary => "no text",
        })
    }
}

impl NotUtf8 {
    /// The command that makes UTF-8 of `file`.
    pub fn hint(&self, file: &str) -> Option<String> {
        match (self.guess, self.guess.iconv()) {
            (_, Some(name)) => Some(format!("`iconv -f {name} -t UTF-8 {file} > NEW` converts it")),
            (Encoding::Gzip, None) => Some(format!("`gzip -dc {file} > NEW` unpacks it")),
            (_, None) => None,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const TEXT: &str = "kind: A\nname: \u{e4}\n";

    fn guess(bytes: Vec<u8>) -> Encoding {
        decode(bytes).unwrap_err().guess
    }

    fn units(of: impl Fn(u16) -> [u8; 2]) -> Vec<u8> {
        TEXT.encode_utf16().flat_map(of).collect()
    }

    #[test]
    fn utf_8_is_taken_with_and_without_its_mark() {
        assert_eq!(decode(TEXT.into()).unwrap(), TEXT);
        assert_eq!(decode(format!("\u{feff}{TEXT}").into()).unwrap(), TEXT);
        assert_eq!(decode(Vec::new()).unwrap(), "");
    }

    #[test]
    fn other_encodings_are_guessed_with_and_without_a_mark() {
        let (little, big) = (units(u16::to_le_bytes), units(u16::to_be_bytes));
        assert_eq!(guess([b"\xff\xfe", little.as_slice()].concat()), Encoding::Utf16);
        assert_eq!(guess([b"\xfe\xff", big.as_slice()].concat()), Encoding::Utf16);
        assert_eq!((guess(little), guess(big)), (Encoding::Utf16Le, Encoding::Utf16Be));
        let utf32: Vec<u8> = TEXT.chars().flat_map(|c| u32::from(c).to_le_bytes()).collect();
        assert_eq!(guess(utf32), Encoding::Utf32);
        assert_eq!(guess(b"name: \xe4\n".to_vec()), Encoding::Latin1);
        assert_eq!(guess(b"name: \x93a\x94\n".to_vec()), Encoding::Windows1252);
        assert_eq!(guess(b"\x1f\x8b\x08".to_vec()), Encoding::Gzip);
        assert_eq!(guess(b"\x7fELF\x02\x01\x01\0\0\0\x80".to_vec()), Encoding::Binary);
    }

    #[test]
    fn the_place_and_the_command_are_told() {
        let found = decode(b"kind: A\nname: \xe4\n".to_vec()).unwrap_err();
        assert_eq!(
            found.to_string(),
            "line 2, column 7: this is not UTF-8 but looks like Latin-1 (ISO-8859-1)"
        );
        let hint = found.hint("c.yaml").unwrap();
        assert_eq!(hint, "`iconv -f ISO-8859-1 -t UTF-8 c.yaml > NEW` converts it");
    }
}
