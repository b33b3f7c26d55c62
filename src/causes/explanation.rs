//! A cause as it was found: in words, with what shows it and what fixes it.

use super::{Cause, Line, Speaker};

/// Why what is waited for does not come.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Explanation {
    /// The cause, as the table lists it.
    pub cause: Cause,
    /// `kube-apiserver does not know the flag --x`
    pub summary: String,
    /// What was seen that shows it, one line each.
    pub evidence: Vec<String>,
    /// The command that fixes it, or what to do where no command can.
    pub remedy: String,
    /// Whether to wait on.
    pub outlook: Outlook,
}

/// Whether there is any use in waiting on.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Outlook {
    /// It cannot heal by itself.
    Final,
    /// It may be the disorder of a start; once it has been seen for some seconds without a break, it is final.
    FinalIfItLasts,
    /// This program fixes it itself; it is final where that fails.
    Fixable,
    /// It may heal: it is told when the wait is over.
    Open,
}

/// What a row has found: all of an [`Explanation`] but the cause, which is the row's.
pub struct Diagnosis {
    summary: String,
    evidence: Vec<String>,
    remedy: String,
    outlook: Outlook,
}

/// What is told of a line at most: a log may hold anything.
const LONGEST: usize = 400;
/// What stands behind this is not seen at first sight.
const FAR: usize = 200;

impl Diagnosis {
    /// Without evidence and remedy so far.
    pub fn new(outlook: Outlook, summary: impl Into<String>) -> Self {
        Self { summary: summary.into(), evidence: Vec::new(), remedy: String::new(), outlook }
    }

    /// With one more piece of evidence, behind the others.
    #[must_use]
    pub fn seen(mut self, evidence: impl Into<String>) -> Self {
        self.evidence.push(evidence.into());
        self
    }

    /// The line, and who says it.
    #[must_use]
    pub fn said(self, line: Line<'_>) -> Self {
        let text = shown(line.text);
        match line.speaker {
            Speaker::Kubelet => self.seen(format!("the kubelet's journal: {text}")),
            Speaker::Container(container) => self.seen(format!("{}; its log: {text}", container.told())),
            Speaker::Runtime(container) => self.seen(format!("{}; the runtime: {text}", container.told())),
        }
    }

    /// The line from what counts in it on, where that stands far back.
    #[must_use]
    pub fn said_of(self, line: Line<'_>, mark: &str) -> Self {
        let text = match line.text.find(mark) {
            Some(at) if at > FAR => &line.text[line.text[..at].rfind(": ").map_or(at, |start| start + 2)..],
            Some(_) | None => line.text,
        };
        self.said(Line { text, ..line })
    }

    /// With what to do about it.
    #[must_use]
    pub fn remedy(self, remedy: impl Into<String>) -> Self {
        Self { remedy: remedy.into(), ..self }
    }

    /// Of the row that has found it.
    pub fn because_of(self, cause: Cause) -> Explanation {
        let Self { summary, evidence, remedy, outlook } = self;
        Explanation { cause, summary, evidence, remedy, outlook }
    }
}

/// A line as it may be told: without secrets, and not endless.
fn shown(line: &str) -> String {
    let words: Vec<String> = line.split(' ').map(hidden).collect();
    let line = words.join(" ");
    match line.char_indices().nth(LONGEST) {
        None => line,
        Some((end, _)) => format!("{}…", &line[..end]),
    }
}

/// A word with bootstrap tokens (`abcdef.0123456789abcdef`) and bearer tokens (`eyJ…`) blotted out.
fn hidden(word: &str) -> String {
    let is_part = |c: char| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '_');
    let mut told = String::with_capacity(word.len());
    let mut rest = word;
    while let Some(start) = rest.find(is_part) {
        let end = rest[start..].find(|c| !is_part(c)).map_or(rest.len(), |length| start + length);
        told.push_str(&rest[..start]);
        told.push_str(if is_secret(&rest[start..end]) { "<hidden>" } else { &rest[start..end] });
        rest = &rest[end..];
    }
    told + rest
}

fn is_secret(text: &str) -> bool {
    let is_token_text =
        |part: &str| part.bytes().all(|byte| byte.is_ascii_lowercase() || byte.is_ascii_digit());
    let is_bootstrap_token = text.split_once('.').is_some_and(|(id, secret)| {
        id.len() == 6 && secret.len() == 16 && is_token_text(id) && is_token_text(secret)
    });
    is_bootstrap_token || text.starts_with("eyJ") && text.contains('.')
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tokens_are_not_told() {
        let told =
            shown("token=abcdef.0123456789abcdef, Bearer \"eyJhbGciOi.eyJpc3MiOi.c2ln\" at 10.0.0.1:6443");
        assert_eq!(told, "token=<hidden>, Bearer \"<hidden>\" at 10.0.0.1:6443");
    }

    #[test]
    fn a_line_has_an_end() {
        assert_eq!(shown(&"é".repeat(1000)).chars().count(), LONGEST + 1);
    }

    #[test]
    fn what_counts_is_told_where_it_stands_far_back() {
        let text = format!("E1121 {}: runc: for systemd cgroups, got \"/kubepods\"", "x".repeat(300));
        let line = Line { speaker: Speaker::Kubelet, text: &text };
        let found = Diagnosis::new(Outlook::Open, "").said_of(line, "systemd cgroups");
        assert_eq!(found.evidence, ["the kubelet's journal: for systemd cgroups, got \"/kubepods\""]);
    }

    #[test]
    fn other_words_stay_as_they_are() {
        let line = "E1121 20:17:37.361337     763 run.go:72] \"command failed\" err=\"unknown flag: --x\"";
        assert_eq!(shown(line), line);
    }
}
