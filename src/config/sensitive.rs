//! Names of fields whose values are secrets, and parts of a line that look like one: what no quoted line shows.

use std::ops::Range;

use super::suggest::nearest;

/// Fields whose values never stand in an error. Two are structs, but who gives them a text gives them the token.
pub const SECRET: [&str; 5] =
    ["token", "tlsBootstrapToken", "certificateKey", "bootstrapToken", "bootstrapTokens"];

/// Those of them that are structs, of which only some fields are secrets.
pub const STRUCTS: [&str; 2] = ["bootstrapToken", "bootstrapTokens"];

/// A token may have come into the place of the one, and a URL with a password be the other; the last is HTTP's headers.
const MAY_BE_SECRET: [&str; 3] = ["caCertHashes", "kubeConfigPath", "staticPodURLHeader"];

/// Whatever else has one of these in its name.
const WORDS: [&str; 8] =
    ["token", "password", "passwd", "secret", "credential", "certificatekey", "authorization", "apikey"];

/// What only says where a secret is.
const PLACES: [&str; 5] = ["file", "path", "dir", "directory", "ref"];

/// Whether the value of a field or flag of this name is not to be shown; a misspelt name counts as what was meant.
pub fn is_secret(name: &str) -> bool {
    let letters: String = name.chars().filter(|c| c.is_alphanumeric()).flat_map(char::to_lowercase).collect();
    let among = |names: &[&str]| names.iter().any(|known| known.eq_ignore_ascii_case(&letters));
    if among(&SECRET) || among(&MAY_BE_SECRET) {
        return true;
    }
    if PLACES.iter().any(|end| letters.ends_with(end)) {
        return false;
    }
    // A name that one of these begins with is another field's.
    let alike = nearest(&letters, SECRET).filter(|name| name.len().abs_diff(letters.len()) <= 2);
    WORDS.iter().any(|word| letters.contains(word)) || alike.is_some()
}

/// What looks like a secret wherever it stands: a bootstrap token, a key, who asks in a URL, a value behind its name.
pub fn secrets(line: &[char]) -> Vec<Range<usize>> {
    let words = runs(line, |c| !c.is_whitespace() && !matches!(c, '"' | '\'' | '`'));
    let mut found: Vec<Range<usize>> = words.iter().filter_map(|word| user_of(line, word)).collect();
    found.extend(words.iter().filter_map(|word| assigned(line, word)));
    found.extend(words.windows(2).filter(|pair| is_scheme(line, &pair[0])).map(|pair| pair[1].clone()));
    found.extend(words.iter().filter(|word| is_anchor(line, word)).map(|word| word.end..line.len()));
    found.extend(tokens(line));
    let long = |run: &Range<usize>| run.len() >= LONG && line[run.clone()].iter().any(char::is_ascii_digit);
    let keys = runs(line, |c| c.is_ascii_alphanumeric() || "+_=".contains(c)).into_iter().filter(long);
    found.extend(keys.filter(|run| !ends_with(&line[..run.start], "sha256:")));
    found
}

/// Of hexadecimal digits, 128 bits.
const LONG: usize = 32;

fn runs(line: &[char], is_part: impl Fn(char) -> bool) -> Vec<Range<usize>> {
    let mut all = Vec::new();
    let mut start = None;
    for at in 0..=line.len() {
        match (start, line.get(at).is_some_and(|c| is_part(*c))) {
            (None, true) => start = Some(at),
            (Some(from), false) => {
                all.push(from..at);
                start = None;
            }
            (None, false) | (Some(_), true) => {}
        }
    }
    all
}

/// `USER:PASSWORD` of `http://USER:PASSWORD@HOST`, and what stands in its place without a scheme.
fn user_of(line: &[char], word: &Range<usize>) -> Option<Range<usize>> {
    let text = &line[word.clone()];
    let at = text.iter().rposition(|c| *c == '@')?;
    if starts_with(&text[at + 1..], "sha256:") {
        return None;
    }
    let before = &text[..at];
    let slashes = before.windows(3).position(|three| three == [':', '/', '/']).map(|found| found + 3);
    let from = slashes.or_else(|| before.contains(&':').then_some(0))?;
    Some(word.start + from..word.start + at)
}

/// `VALUE` of `--token=VALUE`, and of `?access_token=VALUE`.
fn assigned(line: &[char], word: &Range<usize>) -> Option<Range<usize>> {
    let text = &line[word.clone()];
    let name_of = |equals: usize| {
        let name =
            text[..equals].iter().rev().take_while(|c| c.is_ascii_alphanumeric() || "-_".contains(**c));
        name.collect::<Vec<_>>().into_iter().rev().collect::<String>()
    };
    let mut signs = text.iter().enumerate().filter(|(_, c)| **c == '=').map(|(at, _)| at);
    let equals = signs.find(|at| is_secret(&name_of(*at)))?;
    Some(word.start + equals + 1..word.end)
}

