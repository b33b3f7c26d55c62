//! What the addons' pods have that the cluster's version has not given them.

use serde_json::Value;

use crate::config::{ClusterSpec, Spec};
use crate::facts::{AddonEdit, LiveAddons};
use crate::manifests::edits::{LiveEdit, of_live};
use crate::manifests::objects::{SeenDns, coredns_deployment, kube_proxy_daemon_set};
use crate::manifests::patches::{PatchTarget, Patches};
use crate::versions::MINORS;

/// What a new version writes whoever has set it (`host::yielding`).
const MOVES: &[&str] = &["image", "command", "args", "volumes"];
/// What an upgrade leaves whoever has set it.
const REMAINS: &[&str] = &["replicas"];

/// Of both addons, as far as the cluster has them and its configuration wants them.
pub fn addon_edits(spec: Spec<'_>, live: &LiveAddons, patches: &Patches) -> Vec<AddonEdit> {
    let mut all = Vec::new();
    if !spec.cluster.dns.disabled {
        let render = |spec: Spec<'_>| coredns_deployment(spec, &SeenDns::default());
        all.extend(of(spec, "Deployment", &live.dns, (PatchTarget::CoreDnsDeployment, patches), &render));
    }
    if !spec.cluster.proxy_disabled {
        let render = |spec: Spec<'_>| kube_proxy_daemon_set(spec.cluster);
        all.extend(of(spec, "DaemonSet", &live.proxy, (PatchTarget::KubeProxyDaemonSet, patches), &render));
    }
    all
}

/// By the minor that comes closest: an addon is behind its cluster until its last control plane is upgraded.
fn of(
    spec: Spec<'_>,
    kind: &str,
    live: &Value,
    (target, patches): (PatchTarget, &Patches),
    render: &dyn Fn(Spec<'_>) -> Value,
) -> Vec<AddonEdit> {
    let Some(name) = live.pointer("/metadata/name").and_then(Value::as_str) else { return Vec::new() };
    let number = spec.cluster.minor.number;
    let own = MINORS.iter().filter(|minor| minor.number == number);
    let beside = MINORS.iter().filter(|minor| minor.number.abs_diff(number) == 1);
    let edits = |minor| {
        let cluster = ClusterSpec { minor, ..spec.cluster.clone() };
        let plain = render(Spec { cluster: &cluster, node: spec.node });
        let whole = patches.apply(target, plain.clone()).unwrap_or_else(|_| plain.clone());
        let of_patches = of_live(&whole, &plain, &[], &[]);
        let mut edits = of_live(live, &whole, MOVES, REMAINS);
        edits.retain(|one| !of_patches.iter().any(|patch| patch.edit.place.overlaps(&one.edit.place)));
        edits
    };
    let edits = own.chain(beside).copied().map(edits).min_by_key(Vec::len).unwrap_or_default();
    let fact = |LiveEdit { edit, stays }: LiveEdit| AddonEdit {
        object: format!("the {kind} {name}"),
        field: edit.place.to_string(),
        change: edit.to_string(),
        stays,
    };
    edits.into_iter().map(fact).collect()
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;
    use crate::config::fixture;

    fn told(version: &str, live: &LiveAddons, patches: &Patches) -> Vec<String> {
        let mut config = fixture::config();
        config.of_version(version);
        let shown =
            |edit: &AddonEdit| format!("{} {}", if edit.stays { "stays" } else { "goes" }, edit.change);
        addon_edits(config.spec(), live, patches).iter().map(shown).collect()
    }

    fn live(version: &str) -> LiveAddons {
        let mut config = fixture::config();
        config.of_version(version);
        LiveAddons {
            dns: coredns_deployment(config.spec(), &SeenDns::default()),
            proxy: kube_proxy_daemon_set(&config.cluster),
        }
    }

    #[test]
    fn what_a_version_or_the_one_before_it_has_made_is_no_edit() {
        for pair in MINORS.windows(2) {
            let live = live(pair[0].stable);
            for version in [pair[0].stable, pair[1].stable] {
                assert_eq!(told(version, &live, &Patches::default()), [""; 0], "{version}");
            }
        }
        assert_eq!(told("v1.36.3", &LiveAddons::default(), &Patches::default()), [""; 0]);
    }

    #[test]
    fn another_registry_and_replicas_are_told_and_what_patches_make_is_not() {
        let mut live = live("v1.36.3");
        live.dns["spec"]["replicas"] = json!(5);
        live.dns["spec"]["template"]["spec"]["containers"][0]["resources"]["limits"]["memory"] = "1Gi".into();
        live.proxy["spec"]["template"]["spec"]["containers"][0]["image"] =
            "mirror.test/kube-proxy:v1.36.3".into();
        let memory =
            "goes spec.template.spec.containers[coredns].resources.limits.memory is 1Gi and would be 170Mi";
        let proxy = "goes spec.template.spec.containers[kube-proxy].image (registry and name) is mirror.test/kube-proxy and would be registry.k8s.io/kube-proxy";
        let replicas = "stays spec.replicas is 5 and would be 2";
        assert_eq!(told("v1.36.3", &live, &Patches::default()), [replicas, memory, proxy]);
        let text =
            "spec: {template: {spec: {containers: [{name: coredns, resources: {limits: {memory: 2Gi}}}]}}}";
        let targets = crate::versions::newest().patch_targets;
        let patches =
            Patches::parse(&[("corednsdeployment.yaml".into(), text.to_owned())].into(), targets).unwrap();
        assert_eq!(told("v1.36.3", &live, &patches), [replicas, proxy]);
    }
}
