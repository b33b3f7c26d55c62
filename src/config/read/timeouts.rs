//! `timeouts`, and lengths of time in general.

use crate::config::given::{Remarks, Section};
use crate::config::problem::Problem;
use crate::config::{Timeouts, defaults};
use crate::duration::GoDuration;

/// `timeouts`; what is not given has kubeadm's default.
pub fn timeouts(section: Section, remarks: &mut Remarks) -> Timeouts {
    let default = defaults::TIMEOUTS;
    let mut read = |name: &str, default| wait(section, name, default, remarks);
    Timeouts {
        control_plane_component_health_check: read(
            "controlPlaneComponentHealthCheck",
            default.control_plane_component_health_check,
        ),
        kubelet_health_check: read("kubeletHealthCheck", default.kubelet_health_check),
        kubernetes_api_call: read("kubernetesAPICall", default.kubernetes_api_call),
        etcd_api_call: read("etcdAPICall", default.etcd_api_call),
        tls_bootstrap: read("tlsBootstrap", default.tls_bootstrap),
        discovery: read("discovery", default.discovery),
        upgrade_manifests: read("upgradeManifests", default.upgrade_manifests),
    }
}

fn wait(section: Section, name: &str, default: GoDuration, remarks: &mut Remarks) -> GoDuration {
    section.text(name).and_then(|given| given.read(remarks, not_negative)).unwrap_or(default)
}

/// A length of time that may be nothing.
pub fn not_negative(text: &str) -> Result<GoDuration, Problem> {
    let length: GoDuration = text.parse()?;
    if length.is_negative() { Err(Problem::Negative { value: length.to_string() }) } else { Ok(length) }
}
