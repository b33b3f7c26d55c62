//! What the library of kubeadm's makes of a patch, by its sources.

use serde_json::{Value, json};

use super::*;

fn patched(document: &Value, operations: &Value) -> Result<Value, String> {
    let operations = read(operations).map_err(|error| error.to_string())?;
    apply(document.clone(), operations).map_err(|error| error.to_string())
}

fn one(operation: Value) -> Result<Value, String> {
    patched(&json!({ "a": [1, 2, 3], "b": { "c": 1 }, "s": "x" }), &Value::Array(vec![operation]))
}

#[test]
fn replace_sets_a_member_that_is_not_there() {
    let set = one(json!({ "op": "replace", "path": "/b/d~1e", "value": 2 })).unwrap();
    assert_eq!(set["b"], json!({ "c": 1, "d/e": 2 }));
    assert_eq!(one(json!({ "op": "replace", "path": "/n", "value": 2 })).unwrap()["n"], 2);
}

#[test]
fn negative_indices_count_from_the_end() {
    let list = |operation: Value| one(operation).unwrap()["a"].clone();
    assert_eq!(list(json!({ "op": "replace", "path": "/a/-1", "value": 9 })), json!([1, 2, 9]));
    assert_eq!(list(json!({ "op": "remove", "path": "/a/-3" })), json!([2, 3]));
    assert_eq!(list(json!({ "op": "add", "path": "/a/-1", "value": 9 })), json!([1, 2, 3, 9]));
    assert_eq!(list(json!({ "op": "add", "path": "/a/-2", "value": 9 })), json!([1, 2, 9, 3]));
    assert_eq!(list(json!({ "op": "add", "path": "/a/-", "value": 9 })), json!([1, 2, 3, 9]));
    assert_eq!(list(json!({ "op": "move", "from": "/a/-1", "path": "/a/0" })), json!([3, 1, 2]));
    assert!(one(json!({ "op": "remove", "path": "/a/-4" })).is_err());
}

#[test]
fn what_test_and_copy_do_not_find_is_null() {
    assert!(one(json!({ "op": "test", "path": "/n", "value": null })).is_ok());
    assert!(one(json!({ "op": "test", "path": "/n", "value": 1 })).is_err());
    assert_eq!(one(json!({ "op": "copy", "from": "/n", "path": "/m" })).unwrap()["m"], Value::Null);
}

#[test]
fn what_does_not_apply_is_told_with_its_number_and_the_way_out() {
    for (operation, said) in [
        (
            json!({ "op": "replace", "path": "/x/y/z", "value": "hunter2" }),
            "operation 1 (replace /x/y/z): there is no /x; `add` it first",
        ),
        (
            json!({ "op": "replace", "path": "/a/7", "value": 1 }),
            "operation 1 (replace /a/7): there is no /a/7; `add` sets what is not there, and `-` as an index stands for the end \
             of a list",
        ),
        (
            json!({ "op": "remove", "path": "/n" }),
            "operation 1 (remove /n): there is no /n; leave the operation out",
        ),
        (
            json!({ "op": "add", "path": "/s/t", "value": 1 }),
            "operation 1 (add /s/t): /s is neither a mapping nor a list",
        ),
        (
            json!({ "op": "test", "path": "/s", "value": "hunter2" }),
            "operation 1 (test /s): the value there is another one",
        ),
        (json!({ "op": "jump" }), "operation 1: op is none of add, remove, replace, move, copy and test"),
        (json!({ "op": "add", "path": "/a" }), "operation 1: value is missing"),
        (
            json!({ "op": "remove", "path": "a" }),
            "operation 1: path is missing, or does not begin with /, or has a ~ that is neither ~0 nor ~1",
        ),
        (json!("x"), "operation 1: it is not a mapping with op and path"),
    ] {
        assert_eq!(one(operation.clone()).unwrap_err(), said, "{operation}");
    }
}

#[test]
fn operations_see_what_those_before_them_have_made() {
    let operations = json!([
        { "op": "add", "path": "/m", "value": {} },
        { "op": "replace", "path": "/m/x", "value": 1 },
        { "op": "move", "from": "/m/x", "path": "/y" },
    ]);
    assert_eq!(patched(&json!({}), &operations).unwrap(), json!({ "m": {}, "y": 1 }));
}
