//! Runs of the program.

use std::process::{Command, Output, Stdio};
use std::time::{Duration, Instant};

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;

/// What a run with `-o json` came to.
#[derive(Debug)]
pub struct Ended {
    pub code: Option<i32>,
    pub said: String,
    pub document: Value,
    pub took: Duration,
}

impl Ended {
    /// Of the first error.
    pub fn id(&self) -> &str {
        self.document["errors"][0]["id"].as_str().unwrap_or_default()
    }
}

/// `under` is a command that runs the program, and its flags; none runs it as it is.
pub fn run(under: &[String], words: &[&str]) -> Ended {
    let program = cargo_bin("kubewright").display().to_string();
    let mut all: Vec<String> = under.to_vec();
    all.push(program);
    all.extend(words.iter().map(|word| (*word).to_owned()));
    all.extend(["-o".to_owned(), "json".to_owned()]);
    let mut command = Command::new(&all[0]);
    command.args(&all[1..]).env_clear().env("PATH", std::env::var("PATH").unwrap()).stdin(Stdio::null());
    timed(command)
}

pub fn timed(mut command: Command) -> Ended {
    let begun = Instant::now();
    let Output { status, stdout, stderr } = command.output().unwrap();
    Ended {
        code: status.code(),
        said: String::from_utf8_lossy(&stderr).into_owned(),
        document: serde_json::from_slice(&stdout).unwrap_or_default(),
        took: begun.elapsed(),
    }
}
