//! The kubelet's service, through the init system that there is, by the calls that kubeadm makes of it.

use std::path::{Path, PathBuf};
use std::time::Duration;

use super::kill_point;
use super::node::{Call, ChildError, Node};
use crate::plan::KubeletCall;

/// What became of a call.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Called {
    /// The init system has carried it out.
    Done,
    /// Neither systemd nor OpenRC is there: whatever runs the kubelet, it is not called.
    NoInitSystem,
}

/// The init system did not do what it was asked for, or not within its limit.
#[derive(Debug, thiserror::Error)]
#[error(transparent)]
pub struct UnitError(#[from] ChildError);

/// A unit is given 90 s to stop unless it says otherwise (systemd's DefaultTimeoutStopSec), and is killed then.
const STOP: Duration = Duration::from_mins(2);
/// 90 s to stop, and as long to start (DefaultTimeoutStartSec).
const RESTART: Duration = Duration::from_secs(210);
/// As long as systemd's own calls wait for all units to be read.
const RELOAD: Duration = Duration::from_secs(90);
const ASK: Duration = Duration::from_secs(30);

const KUBELET: &str = "kubelet";

enum Init {
    Systemd { systemctl: PathBuf },
    OpenRc { service: PathBuf },
}

impl Init {
    fn find(node: &Node) -> Option<Self> {
        let systemd = node.program("systemctl").map(|systemctl| Self::Systemd { systemctl });
        systemd.or_else(|| Some(Self::OpenRc { service: node.program("rc-service")? }))
    }
}

/// Carries out one call on the kubelet's service.
pub fn call_kubelet(node: &Node, call: KubeletCall) -> Result<Called, UnitError> {
    match Init::find(node) {
        None => return Ok(Called::NoInitSystem),
        Some(Init::Systemd { systemctl }) => by_systemd(node, &systemctl, call)?,
        Some(Init::OpenRc { service }) => by_open_rc(node, &service, call)?,
    }
    Ok(Called::Done)
}

/// Whether the kubelet runs, or may come to run by itself; so where nobody can tell.
pub fn kubelet_may_run(node: &Node) -> bool {
    match Init::find(node) {
        None => true,
        Some(Init::Systemd { systemctl }) => may_run_by_systemd(node, &systemctl),
        Some(Init::OpenRc { service }) => run(node, &service, &[KUBELET, "status"], ASK).is_ok(),
    }
}

fn may_run_by_systemd(node: &Node, systemctl: &Path) -> bool {
    let state = run(node, systemctl, &["show", "--property=ActiveState", KUBELET], ASK);
    !state.is_ok_and(|state| ["ActiveState=inactive", "ActiveState=failed"].contains(&state.trim()))
}

fn by_systemd(node: &Node, systemctl: &Path, call: KubeletCall) -> Result<(), UnitError> {
    match call {
        KubeletCall::Stop => none_is_as_good(change(node, systemctl, &["stop", KUBELET], STOP), "not loaded"),
        KubeletCall::Restart => {
            if has_changed_units(node, systemctl)? {
                change(node, systemctl, &["daemon-reload"], RELOAD)?;
            }
            change(node, systemctl, &["restart", KUBELET], RESTART)
        }
    }
}

fn by_open_rc(node: &Node, service: &Path, call: KubeletCall) -> Result<(), UnitError> {
    match call {
        KubeletCall::Stop => {
            none_is_as_good(change(node, service, &[KUBELET, "stop"], STOP), "does not exist")
        }
        KubeletCall::Restart => change(node, service, &[KUBELET, "restart"], RESTART),
    }
}

/// Stopping a kubelet that is not there is no failure: there is nothing to stop.
fn none_is_as_good(stopped: Result<(), UnitError>, none: &str) -> Result<(), UnitError> {
    match stopped {
        Err(UnitError(ChildError::Failed { said, .. })) if said.contains(none) => Ok(()),
        other => other,
    }
}

/// Whether systemd knows that the unit or one of its drop-ins has changed since it read them. To reload all units
/// takes a tenth of a second, to ask some milliseconds.
fn has_changed_units(node: &Node, systemctl: &Path) -> Result<bool, UnitError> {
    Ok(run(node, systemctl, &["show", "--property=NeedDaemonReload", KUBELET], ASK)?.trim()
        != "NeedDaemonReload=no")
}

fn change(node: &Node, program: &Path, arguments: &[&str], limit: Duration) -> Result<(), UnitError> {
    run(node, program, arguments, limit)?;
    kill_point::passed("unit", arguments.join(" "));
    Ok(())
}

/// What the call prints.
fn run(node: &Node, program: &Path, arguments: &[&str], limit: Duration) -> Result<String, UnitError> {
    Ok(node.output(&Call { program, arguments, input: "", limit })?)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::PermissionsExt as _;

    use super::super::node::fake_node;
    use super::*;

    /// A program that notes its arguments, and then does what the script says.
    #[expect(clippy::disallowed_methods, reason = "a test looks at files by itself")]
    fn called(
        call: impl Fn(&Path) -> Result<(), UnitError>,
        script: &str,
    ) -> (Result<(), UnitError>, String) {
        let folder = tempfile::tempdir().unwrap();
        let (program, notes) = (folder.path().join("program"), folder.path().join("notes"));
        let text = format!("#!/bin/sh\necho \"$@\" >>{}\n{script}\n", notes.display());
        std::fs::write(&program, text).unwrap();
        std::fs::set_permissions(&program, std::fs::Permissions::from_mode(0o755)).unwrap();
        let result = call(&program);
        (result, std::fs::read_to_string(notes).unwrap())
    }

    #[test]
    fn open_rc_is_called_as_kubeadm_calls_it() {
        let (result, calls) = called(|program| by_open_rc(&Node::this(), program, KubeletCall::Restart), "");
        assert!(result.is_ok());
        assert_eq!(calls, "kubelet restart\n");
        let (result, calls) = called(|program| by_open_rc(&Node::this(), program, KubeletCall::Stop), "");
        assert!(result.is_ok());
        assert_eq!(calls, "kubelet stop\n");
    }

    #[test]
    fn systemd_reads_its_units_where_one_has_changed() {
        let restart = |program: &Path| by_systemd(&Node::this(), program, KubeletCall::Restart);
        let (_, calls) = called(restart, "echo NeedDaemonReload=no");
        assert_eq!(calls, "show --property=NeedDaemonReload kubelet\nrestart kubelet\n");
        let (_, calls) = called(restart, "echo NeedDaemonReload=yes");
        assert_eq!(calls, "show --property=NeedDaemonReload kubelet\ndaemon-reload\nrestart kubelet\n");
    }

    #[test]
    fn a_kubelet_that_is_not_there_is_stopped_and_another_failure_is_told() {
        let not_loaded =
            "echo 'Failed to stop kubelet.service: Unit kubelet.service not loaded.' >&2; exit 5";
        assert!(
            called(|program| by_systemd(&Node::this(), program, KubeletCall::Stop), not_loaded).0.is_ok()
        );
        let none = "echo \" * rc-service: service \\`kubelet' does not exist\" >&2; exit 1";
        assert!(called(|program| by_open_rc(&Node::this(), program, KubeletCall::Stop), none).0.is_ok());
        let (result, _) =
            called(|program| by_open_rc(&Node::this(), program, KubeletCall::Stop), "echo busy >&2; exit 1");
        assert!(result.unwrap_err().to_string().ends_with("`program kubelet stop` failed: busy"));
    }

    #[test]
    fn a_kubelet_may_run_unless_it_is_known_not_to() {
        for (says, may_run) in [
            ("echo ActiveState=active", true),
            ("echo ActiveState=activating", true),
            ("echo ActiveState=inactive", false),
            ("echo ActiveState=failed", false),
            ("exit 1", true),
        ] {
            let ask = |program: &Path| {
                assert_eq!(may_run_by_systemd(&Node::this(), program), may_run, "{says}");
                Ok(())
            };
            assert_eq!(called(ask, says).1, "show --property=ActiveState kubelet\n");
        }
    }

    #[test]
    fn of_a_host_without_an_init_system_nothing_is_called() {
        let folder = tempfile::tempdir().unwrap();
        assert!(Init::find(&fake_node(folder.path())).is_none());
    }
}
