use manifest::yaml;

use super::*;

fn merged(object: &str, patch: &str) -> String {
    let read = |text: &str| yaml::parse(text.as_bytes()).unwrap().remove(0);
    let mut object = read(object);
    if !merge(&mut object, read(patch), Schemas::built_in()).unwrap() {
        return String::new();
    }
    manifest::node_to_yaml(&object).unwrap()
}

#[test]
fn null_deletes_and_empty_nulls_go_on_the_way() {
    assert_eq!(
        merged("{a: 1, b: 2, c: , d: null}", "{b: null, e: {f: null, g: 1}}"),
        "a: 1\nd: null\ne:\n  g: 1\n"
    );
}

#[test]
fn containers_merge_by_name_and_patched_ones_come_first() {
    let head = "{apiVersion: v1, kind: Pod, spec: {containers: ";
    let out = merged(
        &format!("{head}[{{name: a, image: x}}, {{name: b, image: y}}]}}}}"),
        &format!("{head}[{{name: b, image: z}}]}}}}"),
    );
    assert!(
        out.ends_with("containers:\n  - image: z\n    name: b\n  - image: x\n    name: a\n"),
        "{out}"
    );
}

#[test]
fn a_directive_deletes_an_item() {
    let head = "{apiVersion: v1, kind: Pod, spec: {containers: ";
    let out = merged(
        &format!("{head}[{{name: a}}, {{name: b}}]}}}}"),
        &format!("{head}[{{name: a, $patch: delete}}]}}}}"),
    );
    assert!(out.ends_with("containers:\n  - name: b\n"), "{out}");
}
