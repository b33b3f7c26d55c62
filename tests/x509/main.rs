//! `pki::go` against Go itself: what it reads and trusts of certificates that openssl makes, and of thousands that differ from
//! those in one byte.
//!
//! Needs Go and openssl: `cargo test --test x509`.
#![expect(clippy::disallowed_methods, reason = "openssl and Go are processes, and they read files")]

mod odd;
#[path = "../reissued/mod.rs"]
mod reissued;

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::process::Command;

use jiff::Timestamp;
use kubewright::pki::go::{Certificate, Pool, Purpose, verify};
use kubewright::pki::{self, FoundCert, NewLife, PrivateKey, Serial};
use odd::Odd;
use reissued::Made;
use tempfile::TempDir;

/// What is asked of a chain.
struct Question {
    name: String,
    now: Timestamp,
    purposes: Vec<Purpose>,
    leaf: usize,
    roots: Vec<usize>,
    intermediates: Vec<usize>,
}

/// What Go says of each certificate, and of each question.
fn judge(certificates: &[Vec<u8>], questions: &[Question]) -> (Vec<String>, Vec<String>) {
    let scratch = TempDir::new().unwrap();
    let at = |name: &str| scratch.path().join(name);
    let hex = |der: &Vec<u8>| {
        der.iter().fold(String::new(), |mut line, byte| {
            write!(line, "{byte:02x}").unwrap();
            line
        })
    };
    let lines = |all: Vec<String>| all.into_iter().map(|line| line + "\n").collect::<String>();
    fs::write(at("certificates"), lines(certificates.iter().map(hex).collect())).unwrap();
    fs::write(at("questions"), lines(questions.iter().map(line).collect())).unwrap();
    let program = Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/x509/judge.go");
    // As the components are built, of whose packages most are then compiled already.
    let mut go = Command::new("go");
    go.env("CGO_ENABLED", "0").args(["run", "-trimpath"]).arg(program);
    let run = go.arg(at("certificates")).arg(at("questions")).output();
    let run = run.expect("go is needed by this test");
    assert!(run.status.success(), "{}", String::from_utf8_lossy(&run.stderr));
    let mut said: Vec<String> = String::from_utf8(run.stdout).unwrap().lines().map(str::to_owned).collect();
    let behind = said.split_off(certificates.len());
    assert_eq!(behind.len(), questions.len());
    (said, behind)
}

fn line(question: &Question) -> String {
    let letter = |purpose: &Purpose| match purpose {
        Purpose::Server => 's',
        Purpose::Client => 'c',
    };
    let purposes: String = question.purposes.iter().map(letter).collect();
    let purposes = if purposes.is_empty() { "-".to_owned() } else { purposes };
    let places = |places: &[usize]| {
        let all: Vec<String> = places.iter().map(ToString::to_string).collect();
        if all.is_empty() { "-".to_owned() } else { all.join(",") }
    };
    let (now, leaf) = (question.now.as_second(), question.leaf);
    format!("{now} {purposes} {leaf} {} {}", places(&question.roots), places(&question.intermediates))
}

/// Go's answer and ours, where they differ.
fn differs(name: &str, go: &str, ours: &Result<(), String>) -> Option<String> {
    (go.starts_with("yes") != ours.is_ok()).then(|| format!("{name}: Go says {go:?}, and we {ours:?}"))
}

fn read(der: &[u8]) -> Result<(), String> {
    Certificate::parse(der).map(drop).map_err(|why| why.to_string())
}

/// At least so many answers of each kind, so that the table is no empty one.
fn both_kinds(said: &[String], least: usize) {
    let yes = said.iter().filter(|said| *said == "yes").count();
    assert!(yes >= least && said.len() - yes >= least, "{yes} of {} are taken", said.len());
}

