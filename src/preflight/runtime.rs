//! Checks of the container runtime.

use super::Finding;
use crate::config::Spec;
use crate::facts::{CgroupDriver, CriError, DriverSeen, Facts};

/// CRI: the container runtime answers, and says that it is ready.
pub fn answers(_: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let id = "CRI";
    match &facts.runtime {
        Err(error) => vec![unreachable(id, error)],
        Ok(runtime) => match &runtime.ready {
            Ok(()) => Vec::new(),
            Err(unseen) => vec![
                Finding::error(id, "container runtime is not ready")
                    .seen(unseen.why.clone())
                    .fix(format!("journalctl -u {} (says why)", runtime.name)),
            ],
        },
    }
}

fn unreachable(id: &str, error: &CriError) -> Finding {
    Finding::error(id, "could not connect to the container runtime")
        .seen(error.to_string())
        .fix(remedy(error))
}

/// What most often fixes each failure.
pub fn remedy(error: &CriError) -> String {
    match error {
        CriError::BadEndpoint { .. } => "set nodeRegistration.criSocket to a unix:// path".to_owned(),
        CriError::SocketMissing { path } | CriError::Refused { path } => {
            let unit = unit(path);
            format!("systemctl enable --now {unit}, or name another socket with --cri-socket")
        }
        CriError::Denied { .. } => "run the same command with sudo, or as root".to_owned(),
        CriError::NotCri { path, .. } if unit(path) == "containerd" => {
            "remove \"cri\" from disabled_plugins in \
            /etc/containerd/config.toml, then systemctl restart containerd"
                .to_owned()
        }
        CriError::NotCri { .. } => "name a socket that speaks the CRI with --cri-socket".to_owned(),
        CriError::Timeout { path, .. } | CriError::Failed { path, .. } => {
            let unit = unit(path);
            format!("systemctl restart {unit}; journalctl -u {unit} says more")
        }
    }
}

/// The runtime's unit, by the socket that it is known for.
fn unit(path: &std::path::Path) -> &'static str {
    let path = path.to_string_lossy();
    let known = [("crio", "crio"), ("cri-dockerd", "cri-docker.socket")];
    known.into_iter().find(|(part, _)| path.contains(part)).map_or("containerd", |(_, unit)| unit)
}

/// Without the CRI's `RuntimeConfig` the kubelet has to be told the cgroup driver (KEP-4033).
pub fn runtime_config(spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let id = "ContainerRuntimeVersion";
    let Some(needed) = spec.cluster.minor.preflight.runtime_config_needed_in else { return Vec::new() };
    let runtime = match &facts.runtime {
        Ok(runtime) => runtime,
        Err(error) => return vec![unreachable(id, error)],
    };
    let update = "update the container runtime: containerd 2.0, CRI-O 1.28 and newer have it";
    let finding = match &runtime.cgroup_driver {
        DriverSeen::Announced(_) => return Vec::new(),
        DriverSeen::Configured(_) | DriverSeen::NotAnnounced => Finding::warning(
            id,
            format!("the container runtime has no CRI method RuntimeConfig, which the kubelet needs from {needed} on"),
        )
        .seen(format!("{} {} does not know the call", runtime.name, runtime.version)),
        DriverSeen::Unseen(unseen) => {
            Finding::error(id, "could not check if the runtime config is available").seen(unseen.why.clone())
        }
    };
    vec![finding.fix(update)]
}

/// kubeadm lacks this check. Where the two differ and the kubelet cannot ask, pods do not start.
pub fn cgroup_driver(spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let wanted = kubelet_driver(spec);
    let Ok(runtime) = &facts.runtime else { return Vec::new() };
    let finding = match &runtime.cgroup_driver {
        DriverSeen::Announced(driver) if driver.to_string() != wanted => {
            let message =
                format!("the kubelet will follow the runtime's cgroup driver {driver}, not its own {wanted}");
            Some((Finding::warning(DRIVER, message), driver))
        }
        DriverSeen::Configured(driver) if driver.to_string() != wanted => {
            let message = format!("the kubelet's cgroup driver is {wanted} and the runtime's is {driver}");
            Some((Finding::error(DRIVER, message), driver))
        }
        DriverSeen::Announced(_)
        | DriverSeen::Configured(_)
        | DriverSeen::NotAnnounced
        | DriverSeen::Unseen(_) => None,
    };
    let complete = |(finding, driver): (Finding, &CgroupDriver)| {
        finding.seen(format!("{} says {driver}", runtime.name)).fix(format!(
            "set cgroupDriver: {driver} in the KubeletConfiguration, or SystemdCgroup in the runtime's"
        ))
    };
    finding.map(complete).into_iter().collect()
}

const DRIVER: &str = "CgroupDriver";

/// What the kubelet is configured with: systemd unless the configuration says otherwise.
fn kubelet_driver(spec: Spec<'_>) -> &str {
    let given = spec.cluster.kubelet.fields.get("cgroupDriver").and_then(serde_json::Value::as_str);
    given.filter(|driver| !driver.is_empty()).unwrap_or("systemd")
}

