//! A patch file: its name → target and type, its text → documents.

use std::path::Path;

use serde_json::Value;

use super::{IgnoredBecause, Patch, PatchError, PatchTarget, PatchType};
use crate::yaml;

const EXTENSIONS: [&str; 2] = [".json", ".yaml"];
const SEPARATOR: &str = "---";

/// Why a file's name makes no patch.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum BadName {
    /// Some other file, which is left alone.
    NoPatch(IgnoredBecause),
    /// A patch for us, but a `+` without a type that we know.
    UnknownType,
}

/// `TARGET[SUFFIX][+TYPE].EXT` → target and type. The suffix, up to the first `+` or `.`, only orders the files.
pub fn parse_name(name: &str, targets: &[&str]) -> Result<(PatchTarget, PatchType), BadName> {
    let stem = EXTENSIONS.iter().find_map(|extension| name.strip_suffix(extension));
    stem.filter(|stem| !stem.is_empty()).ok_or(BadName::NoPatch(IgnoredBecause::Extension))?;
    let ours = |target: &PatchTarget| targets.contains(&target.name()) && name.starts_with(target.name());
    let target =
        PatchTarget::ALL.into_iter().find(ours).ok_or(BadName::NoPatch(IgnoredBecause::UnknownTarget))?;
    let rest = name[target.name().len()..].trim_start_matches(|c| !matches!(c, '.' | '+' | '\n'));
    match rest.strip_prefix('+') {
        None => Ok((target, PatchType::Strategic)),
        Some(kind) => parse_type(kind).map(|kind| (target, kind)).ok_or(BadName::UnknownType),
    }
}

fn parse_type(text: &str) -> Option<PatchType> {
    PatchType::ALL.into_iter().find(|kind| text.starts_with(kind.name()))
}

/// The documents of one file. Empty ones are left out.
pub fn parse(
    path: &Path,
    text: &str,
    target: PatchTarget,
    kind: PatchType,
) -> Result<Vec<Patch>, PatchError> {
    let mut patches = Vec::new();
    for (document, text) in (1..).zip(split(path, text)?) {
        let unreadable = |source| PatchError::Unreadable { file: path.to_owned(), document, source };
        let content =
            if is_blank(&text) { Value::Null } else { yaml::from_str(&text).map_err(unreadable)? };
        if !content.is_null() {
            patches.push(Patch { file: path.to_owned(), document, target, kind, content });
        }
    }
    Ok(patches)
}

/// Whether only comments and white space stand here.
fn is_blank(text: &str) -> bool {
    text.lines().map(str::trim).all(|line| line.is_empty() || line.starts_with('#'))
}

/// Cuts a text at its `---` lines. Each part keeps the empty lines of those before it, so that the parser counts
/// the file's lines.
fn split(path: &Path, text: &str) -> Result<Vec<String>, PatchError> {
    let mut parts = vec![String::new()];
    for (index, line) in text.lines().enumerate() {
        let Some(after) = line.strip_prefix(SEPARATOR) else {
            push_line(&mut parts, line);
            continue;
        };
        if !is_blank(after) {
            return Err(PatchError::Separator { file: path.to_owned(), line: index + 1 });
        }
        if parts.last().is_some_and(|part| part.trim().is_empty()) {
            push_line(&mut parts, "");
        } else {
            parts.push("\n".repeat(index + 1));
        }
    }
    Ok(parts)
}

fn push_line(parts: &mut [String], line: &str) {
    if let Some(part) = parts.last_mut() {
        part.push_str(line);
        part.push('\n');
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versions;

    fn name(text: &str) -> Result<(&'static str, &'static str), BadName> {
        let targets = versions::resolve("v1.37.1").unwrap().1.patch_targets;
        parse_name(text, targets).map(|(target, kind)| (target.name(), kind.name()))
    }

    #[test]
    fn names_say_target_and_type() {
        assert_eq!(name("etcd.json"), Ok(("etcd", "strategic")));
        assert_eq!(name("kube-apiserver0+merge.yaml"), Ok(("kube-apiserver", "merge")));
        assert_eq!(name("kubeletconfiguration+json.json"), Ok(("kubeletconfiguration", "json")));
        assert_eq!(name("kube-schedulerfoo+strategic.yaml"), Ok(("kube-scheduler", "strategic")));
        assert_eq!(name("kubeproxydaemonset-a.b+merge.yaml"), Ok(("kubeproxydaemonset", "strategic")));
    }

    #[test]
    fn other_files_are_left_alone_and_unknown_types_refused() {
        assert_eq!(name("etcd.yml"), Err(BadName::NoPatch(IgnoredBecause::Extension)));
        assert_eq!(name("kube-proxy.yaml"), Err(BadName::NoPatch(IgnoredBecause::UnknownTarget)));
        assert_eq!(name("etcd+.yaml"), Err(BadName::UnknownType));
        assert_eq!(name("etcd+mergi.yaml"), Err(BadName::UnknownType));
    }

    #[test]
    fn a_target_of_a_later_minor_is_unknown_to_an_earlier_one() {
        let targets = versions::resolve("v1.36.3").unwrap().1.patch_targets;
        let found = parse_name("kubeproxydaemonset.yaml", targets);
        assert_eq!(found, Err(BadName::NoPatch(IgnoredBecause::UnknownTarget)));
    }

    #[test]
    fn documents_are_counted_and_empty_ones_left_out() {
        let text = "---\n# first\na: 1\n--- # second\n# nothing\n---\nb: 2\n";
        let patches = parse(Path::new("etcd.yaml"), text, PatchTarget::Etcd, PatchType::Merge).unwrap();
        let found: Vec<_> = patches.iter().map(|patch| (patch.document, patch.content.to_string())).collect();
        assert_eq!(found, [(1, r#"{"a":1}"#.to_owned()), (3, r#"{"b":2}"#.to_owned())]);
    }

    #[test]
    fn an_unreadable_document_is_named_with_its_line_in_the_file() {
        let error = parse(Path::new("etcd.yaml"), "a: 1\n---\nb: [\n", PatchTarget::Etcd, PatchType::Merge)
            .unwrap_err();
        let PatchError::Unreadable { document, source, .. } = error else { panic!("{error}") };
        assert_eq!(document, 2);
        assert!(source.to_string().contains('3') || source.to_string().contains('4'), "{source}");
        let separator = parse(Path::new("etcd.yaml"), "a: 1\n---b", PatchTarget::Etcd, PatchType::Merge);
        assert!(matches!(separator, Err(PatchError::Separator { line: 2, .. })));
    }
}
