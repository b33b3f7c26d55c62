//! PEM in and out (RFC 7468), as Go's `encoding/pem` reads it: what is no whole block is skipped.

use std::ops::Range;

use base64::Engine;
use base64::alphabet;
use base64::engine::general_purpose::{GeneralPurpose, GeneralPurposeConfig, STANDARD};
use zeroize::Zeroizing;

/// Spare bits behind the last byte do not count.
const LENIENT: GeneralPurpose = GeneralPurpose::new(
    &alphabet::STANDARD,
    GeneralPurposeConfig::new().with_decode_allow_trailing_bits(true),
);

const BEGIN: &[u8] = b"-----BEGIN ";
const END: &[u8] = b"\n-----END ";
const DASHES: &[u8] = b"-----";

/// One block. Its content is wiped on drop, since it may be a key.
pub struct Block<'a> {
    /// What stands behind `BEGIN`, such as `RSA PRIVATE KEY`.
    pub label: &'a [u8],
    /// Lines such as `Proc-Type: 4,ENCRYPTED` before its content.
    pub has_headers: bool,
    /// Its bytes, decoded.
    pub content: Zeroizing<Vec<u8>>,
}

/// The DER of every block of `text` that Go takes for a certificate, in order: those with headers are none.
pub fn certificates(text: &[u8]) -> Vec<Vec<u8>> {
    placed_certificates(text).into_iter().map(|(_, der)| der).collect()
}

/// The same, with the place of each.
pub fn placed_certificates(text: &[u8]) -> Vec<(Range<usize>, Vec<u8>)> {
    let is_plain = |block: &Block<'_>| block.label == b"CERTIFICATE" && !block.has_headers;
    let all = placed(text).into_iter().filter(|(_, block)| is_plain(block));
    all.map(|(place, block)| (place, block.content.to_vec())).collect()
}

/// The DER of every `PUBLIC KEY` of `text`, a SubjectPublicKeyInfo each.
pub fn public_keys(text: &[u8]) -> Vec<Vec<u8>> {
    let mut rest = text;
    let items = rustls_pemfile::read_all(&mut rest).filter_map(Result::ok);
    items
        .filter_map(|item| match item {
            rustls_pemfile::Item::SubjectPublicKeyInfo(key) => Some(key.to_vec()),
            _ => None,
        })
        .collect()
}

/// Every whole block, whatever stands around it.
pub fn blocks(text: &[u8]) -> Vec<Block<'_>> {
    placed(text).into_iter().map(|(_, block)| block).collect()
}

/// The same, with the place of each: its lines, their ends among them.
pub fn placed(text: &[u8]) -> Vec<(Range<usize>, Block<'_>)> {
    let (mut found, mut rest) = (Vec::new(), text);
    while let Some(end) = find(rest, END) {
        let behind = |part: &[u8]| text.len().saturating_sub(part.len());
        let (block, after) = match block(rest, end) {
            Some((begin, block, after)) => {
                (Some((behind(rest).saturating_add(begin)..behind(after), block)), after)
            }
            None => (None, rest.get(end.saturating_add(END.len())..).unwrap_or_default()),
        };
        found.extend(block);
        rest = after;
    }
    found
}

/// The block whose END line begins at `end`, where it begins, and what follows it.
fn block(text: &[u8], end: usize) -> Option<(usize, Block<'_>, &[u8])> {
    let (before, trailer) = (text.get(..end)?, text.get(end.checked_add(END.len())?..)?);
    let begin = rfind(before, BEGIN)?;
    if begin.checked_sub(1).is_some_and(|place| text.get(place) != Some(&b'\n')) {
        return None;
    }
    let (first, mut rest) = line(text.get(begin.checked_add(BEGIN.len())?..)?);
    let label = first.strip_suffix(DASHES)?;
    let mut has_headers = false;
    let body = loop {
        let (next, behind) = line(rest);
        if rest.is_empty() || !next.contains(&b':') {
            break rest;
        }
        (has_headers, rest) = (true, behind);
    };
    let start = text.len().checked_sub(body.len())?;
    let body = match text.get(start..end) {
        Some(body) => body,
        // An empty block: its END line follows on its BEGIN line.
        None if !has_headers => &[],
        None => return None,
    };
    let (last, after) = line(trailer);
    if last.strip_suffix(DASHES)? != label {
        return None;
    }
    Some((begin, Block { label, has_headers, content: decode(body)? }, after))
}

fn decode(body: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
    let mut packed = Zeroizing::new(Vec::with_capacity(body.len()));
    packed.extend(body.iter().filter(|byte| !b" \t\r\n".contains(byte)));
    LENIENT.decode(packed.as_slice()).ok().map(Zeroizing::new)
}

