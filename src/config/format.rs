//! A document in v1beta4's form → the form that a minor's kubeadm writes: what its format has in another shape or place
//! is moved there, and what it does not have is left out and named.

use serde_json::{Map, Value, json};

use super::kind::{ConfigKind, schema};
use crate::versions::schema::{Schema, Type};
use crate::versions::{ConfigFormat, Minor, lacking};

/// What a minor's kubeadm writes.
#[derive(Debug, Clone, Copy)]
pub struct MinorFormat {
    /// Of all kinds that it has.
    pub format: ConfigFormat,
    /// Its number: it may not have every field of the format yet.
    pub minor: u64,
}

impl MinorFormat {
    /// What the kubeadm of `minor` writes.
    pub const fn of(minor: &Minor) -> Self {
        Self { format: minor.config_format, minor: minor.number }
    }

    /// The format that a kind is written in: v1beta4 where the minor's own does not have the kind, as its kubeadm does.
    pub const fn written(self, kind: ConfigKind) -> ConfigFormat {
        match schema(kind, self.format) {
            Some(_) => self.format,
            None => ConfigFormat::V1Beta4,
        }
    }
}

/// A document as a minor's kubeadm writes it.
#[derive(Debug, Clone, PartialEq)]
pub struct Formatted {
    /// In the target's form, `apiVersion` and `kind` included.
    pub document: Value,
    /// What the minor's format has no place for, in the document's order.
    pub lost: Vec<Lost>,
}

/// A field of the document that is not in its new form.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Lost {
    /// As in `etcd.local.extraEnvs`.
    pub field: String,
    /// Why it has none.
    pub why: UnsupportedReason,
}

/// Why a field has no place in a minor's format.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum UnsupportedReason {
    /// The format has no such field.
    NoSuchField,
    /// Arguments are a map there, in which a name has one value: the last one.
    GivenTwice,
}

/// Where v1beta3 has what v1beta4 keeps among a document's timeouts.
const MOVED: [(ConfigKind, [&str; 2], [&str; 2]); 1] =
    [(ConfigKind::Join, ["timeouts", "discovery"], ["discovery", "timeout"])];

/// `fields`, in v1beta4's form, as the document of this kind that the target's kubeadm writes.
pub fn format(kind: ConfigKind, fields: Map<String, Value>, target: MinorFormat) -> Formatted {
    let mut fields = fields;
    fields.retain(|name, _| name != "apiVersion" && name != "kind");
    let format = target.written(kind);
    let mut lost = match format {
        ConfigFormat::V1Beta3 => Vec::new(),
        ConfigFormat::V1Beta4 => absent(kind, &mut fields, target.minor),
    };
    if let (ConfigFormat::V1Beta3, Some(schema)) = (format, schema(kind, format)) {
        shift(kind, &mut fields);
        let schema = schema.schema();
        let mut fit = Fit { schema: &schema, lost: &mut lost };
        fit.fields(schema.root(), &mut fields, "");
    }
    fields.insert("apiVersion".to_owned(), json!(format.api_version()));
    fields.insert("kind".to_owned(), json!(kind.name()));
    let mut document = Value::Object(fields);
    document.sort_all_objects();
    Formatted { document, lost }
}

/// Takes out the fields that a later kubeadm has added to the same format.
fn absent(kind: ConfigKind, fields: &mut Map<String, Value>, minor: u64) -> Vec<Lost> {
    let taken = lacking(kind.name(), minor)
        .filter(|path| take(fields, &path.split('.').collect::<Vec<_>>()).is_some());
    taken.map(|path| Lost { field: path.to_owned(), why: UnsupportedReason::NoSuchField }).collect()
}

fn shift(kind: ConfigKind, fields: &mut Map<String, Value>) {
    for (_, from, [section, name]) in MOVED.iter().filter(|row| row.0 == kind) {
        let Some(value) = take(fields, from) else { continue };
        if let Some(section) = fields.entry(*section).or_insert_with(|| json!({})).as_object_mut() {
            section.insert((*name).to_owned(), value);
        }
    }
}

/// The value at `path`, which is not there any more.
fn take(fields: &mut Map<String, Value>, path: &[&str]) -> Option<Value> {
    match path {
        [] => None,
        [name] => fields.remove(*name),
        [name, rest @ ..] => take(fields.get_mut(*name)?.as_object_mut()?, rest),
    }
}

/// Makes values fit a schema.
struct Fit<'a> {
    schema: &'a Schema,
    lost: &'a mut Vec<Lost>,
}

impl Fit<'_> {
    fn fields(&mut self, name: &str, fields: &mut Map<String, Value>, path: &str) {
        let schema = self.schema;
        fields.retain(|key, value| {
            let path = if path.is_empty() { key.clone() } else { format!("{path}.{key}") };
            let field = schema.field(name, key);
            match field {
                Some(field) => self.value(&field.of, value, &path),
                None => self.lost.extend(losses(value, path)),
            }
            field.is_some()
        });
    }

    fn value(&mut self, of: &Type, value: &mut Value, path: &str) {
        match (of, &mut *value) {
            (Type::Struct(name), Value::Object(fields)) => self.fields(name, fields, path),
            (Type::List(of), Value::Array(items)) => {
                for (index, item) in items.iter_mut().enumerate() {
                    self.value(of, item, &format!("{path}[{index}]"));
                }
            }
            (Type::Map(_), Value::Array(items)) => *value = self.arguments(std::mem::take(items), path),
            _ => {}
        }
    }

    /// `[{name: a, value: b}]` → `{a: b}`.
    fn arguments(&mut self, items: Vec<Value>, path: &str) -> Value {
        let mut map = Map::new();
        for item in items {
            let name = item["name"].as_str().unwrap_or_default().to_owned();
            if map.insert(name.clone(), item["value"].clone()).is_some() {
                self.lost.push(Lost { field: format!("{path}.{name}"), why: UnsupportedReason::GivenTwice });
            }
        }
        Value::Object(map)
    }
}

