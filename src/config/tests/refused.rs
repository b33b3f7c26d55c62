//! Every bad file is refused with exactly the errors that stand beside it.

use std::collections::BTreeSet;

use crate::config::{Flags, Requested};

const CASES: &str = include_str!("refused.txt");

struct Case {
    title: &'static str,
    text: String,
    errors: Vec<&'static str>,
}

fn cases() -> Vec<Case> {
    CASES.split("\n== ").skip(1).map(case).collect()
}

fn case(block: &'static str) -> Case {
    let (title, rest) = block.split_once('\n').unwrap();
    let lines: Vec<&str> = rest.lines().filter(|line| !line.starts_with("=> ")).collect();
    let text = format!("{}\n", lines.join("\n").trim_end_matches('\n'));
    let errors = rest.lines().filter_map(|line| line.strip_prefix("=> ")).collect();
    Case { title, text, errors }
}

#[test]
fn every_bad_file_is_refused_with_its_errors_and_no_others() {
    for Case { title, text, errors } in cases() {
        let said = match Requested::parse(Some(&text), &Flags::default()) {
            Ok(_) => String::new(),
            Err(errors) => errors.to_string(),
        };
        assert_eq!(said.lines().collect::<Vec<_>>(), errors, "{title}");
    }
}

#[test]
fn each_case_has_its_own_title_and_at_least_one_error() {
    let cases = cases();
    let titles: BTreeSet<&str> = cases.iter().map(|case| case.title).collect();
    assert!(
        titles.len() == cases.len() && cases.len() > 45,
        "{} titles, {} cases",
        titles.len(),
        cases.len()
    );
    assert!(cases.iter().all(|case| !case.errors.is_empty()));
}

#[test]
fn no_error_shows_a_secret() {
    for secret in ["hunter2", "123456", "1234567890123456"] {
        assert!(cases().iter().any(|case| case.text.contains(secret)), "{secret}");
        assert!(
            !cases().iter().any(|case| case.errors.iter().any(|error| error.contains(secret))),
            "{secret}"
        );
    }
}

#[test]
fn a_file_that_cannot_be_read_does_not_hide_what_the_flags_have_wrong() {
    let flags = Flags { pod_network_cidr: Some("10.0.0.0/16".to_owned()), ..Flags::default() };
    let errors = Requested::parse(Some("a: [\n"), &flags).unwrap_err();
    assert_eq!(errors.0.len(), 2, "{errors}");
}
