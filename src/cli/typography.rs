//! Characters that word processors and web pages put in the place of those that a command line has.

use std::ffi::OsString;

/// The character, what it is called, and what was meant.
type Row = (char, &'static str, &'static str);

#[rustfmt::skip]
const DASHES: &[Row] = &[
    ('\u{2010}', "a typographic hyphen", "-"),
    ('\u{2011}', "a non-breaking hyphen", "-"),
    ('\u{2012}', "a figure dash", "-"),
    ('\u{2013}', "a long dash", "--"),
    ('\u{2014}', "a long dash", "--"),
    ('\u{2015}', "a long dash", "--"),
    ('\u{2212}', "a minus sign", "-"),
    ('\u{fe58}', "a small dash", "-"),
    ('\u{fe63}', "a small hyphen", "-"),
    ('\u{ff0d}', "a full-width hyphen", "-"),
];

#[rustfmt::skip]
const OTHERS: &[Row] = &[
    ('\u{2018}', "a curly quote", "'"),
    ('\u{2019}', "a curly quote", "'"),
    ('\u{201a}', "a curly quote", "'"),
    ('\u{201b}', "a curly quote", "'"),
    ('\u{201c}', "a curly quote", "\""),
    ('\u{201d}', "a curly quote", "\""),
    ('\u{201e}', "a curly quote", "\""),
    ('\u{201f}', "a curly quote", "\""),
    ('\u{ab}', "a quote", "\""),
    ('\u{bb}', "a quote", "\""),
    ('\u{a0}', "a non-breaking space", " "),
    ('\u{2007}', "a non-breaking space", " "),
    ('\u{202f}', "a non-breaking space", " "),
    ('\u{3000}', "a full-width space", " "),
    ('\u{ff1d}', "a full-width equals sign", "="),
    ('\u{ad}', "an invisible hyphen", ""),
    ('\u{200b}', "an invisible space", ""),
    ('\u{200c}', "an invisible character", ""),
    ('\u{200d}', "an invisible character", ""),
    ('\u{2060}', "an invisible character", ""),
    ('\u{feff}', "an invisible character", ""),
];

/// A word that cannot have been meant as it is.
#[derive(Debug, thiserror::Error, PartialEq, Eq)]
#[error("{place} has {what} in it (U+{:04X}), as word processors and web pages make it", u32::from(*.character))]
pub struct Mistyped {
    place: String,
    what: &'static str,
    character: char,
    /// The word as it was meant, where it is a flag.
    meant: Option<String>,
}

impl Mistyped {
    /// What to do about it.
    pub fn hint(&self) -> String {
        match &self.meant {
            Some(flag) => format!("write {flag}"),
            None => "type that word by hand".to_owned(),
        }
    }
}

/// The first word, of which the first is the program's, whose flag's name or whole is mistyped. What follows a flag is not
/// looked at here, and no word is repeated but a flag's name: it may be a secret.
pub fn refusal(words: &[OsString]) -> Option<Mistyped> {
    let before_values = words.iter().enumerate().skip(1).take_while(|(_, word)| *word != "--");
    before_values
        .filter_map(|(number, word)| Some((number, word.to_str()?)))
        .find_map(|(number, word)| mistyped(number, word))
}

/// What the user should know of the values of flags. Free texts may hold what they like.
pub fn warnings(words: &[OsString]) -> Vec<String> {
    let flags = words.iter().skip(1).take_while(|word| *word != "--").filter_map(|word| {
        let (name, value) = word.to_str()?.split_once('=')?;
        (name.starts_with('-') && name != "--description").then_some((name, value))
    });
    let warning = |(name, value): (&str, &str)| {
        let (character, what, _) = find(value)?;
        Some(format!("the value of {name} has {what} in it (U+{:04X})", u32::from(character)))
    };
    flags.filter_map(warning).collect()
}

