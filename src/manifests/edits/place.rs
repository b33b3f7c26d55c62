//! A place in a static pod's manifest: fields, entries of lists by their keys, flags of the command, and parts of texts.

use std::fmt;

use serde_json::{Map, Value};

/// One step on the way to a place.
#[derive(Debug, Clone, PartialEq, Eq)]
pub enum Step {
    /// A field of a mapping.
    Field(String),
    /// The entry of a list whose field `key` is this.
    Item {
        /// By which the list's entries are told apart.
        key: &'static str,
        /// The entry's.
        name: Value,
    },
    /// A flag of a command, without its dashes; several of one name are one list.
    Flag(String),
    /// One of the `NAME=VALUE` that a flag lists.
    Entry(String),
    /// Of an image: what stands before its tag.
    Repository,
    /// Of an image: its tag, and the digest behind that.
    Tag,
}

/// The whole way.
#[derive(Debug, Clone, PartialEq, Eq, Default)]
pub struct Place(Vec<Step>);

impl Place {
    /// The place below this one.
    #[must_use]
    pub fn below(&self, step: Step) -> Self {
        Self(self.0.iter().cloned().chain([step]).collect())
    }

    /// The same for a field.
    #[must_use]
    pub fn field(&self, name: &str) -> Self {
        self.below(Step::Field(name.to_owned()))
    }

    /// The names of the last fields, from behind.
    pub fn is_field(&self, behind: &[&str]) -> bool {
        let named = |(step, name): (&Step, &&str)| matches!(step, Step::Field(own) if own == *name);
        self.0.len() >= behind.len() && self.0.iter().rev().zip(behind.iter().rev()).all(named)
    }

    /// Whether any field on the way is called so.
    pub fn passes(&self, name: &str) -> bool {
        self.0.iter().any(|step| matches!(step, Step::Field(own) if own == name))
    }

    /// The flag that it is, or is in, and the entry in that.
    pub fn flag(&self) -> Option<(&str, Option<&str>)> {
        let flag =
            self.0.iter().find_map(|step| if let Step::Flag(name) = step { Some(name) } else { None })?;
        let entry = self
            .0
            .iter()
            .find_map(|step| if let Step::Entry(name) = step { Some(name.as_str()) } else { None });
        Some((flag, entry))
    }

    /// Whether one of the two is within the other.
    pub fn overlaps(&self, other: &Self) -> bool {
        self.0.iter().zip(&other.0).all(|(one, other)| one == other)
    }

    /// What is there.
    pub fn of(&self, whole: &Value) -> Option<Value> {
        self.0.iter().try_fold(whole.clone(), |at, step| step.of(&at))
    }

    /// Whether the lists on the way have the entries that it goes through.
    pub fn leads_through(&self, whole: &Value) -> bool {
        let mut at = Some(whole.clone());
        let Some((_, way)) = self.0.split_last() else { return true };
        for step in way {
            at = at.and_then(|at| step.of(&at));
            if at.is_none() && matches!(step, Step::Item { .. }) {
                return false;
            }
        }
        true
    }

    /// Puts `part` there, or takes away what is there.
    pub fn put(&self, whole: &mut Value, part: Option<Value>) {
        *whole = set(Some(whole.take()), &self.0, part).unwrap_or_default();
    }
}

fn set(whole: Option<Value>, way: &[Step], part: Option<Value>) -> Option<Value> {
    let Some((step, rest)) = way.split_first() else { return part };
    let inner = whole.as_ref().and_then(|whole| step.of(whole));
    let inner = set(inner, rest, part);
    step.with(whole, inner)
}

impl Step {
    fn of(&self, whole: &Value) -> Option<Value> {
        match self {
            Self::Field(name) => whole.get(name).cloned(),
            Self::Item { key, name } => {
                whole.as_array()?.iter().find(|item| item.get(key) == Some(name)).cloned()
            }
            Self::Flag(name) => {
                let values: Vec<Value> =
                    words(whole).filter(|(own, _)| own == name).map(|(_, value)| value.into()).collect();
                match values.as_slice() {
                    [] => None,
                    [only] => Some(only.clone()),
                    _ => Some(Value::Array(values)),
                }
            }
            Self::Entry(name) => {
                let found = entries(whole.as_str()?).into_iter().find(|(own, _)| own == name);
                found.map(|(_, value)| value.into())
            }
            Self::Repository => image(whole.as_str()?).0.map(Value::from),
            Self::Tag => image(whole.as_str()?).1.map(Value::from),
        }
    }

