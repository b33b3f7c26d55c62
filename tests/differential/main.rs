//! kubewright against the real kubeadm, configuration by configuration.
//!
//! `cargo test --test differential` reads `tests/configs/*.yaml`, lets both programs plan each of them for each
//! Kubernetes minor, breaks both trees up into properties (a certificate's life, a YAML value, a file's mode) and
//! lists where they differ. What may differ is in `known.rs`, each entry with its reason. Nothing on the machine
//! changes, and no root is needed.
//!
//! `MINORS='1.29 1.37'` names the minors whose kubeadm is asked. What kubewright writes for the others is held against digests of what
//! it wrote when their kubeadm was asked last, in tests/digests; with `UPDATE=1` those of the minors that are asked are made anew.
//!
//! With `SMALL_KEYS=1` most configurations are compared with ECDSA's keys in place of RSA's, which take most of the time; with the default's
//! there are the digests then.
//!
//! `DIFFERENTIAL=12,30-sans` picks configurations by the beginning of their names; the check that each known
//! difference still shows is then left out, as are all other configurations.
#![expect(clippy::disallowed_methods, reason = "a test program has effects of its own")]

mod case;
mod certificate;
mod digests;
mod fields;
mod images;
mod key;
#[path = "../kubeadms/mod.rs"]
mod kubeadms;
mod known;
mod mutations;
mod objects;
mod paper;
mod pki_check;
mod programs;
mod refusals;
mod renewals;
mod run;
mod snapshot;
#[path = "../cli/spellings.rs"]
mod spellings;
mod tree;
mod users;
mod v1beta3;
mod verify;
mod written;

use kubeadms::minor::Minor;
use kubeadms::say;

/// The two comparisons of each minor.
macro_rules! minors {
    ($($name:ident $minor:ident)*) => {$(
        mod $name {
            use super::{Minor, digests, if_wanted, run};

            #[test]
            fn kubewright_plans_what_kubeadm_does() {
                if_wanted(Minor::$minor, run::compare_all);
                digests::hold_all(Minor::$minor);
            }

            #[test]
            fn what_kubeadm_writes_for_real_is_the_same_folders_and_files() {
                if_wanted(Minor::$minor, run::compare_written);
            }
        }
    )*};
}

fn if_wanted(minor: Minor, compare: fn(Minor)) {
    if minor.is_wanted() {
        compare(minor);
    } else {
        say(&format!("Kubernetes {} is not among MINORS", minor.number()));
    }
}

minors! {
    v1_29 V1_29
    v1_30 V1_30
    v1_31 V1_31
    v1_32 V1_32
    v1_33 V1_33
    v1_34 V1_34
    v1_35 V1_35
    v1_36 V1_36
    v1_37 V1_37
}

#[test]
fn the_images_are_listed_as_kubeadm_lists_them() {
    let equal: usize = Minor::wanted().map(images::compare_lists).sum();
    say(&format!("{equal} lists of images equal"));
}

#[test]
fn kubeadm_s_dry_run_shows_what_kubeadm_writes() {
    run::compare_kubeadm_with_its_dry_run();
}

#[test]
fn the_configurations_use_every_field_of_the_schema() {
    let unused = fields::unused(&case::all());
    assert!(unused.is_empty(), "no configuration uses:\n{}", unused.join("\n"));
}

#[test]
fn there_are_more_than_thirty_configurations() {
    assert!(case::all().len() > 30);
}

#[test]
fn the_document_of_differences_lists_what_is_known() {
    known::assert_documented();
}

#[test]
fn certificates_are_renewed_requested_and_told_as_kubeadm_does() {
    renewals::compare_all();
}

#[test]
fn nothing_is_wrong_with_what_kubeadm_makes() {
    pki_check::check_all();
}

#[test]
fn kubeconfigs_of_more_users_are_kubeadm_s() {
    users::compare_all();
}

/// That kubewright takes them too is shown without kubeadm, in tests/cli.
#[test]
fn the_spellings_of_flags_are_those_that_kubeadm_takes() {
    for same in spellings::SAME {
        let said = |arguments: &[&str]| {
            let mut command = std::process::Command::new(Minor::V1_36.kubeadm());
            command.args(arguments).env("KUBEADM_INIT_DRYRUN_DIR", run::scratch("spellings"));
            let output = command.output().unwrap();
            let line = String::from_utf8_lossy(&output.stderr).into_owned();
            let error = line.lines().find(|line| line.starts_with("error:")).map(str::to_owned);
            (output.status.code(), String::from_utf8_lossy(&output.stdout).into_owned(), error)
        };
        let first = said(same[0]);
        for other in &same[1..] {
            assert_eq!(said(other), first, "{other:?}");
        }
    }
}

#[test]
fn kubeadm_does_not_differ_from_itself() {
    run::compare_kubeadm_with_itself();
}

#[test]
fn each_mutation_of_a_tree_is_found_and_nothing_else() {
    mutations::find_all();
}

#[test]
fn a_late_clock_shows_in_every_time_and_nothing_else() {
    mutations::find_late_clock();
}

#[test]
fn what_kubewright_refuses_kubeadm_refuses_too_but_for_reasons() {
    assert_eq!(refusals::unexplained(), Vec::<String>::new());
}
