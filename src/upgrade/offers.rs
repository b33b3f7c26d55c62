//! The versions that a cluster can go to: those that this program carries, or the one that was asked for. There is no network to ask
//! for others, and kubeadm's words are kept.

use crate::config::Allowed;
use crate::facts::UpgradeFacts;
use crate::manifests::static_pod::StaticPod;
use crate::versions::{KubernetesVersion, MINORS, Minor, table};

/// What was asked for.
#[derive(Debug, Clone)]
pub struct Wanted {
    /// The version that was named.
    pub version: Option<(KubernetesVersion, &'static Minor)>,
    /// Which versions before a release may be taken.
    pub allowed: Allowed,
    /// The kubeadm that the program stands for.
    pub kubeadm: KubernetesVersion,
}

/// A version that is on offer.
#[derive(Debug, Clone, PartialEq)]
pub struct Offer {
    /// kubeadm's words: `version in the v1.36 series`, `stable version`.
    pub description: String,
    /// The version.
    pub version: KubernetesVersion,
    /// Its table.
    pub minor: &'static Minor,
    /// The kubeadm that does it.
    pub kubeadm: KubernetesVersion,
}

/// All that there is to choose from.
#[derive(Debug, Clone, PartialEq)]
pub struct Offers {
    /// What kubeadm says of how it has come to them, a line each.
    pub lines: Vec<String>,
    /// In kubeadm's order.
    pub all: Vec<Offer>,
}

/// The newest API server's version, by its pod; where there is no pod that tells, the one that an API server tells itself.
pub fn cluster_version(facts: &UpgradeFacts) -> Option<KubernetesVersion> {
    let of_pods = facts.pods(StaticPod::ApiServer).filter_map(|pod| pod.version.parse().ok());
    let newest =
        of_pods.reduce(|newest: KubernetesVersion, next| if newest.is_before(&next) { next } else { newest });
    newest.or_else(|| facts.server.as_ref().ok()?.parse().ok())
}

/// The versions on offer to a cluster of this version. None is on offer where it has the newest already.
pub fn offers(cluster: &KubernetesVersion, wanted: &Wanted) -> Offers {
    let (stable, stable_minor) = wanted.version.clone().unwrap_or_else(|| newest_within_reach(cluster));
    let mut offers = Offers { lines: vec![format!("Target version: {stable}")], all: Vec::new() };
    let mut has_minor = cluster.is_before(&stable);
    if !stable.is_before(cluster) {
        let description = format!("version in the v{}.{} series", cluster.major(), cluster.minor());
        let (patch, minor) = wanted.version.clone().unwrap_or_else(|| newest_of_its_minor(cluster));
        offers.lines.push(format!("Latest {description}: {patch}"));
        has_minor = patch.is_before(&stable);
        if cluster.is_before(&patch) {
            let is_new_enough = !wanted.kubeadm.is_before(&patch);
            let kubeadm = if is_new_enough { wanted.kubeadm.clone() } else { patch.clone() };
            offers.all.push(Offer { description, version: patch, minor, kubeadm });
        }
    }
    if has_minor {
        offers.all.push(Offer::of("stable version", stable, stable_minor));
    }
    add_unstable(&mut offers, cluster, wanted);
    offers
}

impl Offer {
    fn of(description: &str, version: KubernetesVersion, minor: &'static Minor) -> Self {
        Self { description: description.to_owned(), kubeadm: version.clone(), version, minor }
    }
}

/// kubeadm looks for versions before a release in the network, and takes the one that was named for what it finds there. Of those
/// none is carried here.
fn add_unstable(offers: &mut Offers, cluster: &KubernetesVersion, wanted: &Wanted) {
    let Some((version, minor)) = &wanted.version else { return };
    let Allowed { experimental, candidates } = wanted.allowed;
    if !experimental && !candidates {
        return;
    }
    let lines = ["experimental version", "previous version"].map(|what| format!("Latest {what}: {version}"));
    offers.lines.extend(lines);
    let is_newer = cluster.is_before(version);
    if candidates && is_newer && version.stage().starts_with("rc") {
        offers.all.push(Offer::of("release candidate version", version.clone(), minor));
    }
    if experimental && is_newer {
        offers.all.push(Offer::of("experimental version", version.clone(), minor));
    }
}

/// The newest patch of the minor behind the cluster's, or of the cluster's own where that is the newest.
fn newest_within_reach(cluster: &KubernetesVersion) -> (KubernetesVersion, &'static Minor) {
    let next = MINORS.iter().copied().find(|minor| minor.number == cluster.minor() + 1);
    next.map_or_else(|| newest_of_its_minor(cluster), |minor| (minor.stable_version(), minor))
}

/// Of a minor that is not carried the version itself is the newest that is known.
fn newest_of_its_minor(cluster: &KubernetesVersion) -> (KubernetesVersion, &'static Minor) {
    match table(cluster) {
        Some(minor) => (minor.stable_version(), minor),
        None => (cluster.clone(), MINORS[MINORS.len() - 1]),
    }
}

#[cfg(test)]
mod tests {
    use super::super::fixture::{facts, version};
    use super::*;
    use crate::versions::{numbered, resolve};

