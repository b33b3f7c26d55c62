//! Checks of this host: its manifests, and its certificates.

use super::finding::{Finding, Place};
use super::hop::Hop;
use crate::config::Etcd;
use crate::facts::CertificateEnd;
use crate::manifests::static_pod::StaticPod;
use crate::versions::KubeletClient;

/// The group of administrators, in which the API server was for kubelets.
const ADMINISTRATORS: &str = "kubeadm:cluster-admins";

/// A control plane has the manifests of all its components. A host without any is none, and is not judged.
pub fn manifests(hop: &Hop<'_>) -> Vec<Finding> {
    let here = &hop.facts.host.manifests;
    let wanted = StaticPod::ALL.into_iter().filter(|component| match (component, &hop.cluster.etcd) {
        (StaticPod::Etcd, Etcd::External(_)) => false,
        (StaticPod::Etcd | StaticPod::ApiServer | StaticPod::ControllerManager | StaticPod::Scheduler, _) => {
            true
        }
    });
    let missing: Vec<String> = wanted
        .filter(|component| !here.contains(component))
        .map(|component| format!("/etc/kubernetes/manifests/{}.yaml", component.name()))
        .collect();
    if here.is_empty() || missing.is_empty() {
        return Vec::new();
    }
    let finding = Finding::error(
        "StaticPodManifest",
        Place::Host,
        "a static pod of this control plane has no manifest",
    );
    vec![
        finding
            .seen(format!("there is no {}", missing.join(", ")))
            .fix("put it back; a copy may be in a folder of /etc/kubernetes/tmp, which an upgrade that was cut off has left"),
    ]
}

/// What an upgrade renews besides.
pub fn certificates(hop: &Hop<'_>) -> Vec<Finding> {
    let is_renewed = |end: &&CertificateEnd| !end.name.starts_with("etcd-") || hop.changes_etcd();
    let renewed: Vec<&CertificateEnd> = hop.facts.host.certificates.iter().filter(is_renewed).collect();
    if renewed.is_empty() {
        return Vec::new();
    }
    let ends: Vec<String> =
        renewed.iter().map(|end| format!("{} ({})", end.name, end.until.strftime("%Y-%m-%d"))).collect();
    let plural = if renewed.len() == 1 { "" } else { "s" };
    let message = format!("the upgrade renews {} certificate{plural} of this host", renewed.len());
    vec![
        Finding::info("CertificatesRenewed", Place::Host, message)
            .seen(format!("with the ends that they have now: {}", ends.join(", ")))
            .fix("--certificate-renewal=false of `kubeadm upgrade apply` leaves them as they are"),
    ]
}

/// A certificate that is renewed keeps its groups, and so more rights than the new version gives a new cluster.
pub fn excess_grant(hop: &Hop<'_>) -> Vec<Finding> {
    let has_it = hop.facts.host.kubelet_client_groups.iter().any(|group| group == ADMINISTRATORS);
    let has_own = match hop.release().kubelet_client {
        KubeletClient::OwnGrant => true,
        KubeletClient::Administrator => false,
    };
    let finding = || {
        Finding::info(
            "ExcessGrant",
            Place::Host,
            "the API server's certificate for kubelets makes it an administrator, which it need not be any more",
        )
        .seen(format!("apiserver-kubelet-client is in the group {ADMINISTRATORS}; an upgrade renews it with that"))
        .fix("once the cluster is upgraded: `kubewright certs renew apiserver-kubelet-client --from-config` on each control plane")
    };
    (has_it && has_own).then(finding).into_iter().collect()
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{Case, labels};
    use super::*;
    use crate::preflight::fixture::external_etcd;

    #[test]
    fn a_control_plane_has_all_manifests_and_another_host_need_have_none() {
        let mut case = Case::to("v1.36.3");
        assert!(manifests(&case.hop()).is_empty());
        case.facts.host.manifests.remove(&StaticPod::Etcd);
        assert_eq!(labels(&manifests(&case.hop())), ["error StaticPodManifest"]);
        case.cluster.etcd = external_etcd().cluster.etcd;
        assert!(manifests(&case.hop()).is_empty());
        case.facts.host.manifests.clear();
        assert!(manifests(&case.hop()).is_empty());
    }

    #[test]
    fn etcd_s_certificates_are_renewed_with_etcd() {
        let mut case = Case::to("v1.36.3");
        let told = |case: &Case| certificates(&case.hop()).pop().unwrap().message;
        assert_eq!(told(&case), "the upgrade renews 2 certificates of this host");
        case.with_etcd = false;
        assert_eq!(told(&case), "the upgrade renews 1 certificate of this host");
        case.facts.host.certificates.clear();
        assert!(certificates(&case.hop()).is_empty());
    }

    #[test]
    fn an_administrator_s_certificate_is_told_where_the_new_version_has_a_grant_for_it() {
        let told = |to: &str, group: &str| {
            let mut case = Case::to(to);
            case.facts.host.kubelet_client_groups = vec![group.to_owned()];
            labels(&excess_grant(&case.hop()))
        };
        assert_eq!(told("v1.36.3", ADMINISTRATORS), ["info ExcessGrant"]);
        assert!(told("v1.36.0", ADMINISTRATORS).is_empty() && told("v1.36.3", "others").is_empty());
    }
}