/// Of HTTP's header Authorization.
fn is_scheme(line: &[char], word: &Range<usize>) -> bool {
    let text: String = line[word.clone()].iter().collect();
    ["bearer", "basic"].contains(&text.to_lowercase().as_str())
}

/// What it names may be the value of any field.
fn is_anchor(line: &[char], word: &Range<usize>) -> bool {
    word.len() > 1 && line[word.start] == '&'
}

/// Bootstrap tokens, those with a typing error among them.
fn tokens(line: &[char]) -> Vec<Range<usize>> {
    let parts = runs(line, |c| c.is_ascii_alphanumeric());
    let is_token = |pair: &&[Range<usize>]| {
        let (id, secret) = (&pair[0], &pair[1]);
        let is_joined = secret.start == id.end + 1 && line[id.end] == '.';
        let is_exact = id.len() == 6 && secret.len() == 16;
        let is_near = (4..=8).contains(&id.len())
            && (12..=20).contains(&secret.len())
            && line[secret.clone()].iter().any(char::is_ascii_digit);
        is_joined && (is_exact || is_near)
    };
    parts.windows(2).filter(is_token).map(|pair| pair[0].start..pair[1].end).collect()
}

fn starts_with(line: &[char], text: &str) -> bool {
    line.iter().copied().take(text.len()).eq(text.chars())
}

fn ends_with(line: &[char], text: &str) -> bool {
    line.len() >= text.len() && starts_with(&line[line.len() - text.len()..], text)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versions::schema::Type;

    fn without(line: &str) -> String {
        let chars: Vec<char> = line.chars().collect();
        let hidden = secrets(&chars);
        let kept = chars.iter().enumerate().filter(|(at, _)| !hidden.iter().any(|range| range.contains(at)));
        kept.map(|(_, c)| c).collect()
    }

    #[test]
    fn what_looks_like_a_secret_is_found_wherever_it_stands() {
        for (line, kept) in [
            ("x: abcdef.0123456789abcdef", "x: "),
            ("x: abcdef.0123456789abcde, y", "x: , y"),
            ("x: ABCDEF.0123456789abcdefg", "x: "),
            ("x: http://user:p@ss@proxy:3128", "x: http://@proxy:3128"),
            ("x: http://user:p/ss@proxy:3128", "x: http://@proxy:3128"),
            ("x: user:pass@proxy:3128", "x: @proxy:3128"),
            ("x: --token=hunter2 --y=z", "x: --token= --y=z"),
            ("x: https://a/b?c=d&access_token=hunter2", "x: https://a/b?c=d&access_token="),
            ("x: Bearer hunter2", "x: Bearer "),
            ("x: &a hunter2", "x: &a"),
            (&format!("x: {}", "0af9".repeat(16)), "x: "),
        ] {
            assert_eq!(without(line), kept);
        }
    }

    #[test]
    fn what_is_none_stays() {
        for line in [
            "podSubnet: 10.244.0.0/16,fd00:10::/64",
            "imageRepository: registry.example.org:5000/kubernetes",
            "controlPlaneEndpoint: cluster.internal.example.org:6443",
            "imageTag: v1.14.2@sha256:55ae5d250caebc548793f321534bc6a8ef1d116f334f18f4ada1b2daad3251b2",
            "criSocket: unix:///var/run/containerd/containerd.sock",
        ] {
            assert_eq!(without(line), line);
        }
    }

    #[test]
    fn misspelt_names_of_secrets_count_as_such() {
        for name in
            ["token", "Token", "tokne", "certifcateKey", "certificate-key", "bootstrapTokn", "myPassword"]
        {
            assert!(is_secret(name), "{name}");
        }
    }

    /// Of all fields that there are, no other is hidden.
    #[test]
    fn fields_that_hold_no_secret_are_shown() {
        let texts = [
            super::super::kind::INIT_V1BETA4,
            super::super::kind::CLUSTER_V1BETA4,
            super::super::kind::CLUSTER_V1BETA3,
            super::super::kind::JOIN_V1BETA4,
            super::super::kind::JOIN_V1BETA3,
            super::super::kind::RESET_V1BETA4,
            super::super::kind::UPGRADE_V1BETA4,
        ];
        for text in texts {
            let schema = text.schema();
            let mut names = vec![schema.root().to_owned()];
            let mut seen = std::collections::BTreeSet::new();
            while let Some(name) = names.pop() {
                if !seen.insert(name.clone()) {
                    continue;
                }
                for field in schema.fields(&name) {
                    names.extend(inner(&field.of));
                    let known =
                        SECRET.contains(&field.name.as_str()) || MAY_BE_SECRET.contains(&field.name.as_str());
                    assert_eq!(is_secret(&field.name), known, "{}", field.name);
                }
            }
        }
    }

    fn inner(of: &Type) -> Option<String> {
        match of {
            Type::Struct(name) => Some(name.clone()),
            Type::List(of) | Type::Map(of) => inner(of),
            _ => None,
        }
    }
}
