//! Cases and laws of the strategic merge. Each case's result is what apimachinery's `strategicpatch` gives.

use proptest::prelude::*;
use serde_json::json;

use super::super::{PatchTarget, schema};
use super::*;

fn merged(document: Value, patch: &Value) -> Result<Value, MergeError> {
    merge(document, patch.as_object().unwrap(), schema::of(PatchTarget::Etcd))
}

fn env(document: &Value, patch: Value) -> Result<Value, MergeError> {
    let pod = |env: Value| json!({"spec": {"containers": [{"name": "c", "env": env}]}});
    let whole = match patch {
        Value::Array(_) => pod(patch),
        fields => json!({"spec": {"containers": [fields]}}),
    };
    Ok(merged(pod(document.clone()), &whole)?["spec"]["containers"][0]["env"].take())
}

fn named(names: &[&str]) -> Value {
    names.iter().map(|name| json!({"name": name})).collect()
}

#[test]
fn lists_with_a_merge_key_merge_by_it_in_the_patch_s_order() {
    let old = json!([{"name": "A", "value": "1"}, {"name": "B"}]);
    let patch = json!([{"name": "C"}, {"name": "A", "value": "2"}]);
    assert_eq!(env(&old, patch), Ok(json!([{"name": "C"}, {"name": "A", "value": "2"}, {"name": "B"}])));
}

#[test]
fn elements_are_deleted_and_lists_replaced_by_directive() {
    let old = named(&["A", "B", "C"]);
    assert_eq!(env(&old, json!([{"name": "B", "$patch": "delete"}])), Ok(named(&["A", "C"])));
    assert_eq!(env(&old, json!([{"$patch": "replace"}, {"name": "X"}])), Ok(named(&["X"])));
}

#[test]
fn set_element_order_wins_and_unnamed_elements_keep_their_place_before_named_ones() {
    let old = named(&["A", "B", "C"]);
    let order = named(&["C", "D", "A"]);
    let patch = json!({"name": "c", "$setElementOrder/env": order, "env": [{"name": "D"}]});
    assert_eq!(env(&old, patch), Ok(named(&["B", "C", "D", "A"])));
    let contradiction = json!({"name": "c", "$setElementOrder/env": named(&["B"]), "env": [{"name": "D"}]});
    assert_eq!(env(&old, contradiction), Err(MergeError::Order { list: "env".to_owned() }));
}

#[test]
fn lists_without_a_merge_key_are_replaced_and_sets_are_united() {
    let document = json!({"metadata": {"finalizers": ["a", "b"]}, "spec": {"tolerations": [{"key": "x"}]}});
    let patch = json!({"metadata": {"finalizers": ["c", "a"]}, "spec": {"tolerations": []}});
    let expected = json!({"metadata": {"finalizers": ["c", "a", "b"]}, "spec": {"tolerations": []}});
    assert_eq!(merged(document, &patch), Ok(expected));
}

#[test]
fn values_are_deleted_from_sets() {
    let document = json!({"metadata": {"finalizers": ["a", "b"]}});
    let patch = json!({"metadata": {"$deleteFromPrimitiveList/finalizers": ["a", "z"]}});
    assert_eq!(merged(document, &patch), Ok(json!({"metadata": {"finalizers": ["b"]}})));
}

#[test]
fn null_deletes_and_mappings_are_replaced_or_emptied_by_directive() {
    let document = json!({"spec": {"a": {"x": 1}, "b": {"x": 1}, "c": 1}});
    let patch = json!({"spec": {"a": {"$patch": "replace", "y": 2}, "b": {"$patch": "delete"}, "c": null}});
    assert_eq!(merged(document, &patch), Ok(json!({"spec": {"a": {"y": 2}, "b": {}}})));
}

#[test]
fn retain_keys_drops_the_other_fields() {
    let document = json!({"spec": {"volumes": [{"name": "v", "emptyDir": {}}]}});
    let volume = |keys: Value| json!({"name": "v", "hostPath": {"path": "/"}, "$retainKeys": keys});
    let patch = json!({"spec": {"volumes": [volume(json!(["name", "hostPath"]))]}});
    let expected = json!({"spec": {"volumes": [{"name": "v", "hostPath": {"path": "/"}}]}});
    assert_eq!(merged(document.clone(), &patch), Ok(expected));
    let patch = json!({"spec": {"volumes": [volume(json!(["name"]))]}});
    assert_eq!(merged(document, &patch), Err(MergeError::NotRetained { field: "hostPath".to_owned() }));
}

#[test]
fn patches_that_cannot_be_meant_are_refused() {
    let old = named(&["A"]);
    let no_key = MergeError::NoMergeKey { list: "env".to_owned(), key: "name" };
    assert_eq!(env(&old, json!([{"value": "x"}])), Err(no_key));
    assert_eq!(env(&old, json!(["A"])), Err(MergeError::MixedList { list: "env".to_owned() }));
    let directive = MergeError::Directive { directive: "\"merge\"".to_owned() };
    assert_eq!(env(&old, json!([{"name": "A", "$patch": "merge"}])), Err(directive));
}

fn pods() -> impl Strategy<Value = Value> {
    let env = prop::collection::btree_map("[A-D]", "[x-z]", 0..4);
    let containers = prop::collection::btree_map("[a-c]", (env, "[x-z]"), 0..3);
    (containers, prop::collection::btree_set("[f-i]", 0..4)).prop_map(|(containers, finalizers)| {
        let containers: Vec<_> = containers
            .into_iter()
            .map(|(name, (env, image))| {
                let env: Vec<_> =
                    env.into_iter().map(|(name, value)| json!({"name": name, "value": value})).collect();
                json!({"name": name, "image": image, "env": env})
            })
            .collect();
        json!({"metadata": {"finalizers": finalizers}, "spec": {"containers": containers}})
    })
}

proptest! {
    #[test]
    fn an_empty_patch_changes_nothing(pod in pods()) {
        prop_assert_eq!(merged(pod.clone(), &json!({})), Ok(pod));
    }

    #[test]
    fn a_document_is_its_own_patch(pod in pods()) {
        prop_assert_eq!(merged(pod.clone(), &pod), Ok(pod));
    }

    #[test]
    fn a_patch_applied_twice_is_a_patch_applied_once(pod in pods(), patch in pods()) {
        let once = merged(pod, &patch).unwrap();
        prop_assert_eq!(merged(once.clone(), &patch), Ok(once));
    }

    #[test]
    fn nothing_of_the_patch_is_lost_and_no_container_of_the_document(pod in pods(), patch in pods()) {
        let after = merged(pod.clone(), &patch).unwrap();
        let containers = |pod: &Value| pod["spec"]["containers"].as_array().unwrap().clone();
        let find = |name: &Value| containers(&after).into_iter().find(|container| container["name"] == *name);
        for container in containers(&patch) {
            let found = find(&container["name"]).unwrap();
            prop_assert_eq!(&found["image"], &container["image"]);
            for variable in container["env"].as_array().unwrap() {
                prop_assert!(found["env"].as_array().unwrap().contains(variable));
            }
        }
        for container in containers(&pod) {
            prop_assert!(find(&container["name"]).is_some());
        }
    }
}
