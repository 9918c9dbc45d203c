//! Objects are read from files as kubectl reads them, with their place.

use expect_test::{Expect, expect};
use manifest::{Object, Tree};

fn check(input: &str, expected: &Expect) {
    let (objects, problems) = manifest::read("shop.yaml", input.as_bytes());
    let lines = objects.iter().map(|object| format!("{} {}\n", object.origin, object.id()));
    let problems = problems.iter().map(|problem| format!("! {problem}\n"));
    expected.assert_eq(&lines.chain(problems).collect::<String>());
}

#[test]
fn an_object_remembers_where_it_begins() {
    check(
        "# the shop\n\napiVersion: v1\nkind: Namespace\nmetadata: {name: shop}\n---\n---\napiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\n",
        &expect![[r"
            shop.yaml:3 Namespace/shop
            shop.yaml:8 Deployment/shop/web
        "]],
    );
}

#[test]
fn lists_are_taken_apart_with_the_place_of_each_item() {
    check(
        "apiVersion: v1\nkind: List\nitems:\n- apiVersion: v1\n  kind: Secret\n  metadata: {name: a}\n- apiVersion: v1\n  kind: ConfigMapList\n  items:\n  - apiVersion: v1\n    kind: ConfigMap\n    metadata: {name: b}\n",
        &expect![[r"
            shop.yaml:4 Secret/a
            shop.yaml:10 ConfigMap/b
        "]],
    );
}

#[test]
fn all_problems_of_a_file_are_found_beside_its_good_objects() {
    check(
        "apiVersion: v1\nkind: A\nmetadata: {name: a}\n---\nkey: [1, 2\n---\napiVersion: v1\nkind: B\nmetadata: {name: b}\n---\njust text\n---\nkind: C\n---\napiVersion: v1\nkind: D\nkind: D\n",
        &expect![[r#"
            shop.yaml:1 A/a
            shop.yaml:7 B/b
            ! shop.yaml:6:1: did not find expected ',' or ']' while parsing a flow sequence that begins on line 5
            ! shop.yaml:11:1: a Kubernetes object is a mapping
            ! shop.yaml:13:1: the object has no `apiVersion`
            ! shop.yaml:17:1: mapping key "kind" already defined at line 16
        "#]],
    );
}

#[test]
fn comments_and_empty_documents_are_no_objects() {
    check("# only words\n---\n---\n~\n--- # more\n", &expect![[""]]);
    check("", &expect![[""]]);
}

#[test]
fn scalars_have_the_types_that_kubectl_gives_them() {
    let text = "apiVersion: v1\nkind: X\na: yes\nb: 'yes'\nc: 0644\nd: 1.0\ne: 2001-01-01\nf: 1_000\n8: on\n";
    let (objects, problems) = manifest::read("x", text.as_bytes());
    assert_eq!(problems, []);
    let value = serde_json::to_string(&objects[0].value).unwrap();
    expect![[r#"{"8":true,"a":true,"apiVersion":"v1","b":"yes","c":420,"d":1,"e":"2001-01-01","f":1000,"kind":"X"}"#]]
        .assert_eq(&value);
}

#[test]
fn aliases_and_merge_keys_are_resolved() {
    let text = "apiVersion: v1\nkind: X\nx: &x {a: 1}\nw: {<<: *x, b: 2}\nz: *x\n";
    let (objects, _) = manifest::read("x", text.as_bytes());
    let value = serde_json::to_string(&objects[0].value).unwrap();
    expect![[r#"{"apiVersion":"v1","kind":"X","w":{"a":1,"b":2},"x":{"a":1},"z":{"a":1}}"#]]
        .assert_eq(&value);
}

#[test]
fn a_tree_is_read_in_order_of_path_and_only_where_manifests_are() {
    let mut tree = Tree::new();
    let object = |name: &str| format!("{{apiVersion: v1, kind: X, metadata: {{name: {name}}}}}");
    for path in ["b.yml", "a/c.json", "a/b.yaml", "README.md", "yaml"] {
        tree.insert(path, object(&path.replace('/', "."))).unwrap();
    }
    let (objects, problems) = manifest::read_tree(&tree);
    assert_eq!(problems, []);
    let names: Vec<_> = objects.iter().map(Object::name).collect();
    assert_eq!(names, ["a.b.yaml", "a.c.json", "b.yml"]);
}

#[test]
fn names_come_from_the_metadata_and_the_group_from_the_version() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata:\n  name: web\n  namespace: shop\n  labels: {app: web, n: 1}\n  annotations: {note: hi}\n";
    let (objects, _) = manifest::read("x", text.as_bytes());
    let object = &objects[0];
    let id = object.id();
    assert_eq!(
        (object.group(), object.version(), object.namespace()),
        ("apps", "v1", Some("shop"))
    );
    assert_eq!((id.group.as_str(), id.to_string().as_str()), ("apps", "Deployment/shop/web"));
    assert_eq!(object.labels().collect::<Vec<_>>(), [("app", "web")]);
    assert_eq!((object.annotation("note"), object.label("n")), (Some("hi"), None));
}

#[test]
fn what_is_written_is_read_as_the_same_objects() {
    let text = "apiVersion: v1\nkind: X\nmetadata: {name: a}\nd: {yes: 'no', n: \"0644\", t: \"a\\n b \\n\"}\n---\napiVersion: v1\nkind: X\nmetadata: {name: b}\n";
    let (objects, _) = manifest::read("x", text.as_bytes());
    let (again, problems) = manifest::read("x", manifest::write(&objects).as_bytes());
    assert_eq!(problems, []);
    let values = |objects: &[Object]| objects.iter().map(Object::to_value).collect::<Vec<_>>();
    assert_eq!(values(&again), values(&objects));
}
