//! `config images list`: what both programs print for each case, to the byte, and as JSON by value.

use std::path::Path;
use std::process::{Command, Output};

use serde_json::Value;

use crate::case::{self, Ready};
use crate::kubeadms::minor::Minor;
use crate::programs;
use crate::run::{scratch, side_by_side};

/// The flags of init that this command has too.
const FLAGS: &[&str] = &["--feature-gates", "--image-repository", "--kubernetes-version"];

/// How many lists are equal; panics where one is not.
pub fn compare_lists(minor: Minor) -> usize {
    let cases: Vec<_> = case::picked()
        .into_iter()
        .filter(|case| case.applies_to(minor) && case.beyond(minor).is_none())
        .collect();
    let root = scratch(&format!("images-{}", minor.number()));
    let complaints = side_by_side(&cases, |case| complaints(&case.prepare(minor, &root))).concat();
    assert!(complaints.is_empty(), "\n{}", complaints.join("\n"));
    cases.len() * 3
}

fn complaints(case: &Ready) -> Vec<String> {
    let theirs =
        |format: &str| list(case, &case.minor.kubeadm(), programs::reference_config(case).as_deref(), format);
    let ours = |format: &str| {
        list(
            case,
            &programs::called(case, Path::new(env!("CARGO_BIN_EXE_kubewright"))),
            case.config.as_deref(),
            format,
        )
    };
    let differs = |format: &str| {
        let (theirs, ours) = (theirs(format), ours(format));
        let equal = match format {
            "json" => value(&theirs) == value(&ours),
            _ => of_v1alpha3(&theirs) == of_v1alpha3(&ours),
        };
        let sound = theirs.status.success() && ours.status.success() && equal;
        (!sound).then(|| {
            format!("{} {} {format}: kubeadm {theirs:?}\nkubewright {ours:?}", case.name, case.minor.number())
        })
    };
    ["text", "yaml", "json"].iter().filter_map(|format| differs(format)).collect()
}

fn value(output: &Output) -> Value {
    serde_json::from_str(&of_v1alpha3(output)).unwrap_or_default()
}

/// kubeadm 1.29 and 1.30 have the same fields in v1alpha2.
fn of_v1alpha3(output: &Output) -> String {
    String::from_utf8_lossy(&output.stdout).replace("k8s.io/v1alpha2", "k8s.io/v1alpha3")
}

pub fn is_taken(argument: &str) -> bool {
    FLAGS.iter().any(|flag| argument.starts_with(flag))
}

fn list(case: &Ready, program: &Path, config: Option<&Path>, format: &str) -> Output {
    let mut command = Command::new(program);
    command.args(["config", "images", "list", "-o", format]);
    command.args(config.map(|path| format!("--config={}", path.display())));
    command.args(case.arguments.iter().filter(|argument| is_taken(argument)));
    programs::without_environment(&mut command).env("HOME", &case.scratch).output().unwrap()
}
