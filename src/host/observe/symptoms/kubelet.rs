//! The kubelet's unit, and the folder that the kubelet reads static pods from.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::time::Duration;

use serde_json::Value;

use super::super::command;
use crate::causes::{Activity, KubeletUnit, ManifestsSeen, Wanted};
use crate::facts::{Seen, Unseen};
use crate::host::node::Node;
use crate::yaml;

const LIMIT: Duration = Duration::from_secs(2);
const SHOWN: &str = "--property=LoadState,ActiveState,SubState,NRestarts,ExecMainStatus,MainPID";

/// The kubelet's unit, by systemd.
pub struct Unit {
    /// Whether it runs, and how often it was restarted.
    pub seen: KubeletUnit,
    /// Of the kubelet that runs.
    process: Option<u32>,
}

/// Asks systemd for it, within 2 s.
pub fn unit(node: &Node) -> Seen<Unit> {
    let missing = || Unseen::new("the kubelet's unit", "systemctl is not on PATH");
    let systemctl = node.program("systemctl").ok_or_else(missing)?;
    Ok(parse(&command::text(node, &systemctl, &["show", SHOWN, "kubelet.service"], LIMIT)?))
}

fn parse(text: &str) -> Unit {
    let pairs: BTreeMap<&str, &str> = text.lines().filter_map(|line| line.split_once('=')).collect();
    let value = |name: &str| pairs.get(name).copied().unwrap_or_default();
    if value("LoadState") == "not-found" {
        return Unit { seen: KubeletUnit::Missing, process: None };
    }
    let activity = match (value("ActiveState"), value("SubState")) {
        (_, "auto-restart" | "auto-restart-queued") => Activity::Restarting,
        ("active" | "reloading", _) => Activity::Active,
        ("activating", _) => Activity::Activating,
        ("failed", _) => Activity::Failed,
        _ => Activity::Inactive,
    };
    let restarts = value("NRestarts").parse().unwrap_or_default();
    let status = value("ExecMainStatus").parse().unwrap_or_default();
    let process = value("MainPID").parse().ok().filter(|process| *process != 0);
    Unit { seen: KubeletUnit::Loaded { activity, restarts, status }, process }
}

/// systemd goes on counting when a unit is stopped between two starts: where its journal can be read, what that says of the time that
/// counts is what counts.
pub fn counted_by(unit: KubeletUnit, journal: Option<&[String]>) -> KubeletUnit {
    match (unit, journal) {
        (KubeletUnit::Loaded { activity, status, .. }, Some(journal)) => {
            let starts = journal.iter().filter(|line| line.contains("Scheduled restart job")).count();
            KubeletUnit::Loaded { activity, restarts: starts.try_into().unwrap_or(u32::MAX), status }
        }
        (KubeletUnit::Loaded { .. }, None) | (KubeletUnit::Missing, _) => unit,
    }
}

/// What the kubelet that runs was told, else what its configuration says.
pub fn manifests(node: &Node, wanted: &Wanted, unit: Option<&Unit>) -> Seen<ManifestsSeen> {
    let args = unit.and_then(|unit| unit.process).map(|process| args(node, process)).unwrap_or_default();
    if let Some(path) = flag(&args, "--pod-manifest-path") {
        return Ok(ManifestsSeen {
            told_by: "its flag --pod-manifest-path".to_owned(),
            read: Some(path.into()),
        });
    }
    let config = flag(&args, "--config").map_or_else(|| wanted.kubelet_config.clone(), PathBuf::from);
    let text = node.text(&config)?;
    let document: Value =
        yaml::from_str(&text).map_err(|error| Unseen::new(config.display().to_string(), error))?;
    let read = document["staticPodPath"].as_str().filter(|path| !path.is_empty());
    let read = read.map(|path| same(node, Path::new(path), &wanted.manifests));
    Ok(ManifestsSeen { told_by: config.display().to_string(), read })
}

fn args(node: &Node, process: u32) -> Vec<String> {
    let text = node.text(format!("/proc/{process}/cmdline")).unwrap_or_default();
    text.split('\0').map(str::to_owned).collect()
}

/// The last `--name=value` or `--name value`.
fn flag(args: &[String], name: &str) -> Option<String> {
    let with_value = args.iter().filter_map(|arg| arg.strip_prefix(name)?.strip_prefix('='));
    let apart = args.windows(2).filter(|pair| pair[0] == name).map(|pair| pair[1].as_str());
    with_value.chain(apart).next_back().map(str::to_owned)
}

/// `wanted` where both are one folder, by whatever links.
fn same(node: &Node, path: &Path, wanted: &Path) -> PathBuf {
    let real = |path: &Path| node.path(path).canonicalize().ok();
    if path == wanted || real(path).is_some() && real(path) == real(wanted) {
        wanted.to_owned()
    } else {
        path.to_owned()
    }
}

#[cfg(test)]
#[expect(clippy::disallowed_methods, reason = "the tests make the files that are looked at")]
mod tests {
    use super::*;
    use crate::config::fixture::config;
    use crate::host::node::fake_node;

    #[test]
    fn a_kubelet_between_two_starts_is_known_by_its_substate() {
        let text = "LoadState=loaded\nActiveState=activating\nSubState=auto-restart\nNRestarts=3\nExecMainStatus=1\nMainPID=0\n";
        let unit = parse(text);
        let expected = KubeletUnit::Loaded { activity: Activity::Restarting, restarts: 3, status: 1 };
        assert_eq!((unit.seen, unit.process), (expected, None));
        assert_eq!(parse("LoadState=not-found\nActiveState=inactive\n").seen, KubeletUnit::Missing);
    }

    #[test]
    fn only_this_run_s_restarts_count() {
        let unit = |restarts| KubeletUnit::Loaded { activity: Activity::Active, restarts, status: 0 };
        let journal = ["Started kubelet.service - kubelet: The Kubernetes Node Agent.".to_owned()];
        assert_eq!(counted_by(unit(3), Some(&journal)), unit(0));
        let again = ["kubelet.service: Scheduled restart job, restart counter is at 4.".to_owned()];
        assert_eq!(counted_by(unit(4), Some(&again)), unit(1));
        assert_eq!(counted_by(unit(3), Some(&[])), unit(0));
        assert_eq!(counted_by(unit(3), None), unit(3));
    }

    #[test]
    fn the_running_kubelet_s_own_flags_say_what_it_reads() {
        let folder = tempfile::tempdir().unwrap();
        let write = |path: &str, text: &str| {
            let path = folder.path().join(path);
            std::fs::create_dir_all(path.parent().unwrap()).unwrap();
            std::fs::write(path, text).unwrap();
        };
        write("var/lib/kubelet/config.yaml", "staticPodPath: /etc/kubernetes/manifests\n");
        write("etc/own.yaml", "staticPodPath: /etc/other\n");
        write("proc/7/cmdline", "/usr/bin/kubelet\0--config\0/etc/own.yaml\0");
        let (node, wanted) = (fake_node(folder.path()), Wanted::of_control_plane(config().control_plane()));
        let read = |unit: Option<&Unit>| manifests(&node, &wanted, unit).unwrap().read.unwrap();
        assert_eq!(read(None), wanted.manifests);
        let running = Unit { seen: KubeletUnit::Missing, process: Some(7) };
        assert_eq!(read(Some(&running)), Path::new("/etc/other"));
    }
}
