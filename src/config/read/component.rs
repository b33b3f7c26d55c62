//! What the control plane's components share: arguments, volumes, variables, names in certificates, images.

use std::collections::BTreeMap;
use std::path::Path;

use k8s_openapi::api::core::v1::{EnvVar, EnvVarSource};
use k8s_openapi::apimachinery::pkg::api::resource::Quantity;

use super::syntax::{is_flag_name, is_label, is_repository, is_san, is_tag_with_digest, is_variable};
use crate::config::given::{At, Located, Remarks, Section, Tree};
use crate::config::problem::Problem;
use crate::config::suggest::nearest;
use crate::config::warning::Caution;
use crate::config::{Arg, ComponentSettings, HostPathMount, ImageMeta, refuse_upwards};

/// The types of a hostPath volume (<https://kubernetes.io/docs/concepts/storage/volumes/#hostpath>).
const PATH_TYPES: [&str; 7] =
    ["DirectoryOrCreate", "Directory", "FileOrCreate", "File", "Socket", "CharDevice", "BlockDevice"];

/// `extraArgs`, `extraVolumes` and `extraEnvs`, which all components have.
pub fn component(section: Section, remarks: &mut Remarks) -> ComponentSettings {
    ComponentSettings {
        extra_args: arguments(section, "extraArgs", remarks),
        extra_volumes: mounts(section, remarks),
        extra_envs: variables(section, remarks),
    }
}

/// Of the list `name`, each a flag's name and its value.
pub fn arguments(section: Section, name: &str, remarks: &mut Remarks) -> Vec<Arg> {
    section.sections(name).map(|argument| arg(argument, remarks)).collect()
}

fn arg(section: Section, remarks: &mut Remarks) -> Arg {
    Arg {
        name: required(section, "name", remarks, not_a_flag),
        value: section.any_text("value").map_or_else(String::new, |given| given.value.to_owned()),
    }
}

fn not_a_flag(name: &str) -> Option<Problem> {
    let plain = name.trim().trim_start_matches('-').split('=').next().unwrap_or_default();
    let suggestion = is_flag_name(plain).then(|| plain.to_owned());
    (!is_flag_name(name)).then(|| Problem::NotAFlagName { value: name.to_owned(), suggestion })
}

/// No two on one path; of two with one name the last counts, as for kubeadm.
fn mounts(section: Section, remarks: &mut Remarks) -> Vec<HostPathMount> {
    let mut all: Vec<HostPathMount> = Vec::new();
    for volume in section.sections("extraVolumes") {
        let mount = mount(volume, remarks);
        let same = |of: fn(&HostPathMount) -> &str| {
            all.iter().find(|other| !of(other).is_empty() && of(other) == of(&mount))
        };
        if let (Some(_), Some(given)) = (same(|mount| &mount.name), volume.text("name")) {
            remarks.warn(&given.at, Caution::VolumeTwice { name: mount.name.clone() });
        } else if let (Some(other), Some(given)) = (same(|mount| &mount.mount_path), volume.text("mountPath"))
        {
            let problem =
                Problem::MountPathTwice { path: mount.mount_path.clone(), other: other.name.clone() };
            remarks.refuse(&given.at, problem);
        }
        all.push(mount);
    }
    all
}

fn mount(section: Section, remarks: &mut Remarks) -> HostPathMount {
    let label = |text: &str| (!is_label(text)).then(|| Problem::NotALabel { value: text.to_owned() });
    let upwards = |text: &str| refuse_upwards(Path::new(text)).err();
    let path_type =
        section.text("pathType").and_then(|given| given.read(remarks, |text| one_of(text, &PATH_TYPES)));
    HostPathMount {
        name: required(section, "name", remarks, label),
        host_path: required(section, "hostPath", remarks, upwards),
        mount_path: required(section, "mountPath", remarks, |_| None),
        read_only: section.flag("readOnly").unwrap_or_default(),
        path_type: path_type.unwrap_or_default(),
    }
}

/// A text that must be there and pass `judge`.
pub fn required(
    section: Section,
    name: &str,
    remarks: &mut Remarks,
    judge: impl FnOnce(&str) -> Option<Problem>,
) -> String {
    let Some(given) = wanted(section, name, remarks) else { return String::new() };
    if let Some(problem) = judge(given.value) {
        remarks.refuse(&given.at, problem);
    }
    given.value.to_owned()
}

/// A text that must be there if its struct is.
pub fn wanted<'a>(section: Section<'a>, name: &str, remarks: &mut Remarks) -> Option<Located<&'a str>> {
    let given = section.text(name);
    if let (None, Some(at)) = (&given, section.at()) {
        remarks.refuse(&below(at, name), Problem::Missing);
    }
    given
}