/// The first line without its end and the blanks before that, and what follows.
fn line(text: &[u8]) -> (&[u8], &[u8]) {
    let end = text.iter().position(|byte| *byte == b'\n');
    let (line, rest) = end.map_or((text, &[][..]), |end| (&text[..end], &text[end.saturating_add(1)..]));
    let line = line.strip_suffix(b"\r").filter(|_| end.is_some()).unwrap_or(line);
    let blanks = line.iter().rev().take_while(|byte| b" \t".contains(byte)).count();
    (&line[..line.len().saturating_sub(blanks)], rest)
}

pub(super) fn find(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).position(|window| window == wanted)
}

fn rfind(text: &[u8], wanted: &[u8]) -> Option<usize> {
    text.windows(wanted.len()).rposition(|window| window == wanted)
}

/// `der` under `label`, in lines of 64 characters, as Go writes it. Wiped on drop, since it may be a key.
pub fn encode(label: &str, der: &[u8]) -> Zeroizing<Vec<u8>> {
    let body = Zeroizing::new(STANDARD.encode(der));
    // All the room at once: a buffer that grows leaves copies of the key behind.
    let room = body.len() + body.len() / 64 + 2 * label.len() + 40;
    let mut text = Zeroizing::new(Vec::with_capacity(room));
    text.extend(format!("-----BEGIN {label}-----\n").bytes());
    for line in body.as_bytes().chunks(64) {
        text.extend(line);
        text.push(b'\n');
    }
    text.extend(format!("-----END {label}-----\n").bytes());
    text
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn labels(text: &str) -> Vec<(String, bool, Vec<u8>)> {
        let told = |block: Block<'_>| {
            (String::from_utf8_lossy(block.label).into_owned(), block.has_headers, block.content.to_vec())
        };
        blocks(text.as_bytes()).into_iter().map(told).collect()
    }

    #[test]
    fn what_is_no_whole_block_is_passed_over() {
        for text in [
            "-----BEGIN A-----\nAQID\n",
            "-----BEGIN A--\nAQID\n-----END A-----\n",
            "-----BEGIN A-----\n?\n-----END A-----\n",
            "-----BEGIN A-----\nAQID\n-----END B-----\n",
            "-----BEGIN A-----\nAQID\n-----END A----- x\n",
            "x-----BEGIN A-----\nAQID\n-----END A-----\n",
            "-----BEGIN A-----\nDEK-Info: x\n-----END A-----\n",
        ] {
            assert_eq!(labels(text), [], "{text}");
            let twice = format!("{text}\n-----BEGIN C-----\nAQID\n-----END C-----");
            assert_eq!(labels(&twice), [("C".to_owned(), false, vec![1, 2, 3])], "{twice}");
        }
    }

    #[test]
    fn what_go_reads_is_read() {
        for text in [
            "Subject: x\n-----BEGIN A-----\nAQ\nID\n-----END A-----\nmore",
            "-----BEGIN A-----\r\nAQID\r\n-----END A-----\r\n",
            "-----BEGIN A-----  \n A Q\tID \n-----END A-----\t",
            "-----BEGIN A-----\n-----BEGIN A-----\nAQID\n-----END A-----",
        ] {
            assert_eq!(labels(text), [("A".to_owned(), false, vec![1, 2, 3])], "{text}");
        }
        assert_eq!(labels("-----BEGIN A-----\n-----END A-----\n"), [("A".to_owned(), false, vec![])]);
        let headed = "-----BEGIN A-----\nProc-Type: 4\nX: y\n\nAQID\n-----END A-----\n";
        assert_eq!(labels(headed), [("A".to_owned(), true, vec![1, 2, 3])]);
    }

    #[test]
    fn a_certificate_with_headers_is_none() {
        let block = |headers: &str| {
            format!("-----BEGIN CERTIFICATE-----\n{headers}AQID\n-----END CERTIFICATE-----\n")
        };
        let text = [block("X: y\n\n"), block("")].concat();
        assert_eq!(certificates(text.as_bytes()), [vec![1, 2, 3]]);
    }

    proptest! {
        #[test]
        fn each_block_is_what_stands_at_its_place(between in prop::collection::vec("[a-z ]{0,5}", 3)) {
            let [first, second] = [b"one", b"two"].map(|der| String::from_utf8(encode("CERTIFICATE", der).to_vec()).unwrap());
            let text = format!("{}\n{first}{}\n{second}{}", between[0], between[1], between[2]);
            let placed: Vec<_> = placed_certificates(text.as_bytes());
            let texts: Vec<_> = placed.iter().map(|(place, _)| &text[place.clone()]).collect();
            prop_assert_eq!(texts, [&first, &second]);
            prop_assert_eq!(&placed[1].1, b"two");
        }

        #[test]
        fn what_is_encoded_reads_back(der in prop::collection::vec(any::<u8>(), 0..300)) {
            let text = encode("CERTIFICATE", &der);
            prop_assert_eq!(certificates(&text), [der]);
        }

        #[test]
        fn no_input_makes_it_panic(text in "(-----BEGIN |\n-----END |A-----|-----|\n|\r|:|AQID| ){0,20}") {
            blocks(text.as_bytes());
        }
    }
}
