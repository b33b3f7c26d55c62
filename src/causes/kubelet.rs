//! What keeps the kubelet itself from running: its unit, the runtime, swap, cgroups.

use super::{Cause, Found, KubeletUnit, Outlook, Row, Symptoms, Wanted};
use crate::facts::CriError;

pub const ROWS: &[Row] = &[
    Row { cause: Cause::KubeletUnitMissing, judge: unit_missing },
    Row { cause: Cause::RuntimeUnreachable, judge: runtime_unreachable },
];

fn unit_missing(symptoms: &Symptoms, _: &Wanted) -> Option<Found> {
    let kubelet = symptoms.kubelet.as_ref().ok()?;
    (kubelet.unit == KubeletUnit::Missing).then(|| {
        Found::new(Outlook::Final, "this host has no kubelet.service")
            .seen("systemd knows no unit of this name")
            .remedy("install the package kubelet, and run this again")
    })
}

/// A runtime that is being restarted answers again within seconds.
fn runtime_unreachable(symptoms: &Symptoms, wanted: &Wanted) -> Option<Found> {
    let error = symptoms.containers.as_ref().err()?;
    let found =
        Found::new(Outlook::FinalIfItLasts, "the container runtime does not answer").seen(error.to_string());
    let remedy = match error {
        CriError::BadEndpoint { .. } | CriError::NotCri { .. } => {
            "give the runtime's socket in nodeRegistration.criSocket, and run this again".to_owned()
        }
        CriError::Denied { .. } => "run this as root".to_owned(),
        CriError::SocketMissing { .. }
        | CriError::Refused { .. }
        | CriError::Timeout { .. }
        | CriError::Failed { .. } => {
            let unit = service(&wanted.cri_socket);
            format!("systemctl restart {unit} (`journalctl -u {unit}` shows why it does not run)")
        }
    };
    Some(found.remedy(remedy))
}

fn service(socket: &str) -> &'static str {
    if socket.contains("crio") {
        "crio"
    } else if socket.contains("cri-dockerd") {
        "cri-docker"
    } else {
        "containerd"
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::quiet;
    use super::*;

    #[test]
    fn a_host_without_a_kubelet_is_told_so_at_once() {
        let mut symptoms = quiet();
        symptoms.kubelet.as_mut().unwrap().unit = KubeletUnit::Missing;
        let found = symptoms.explained().unwrap();
        assert_eq!((found.cause, found.outlook), (Cause::KubeletUnitMissing, Outlook::Final));
    }

    #[test]
    fn a_dead_socket_is_final_only_if_it_stays_dead() {
        let mut symptoms = quiet();
        symptoms.containers = Err(CriError::Refused { path: "/run/containerd/containerd.sock".into() });
        let found = symptoms.explained().unwrap();
        assert_eq!((found.cause, found.outlook), (Cause::RuntimeUnreachable, Outlook::FinalIfItLasts));
        assert!(found.remedy.starts_with("systemctl restart containerd"));
        assert_eq!(found.evidence, ["nothing listens on the socket /run/containerd/containerd.sock"]);
    }
}
