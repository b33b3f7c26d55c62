//! The kubelet's settings behind the patches of the target `kubeletconfiguration`, judged as the kubelet reads them.

use serde_json::Value;

use crate::config::{Spec, document_faults};
use crate::manifests::patches::{PatchError, PatchTarget, Patches, Unfit};

/// The kubelet's settings behind their patches.
#[derive(Debug)]
pub struct PatchedKubelet {
    /// The whole KubeletConfiguration.
    pub document: Value,
    /// What the kubelet ignores.
    pub cautions: Vec<String>,
}

/// `plain`, this node's KubeletConfiguration, with its patches applied.
///
/// # Errors
/// A patch does not apply, or leaves something that the kubelet cannot read: a value of another type, another kind.
pub fn patched_kubelet(
    spec: Spec<'_>,
    plain: Value,
    patches: &Patches,
) -> Result<PatchedKubelet, PatchError> {
    let target = PatchTarget::KubeletConfiguration;
    if !patches.touch(target) {
        return Ok(PatchedKubelet { document: plain, cautions: Vec::new() });
    }
    let head = ["apiVersion", "kind"].map(|name| (name, plain[name].clone()));
    let document = patches.apply(target, plain)?;
    let changed = head.into_iter().filter(|(name, value)| document.get(name) != Some(value));
    let mut faults: Vec<String> = changed
        .map(|(name, value)| format!("{name} must be {}", value.as_str().unwrap_or_default()))
        .collect();
    let schema = spec.cluster.minor.schemas.kubelet;
    let (unknown, wrong): (Vec<_>, Vec<_>) = document_faults(schema, &document)
        .into_iter()
        .partition(|(_, problem)| problem.is_of_another_version());
    faults.extend(wrong.iter().map(|(field, problem)| format!("{field}: {problem}")));
    if !faults.is_empty() {
        let what = "the kubelet would not read its settings behind the patches".to_owned();
        return Err(Unfit { what, faults, patches: patches.files(target) }.into());
    }
    let told = |(field, problem): &(String, _)| {
        format!("the kubelet's settings behind the patches: {field}: {problem}")
    };
    Ok(PatchedKubelet { cautions: unknown.iter().map(told).collect(), document })
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;
    use crate::config::fixture;
    use crate::manifests::component::kubelet;

    fn patched(text: &str) -> Result<PatchedKubelet, String> {
        let config = fixture::config();
        let files = BTreeMap::from([("kubeletconfiguration+merge.yaml".into(), text.to_owned())]);
        let patches = Patches::parse(&files, config.cluster.minor.patch_targets).unwrap();
        patched_kubelet(config.spec(), kubelet(config.spec()).document, &patches)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn a_value_of_another_type_is_refused_by_its_field() {
        assert_eq!(patched("maxPods: 10").unwrap().document["maxPods"], 10);
        let what = "the kubelet would not read its settings behind the patches";
        for (patch, said) in [
            (
                "failSwapOn: 'no'",
                "failSwapOn: the text \"no\" where true or false is wanted; write true or false without quotes",
            ),
            ("maxPods: many", "maxPods: the text \"many\" where a whole number is wanted"),
            ("kind: Kubelet", "kind must be KubeletConfiguration"),
            ("apiVersion: null", "apiVersion must be kubelet.config.k8s.io/v1beta1"),
        ] {
            assert_eq!(patched(patch).err().unwrap(), format!("{what}: {said}"));
        }
    }

    #[test]
    fn a_field_that_no_kubelet_has_is_told() {
        let cautions = patched("maxPod: 10").unwrap().cautions;
        assert!(
            cautions[0].contains("maxPod: there is no such field; did you mean maxPods?"),
            "{cautions:?}"
        );
    }
}