/// The leaves of what is left out; nothing where there is nothing.
fn losses(value: &Value, path: String) -> Vec<Lost> {
    match value {
        Value::Object(fields) => {
            fields.iter().flat_map(|(name, value)| losses(value, format!("{path}.{name}"))).collect()
        }
        Value::Null | Value::Bool(_) | Value::Number(_) | Value::String(_) | Value::Array(_) => {
            vec![Lost { field: path, why: UnsupportedReason::NoSuchField }]
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn older(kind: ConfigKind, fields: Value, minor: u64, format: ConfigFormat) -> Formatted {
        let Value::Object(fields) = fields else { panic!() };
        super::format(kind, fields, MinorFormat { format, minor })
    }

    fn fields(lost: &[Lost]) -> Vec<(&str, UnsupportedReason)> {
        lost.iter().map(|lost| (lost.field.as_str(), lost.why)).collect()
    }

    #[test]
    fn arguments_become_maps_and_what_v1beta3_lacks_is_named() {
        let given = json!({
            "etcd": {"local": {"dataDir": "/e", "extraArgs": [
                {"name": "a", "value": "1"}, {"name": "b", "value": "2"}, {"name": "a", "value": "3"},
            ]}},
            "encryptionAlgorithm": "RSA-3072",
            "apiServer": {"extraEnvs": [{"name": "x"}]},
            "proxy": {"disabled": true},
        });
        let formatted = older(ConfigKind::Cluster, given, 29, ConfigFormat::V1Beta3);
        assert_eq!(
            formatted.document,
            json!({
                "apiVersion": "kubeadm.k8s.io/v1beta3",
                "kind": "ClusterConfiguration",
                "apiServer": {},
                "etcd": {"local": {"dataDir": "/e", "extraArgs": {"a": "3", "b": "2"}}},
            })
        );
        let lost = [
            ("etcd.local.extraArgs.a", UnsupportedReason::GivenTwice),
            ("encryptionAlgorithm", UnsupportedReason::NoSuchField),
            ("apiServer.extraEnvs", UnsupportedReason::NoSuchField),
            ("proxy.disabled", UnsupportedReason::NoSuchField),
        ];
        let mut wanted = lost.to_vec();
        let mut found = fields(&formatted.lost);
        wanted.sort_unstable_by_key(|row| row.0);
        found.sort_unstable_by_key(|row| row.0);
        assert_eq!(found, wanted);
    }

    #[test]
    fn the_timeout_of_the_discovery_moves() {
        let given = json!({"discovery": {}, "timeouts": {"discovery": "5m0s", "tlsBootstrap": "1m0s"}});
        let formatted = older(ConfigKind::Join, given, 29, ConfigFormat::V1Beta3);
        assert_eq!(formatted.document["discovery"], json!({"timeout": "5m0s"}));
        assert_eq!(fields(&formatted.lost), [("timeouts.tlsBootstrap", UnsupportedReason::NoSuchField)]);
    }

    #[test]
    fn fields_that_a_minor_does_not_have_yet_are_left_out() {
        let given = json!({"etcd": {"external": {"endpoints": ["a"], "httpEndpoints": ["a"]}}});
        let formatted = older(ConfigKind::Cluster, given, 34, ConfigFormat::V1Beta4);
        assert_eq!(formatted.document["etcd"], json!({"external": {"endpoints": ["a"]}}));
        assert_eq!(
            fields(&formatted.lost),
            [("etcd.external.httpEndpoints", UnsupportedReason::NoSuchField)]
        );
    }

    #[test]
    fn every_field_that_a_minor_lacks_is_one_of_the_format() {
        for kind in
            [ConfigKind::Init, ConfigKind::Cluster, ConfigKind::Join, ConfigKind::Reset, ConfigKind::Upgrade]
        {
            let schema = schema(kind, ConfigFormat::V1Beta4).unwrap().schema();
            for path in lacking(kind.name(), 0) {
                let mut of = schema.root().to_owned();
                for name in path.split('.') {
                    let field = schema.field(&of, name).unwrap_or_else(|| panic!("{path}: {name}"));
                    let inner = if let Type::List(item) = &field.of { item } else { &field.of };
                    of = if let Type::Struct(name) = inner { name.clone() } else { String::new() };
                }
            }
        }
    }

    #[test]
    fn a_reset_s_document_is_written_in_v1beta4_where_v1beta3_has_none() {
        let formatted = older(ConfigKind::Reset, json!({"force": true}), 29, ConfigFormat::V1Beta3);
        assert_eq!(formatted.document["apiVersion"], "kubeadm.k8s.io/v1beta4");
    }
}
