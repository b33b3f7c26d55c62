//! What completion offers behind a flag whose values the command line does not limit.

use std::collections::BTreeSet;

use clap::Arg;

use super::command::entries;
use super::upgrade::VERSION;
use crate::plan::{PIPELINES, Pipeline};
use crate::preflight::{CHECKS, Check, Gate};
use crate::report;
use crate::upgrade;
use crate::versions::MINORS;

/// A flag with one value that is a list.
pub const FEATURE_GATES: &str = "feature-gates";

/// For the argument of a command, whose name is without the program's. Empty where there is nothing to offer, or the
/// command line itself says what there is.
pub fn offered(command: &str, arg: &Arg) -> Vec<String> {
    let top = command.split(' ').next().unwrap_or_default();
    match arg.get_id().as_str() {
        "skip-phases" => pipeline(command).map(phases).unwrap_or_default(),
        "ignore-preflight-errors" => checks(top),
        "kubernetes-version" | VERSION => kubernetes_versions(),
        FEATURE_GATES => feature_gates(),
        "usages" => texts(&["signing", "authentication"]),
        "output" if arg.get_possible_values().is_empty() => texts(report::FORMAT_NAMES),
        _ => Vec::new(),
    }
}

fn texts(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn pipeline(command: &str) -> Option<&'static Pipeline> {
    PIPELINES.into_iter().find(|pipeline| {
        command == pipeline.command || command.starts_with(&format!("{} ", pipeline.command))
    })
}

/// Groups and phases, as `--skip-phases` takes them, in the order in which they run.
fn phases(pipeline: &'static Pipeline) -> Vec<String> {
    let groups = pipeline.groups.iter().filter(|group| !group.hidden);
    let names = groups.flat_map(|group| {
        let paths = entries(pipeline, group).filter(|entry| entry.sub().is_some()).map(|entry| entry.path);
        std::iter::once(group.name).chain(paths)
    });
    names.map(str::to_owned).collect()
}

/// The checks of a command. Those that end in a hyphen are the beginnings of names, as in `Port-6443`.
fn checks(command: &str) -> Vec<String> {
    if command == "upgrade" {
        return ["all", "IsPrivilegedUser", "ImagePull"]
            .into_iter()
            .chain(upgrade::CHECKS.iter().map(|check| check.id))
            .map(str::to_owned)
            .collect();
    }
    let is_made = |check: &&Check| match command {
        "init" => check.at.contains(&Gate::Init),
        "join" => check.at.iter().any(|gate| *gate != Gate::Init),
        // A reset looks at nothing else.
        _ => check.name == "IsPrivilegedUser",
    };
    let names: BTreeSet<&str> = CHECKS.iter().filter(is_made).map(|check| check.name).collect();
    std::iter::once("all").chain(names).map(str::to_owned).collect()
}

/// Of each minor the newest patch, by its label and by its number.
fn kubernetes_versions() -> Vec<String> {
    let of_minors = MINORS
        .iter()
        .flat_map(|minor| [format!("stable-1.{}", minor.number), minor.stable_version().to_string()]);
    std::iter::once("stable-1".to_owned()).chain(of_minors).collect()
}

/// kubeadm's own, of every minor, on and off.
fn feature_gates() -> Vec<String> {
    let names: BTreeSet<&str> =
        MINORS.iter().flat_map(|minor| minor.feature_gates).map(|gate| gate.name).collect();
    names.into_iter().flat_map(|name| [format!("{name}=true"), format!("{name}=false")]).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::{Flags, Requested};
    use crate::plan::{INIT, JOIN};

    #[test]
    fn every_phase_that_is_offered_can_be_skipped() {
        for pipeline in PIPELINES {
            let offered = phases(pipeline);
            assert!(pipeline.without(&pipeline.all(), &offered).unwrap().len() <= 1, "{offered:?}");
        }
        assert!(
            phases(&INIT).contains(&"certs/ca".to_owned())
                && !phases(&JOIN).contains(&"check-etcd".to_owned())
        );
    }

    #[test]
    fn each_command_has_its_own_checks() {
        let has = |command, name: &str| checks(command).iter().any(|check| check == name);
        assert!(has("init", "ExternalEtcdVersion") && !has("join", "ExternalEtcdVersion"));
        assert!(has("join", "Swap") && has("join", "NumCPU") && has("init", "all"));
        assert_eq!(checks("reset"), ["all", "IsPrivilegedUser"]);
        assert!(has("upgrade", "EtcdBridge") && !has("upgrade", "Swap"));
    }

    #[test]
    fn every_feature_gate_that_is_offered_is_taken_by_some_minor() {
        let offered = feature_gates();
        assert!(offered.contains(&"RootlessControlPlane=true".to_owned()), "{offered:?}");
        for gate in offered {
            let is_taken = MINORS.iter().any(|minor| {
                let version = Some(minor.stable_version().to_string());
                let flags = Flags {
                    feature_gates: Some(gate.clone()),
                    kubernetes_version: version,
                    ..Flags::default()
                };
                Requested::parse(None, &flags).is_ok()
            });
            assert!(is_taken, "{gate}");
        }
    }

    #[test]
    fn every_version_that_is_offered_is_one() {
        let versions = kubernetes_versions();
        assert_eq!(versions.len(), 1 + 2 * MINORS.len());
        for version in versions {
            assert!(crate::versions::resolve(&version).is_ok(), "{version}");
        }
    }
}
