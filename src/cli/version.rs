//! `version`: this program's, or, called as kubeadm, that of the kubeadm that it stands for.

use clap::{Arg, ArgMatches, Command};
use serde_json::{Value, json};

use super::claim::Claim;
use super::failure::Failure;
use super::flag_group::FlagGroup;
use super::flags::FlagValues;
use super::invocation::Invocation;
use super::lists::yaml_of;
use crate::host::Node;
use crate::report;
use crate::versions::{self, KubernetesVersion};

/// This program's own version.
pub const OWN: &str = env!("CARGO_PKG_VERSION");

/// `version`, as the program that it was called as has it.
pub fn command(invocation: Invocation) -> Command {
    let format = Arg::new("output")
        .short('o')
        .long("output")
        .value_name("FORMAT")
        .value_parser(["text", "short", "json", "yaml"])
        .default_value("text")
        .help_heading(FlagGroup::Output.heading())
        .help("How it is printed");
    let about = match invocation {
        Invocation::Kubewright => "Print the version, and the Kubernetes minors that it carries",
        Invocation::Kubeadm => "Print the version of kubeadm that this program stands for",
    };
    Command::new("version").about(about).arg(format)
}

/// Prints the version in the format of `-o`; as kubeadm, that of the kubeadm which this program stands for.
pub fn run(node: &Node, matches: &ArgMatches, invocation: Invocation) -> Result<(), Failure> {
    let told = match invocation {
        Invocation::Kubewright => own(),
        Invocation::Kubeadm => kubeadm(&Info::of(&Claim::read(node)?.version().0)),
    };
    match FlagValues(matches).text("output").as_deref() {
        Some("json") => report::json(&told.document),
        Some("yaml") => report::document(&yaml_of(&told.document, "the version")?),
        Some("short") => report::out(&format!("{}\n", told.short)),
        Some(_) | None => report::out(&format!("{}\n", told.text)),
    }
    Ok(())
}

/// A version in each of its forms.
struct Told {
    text: String,
    short: String,
    document: Value,
}

fn own() -> Told {
    let minors: Vec<String> = versions::MINORS.iter().map(|minor| format!("1.{}", minor.number)).collect();
    Told {
        text: format!("kubewright {OWN}, for Kubernetes {}", minors.join(", ")),
        short: OWN.to_owned(),
        document: json!({ "kubewright": OWN, "kubernetesMinors": minors }),
    }
}

/// Of `version.Info` (k8s.io/apimachinery) what this program can tell, and for the rest what a build of Kubernetes says
/// that does not know it either. The commit's place names this program, so that nobody looks for it in Kubernetes.
struct Info {
    major: u64,
    minor: u64,
    git_version: String,
    git_commit: String,
    platform: String,
}

const NO_DATE: &str = "1970-01-01T00:00:00Z";
const COMPILER: &str = "rustc";
/// In Go's form, and one that there never was: scripts split it at `go`.
const NO_GO: &str = "go0.0.0";
const TREE: &str = "clean";

impl Info {
    /// The version that `init` takes where none is given.
    fn of(version: &KubernetesVersion) -> Self {
        Self {
            major: version.major(),
            minor: version.minor(),
            git_version: version.to_string(),
            git_commit: format!("kubewright-{OWN}"),
            platform: format!("{}/{}", std::env::consts::OS, go_arch(std::env::consts::ARCH)),
        }
    }
}

/// Rust's name of an architecture → Go's.
fn go_arch(name: &str) -> &str {
    match name {
        "x86_64" => "amd64",
        "aarch64" => "arm64",
        "x86" => "386",
        "powerpc64" => "ppc64le",
        other => other,
    }
}

fn kubeadm(info: &Info) -> Told {
    let Info { major, minor, git_version, git_commit, platform } = info;
    let text = format!(
        "kubeadm version: &version.Info{{Major:\"{major}\", Minor:\"{minor}\", EmulationMajor:\"\", EmulationMinor:\"\", \
         MinCompatibilityMajor:\"\", MinCompatibilityMinor:\"\", GitVersion:\"{git_version}\", GitCommit:\"{git_commit}\", \
         GitTreeState:\"{TREE}\", BuildDate:\"{NO_DATE}\", GoVersion:\"{NO_GO}\", Compiler:\"{COMPILER}\", Platform:\"{platform}\"}}"
    );
    let document = json!({ "clientVersion": {
        "major": major.to_string(),
        "minor": minor.to_string(),
        "gitVersion": git_version,
        "gitCommit": git_commit,
        "gitTreeState": TREE,
        "buildDate": NO_DATE,
        "goVersion": NO_GO,
        "compiler": COMPILER,
        "platform": platform,
    } });
    Told { text, short: git_version.clone(), document }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn kubeadm_s_line_is_that_of_a_go_struct() {
        let info = Info {
            major: 1,
            minor: 37,
            git_version: "v1.37.1".into(),
            git_commit: "c".into(),
            platform: "linux/amd64".into(),
        };
        let told = kubeadm(&info);
        assert_eq!(
            told.text,
            "kubeadm version: &version.Info{Major:\"1\", Minor:\"37\", EmulationMajor:\"\", EmulationMinor:\"\", \
             MinCompatibilityMajor:\"\", MinCompatibilityMinor:\"\", GitVersion:\"v1.37.1\", GitCommit:\"c\", \
             GitTreeState:\"clean\", BuildDate:\"1970-01-01T00:00:00Z\", GoVersion:\"go0.0.0\", Compiler:\"rustc\", \
             Platform:\"linux/amd64\"}"
        );
        assert_eq!(told.short, "v1.37.1");
        assert_eq!(told.document["clientVersion"]["minor"], "37");
    }

    #[test]
    fn no_field_that_scripts_read_is_empty() {
        let document = kubeadm(&Info::of(&versions::newest().stable_version())).document;
        for (name, value) in document["clientVersion"].as_object().unwrap() {
            assert!(value.as_str().is_some_and(|text| !text.is_empty()), "{name}");
        }
    }
}