fn mistyped(number: usize, word: &str) -> Option<Mistyped> {
    let is_flag = word.starts_with('-') || word.starts_with(|first| DASHES.iter().any(|row| row.0 == first));
    let looked_at = if is_flag { name(word) } else { word };
    let (character, what, _) = find(looked_at)?;
    let place = if is_flag {
        format!("{:?}", visible(looked_at))
    } else {
        format!("word {number} of the command line")
    };
    Some(Mistyped { place, what, character, meant: is_flag.then(|| meant(looked_at)) })
}

/// A flag without its value, whatever stands for the equals sign.
fn name(word: &str) -> &str {
    word.split(['=', '\u{ff1d}', ' ', '\u{a0}']).next().unwrap_or(word)
}

fn visible(text: &str) -> String {
    let plain = |c: char| if OTHERS.iter().any(|row| row.0 == c) { '\u{fffd}' } else { c };
    text.chars().map(plain).collect()
}

/// Dashes before a flag's name are one for a letter and two for a word; one within it is a hyphen.
fn meant(flag: &str) -> String {
    let is_dash = |c: char| c == '-' || DASHES.iter().any(|row| row.0 == c);
    let name = flag.trim_start_matches(is_dash);
    let plain = |c: char| match find_row(c) {
        Some(_) if is_dash(c) => "-".to_owned(),
        Some((.., plain)) => plain.trim().to_owned(),
        None => c.to_string(),
    };
    let name: String = name.chars().map(plain).collect();
    if name.chars().count() == 1 { format!("-{name}") } else { format!("--{name}") }
}

fn find(text: &str) -> Option<Row> {
    text.chars().find_map(find_row)
}

fn find_row(c: char) -> Option<Row> {
    DASHES.iter().chain(OTHERS).copied().find(|row| row.0 == c)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &[&str]) -> Option<(String, String)> {
        let words: Vec<OsString> = line.iter().map(OsString::from).collect();
        refusal(&words).map(|found| (found.to_string(), found.hint()))
    }

    #[test]
    fn a_long_dash_is_named_with_the_flag_that_was_meant_and_without_its_value() {
        for (word, meant) in [
            ("\u{2014}token=abcdef.0123456789abcdef", "write --token"),
            ("\u{2013}token", "write --token"),
            ("\u{2013}v", "write -v"),
            ("\u{2212}\u{2212}config", "write --config"),
            ("-\u{2011}config", "write --config"),
            ("--pod\u{2011}network\u{2010}cidr=10.0.0.0/8", "write --pod-network-cidr"),
            ("--to\u{200b}ken=x", "write --token"),
        ] {
            let (said, hint) = of(&["k", "init", word]).unwrap();
            assert_eq!(hint, meant, "{word}");
            assert!(said.contains("(U+") && !said.contains("0123456789"), "{said}");
        }
    }

    #[test]
    fn other_words_are_counted_and_not_repeated() {
        let (said, _) = of(&["k", "token", "create", "\u{201c}abcdef.0123456789abcdef\u{201d}"]).unwrap();
        let wanted = "word 3 of the command line has a curly quote in it (U+201C), as word processors and web pages make it";
        assert_eq!(said, wanted);
        assert!(of(&["k", "init\u{a0}--dry-run"]).is_some());
    }

    #[test]
    fn words_without_such_characters_and_those_behind_two_hyphens_are_left_alone() {
        assert_eq!(of(&["\u{2014}k", "init", "--node-name=n\u{f6}de", "-v=5"]), None);
        assert_eq!(of(&["k", "token", "delete", "--", "\u{2014}x"]), None);
        assert_eq!(of(&["k", "token", "create", "--description=\u{2014} mine"]), None);
    }

    #[test]
    fn values_of_flags_are_warned_of_but_for_free_texts() {
        let words = |line: &[&str]| warnings(&line.iter().map(OsString::from).collect::<Vec<_>>());
        let warned = words(&["k", "init", "--token=\u{201c}abcdef\u{201d}", "--node-name=a"]);
        assert_eq!(warned, ["the value of --token has a curly quote in it (U+201C)"]);
        assert!(words(&["k", "token", "create", "--description=\u{201c}mine\u{201d}"]).is_empty());
    }
}
