//! What keeps the kubelet itself from running: its unit, the runtime, swap, cgroups.

use super::{Cause, Diagnosis, KubeletUnit, Line, Outlook, Row, Symptoms, Wanted};
use crate::facts::CriError;

/// A kubelet that does not run, or cannot go on.
pub const ROWS: &[Row] = &[
    Row { cause: Cause::KubeletUnitMissing, judge: unit_missing },
    Row { cause: Cause::SwapOn, judge: swap_on },
    Row { cause: Cause::CgroupDriverMismatch, judge: other_cgroup_driver },
    Row { cause: Cause::RuntimeUnreachable, judge: runtime_unreachable },
];

fn unit_missing(symptoms: &Symptoms, _: &Wanted) -> Option<Diagnosis> {
    let kubelet = symptoms.kubelet.as_ref().ok()?;
    (kubelet.unit == KubeletUnit::Missing).then(|| {
        Diagnosis::new(Outlook::Final, "this host has no kubelet.service")
            .seen("systemd knows no unit of this name")
            .remedy("install the package kubelet, and run this again")
    })
}

fn swap_on(symptoms: &Symptoms, _: &Wanted) -> Option<Diagnosis> {
    let said = symptoms.journal().find(|line| line.has("running with swap on is not supported"))?;
    let found =
        Diagnosis::new(Outlook::Final, "swap is on, and the kubelet refuses to run with it").said(said);
    Some(found.remedy(
        "swapoff -a (and take it out of /etc/fstab), or set failSwapOn: false in the KubeletConfiguration, and run this again",
    ))
}

/// What runc and systemd say of the other's names for cgroups.
const OTHER_DRIVER: &[&str] = &[
    "for systemd cgroups, got",
    "invalid cgroup path for systemd",
    "is different from docker cgroup driver",
];

fn other_cgroup_driver(symptoms: &Symptoms, wanted: &Wanted) -> Option<Diagnosis> {
    let told = |line: Line<'_>| OTHER_DRIVER.iter().find(|mark| line.has(mark));
    let (said, mark) = symptoms.journal().find_map(|line| Some((line, told(line)?)))?;
    let found =
        Diagnosis::new(Outlook::Final, "the kubelet and the container runtime use different cgroup drivers");
    let unit = service(&wanted.cri_socket);
    Some(found.said_of(said, mark).remedy(format!(
        "give both the same one: SystemdCgroup in {unit}'s configuration (then `systemctl restart {unit}`), or cgroupDriver in \
         the KubeletConfiguration, and run this again"
    )))
}

/// A runtime that is being restarted answers again within seconds; one that is slow may be so for long, and is not dead.
fn runtime_unreachable(symptoms: &Symptoms, wanted: &Wanted) -> Option<Diagnosis> {
    let error = symptoms.containers.as_ref().err()?;
    let outlook = match error {
        CriError::Timeout { .. } | CriError::Failed { .. } => Outlook::Open,
        CriError::BadEndpoint { .. }
        | CriError::NotCri { .. }
        | CriError::Denied { .. }
        | CriError::SocketMissing { .. }
        | CriError::Refused { .. } => Outlook::FinalIfItLasts,
    };
    let found = Diagnosis::new(outlook, "the container runtime does not answer").seen(error.to_string());
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
    fn swap_is_told_by_the_kubelet_that_refuses_it() {
        let line = r#"E1121 20:32:09.039506     224 run.go:72] "command failed" err="failed to run Kubelet: running with swap on is not supported, please disable swap or set --fail-swap-on flag to false""#;
        let found = quiet().kubelet_ended(0, 1).journal_of(&[line]).explained().unwrap();
        assert_eq!((found.cause, found.outlook), (Cause::SwapOn, Outlook::Final));
        assert!(found.remedy.starts_with("swapoff -a"), "{found:?}");
    }

    #[test]
    fn a_sandbox_with_the_other_driver_s_path_is_a_mismatch() {
        let line = r#"E1121 20:31:30.289070     186 remote_runtime.go:237] "RunPodSandbox from runtime service failed" err="rpc error: code = Unknown desc = failed to start sandbox \"4f40\": failed to create containerd task: failed to create shim task: OCI runtime create failed: runc create failed: expected cgroupsPath to be of format \"slice:prefix:name\" for systemd cgroups, got \"/kubepods/burstable/pod974b/4f40\" instead""#;
        let found = quiet().journal_of(&[line]).explained().unwrap();
        assert_eq!((found.cause, found.outlook), (Cause::CgroupDriverMismatch, Outlook::Final));
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

    #[test]
    fn a_slow_runtime_is_waited_for() {
        let mut symptoms = quiet();
        let limit = std::time::Duration::from_secs(2);
        symptoms.containers =
            Err(CriError::Timeout { path: "/run/x.sock".into(), call: "ListContainers".into(), limit });
        let found = symptoms.explained().unwrap();
        assert_eq!((found.cause, found.outlook), (Cause::RuntimeUnreachable, Outlook::Open));
    }
}
