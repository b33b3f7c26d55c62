//! Fields as given → fields as Go's encoder writes the typed struct: unset ones with their zero value where the
//! type asks for it, texts in their normal form.

use serde_json::{Map, Number, Value, json};

use crate::duration::GoDuration;
use crate::quantity;
use crate::versions::schema::{Field, Omit, Schema, Type};

/// The whole document, keys in order. Fields that the schema does not have are left out: the configuration has
/// refused or reported them by now.
pub fn document(api_version: &str, schema: &Schema, given: &Map<String, Value>) -> Value {
    let mut fields = encode_struct(schema, schema.root(), given);
    fields.insert("apiVersion".to_owned(), json!(api_version));
    fields.insert("kind".to_owned(), json!(schema.root()));
    let mut document = Value::Object(fields);
    document.sort_all_objects();
    document
}

fn encode_struct(schema: &Schema, name: &str, given: &Map<String, Value>) -> Map<String, Value> {
    let field = |field: &Field| Some((field.name.clone(), encode_field(schema, field, given)?));
    schema.fields(name).iter().filter_map(field).collect()
}

fn encode_field(schema: &Schema, field: &Field, given: &Map<String, Value>) -> Option<Value> {
    let value = match given.get(&field.name) {
        Some(value) if !value.is_null() => encode(schema, &field.of, value),
        Some(_) | None if field.pointer => Value::Null,
        Some(_) | None => zero(schema, &field.of),
    };
    let left_out = match field.omit {
        Omit::Never => false,
        Omit::Empty => is_empty(field, &value),
        Omit::Zero => is_empty(field, &value) || (!field.pointer && value == zero(schema, &field.of)),
    };
    (!left_out).then_some(value)
}

/// What Go's omitempty leaves out; a pointer only where it points nowhere.
fn is_empty(field: &Field, value: &Value) -> bool {
    if field.pointer {
        return value.is_null();
    }
    match &field.of {
        Type::String
        | Type::Bool
        | Type::Uint16
        | Type::Int32
        | Type::Uint32
        | Type::Int64
        | Type::Float32
        | Type::Float64
        | Type::List(_)
        | Type::Map(_) => is_zero(value),
        // Structs in Go, for which omitempty means nothing.
        Type::Duration
        | Type::Time
        | Type::Quantity
        | Type::NanosecondsOrDuration
        | Type::Token
        | Type::Struct(_) => false,
    }
}

fn is_zero(value: &Value) -> bool {
    match value {
        Value::Null => true,
        Value::Bool(truth) => !truth,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        Value::Array(items) => items.is_empty(),
        Value::Object(fields) => fields.is_empty(),
    }
}

fn zero(schema: &Schema, of: &Type) -> Value {
    match of {
        Type::String => json!(""),
        Type::Bool => json!(false),
        Type::Uint16
        | Type::Int32
        | Type::Uint32
        | Type::Int64
        | Type::Float32
        | Type::Float64
        | Type::NanosecondsOrDuration => json!(0),
        Type::Duration => json!("0s"),
        Type::Quantity => json!("0"),
        Type::Time | Type::Token | Type::List(_) | Type::Map(_) => Value::Null,
        Type::Struct(name) => Value::Object(encode_struct(schema, name, &Map::new())),
    }
}

fn encode(schema: &Schema, of: &Type, value: &Value) -> Value {
    match (of, value) {
        (Type::Struct(name), Value::Object(fields)) => Value::Object(encode_struct(schema, name, fields)),
        (Type::List(of), Value::Array(items)) => items.iter().map(|item| encode(schema, of, item)).collect(),
        (Type::Map(of), Value::Object(entries)) => {
            entries.iter().map(|(key, item)| (key.clone(), encode(schema, of, item))).collect()
        }
        (Type::Duration | Type::NanosecondsOrDuration, Value::String(text)) => json!(normal_duration(text)),
        (Type::Quantity, value) => json!(normal_quantity(value)),
        (Type::Float32 | Type::Float64, Value::Number(number)) => normal_float(number),
        (_, other) => other.clone(),
    }
}

/// A text that is no duration stays as it is: the configuration has refused it by now.
fn normal_duration(text: &str) -> String {
    text.parse::<GoDuration>().map_or_else(|_| text.to_owned(), |length| length.to_string())
}

/// Always a text, also where a number was given.
fn normal_quantity(value: &Value) -> String {
    let text = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
    quantity::normal(&text).unwrap_or(text)
}