/// The kubelet does not pull the sandbox image itself, and may collect one that it does not know of.
pub fn sandbox_image(spec: Spec<'_>, facts: &Facts) -> Vec<Finding> {
    let wanted = spec.cluster.pause_image();
    let image = facts.runtime.as_ref().ok().and_then(|runtime| runtime.sandbox_image.as_ref().ok());
    let finding = |image: &String| {
        let message =
            format!("the container runtime's sandbox image {image:?} is not {wanted:?}, which is pulled");
        Finding::warning("SandboxImage", message).seen(format!("the runtime's status says {image}")).fix(
            format!(
                "set the sandbox image in /etc/containerd/config.toml to {wanted}, then restart the runtime"
            ),
        )
    };
    image.filter(|image| **image != wanted).map(finding).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;
    use std::time::Duration;

    use super::super::fixture::{ids, runtime, unseen};
    use super::*;
    use crate::config::fixture::config;
    use crate::facts::Runtime;

    fn with(change: impl FnOnce(&mut Runtime)) -> impl FnOnce(&mut Facts) {
        |facts| facts.runtime = Ok(runtime(change))
    }

    fn errors() -> Vec<CriError> {
        let path = PathBuf::from("/run/containerd/containerd.sock");
        let why = "why".to_owned();
        vec![
            CriError::BadEndpoint { endpoint: "npipe:////./pipe/x".to_owned() },
            CriError::SocketMissing { path: path.clone() },
            CriError::Refused { path: path.clone() },
            CriError::Denied { path: path.clone() },
            CriError::NotCri { path: path.clone(), why: why.clone() },
            CriError::Timeout { path: path.clone(), call: "Status".into(), limit: Duration::from_secs(2) },
            CriError::Failed { path, call: "Status".into(), why },
        ]
    }

    #[test]
    fn a_runtime_that_does_not_answer_fails_both_of_its_checks() {
        for error in errors() {
            let broken = |facts: &mut Facts| facts.runtime = Err(error.clone());
            assert_eq!(ids(answers, config().spec(), broken), ["error CRI"], "{error}");
            assert_eq!(
                ids(runtime_config, config().spec(), broken),
                ["error ContainerRuntimeVersion"],
                "{error}"
            );
            assert!(ids(cgroup_driver, config().spec(), broken).is_empty());
            assert!(ids(sandbox_image, config().spec(), broken).is_empty());
        }
    }

    #[test]
    fn a_runtime_that_is_not_ready_is_refused() {
        assert_eq!(
            ids(answers, config().spec(), with(|runtime| runtime.ready = Err(unseen()))),
            ["error CRI"]
        );
        assert!(ids(answers, config().spec(), |_| ()).is_empty());
    }

    #[test]
    fn a_runtime_without_runtime_config_is_warned_of() {
        for (driver, wanted) in [
            (DriverSeen::Announced(CgroupDriver::Systemd), vec![]),
            (DriverSeen::NotAnnounced, vec!["warning ContainerRuntimeVersion"]),
            (DriverSeen::Configured(CgroupDriver::Systemd), vec!["warning ContainerRuntimeVersion"]),
            (DriverSeen::Unseen(unseen()), vec!["error ContainerRuntimeVersion"]),
        ] {
            assert_eq!(
                ids(runtime_config, config().spec(), with(|runtime| runtime.cgroup_driver = driver)),
                wanted
            );
        }
    }

    #[test]
    fn drivers_that_differ_are_a_warning_where_the_kubelet_follows_and_an_error_where_it_cannot() {
        for (driver, wanted) in [
            (DriverSeen::Announced(CgroupDriver::Systemd), vec![]),
            (DriverSeen::Announced(CgroupDriver::Cgroupfs), vec!["warning CgroupDriver"]),
            (DriverSeen::Configured(CgroupDriver::Cgroupfs), vec!["error CgroupDriver"]),
            (DriverSeen::NotAnnounced, vec![]),
            (DriverSeen::Unseen(unseen()), vec![]),
        ] {
            assert_eq!(
                ids(cgroup_driver, config().spec(), with(|runtime| runtime.cgroup_driver = driver)),
                wanted
            );
        }
    }

    #[test]
    fn the_kubelet_s_own_driver_counts_where_it_is_given() {
        let mut given = config();
        given.cluster.kubelet.fields.insert("cgroupDriver".to_owned(), "cgroupfs".into());
        let cgroupfs = with(|runtime| runtime.cgroup_driver = DriverSeen::Configured(CgroupDriver::Cgroupfs));
        assert!(ids(cgroup_driver, given.spec(), cgroupfs).is_empty());
    }

    #[test]
    fn another_sandbox_image_is_warned_of() {
        let old = with(|runtime| runtime.sandbox_image = Ok("registry.k8s.io/pause:3.8".to_owned()));
        assert_eq!(ids(sandbox_image, config().spec(), old), ["warning SandboxImage"]);
        let none = with(|runtime| runtime.sandbox_image = Err(unseen()));
        assert!(ids(sandbox_image, config().spec(), none).is_empty());
    }

    #[test]
    fn the_remedy_names_the_runtime_s_own_unit() {
        for (path, unit) in [
            ("/var/run/containerd/containerd.sock", "containerd"),
            ("/var/run/crio/crio.sock", "crio"),
            ("/var/run/cri-dockerd.sock", "cri-docker.socket"),
        ] {
            let said = remedy(&CriError::SocketMissing { path: path.into() });
            assert!(said.contains(&format!("--now {unit},")), "{said}");
        }
    }
}