#[test]
fn odd_certificates_are_read_and_trusted_as_go_does_it() {
    let odd = Odd::made();
    let ders: Vec<Vec<u8>> = odd.certificates.iter().map(|(_, der)| der.clone()).collect();
    let readable: Vec<bool> = ders.iter().map(|der| Certificate::parse(der).is_ok()).collect();
    let questions: Vec<Question> = odd
        .questions()
        .into_iter()
        .filter(|question| {
            let all = question.roots.iter().chain(&question.intermediates).chain([&question.leaf]);
            all.into_iter().all(|place| readable[*place])
        })
        .collect();
    let (certificates, chains) = judge(&ders, &questions);
    let mut wrong = Vec::new();
    for ((name, der), go) in odd.certificates.iter().zip(&certificates) {
        wrong.extend(differs(name, go, &read(der)));
    }
    let parsed: Vec<Option<Certificate<'_>>> = ders.iter().map(|der| Certificate::parse(der).ok()).collect();
    let pool = |places: &[usize]| -> Vec<Certificate<'_>> {
        places.iter().filter_map(|place| parsed[*place].clone()).collect()
    };
    for (question, go) in questions.iter().zip(&chains) {
        let (roots, intermediates) = (pool(&question.roots), pool(&question.intermediates));
        let pool = Pool { roots: &roots, intermediates: &intermediates };
        let leaf = parsed[question.leaf].as_ref().unwrap();
        let ours = verify(leaf, pool, question.now, &question.purposes).map_err(|why| why.to_string());
        wrong.extend(differs(&question.name, go, &ours));
    }
    assert!(wrong.is_empty(), "{}", wrong.join("\n"));
    both_kinds(&certificates, 3);
    both_kinds(&chains, 15);
}

const CHANGES: [u8; 4] = [0x01, 0x20, 0x80, 0xff];

#[test]
fn certificates_with_one_byte_changed_are_read_as_go_reads_them() {
    let all = std::env::var_os("ALL_CHANGES").is_some();
    let odd = Odd::made();
    let mut mutants = Vec::new();
    for (name, der) in &odd.certificates {
        for place in 0..der.len() {
            // Each byte by one of them, and with `ALL_CHANGES=1` by all.
            let chosen = if all { &CHANGES[..] } else { &CHANGES[place % CHANGES.len()..][..1] };
            for change in chosen {
                let mut mutant = der.clone();
                mutant[place] ^= change;
                mutants.push((format!("{name}, byte {place} changed by {change:#x}"), mutant));
            }
        }
    }
    let ders: Vec<Vec<u8>> = mutants.iter().map(|(_, der)| der.clone()).collect();
    let (said, _) = judge(&ders, &[]);
    let rows = mutants.iter().zip(&said);
    let wrong: Vec<String> = rows.filter_map(|((name, der), go)| differs(name, go, &read(der))).collect();
    assert!(
        wrong.is_empty(),
        "{} of {}:\n{}",
        wrong.len(),
        said.len(),
        wrong[..wrong.len().min(40)].join("\n")
    );
    both_kinds(&said, if all { 1000 } else { 250 });
}

/// Of each, (the CA as it was, issued again, what it has signed before and after that).
fn issued_again(made: &Made) -> [Vec<u8>; 4] {
    let read = |name: &str| pki::certificates(&fs::read(made.path(name)).unwrap()).unwrap().own;
    let key = PrivateKey::from_pem(&fs::read(made.path("ca.key")).unwrap()).unwrap();
    let life =
        NewLife { serial: Serial::new(77), now: Timestamp::now(), validity: "87600h".parse().unwrap() };
    let new: FoundCert = pki::reissue(&read("ca.crt"), &key, life).unwrap();
    fs::write(made.path("new.crt"), new.to_pem()).unwrap();
    made.sign("new.crt", "second.crt");
    [read("ca.crt").der, new.der, read("leaf.crt").der, read("second.crt").der]
}

#[test]
fn go_takes_old_and_new_leaves_below_a_ca_and_the_same_issued_again() {
    let (mut ders, mut questions) = (Vec::new(), Vec::new());
    for made in Made::all() {
        let first = ders.len();
        ders.extend(issued_again(&made));
        for leaf in [first + 2, first + 3] {
            for roots in [vec![first], vec![first + 1], vec![first, first + 1]] {
                questions.push(Question {
                    name: format!("{}, leaf {} below {roots:?}", made.name, leaf - first),
                    now: Timestamp::now(),
                    purposes: vec![Purpose::Server, Purpose::Client],
                    leaf,
                    roots,
                    intermediates: Vec::new(),
                });
            }
        }
    }
    let (certificates, chains) = judge(&ders, &questions);
    assert!(certificates.iter().all(|said| said == "yes"), "{certificates:?}");
    let named = questions.iter().zip(&chains).filter(|(_, said)| *said != "yes");
    let refused: Vec<String> = named.map(|(question, said)| format!("{}: {said}", question.name)).collect();
    assert!(refused.is_empty(), "{}", refused.join("\n"));
    assert_eq!(chains.len(), 60);
}
