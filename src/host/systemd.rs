//! The kubelet's unit, through `systemctl` as kubeadm calls it.

use std::io;
use std::process::{Command, Output};

use super::kill_point;
use crate::plan::KubeletCall;

#[derive(Debug, thiserror::Error)]
pub enum UnitError {
    #[error("cannot run systemctl")]
    Start(#[source] io::Error),
    #[error("`systemctl {arguments}` failed: {said}")]
    Failed { arguments: String, said: String },
}

/// Carries out one call on the kubelet's unit.
///
/// Stopping a kubelet that is not there is no failure: there is nothing to stop.
pub fn call_kubelet(call: KubeletCall) -> Result<(), UnitError> {
    match call {
        KubeletCall::Stop => change(&["stop", "kubelet"]).or_else(|error| match error {
            UnitError::Failed { said, .. } if said.contains("not loaded") => Ok(()),
            other => Err(other),
        }),
        KubeletCall::Restart => {
            if has_changed_units()? {
                change(&["daemon-reload"])?;
            }
            change(&["restart", "kubelet"])
        }
    }
}

/// Whether systemd knows that the unit or one of its drop-ins has changed since it read them. To read all units anew
/// takes a tenth of a second, to ask some milliseconds.
fn has_changed_units() -> Result<bool, UnitError> {
    Ok(systemctl(&["show", "--property=NeedDaemonReload", "kubelet"])?.trim() != "NeedDaemonReload=no")
}

fn change(arguments: &[&str]) -> Result<(), UnitError> {
    systemctl(arguments)?;
    kill_point::passed("unit", arguments.join(" "));
    Ok(())
}

/// What the call prints.
fn systemctl(arguments: &[&str]) -> Result<String, UnitError> {
    let output = run(arguments).map_err(UnitError::Start)?;
    if output.status.success() {
        return Ok(String::from_utf8_lossy(&output.stdout).into_owned());
    }
    let said = String::from_utf8_lossy(&output.stderr).trim().replace('\n', "; ");
    Err(UnitError::Failed { arguments: arguments.join(" "), said })
}

#[expect(clippy::disallowed_methods, reason = "this is the module that calls systemctl")]
fn run(arguments: &[&str]) -> io::Result<Output> {
    Command::new("systemctl").args(arguments).output()
}