/// Go writes whole floats without a point.
fn normal_float(number: &Number) -> Value {
    let plain = number.as_f64().and_then(|float| float.to_string().parse::<Number>().ok());
    Value::Number(plain.unwrap_or_else(|| number.clone()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::versions::numbered;
    use proptest::prelude::*;

    fn kubelet(given: &Value) -> Value {
        let schema = numbered(36).schemas.kubelet.schema();
        document("kubelet.config.k8s.io/v1beta1", &schema, given.as_object().unwrap())
    }

    fn kube_proxy(given: &Value) -> Value {
        let schema = numbered(36).schemas.kube_proxy.schema();
        document("kubeproxy.config.k8s.io/v1alpha1", &schema, given.as_object().unwrap())
    }

    #[test]
    fn texts_are_written_in_their_normal_form() {
        let given = json!({
            "syncFrequency": "90s",
            "logging": { "flushFrequency": "5000ms", "options": { "json": { "infoBufferSize": "1024Ki" } } },
            "reservedMemory": [{ "numaNode": 0, "limits": { "memory": "0.5Gi", "hugepages-2Mi": 1000 } }],
        });
        let written = kubelet(&given);
        assert_eq!(written["syncFrequency"], "1m30s");
        assert_eq!(written["logging"]["flushFrequency"], "5s");
        assert_eq!(written["logging"]["options"]["json"]["infoBufferSize"], "1Mi");
        assert_eq!(
            written["reservedMemory"][0]["limits"],
            json!({ "hugepages-2Mi": "1k", "memory": "512Mi" })
        );
    }

    #[test]
    fn a_zero_that_was_given_is_written_only_where_go_can_tell() {
        let written = kubelet(&json!({ "eventRecordQPS": 0, "maxPods": 0, "seccompDefault": false }));
        assert_eq!(written["eventRecordQPS"], 0);
        assert_eq!(written["seccompDefault"], false);
        assert_eq!(written.get("maxPods"), None);
    }

    #[test]
    fn kube_proxy_s_unset_fields_are_all_there() {
        let written = kube_proxy(&json!({ "clientConnection": { "qps": 5.0 }, "nodePortAddresses": [] }));
        assert_eq!(written["conntrack"]["maxPerCore"], Value::Null);
        assert_eq!(written["nodePortAddresses"], json!([]));
        assert_eq!(written["ipvs"]["excludeCIDRs"], Value::Null);
        assert_eq!(written["clientConnection"]["qps"].to_string(), "5");
        assert_eq!(written.get("windowsRunAsService"), None);
    }

    /// Any value of the type, in any form that is read.
    fn any_of(schema: &Schema, of: &Type) -> BoxedStrategy<Value> {
        match of {
            Type::Time => Just(json!("2030-01-02T03:04:05Z")).boxed(),
            Type::String | Type::Token => "[a-z]{0,4}".prop_map(Value::from).boxed(),
            Type::Bool => any::<bool>().prop_map(Value::from).boxed(),
            Type::Uint16 | Type::Uint32 => any::<u16>().prop_map(Value::from).boxed(),
            Type::Int32 | Type::Int64 => any::<i32>().prop_map(Value::from).boxed(),
            Type::Float32 | Type::Float64 => (-99..99).prop_map(|n| json!(f64::from(n) / 4.0)).boxed(),
            Type::Duration => "[0-9]{1,5}(ns|us|ms|s|m|h)".prop_map(Value::from).boxed(),
            Type::Quantity => "[0-9]{1,5}(m||k|Ki|M|Mi|Gi)".prop_map(Value::from).boxed(),
            Type::NanosecondsOrDuration => {
                prop_oneof![any::<i32>().prop_map(Value::from), "[0-9]{1,5}(ms|s)".prop_map(Value::from)]
                    .boxed()
            }
            Type::List(of) => prop::collection::vec(any_of(schema, of), 0..3).prop_map(Value::from).boxed(),
            Type::Map(of) => prop::collection::btree_map("[a-z]{1,3}", any_of(schema, of), 0..3)
                .prop_map(|map| Value::Object(map.into_iter().collect()))
                .boxed(),
            Type::Struct(name) => any_struct(schema, name),
        }
    }

    /// Any choice of the struct's fields, at most four of them and no deeper than it goes.
    fn any_struct(schema: &Schema, name: &str) -> BoxedStrategy<Value> {
        let fields: Vec<(String, BoxedStrategy<Value>)> =
            schema.fields(name).iter().map(|field| (field.name.clone(), any_of(schema, &field.of))).collect();
        let most = fields.len().min(4);
        prop::sample::subsequence(fields, 0..=most)
            .prop_flat_map(|chosen| {
                let (names, values): (Vec<String>, Vec<BoxedStrategy<Value>>) = chosen.into_iter().unzip();
                values.prop_map(move |values| Value::Object(names.iter().cloned().zip(values).collect()))
            })
            .boxed()
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn what_was_written_is_written_so_again(
            given in any_struct(&numbered(37).schemas.kubelet.schema(), "KubeletConfiguration"),
        ) {
            let once = kubelet(&given);
            prop_assert_eq!(kubelet(&once), once);
        }

        #[test]
        fn kube_proxy_s_too(
            given in any_struct(&numbered(37).schemas.kube_proxy.schema(), "KubeProxyConfiguration"),
        ) {
            let once = kube_proxy(&given);
            prop_assert_eq!(kube_proxy(&once), once);
        }
    }
}
