//! Every bad file is refused with exactly the errors that stand beside it.

use std::collections::BTreeSet;

use super::cases::{Case, cases};
use crate::config::{ConfigErrors, Flags, JoinFlags, Problem, Requested, RequestedJoin};

/// A command's cases, and how it reads a file.
type Command = (&'static str, fn(&str) -> Option<ConfigErrors>);

const COMMANDS: [Command; 2] = [
    (include_str!("refused.txt"), |text| Requested::parse(Some(text), &Flags::default()).err()),
    (include_str!("join_refused.txt"), |text| RequestedJoin::parse(Some(text), &JoinFlags::default()).err()),
];

#[test]
fn every_bad_file_is_refused_with_its_errors_and_no_others() {
    for (text, read) in COMMANDS {
        for Case { title, text, said } in cases(text) {
            let errors = read(&text).map(|errors| errors.to_string()).unwrap_or_default();
            assert_eq!(errors.lines().collect::<Vec<_>>(), said, "{title}");
        }
    }
}

#[test]
fn thousands_of_offences_are_each_told_once() {
    let arguments = format!("{}{}", "{}, ".repeat(5000), "{name: 1}, ".repeat(5000));
    let text = super::cluster(&format!("apiServer: {{extraArgs: [{arguments}]}}\n"));
    let errors = Requested::parse(Some(&text), &Flags::default()).unwrap_err();
    assert_eq!(errors.0.len(), 10_000);
    assert!(errors.0[..5000].iter().all(|error| error.problem == Problem::Missing));
}

#[test]
fn each_case_has_its_own_title_and_at_least_one_error() {
    for (text, _) in COMMANDS {
        let cases = cases(text);
        let titles: BTreeSet<&str> = cases.iter().map(|case| case.title).collect();
        assert!(
            titles.len() == cases.len() && cases.len() > 40,
            "{} titles, {} cases",
            titles.len(),
            cases.len()
        );
        assert!(cases.iter().all(|case| !case.said.is_empty()));
    }
}

#[test]
fn no_error_shows_a_secret() {
    for (text, _) in COMMANDS {
        let cases = cases(text);
        for secret in ["hunter2", "123456", "1234567890123456"] {
            assert!(cases.iter().any(|case| case.text.contains(secret)), "{secret}");
            assert!(
                !cases.iter().any(|case| case.said.iter().any(|error| error.contains(secret))),
                "{secret}"
            );
        }
    }
}

#[test]
fn a_file_that_cannot_be_read_does_not_hide_what_the_flags_have_wrong() {
    let flags = Flags { pod_network_cidr: Some("10.0.0.0/16".to_owned()), ..Flags::default() };
    let errors = Requested::parse(Some("a: [\n"), &flags).unwrap_err();
    assert_eq!(errors.0.len(), 2, "{errors}");
}