/// The place of a field that is not there: that of its struct.
pub fn below(at: &At, name: &str) -> At {
    let field = if at.field.is_empty() { name.to_owned() } else { format!("{}.{name}", at.field) };
    At { place: at.place.clone(), field }
}

/// `extraEnvs`.
pub fn variables(section: Section, remarks: &mut Remarks) -> Vec<EnvVar> {
    section.sections("extraEnvs").filter_map(|variable| env_var(variable, remarks)).collect()
}

/// Where a variable's value may come from, and what must be given of each source.
const SOURCES: [(&str, &[&str]); 5] = [
    ("configMapKeyRef", &["name", "key"]),
    ("fieldRef", &["fieldPath"]),
    ("fileKeyRef", &["volumeName", "path", "key"]),
    ("resourceFieldRef", &["resource"]),
    ("secretKeyRef", &["name", "key"]),
];

fn env_var(section: Section, remarks: &mut Remarks) -> Option<EnvVar> {
    let judge = |text: &str| (!is_variable(text)).then(|| Problem::NotAVariable { value: text.to_owned() });
    let name = required(section, "name", remarks, judge);
    let value = section.text("value");
    if let (Some(given), Some(_)) = (&value, section.get("valueFrom")) {
        remarks.refuse(&given.at, Problem::TwoValues);
    }
    let value = value.map(|given| given.value.to_owned());
    let value_from = match section.get("valueFrom") {
        Some(given) => Some(source(given, remarks)?),
        None => None,
    };
    Some(EnvVar { name, value, value_from })
}

/// The source as Kubernetes' own types have it, with Kubernetes' defaults.
fn source(given: &Located<Tree>, remarks: &mut Remarks) -> Option<EnvVarSource> {
    let section = Section::of(given);
    let count = section.fields().map_or(0, BTreeMap::len);
    if count != 1 {
        remarks.refuse(&given.at, Problem::NotOneSource { count });
    }
    for (name, fields) in SOURCES {
        for field in fields {
            required(section.section(name), field, remarks, |_| None);
        }
    }
    let problem = |error: serde_json::Error| Problem::NotAVariableSource { said: error.to_string() };
    let read = |tree: &Tree| serde_json::from_value::<EnvVarSource>(tree.json()).map_err(problem);
    let mut source = Located::new(&given.value, &given.at).read(remarks, read)?;
    if let Some(field) = &mut source.field_ref {
        field.api_version.get_or_insert_with(|| "v1".to_owned());
    }
    if let Some(resource) = &mut source.resource_field_ref {
        resource.divisor.get_or_insert_with(|| Quantity("0".to_owned()));
    }
    Some(source)
}

/// Names in certificates; `lower` makes their capitals small first.
pub fn sans(section: Section, name: &str, case: Case, remarks: &mut Remarks) -> Vec<String> {
    let read = |text: &str| match case {
        Case::Lowered => san(&text.to_lowercase()),
        Case::AsGiven => san(text),
    };
    section.texts(name).into_iter().filter_map(|given| given.read(remarks, read)).collect()
}

/// kubeadm lowers the API server's names and no others.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Case {
    /// Capitals become small.
    Lowered,
    /// Every letter as it was given.
    AsGiven,
}

fn san(text: &str) -> Result<String, Problem> {
    if is_san(text) { Ok(text.to_owned()) } else { Err(Problem::NotASan { value: text.to_owned() }) }
}

/// `imageRepository` and `imageTag`.
pub fn image(section: Section, remarks: &mut Remarks) -> ImageMeta {
    ImageMeta {
        repository: section.text("imageRepository").and_then(|given| given.read(remarks, repository)),
        tag: section.text("imageTag").and_then(|given| given.read(remarks, tag)),
    }
}

/// A registry and a path in it, without the image's own name.
///
/// # Errors
/// [`Problem::NotARepository`].
pub fn repository(text: &str) -> Result<String, Problem> {
    let value = text.to_owned();
    if is_repository(text) { Ok(value) } else { Err(Problem::NotARepository { value }) }
}

fn tag(text: &str) -> Result<String, Problem> {
    let value = text.to_owned();
    match (is_tag_with_digest(text), text.contains('@')) {
        (true, _) => Ok(value),
        (false, true) => Err(Problem::NotADigest { value }),
        (false, false) => Err(Problem::NotATag { value }),
    }
}

/// `text` itself where it is one of `known`.
pub fn one_of(text: &str, known: &[&str]) -> Result<String, Problem> {
    if known.contains(&text) {
        return Ok(text.to_owned());
    }
    let suggestion = nearest(text, known.iter().copied()).map(str::to_owned);
    Err(Problem::NotOneOf { value: text.to_owned(), known: known.join(", "), suggestion })
}
