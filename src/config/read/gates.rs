//! The components' own feature gates, in their documents and among their flags: those that no component of the minor knows, and
//! with which none starts. Nothing is said of gates of which nothing is known.

use crate::config::given::{At, Remarks, Section};
use crate::config::warning::Caution;
use crate::versions::{Minor, gate_of_components};

/// `featureGates` of a KubeletConfiguration or a KubeProxyConfiguration.
pub fn gates_of_document(document: Section, minor: &Minor, remarks: &mut Remarks) {
    for (name, given) in document.section("featureGates").fields().into_iter().flatten() {
        judge(name, &given.at, minor, remarks);
    }
}

/// `feature-gates` among the arguments of this list.
pub fn gates_of_arguments(section: Section, list: &str, minor: &Minor, remarks: &mut Remarks) {
    for argument in section.sections(list) {
        let is_it = argument.any_text("name").is_some_and(|given| given.value == "feature-gates");
        let Some(value) = argument.any_text("value").filter(|_| is_it) else { continue };
        for gate in value.value.split(',').filter_map(|pair| pair.split('=').next()) {
            judge(gate.trim(), &value.at, minor, remarks);
        }
    }
}

fn judge(name: &str, at: &At, minor: &Minor, remarks: &mut Remarks) {
    if let Some(history) = gate_of_components(name, minor) {
        let name = name.to_owned();
        remarks.warn(at, Caution::UnknownToComponent { name, minor: minor.number, history });
    }
}
