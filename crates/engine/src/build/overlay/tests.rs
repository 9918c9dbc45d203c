use api::KustomizationSpec;
use expect_test::{Expect, expect};
use manifest::Tree;
use serde_json::{Value, json};

use super::{Overlay, overlay};

fn tree(files: &[(&str, &str)]) -> Tree {
    let mut tree = Tree::new();
    for (path, text) in files {
        tree.insert(path, (*text).to_owned()).unwrap();
    }
    tree
}

fn on_top(more: &Value) -> Overlay {
    let mut spec = json!({
        "interval": "1m", "prune": true, "sourceRef": { "kind": "OCIRepository", "name": "x" }
    });
    spec.as_object_mut().unwrap().extend(more.as_object().unwrap().clone());
    Overlay::of(&serde_json::from_value::<KustomizationSpec>(spec).unwrap())
}

fn check(files: &[(&str, &str)], folder: &str, more: &Value, expected: &Expect) {
    let result = overlay(&tree(files), folder, &on_top(more));
    let text = match result {
        Ok(None) => "nothing".to_owned(),
        Ok(Some(tree)) => {
            let path = if folder.is_empty() { String::new() } else { format!("{folder}/") };
            let file = tree.get(&format!("{path}kustomization.yaml")).unwrap();
            String::from_utf8(file.bytes.to_vec()).unwrap()
        }
        Err(error) => error.to_string(),
    };
    expected.assert_eq(&text);
}

const OBJECT: &str = "apiVersion: v1\nkind: ConfigMap\nmetadata: {name: a}\n";

#[test]
fn a_folder_without_a_kustomization_gets_one_that_lists_its_manifests() {
    check(
        &[
            ("app/a.yaml", OBJECT),
            ("app/sub/b.yml", OBJECT),
            ("app/base/kustomization.yaml", "resources: [c.yaml]"),
            ("app/base/c.yaml", OBJECT),
            ("app/readme.md", "# no"),
            ("other/d.yaml", OBJECT),
        ],
        "app",
        &json!({}),
        &expect![[r"
            apiVersion: kustomize.config.k8s.io/v1beta1
            kind: Kustomization
            resources:
            - a.yaml
            - base
            - sub/b.yml
        "]],
    );
}

#[test]
fn what_the_spec_says_is_put_on_top() {
    check(
        &[(
            "kustomization.yaml",
            "resources: [a.yaml]\nimages: [{name: web, newTag: '1'}, {name: db, newTag: '1'}]\n\
             patches: [{path: p.yaml}]\n",
        )],
        "",
        &json!({
            "targetNamespace": "shop",
            "namePrefix": "x-",
            "patches": [{ "patch": "a: b", "target": { "kind": "Deployment" } }],
            "images": [{ "name": "web", "digest": "sha256:abc" }, { "name": "new", "newTag": "2" }],
        }),
        &expect![[r#"
            images:
            - digest: sha256:abc
              name: web
            - name: db
              newTag: "1"
            - name: new
              newTag: "2"
            namePrefix: x-
            namespace: shop
            patches:
            - path: p.yaml
            - patch: 'a: b'
              target:
                kind: Deployment
            resources:
            - a.yaml
        "#]],
    );
}

#[test]
fn missing_components_are_left_out_only_when_asked() {
    let files = &[
        ("app/kustomization.yaml", "resources: []\n"),
        ("parts/one/kustomization.yaml", "kind: Component\n"),
    ];
    let more =
        json!({ "components": ["../parts/one", "../parts/two"], "ignoreMissingComponents": true });
    check(
        files,
        "app",
        &more,
        &expect![[r"
            components:
            - ../parts/one
            resources: []
        "]],
    );
}

#[test]
fn every_file_that_cannot_be_read_is_named() {
    check(
        &[("a.yaml", "kind: [\n"), ("b.yaml", "just text\n")],
        "",
        &json!({}),
        &expect![[r"
        failed to decode Kubernetes objects:
        a.yaml:2:1: did not find expected node content while parsing a flow node
        b.yaml:1:1: a Kubernetes object is a mapping"]],
    );
}

#[test]
fn a_folder_without_objects_is_an_empty_delivery() {
    check(&[("a.yaml", "# nothing\n")], "", &json!({}), &expect![[r"nothing"]]);
}
