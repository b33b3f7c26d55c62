//! Runs of the program with `-o json`.

use std::fs;
use std::process::{Command, Output, Stdio};

use assert_cmd::cargo::cargo_bin;
use serde_json::Value;
use tempfile::TempDir;

use crate::schema::complaints;

/// What a run has printed for machines, and its exit code.
#[derive(Debug)]
pub struct Told {
    pub code: i32,
    pub document: Value,
}

impl Told {
    pub fn has(&self, kind: &str, status: &str) -> bool {
        self.document["kind"] == kind && self.document["status"] == status
    }

    pub fn error_ids(&self) -> Vec<&str> {
        let errors = self.document["errors"].as_array().unwrap();
        errors.iter().map(|error| error["id"].as_str().unwrap()).collect()
    }
}

pub fn output(arguments: &[&str]) -> Output {
    let mut command = Command::new(cargo_bin("kubewright"));
    command.args(arguments).env_clear().env("PATH", std::env::var("PATH").unwrap());
    command.stdin(Stdio::null()).output().unwrap()
}

/// Runs the program with `-o json` behind its arguments. Standard output holds one document and nothing else; that fits
/// its schema, and its errors go with the exit code.
pub fn told(arguments: &[&str]) -> Told {
    let output = output(&[arguments, &["-o", "json"]].concat());
    let said = String::from_utf8_lossy(&output.stderr);
    let document: Value = serde_json::from_slice(&output.stdout).unwrap_or_else(|error| {
        panic!("{arguments:?}: {error}\n{}\n{said}", String::from_utf8_lossy(&output.stdout))
    });
    let wrong = complaints(&document);
    assert!(wrong.is_empty(), "{arguments:?}: {wrong:?}\n{document:#}");
    let code = output.status.code().unwrap();
    if document["apiVersion"] == "output.kubewright/v1" {
        let failed = !document["errors"].as_array().unwrap().is_empty();
        assert_eq!(failed, code != 0, "{arguments:?} ends with {code}: {document:#}");
        let status = document["status"].as_str().unwrap();
        assert_eq!(failed, ["failed", "incomplete"].contains(&status), "{arguments:?}: {document:#}");
        assert!(!failed || !said.is_empty(), "{arguments:?} tells people nothing");
    }
    Told { code, document }
}

/// A folder that stands for a host on which init has run.
pub fn laid_out() -> TempDir {
    let scratch = TempDir::new().unwrap();
    let folder = scratch.path().to_str().unwrap();
    let flags = ["init", "--dry-run", "--output-dir", folder, "--apiserver-advertise-address=10.0.0.1"];
    let told = told(&flags);
    assert!(told.has("Init", "done"), "{told:?}");
    assert!(fs::exists(scratch.path().join("etc/kubernetes/admin.conf")).unwrap());
    scratch
}
