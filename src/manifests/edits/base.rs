//! What a manifest would be if nobody had changed it: the rendering that comes closest to it, of those that its configuration allows.
//!
//! Some of what a manifest is made from is stored nowhere: which kubeadm has written it, the host's folders of CA certificates at that time, the
//! proxies of its environment, whether the key of the CA was there, how long components may take to start. What the manifest itself shows of
//! these counts as given.

use std::collections::BTreeSet;

use serde_json::Value;

use super::{Edit, difference, place, pod};
use crate::config::{ClusterSpec, Etcd, Spec};
use crate::manifests::go_form;
use crate::manifests::patches::Patches;
use crate::manifests::static_pod::{CaKey, PodInputs, StaticPod, static_pod};
use crate::versions::{self, KubernetesVersion, MINORS, Minor};

/// Flags of etcd that count when a member starts for the first time, and list those that there were then.
const OF_FIRST_START: &[&str] = &["initial-cluster", "initial-cluster-state"];

/// What differs in a manifest's text from what `spec` and the patches make; none where it is no pod.
pub fn edits(
    kind: StaticPod,
    text: &str,
    spec: Spec<'_>,
    inputs: &PodInputs,
    patches: &Patches,
) -> Option<Vec<Edit>> {
    let found = pod(text)?;
    let inputs = as_shown(&found, inputs);
    let clusters = clusters(kind, &found, spec.cluster);
    let bases = clusters.iter().flat_map(|cluster| inputs.iter().map(move |inputs| (cluster, inputs)));
    let of = |(cluster, inputs)| against(kind, &found, Spec { cluster, node: spec.node }, inputs, patches);
    bases.filter_map(of).min_by_key(Vec::len)
}

/// What differs from one rendering. What a patch sets is the patch's to say, whatever was there before.
fn against(
    kind: StaticPod,
    found: &Value,
    spec: Spec<'_>,
    inputs: &PodInputs,
    patches: &Patches,
) -> Option<Vec<Edit>> {
    let plain = serde_json::to_value(static_pod(kind, spec, inputs)?).ok()?;
    let whole = patches.apply(kind.target(), plain.clone()).ok().and_then(|value| go_form::pod(value).ok());
    let plain = go_form::pod(plain).ok()?;
    let whole = whole.unwrap_or_else(|| plain.clone());
    let of_patches = difference::of(&whole, &plain);
    let is_explained = |edit: &Edit| of_patches.iter().any(|patch| patch.place.overlaps(&edit.place));
    let mut edits = difference::of(found, &whole);
    edits.retain(|edit| !is_explained(edit) && !is_free(kind, edit));
    Some(edits)
}

/// What no configuration stores, and what depends on when it was written.
fn is_free(kind: StaticPod, edit: &Edit) -> bool {
    let flag = edit.place.flag().map(|(flag, _)| flag);
    let is_of_first_start =
        kind == StaticPod::Etcd && flag.is_some_and(|flag| OF_FIRST_START.contains(&flag));
    is_of_first_start || edit.place.is_field(&["startupProbe", "failureThreshold"])
}

/// The configurations that may have made it: of the version that its image has, as its own kubeadm writes it, and those of the minors beside.
fn clusters(kind: StaticPod, found: &Value, cluster: &ClusterSpec) -> Vec<ClusterSpec> {
    let image = found.pointer("/spec/containers/0/image").and_then(Value::as_str).unwrap_or_default();
    let tag = place::image(image).1.unwrap_or_default();
    let mut own = cluster.clone();
    match (&mut own.etcd, kind) {
        // Which etcd it is, etcd's own rules say, and whoever keeps to them.
        (Etcd::Local(local), StaticPod::Etcd) => local.image.tag = Some(tag.to_owned()),
        (_, StaticPod::Etcd) => {}
        (_, StaticPod::ApiServer | StaticPod::ControllerManager | StaticPod::Scheduler) => {
            if let Some((version, minor)) = version(tag) {
                (own.version, own.minor) = (version, minor);
            }
        }
    }
    let number = own.minor.number;
    let known = |wanted: u64| MINORS.iter().copied().find(|minor| minor.number == wanted);
    let minors = [Some(number), number.checked_add(1), number.checked_sub(1)];
    let of = |minor: &'static Minor| ClusterSpec { minor, ..own.clone() };
    minors.into_iter().flatten().filter_map(known).map(of).collect()
}

/// Tags may hold no plus, and a digest may stand behind one.
fn version(tag: &str) -> Option<(KubernetesVersion, &'static Minor)> {
    let text = tag.split('@').next().unwrap_or_default().replacen('_', "+", 1);
    versions::resolve(&text).ok().filter(|_| text.starts_with('v'))
}

