//! Every command has its manual page.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

use std::fs;

use clap::Command;
use kubewright::cli::{Invocation, outline};

#[expect(dead_code, reason = "its main is the example's")]
#[path = "../examples/man.rs"]
mod man;

/// The names of a command and those below it, as in `kubewright-init-phase`.
fn pages(command: &Command, above: &str) -> Vec<String> {
    let name = format!("{above}{}", command.get_name());
    let below = command.get_subcommands().flat_map(|below| pages(below, &format!("{name}-")));
    std::iter::once(name.clone()).chain(below).collect()
}

#[test]
fn every_command_has_a_manual_page_that_names_its_flags() {
    let folder = tempfile::TempDir::new().unwrap();
    man::write(folder.path()).unwrap();
    let pages = pages(&outline(Invocation::Kubewright), "");
    assert!(pages.len() > 60, "{pages:?}");
    for page in pages {
        let text = fs::read_to_string(folder.path().join(format!("{page}.1"))).unwrap();
        assert!(text.contains(".TH kubewright") && text.contains("SYNOPSIS"), "{page}: {text}");
        assert!(
            !text.contains("EXTRA") && !text.contains("<BOOL>") && !text.contains("no effect"),
            "{page}: {text}"
        );
    }
    let read = |page: &str| fs::read_to_string(folder.path().join(page)).unwrap();
    let join = read("kubewright-join.1");
    for words in [r"discovery\-token\-ca\-cert\-hash", "/download\\-certs"] {
        assert!(join.contains(words), "{words}: {join}");
    }
    for (page, sections) in [
        (
            "kubewright-join.1",
            &[".SH \"JOINING OPTIONS\"", ".SH \"GLOBAL OPTIONS\"", ".SH EXAMPLES", ".SH PHASES"][..],
        ),
        ("kubewright-completion.1", &[".SH EXAMPLES", ".SH NOTES"]),
        ("kubewright-upgrade-apply.1", &[".SH EXAMPLES", ".SH NOTES", ".SH PHASES"]),
        ("kubewright.1", &[".SH EXAMPLES", ".SH VERSION"]),
    ] {
        let text = read(page);
        let found: Vec<&str> = text.lines().filter(|line| sections.contains(line)).collect();
        assert_eq!(found, sections, "{page}: {text}");
    }
}
