//! A pod's volumes: their names and what they are made from.

use k8s_openapi::api::core::v1::{PodSpec, Volume};
use serde_json::Value;

use super::names::{goes_upwards, is_label};
use super::{Faults, Rule, Runs};

const PATH_TYPES: [&str; 7] =
    ["DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"];

/// Sources that need the API, and what of it.
const OF_THE_API: [(&str, &str); 8] = [
    ("configMap", "a ConfigMap"),
    ("secret", "a Secret"),
    ("csi", "a CSIDriver"),
    ("glusterfs", "Endpoints"),
    ("persistentVolumeClaim", "a PersistentVolumeClaim"),
    ("ephemeral", "a PersistentVolumeClaim"),
    ("azureFile", "a Secret"),
    ("projected", "projected objects of the API"),
];

/// Notes volumes that cannot be, as the pod runs.
pub fn judge(path: &str, spec: &PodSpec, runs: Runs, faults: &mut Faults) {
    let volumes = spec.volumes.as_deref().unwrap_or_default();
    for volume in volumes {
        let field = |name: &str| format!("{path}.volumes[{}].{name}", volume.name);
        if volume.name.is_empty() {
            faults.add(&field("name"), Rule::Missing);
        } else if !is_label(&volume.name) {
            faults.add(&field("name"), Rule::NotALabel { value: volume.name.clone() });
        }
        let sources = sources(volume);
        if sources.len() > 1 {
            let rule = Rule::NotOne { known: "a volume's sources", count: sources.len() };
            faults.add(&format!("{path}.volumes[{}]", volume.name), rule);
        }
        for (source, what) in OF_THE_API.iter().filter(|(known, _)| sources.iter().any(|name| name == known))
        {
            if runs == Runs::Statically && !is_of_the_pod(volume) {
                faults.add(&field(source), Rule::Reference { what });
            }
        }
        host_path(&field("hostPath"), volume, faults);
    }
    faults.add_repeated(&format!("{path}.volumes"), volumes.iter().map(|volume| volume.name.as_str()));
}

/// The names of what it is made from.
fn sources(volume: &Volume) -> Vec<String> {
    match serde_json::to_value(volume) {
        Ok(Value::Object(fields)) => {
            fields.into_iter().map(|(name, _)| name).filter(|name| name != "name").collect()
        }
        Ok(_) | Err(_) => Vec::new(),
    }
}

/// Projections of the pod's own fields need nobody.
fn is_of_the_pod(volume: &Volume) -> bool {
    let sources = volume.projected.as_ref().and_then(|projected| projected.sources.as_ref());
    sources.is_some_and(|all| all.iter().all(|source| source.downward_api.is_some()))
}

fn host_path(field: &str, volume: &Volume, faults: &mut Faults) {
    let Some(source) = &volume.host_path else { return };
    if source.path.is_empty() {
        faults.add(&format!("{field}.path"), Rule::Missing);
    }
    if goes_upwards(&source.path) {
        faults.add(&format!("{field}.path"), Rule::Upwards { value: source.path.clone() });
    }
    faults.add_unless_known(&format!("{field}.type"), source.type_.as_ref(), &PATH_TYPES);
}