/// As the host was, as far as the manifest shows it.
fn as_shown(found: &Value, inputs: &PodInputs) -> Vec<PodInputs> {
    let texts = |list: &str, field: &str| -> BTreeSet<String> {
        let items = found.pointer(list).and_then(Value::as_array).into_iter().flatten();
        items.filter_map(|item| item.pointer(field)?.as_str().map(str::to_owned)).collect()
    };
    let paths = texts("/spec/volumes", "/hostPath/path");
    let folders: BTreeSet<&str> =
        MINORS.iter().flat_map(|minor| minor.pods.ca_folders.iter().copied()).collect();
    let variable = |name: &str| {
        let all = found.pointer("/spec/containers/0/env")?.as_array()?;
        all.iter().find(|variable| variable["name"] == name)?["value"].as_str().map(str::to_owned)
    };
    let proxies = inputs.proxy_env.iter().filter_map(|(name, _)| Some((name.clone(), variable(name)?)));
    let shown = PodInputs {
        host_ca_dirs: folders
            .iter()
            .filter(|path| paths.contains(**path))
            .map(|path| (*path).to_owned())
            .collect(),
        proxy_env: proxies.collect(),
        cluster_ca: CaKey::Present,
        identities: inputs.identities,
        etcd_cluster: None,
    };
    let external = PodInputs { cluster_ca: CaKey::External, ..shown.clone() };
    let mut all = vec![shown, external];
    if inputs.identities.is_some() {
        all.extend(all.clone().into_iter().map(|inputs| PodInputs { identities: None, ..inputs }));
    }
    all
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::config::fixture;
    use crate::manifests::static_pod::{HANDED_OVER, render};
    use crate::yaml;

    fn inputs() -> PodInputs {
        PodInputs { host_ca_dirs: vec!["/etc/ca-certificates".to_owned()], ..PodInputs::default() }
    }

    fn told(
        kind: StaticPod,
        text: &str,
        version: &str,
        inputs: &PodInputs,
        patches: &Patches,
    ) -> Vec<String> {
        let mut config = fixture::config();
        config.of_version(version);
        let edits = edits(kind, text, config.spec(), inputs, patches).unwrap();
        edits.iter().map(ToString::to_string).collect()
    }

    fn written(kind: StaticPod, version: &str, inputs: &PodInputs) -> String {
        let mut config = fixture::config();
        config.of_version(version);
        render(kind, config.spec(), inputs, &Patches::default()).unwrap().unwrap()
    }

    #[test]
    fn what_a_version_has_written_is_no_edit_whatever_version_the_cluster_has_by_now() {
        for (number, minor) in MINORS.iter().enumerate() {
            for kind in StaticPod::ALL {
                let text = written(kind, minor.stable, &inputs());
                let next = MINORS.get(number + 1).unwrap_or(minor);
                for cluster in [minor.stable, next.stable] {
                    let told = told(kind, &text, cluster, &PodInputs::default(), &Patches::default());
                    assert_eq!(told, [""; 0], "{kind:?} of {} in a cluster of {cluster}", minor.stable);
                }
            }
        }
    }

    #[test]
    fn a_host_that_has_changed_is_no_edit_but_a_proxy_that_would_go_is_one() {
        let proxies = |value: &str| vec![("HTTPS_PROXY".to_owned(), value.to_owned())];
        let then = PodInputs { proxy_env: proxies("http://a"), cluster_ca: CaKey::External, ..inputs() };
        let text = written(StaticPod::ControllerManager, "v1.36.3", &then);
        let now = |proxy_env| {
            let now = PodInputs { proxy_env, ..PodInputs::default() };
            told(StaticPod::ControllerManager, &text, "v1.36.3", &now, &Patches::default())
        };
        assert_eq!(now(proxies("http://b")), [""; 0]);
        assert_eq!(
            now(Vec::new()),
            ["spec.containers[kube-controller-manager].env[HTTPS_PROXY] is there and would not be"]
        );
    }

    #[test]
    fn what_a_patch_sets_is_no_edit_and_what_it_does_not_touch_is_one() {
        let patch = |memory: &str| {
            let text = format!(
                "spec: {{containers: [{{name: etcd, resources: {{limits: {{memory: {memory}}}}}}}]}}"
            );
            Patches::parse(&[("etcd.yaml".into(), text)].into(), versions::newest().patch_targets).unwrap()
        };
        let mut config = fixture::config();
        config.of_version("v1.36.3");
        let text = render(StaticPod::Etcd, config.spec(), &inputs(), &patch("1Gi")).unwrap().unwrap();
        let of = |patches: &Patches| told(StaticPod::Etcd, &text, "v1.36.3", &inputs(), patches);
        assert_eq!(of(&patch("1Gi")), [""; 0]);
        assert_eq!(of(&patch("2Gi")), [""; 0]);
        assert_eq!(
            of(&Patches::default()),
            ["spec.containers[etcd].resources.limits.memory is 1Gi and would not be there"]
        );
        let edited = text
            .replace("--snapshot-count=10000", "--snapshot-count=5000")
            .replace("registry.k8s.io", "mirror.test");
        let told = told(StaticPod::Etcd, &edited, "v1.36.3", &inputs(), &patch("1Gi"));
        assert_eq!(
            told,
            [
                "--snapshot-count is 5000 and would be 10000",
                "spec.containers[etcd].image (registry and name) is mirror.test/etcd and would be registry.k8s.io/etcd",
            ]
        );
    }

    #[test]
    fn the_mark_of_a_run_that_was_cut_off_is_no_edit() {
        for kind in StaticPod::ALL {
            let mut pod: Value = yaml::from_str(&written(kind, "v1.36.3", &inputs())).unwrap();
            pod["metadata"]["annotations"][HANDED_OVER] = "once".into();
            let text = yaml::to_string(&pod).unwrap();
            assert_eq!(told(kind, &text, "v1.36.3", &inputs(), &Patches::default()), [""; 0], "{kind:?}");
        }
    }

    #[test]
    fn another_etcd_of_the_same_cluster_is_no_edit() {
        let text = written(StaticPod::Etcd, "v1.36.3", &inputs()).replace("etcd:3.6.8-0", "etcd:3.6.11-0");
        assert_eq!(told(StaticPod::Etcd, &text, "v1.36.3", &inputs(), &Patches::default()), [""; 0]);
        assert!(
            edits(StaticPod::Etcd, "x", fixture::config().spec(), &inputs(), &Patches::default()).is_none()
        );
    }
}