    fn with(&self, whole: Option<Value>, part: Option<Value>) -> Option<Value> {
        match self {
            Self::Field(name) => {
                if whole.is_none() && part.is_none() {
                    return None;
                }
                let mut fields = match whole {
                    Some(Value::Object(fields)) => fields,
                    _ => Map::new(),
                };
                match part {
                    Some(part) => drop(fields.insert(name.clone(), part)),
                    None => drop(fields.shift_remove(name)),
                }
                Some(Value::Object(fields))
            }
            Self::Item { key, name } => {
                let mut items = array(whole);
                let at = items.iter().position(|item| item.get(*key) == Some(name));
                match (at, part) {
                    (Some(at), Some(part)) => items[at] = part,
                    (Some(at), None) => drop(items.remove(at)),
                    (None, Some(part)) => items.push(part),
                    (None, None) => {}
                }
                Some(Value::Array(items))
            }
            Self::Flag(name) => Some(Value::Array(with_flag(array(whole), name, part))),
            Self::Entry(name) => with_entry(&text(whole), name, part.as_ref().and_then(Value::as_str)),
            Self::Repository => {
                let whole = text(whole);
                Some(joined(part.as_ref().and_then(Value::as_str), image(&whole).1).into())
            }
            Self::Tag => {
                let whole = text(whole);
                Some(joined(image(&whole).0, part.as_ref().and_then(Value::as_str)).into())
            }
        }
    }
}

fn array(whole: Option<Value>) -> Vec<Value> {
    if let Some(Value::Array(items)) = whole { items } else { Vec::new() }
}

fn text(whole: Option<Value>) -> String {
    if let Some(Value::String(text)) = whole { text } else { String::new() }
}

/// The flags of a command, each with its value.
pub fn words(command: &Value) -> impl Iterator<Item = (&str, &str)> {
    let words = command.as_array().into_iter().flatten().skip(1).filter_map(Value::as_str);
    words.map(|word| {
        let (name, value) = word.split_once('=').unwrap_or((word, "true"));
        (name.trim_start_matches('-'), value)
    })
}

/// In the place of the first of that name, or at the end.
fn with_flag(mut command: Vec<Value>, name: &str, part: Option<Value>) -> Vec<Value> {
    let is_it = |word: &Value| {
        let word = word.as_str().unwrap_or_default();
        word.starts_with('-') && word.split('=').next().unwrap_or_default().trim_start_matches('-') == name
    };
    let at = command.iter().position(is_it).unwrap_or(command.len());
    command.retain(|word| !is_it(word));
    let values = match part {
        None => Vec::new(),
        Some(Value::Array(values)) => values,
        Some(only) => vec![only],
    };
    let new = values.iter().filter_map(Value::as_str).map(|value| format!("--{name}={value}").into());
    let at = at.min(command.len());
    command.splice(at..at, new.collect::<Vec<Value>>());
    command
}

/// `A=true,B=false`, by name.
pub fn entries(text: &str) -> Vec<(&str, &str)> {
    let pairs = text.split(',').map(str::trim).filter(|pair| !pair.is_empty());
    pairs.map(|pair| pair.split_once('=').unwrap_or((pair, ""))).collect()
}

/// A list without entries is none.
fn with_entry(whole: &str, name: &str, value: Option<&str>) -> Option<Value> {
    let mut all = entries(whole);
    match (all.iter().position(|(own, _)| *own == name), value) {
        (Some(at), Some(value)) => all[at].1 = value,
        (Some(at), None) => drop(all.remove(at)),
        (None, Some(value)) => all.push((name, value)),
        (None, None) => {}
    }
    let pair = |(name, value): &(&str, &str)| {
        if value.is_empty() { (*name).to_owned() } else { format!("{name}={value}") }
    };
    let text = all.iter().map(pair).collect::<Vec<_>>().join(",");
    (!text.is_empty()).then(|| text.into())
}

/// `registry/name`, and what stands behind its colon.
pub fn image(image: &str) -> (Option<&str>, Option<&str>) {
    let (named, _) = image.split_once('@').unwrap_or((image, ""));
    let name = named.rfind('/').map_or(0, |slash| slash + 1);
    let end = named[name..].find(':').map_or(named.len(), |colon| name + colon);
    let behind = image[end..].trim_start_matches(':');
    (Some(&image[..end]).filter(|text| !text.is_empty()), Some(behind).filter(|text| !text.is_empty()))
}