    fn wanted(asked: Option<&str>, kubeadm: &str) -> Wanted {
        Wanted {
            version: asked.map(|text| resolve(text).unwrap()),
            allowed: Allowed::default(),
            kubeadm: version(kubeadm),
        }
    }

    fn told(cluster: &str, wanted: &Wanted) -> Vec<String> {
        let told = |offer: &Offer| format!("{}: {} by {}", offer.description, offer.version, offer.kubeadm);
        offers(&version(cluster), wanted).all.iter().map(told).collect()
    }

    #[test]
    fn the_newest_patch_of_this_minor_and_of_the_next_are_on_offer() {
        let (patch, next) = (numbered(35).stable, numbered(36).stable);
        let own = version(&format!("v{patch}"));
        assert_eq!(
            told("v1.35.0", &wanted(None, "v1.35.1")),
            [
                format!("version in the v1.35 series: v{patch} by {own}"),
                format!("stable version: v{next} by v{next}")
            ]
        );
        assert_eq!(
            told(&format!("v{patch}"), &wanted(None, "v1.36.3")),
            [format!("stable version: v{next} by v{next}")]
        );
    }

    #[test]
    fn a_cluster_that_has_the_newest_is_offered_nothing() {
        let newest = crate::versions::newest().stable_version().to_string();
        assert!(told(&newest, &wanted(None, &newest)).is_empty());
        let first = "v1.37.0";
        assert_eq!(
            told(first, &wanted(None, &newest)),
            [format!("version in the v1.37 series: {newest} by {newest}")]
        );
    }

    /// As kubeadm has it, which takes the version that is named for the newest of each kind.
    #[test]
    fn a_version_that_is_named_is_the_newest_of_each_series() {
        let found = offers(&version("v1.35.4"), &wanted(Some("v1.36.2"), "v1.36.3"));
        assert_eq!(found.lines, ["Target version: v1.36.2", "Latest version in the v1.35 series: v1.36.2"]);
        assert_eq!(
            told("v1.35.4", &wanted(Some("v1.36.2"), "v1.36.3")),
            ["version in the v1.35 series: v1.36.2 by v1.36.3"]
        );
        assert_eq!(
            told("v1.35.4", &wanted(Some("v1.36.3"), "v1.36.2")),
            ["version in the v1.35 series: v1.36.3 by v1.36.3"]
        );
        assert!(told("v1.36.3", &wanted(Some("v1.36.3"), "v1.36.3")).is_empty());
        assert!(told("v1.36.3", &wanted(Some("v1.36.2"), "v1.36.3")).is_empty());
    }

    #[test]
    fn a_candidate_is_offered_once_more_where_candidates_are_asked_for() {
        let mut asked = wanted(Some("v1.37.0-rc.1"), "v1.36.3");
        asked.allowed.candidates = true;
        assert_eq!(
            told("v1.36.3", &asked),
            [
                "version in the v1.36 series: v1.37.0-rc.1 by v1.37.0-rc.1",
                "release candidate version: v1.37.0-rc.1 by v1.37.0-rc.1"
            ]
        );
        asked.allowed.experimental = true;
        assert_eq!(told("v1.36.3", &asked).len(), 3);
    }

    #[test]
    fn the_cluster_s_version_is_its_newest_api_server_s() {
        let mut facts = facts();
        assert_eq!(cluster_version(&facts), Some(version("v1.36.1")));
        facts.components[0].version = "v1.36.2".to_owned();
        assert_eq!(cluster_version(&facts), Some(version("v1.36.2")));
        facts.components.clear();
        assert_eq!(cluster_version(&facts), Some(version("v1.36.0")), "as /version has it");
    }
}