fn joined(repository: Option<&str>, tag: Option<&str>) -> String {
    let separator = match tag {
        None => "",
        Some(digest) if digest.starts_with('@') => "",
        Some(_) => ":",
    };
    format!("{}{separator}{}", repository.unwrap_or_default(), tag.unwrap_or_default())
}

/// A flag by its name on the command line, and all else by its path.
impl fmt::Display for Place {
    fn fmt(&self, out: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some((flag, entry)) = self.flag() {
            write!(out, "--{flag}")?;
            return entry.map_or(Ok(()), |entry| write!(out, " {entry}"));
        }
        for (number, step) in self.0.iter().enumerate() {
            match step {
                Step::Field(name) if number == 0 => write!(out, "{name}")?,
                Step::Field(name) if name.contains(['.', '/']) => write!(out, "[{name}]")?,
                Step::Field(name) => write!(out, ".{name}")?,
                Step::Item { name: Value::String(name), .. } => write!(out, "[{name}]")?,
                Step::Item { name, .. } => write!(out, "[{name}]")?,
                Step::Repository => write!(out, " (registry and name)")?,
                Step::Tag => write!(out, " (tag)")?,
                Step::Flag(_) | Step::Entry(_) => {}
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn place(steps: &[Step]) -> Place {
        Place(steps.to_vec())
    }

    #[test]
    fn a_part_is_found_and_put_where_its_place_leads() {
        let mut pod =
            json!({ "a": [{ "name": "x", "command": ["p", "--v=1", "--g=A=true,B=false", "--s"] }] });
        let item = Step::Item { key: "name", name: "x".into() };
        let command = place(&[Step::Field("a".to_owned()), item, Step::Field("command".to_owned())]);
        let flag = |name: &str| command.below(Step::Flag(name.to_owned()));
        let gate = |name: &str| flag("g").below(Step::Entry(name.to_owned()));
        assert_eq!(flag("v").of(&pod), Some("1".into()));
        assert_eq!(flag("s").of(&pod), Some("true".into()));
        assert_eq!((gate("B").of(&pod), gate("C").of(&pod)), (Some("false".into()), None));
        flag("v").put(&mut pod, Some("2".into()));
        gate("A").put(&mut pod, None);
        gate("C").put(&mut pod, Some("true".into()));
        flag("s").put(&mut pod, None);
        flag("new").put(&mut pod, Some(json!(["1", "2"])));
        assert_eq!(pod["a"][0]["command"], json!(["p", "--v=2", "--g=B=false,C=true", "--new=1", "--new=2"]));
        gate("B").put(&mut pod, None);
        gate("C").put(&mut pod, None);
        assert_eq!(flag("g").of(&pod), None);
        assert_eq!(gate("A").to_string(), "--g A");
    }

    #[test]
    fn what_is_not_there_is_made_but_for_an_entry_of_a_list() {
        let mut pod = json!({ "spec": {} });
        let labels = place(&[]).field("metadata").field("labels").field("a.b/c");
        labels.put(&mut pod, Some("x".into()));
        assert_eq!(pod["metadata"]["labels"], json!({ "a.b/c": "x" }));
        assert_eq!(labels.to_string(), "metadata.labels[a.b/c]");
        let item = Step::Item { key: "name", name: "x".into() };
        let entry = place(&[]).field("spec").field("containers").below(item);
        assert!(entry.leads_through(&pod) && !entry.field("image").leads_through(&pod));
        entry.put(&mut pod, Some(json!({ "name": "x" })));
        assert!(entry.field("image").leads_through(&pod));
        assert_eq!(pod["spec"]["containers"], json!([{ "name": "x" }]));
        entry.put(&mut pod, None);
        assert_eq!(pod["spec"]["containers"], json!([]));
    }

    #[test]
    fn an_image_is_its_repository_and_its_tag() {
        for (text, repository, tag) in [
            ("r:5000/a/b:v1@sha256:0", "r:5000/a/b", "v1@sha256:0"),
            ("r:5000/b", "r:5000/b", ""),
            ("b:1", "b", "1"),
            ("b@sha256:0", "b", "@sha256:0"),
        ] {
            let (found, behind) = image(text);
            assert_eq!((found, behind.unwrap_or_default()), (Some(repository), tag));
            assert_eq!(joined(found, behind), text);
        }
        let mut whole = Value::from("old/b:1");
        place(&[Step::Repository]).put(&mut whole, Some("new/c".into()));
        place(&[Step::Tag]).put(&mut whole, Some("2".into()));
        assert_eq!(whole, "new/c:2");
    }
}
