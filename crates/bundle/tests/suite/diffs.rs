use bundle::{Diff, diff};
use expect_test::{Expect, expect};
use manifest::Object;

const BEFORE: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app.kubernetes.io/name: web}}
spec:
  replicas: 1
  template:
    spec:
      containers:
      - {name: app, image: 'ghcr.io/acme/shop:1.0', ports: [{containerPort: 80}]}
      - {name: proxy, image: proxy:1}
---
apiVersion: v1
kind: Service
metadata: {name: web, namespace: shop}
";

const AFTER: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: {name: web, namespace: shop, labels: {app.kubernetes.io/name: shop}}
spec:
  replicas: 2
  paused: true
  template:
    spec:
      containers:
      - {name: proxy, image: proxy:1}
      - {name: app, image: 'ghcr.io/acme/shop:1.1', ports: [{containerPort: 81}]}
---
apiVersion: v1
kind: Namespace
metadata: {name: shop}
";

fn read(yaml: &str) -> Vec<Object> {
    let (objects, problems) = manifest::read("app.yaml", yaml.as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    objects
}

fn between(before: &str, after: &str) -> Diff {
    diff(&read(before), &read(after))
}

fn check(before: &str, after: &str, expected: Expect) {
    expected.assert_eq(&between(before, after).to_string());
}

#[test]
fn images_come_first_then_fields_then_whole_objects() {
    check(
        BEFORE,
        AFTER,
        expect![[r#"
        images
          Deployment/shop/web app: ghcr.io/acme/shop:1.0 → ghcr.io/acme/shop:1.1

        ~ Deployment/shop/web (app.yaml:2)
            metadata.labels["app.kubernetes.io/name"]: "web" → "shop"
            spec.paused: (none) → true
            spec.replicas: 1 → 2
            spec.template.spec.containers[app].image: "ghcr.io/acme/shop:1.0" → "ghcr.io/acme/shop:1.1"
            spec.template.spec.containers[app].ports[0].containerPort: 80 → 81
        + Namespace/shop (app.yaml:14)
        - Service/shop/web (app.yaml:13)

        1 changed, 1 added, 1 removed
    "#]],
    );
}

#[test]
fn the_same_difference_is_a_unified_diff() {
    expect![[r#"
        --- /dev/null
        +++ Namespace/shop (app.yaml)
        @@ -0,0 +1,4 @@
        +apiVersion: v1
        +kind: Namespace
        +metadata:
        +  name: shop
        --- Service/shop/web (app.yaml)
        +++ /dev/null
        @@ -1,5 +0,0 @@
        -apiVersion: v1
        -kind: Service
        -metadata:
        -  name: web
        -  namespace: shop
        --- Deployment/shop/web (app.yaml)
        +++ Deployment/shop/web (app.yaml)
        @@ -2,17 +2,18 @@
         kind: Deployment
         metadata:
           labels:
        -    app.kubernetes.io/name: web
        +    app.kubernetes.io/name: shop
           name: web
           namespace: shop
         spec:
        -  replicas: 1
        +  paused: true
        +  replicas: 2
           template:
             spec:
               containers:
        -      - image: ghcr.io/acme/shop:1.0
        -        name: app
        -        ports:
        -        - containerPort: 80
               - image: proxy:1
                 name: proxy
        +      - image: ghcr.io/acme/shop:1.1
        +        name: app
        +        ports:
        +        - containerPort: 81
    "#]]
    .assert_eq(&between(BEFORE, AFTER).unified());
}

#[test]
fn the_same_difference_is_json() {
    let json = serde_json::to_string_pretty(&between(BEFORE, AFTER)).unwrap();
    expect![[r#"
        {
          "images": [
            {
              "object": "Deployment/shop/web",
              "role": "container",
              "container": "app",
              "path": "spec.template.spec.containers[app].image",
              "before": {
                "name": "ghcr.io/acme/shop",
                "tag": "1.0"
              },
              "after": {
                "name": "ghcr.io/acme/shop",
                "tag": "1.1"
              }
            }
          ],
          "added": [
            {
              "object": "Namespace/shop",
              "file": "app.yaml",
              "line": 14
            }
          ],
          "removed": [
            {
              "object": "Service/shop/web",
              "file": "app.yaml",
              "line": 13
            }
          ],
          "changed": [
            {
              "object": "Deployment/shop/web",
              "file": "app.yaml",
              "line": 2,
              "fields": [
                {
                  "path": "metadata.labels[\"app.kubernetes.io/name\"]",
                  "before": "web",
                  "after": "shop"
                },
                {
                  "path": "spec.paused",
                  "after": true
                },
                {
                  "path": "spec.replicas",
                  "before": 1,
                  "after": 2
                },
                {
                  "path": "spec.template.spec.containers[app].image",
                  "before": "ghcr.io/acme/shop:1.0",
                  "after": "ghcr.io/acme/shop:1.1"
                },
                {
                  "path": "spec.template.spec.containers[app].ports[0].containerPort",
                  "before": 80,
                  "after": 81
                }
              ]
            }
          ]
        }"#]]
    .assert_eq(&json);
}

#[test]
fn nothing_changed_is_an_empty_difference() {
    check(
        BEFORE,
        BEFORE,
        expect![[r#"
        no differences
    "#]],
    );
    assert!(between(BEFORE, BEFORE).is_empty());
    assert_eq!(between(BEFORE, BEFORE).unified(), "");
}

#[test]
fn the_order_of_objects_is_no_change_but_that_of_named_items_is() {
    let (first, second) = BEFORE.split_once("---").unwrap();
    assert!(between(BEFORE, &format!("{second}\n---\n{first}")).is_empty());
    let swap =
        |names: &str| format!("{{apiVersion: v1, kind: X, metadata: {{name: x}}, list: {names}}}");
    check(
        &swap("[{name: a}, {name: b}]"),
        &swap("[{name: b}, {name: a}]"),
        expect![[r#"
        ~ X/x (app.yaml:1)
            list: ["a","b"] → ["b","a"]

        1 changed, 0 added, 0 removed
    "#]],
    );
}

#[test]
fn what_a_secret_holds_is_never_shown() {
    let secret = |field: &str, body: &str| {
        format!(
            "apiVersion: v1\nkind: Secret\nmetadata:\n  name: s\n  annotations:\n    {annotation}: 'leak-{field}'\n{body}",
            annotation = "kubectl.kubernetes.io/last-applied-configuration",
        )
    };
    let before = secret(
        "a",
        "data: {same: bGVhaw==, changed: bGVhay0x, gone: bGVhay0y}\nstringData: {x: leak-3}\n",
    );
    let after = secret("b", "data: {same: bGVhaw==, changed: bGVhay00, new: bGVhay01}\n");
    let changed = between(&before, &after);
    let shown = [
        changed.to_string(),
        changed.unified(),
        serde_json::to_string(&changed).unwrap(),
        format!("{changed:?}"),
        format!("{}{}", between("", &after), between("", &after).unified()),
        format!("{}{}", between(&before, ""), between(&before, "").unified()),
        format!(
            "{:?}",
            between(&secret("a", "data: bGVhay0x\n"), &secret("a", "data: [bGVhay0y]\n"))
        ),
    ];
    for text in &shown {
        assert!(!text.contains("leak") && !text.contains("bGVha"), "{text}");
    }
    expect![[r#"
        ~ Secret/s (app.yaml:1)
            data.changed: "*** (before)" → "*** (after)"
            data.gone: "***" → (none)
            data.new: (none) → "***"
            metadata.annotations["kubectl.kubernetes.io/last-applied-configuration"]: "*** (before)" → "*** (after)"
            stringData: {"x":"***"} → (none)

        1 changed, 0 added, 0 removed
    "#]].assert_eq(&shown[0]);
}

#[test]
fn a_secret_whose_value_changes_is_changed_though_masked() {
    let secret = |value: &str| {
        format!("{{apiVersion: v1, kind: Secret, metadata: {{name: s}}, data: {{a: {value}}}}}")
    };
    assert!(!between(&secret("eA=="), &secret("eQ==")).is_empty());
    // Values that look like the mask hide nothing and confuse nothing.
    assert!(!between(&secret("'***'"), &secret("'*** (after)'")).is_empty());
}

#[test]
fn a_generated_name_with_another_hash_is_the_same_object() {
    let config = |hash: &str, value: u8| {
        format!(
            "{{apiVersion: v1, kind: ConfigMap, metadata: {{name: app-{hash}}}, data: {{a: '{value}'}}}}"
        )
    };
    check(
        &config("2bkh7ct9m4", 1),
        &config("9ft6mg2d5k", 2),
        expect![[r#"
        ~ ConfigMap/app-9ft6mg2d5k (app.yaml:1)
            data.a: "1" → "2"
            metadata.name: "app-2bkh7ct9m4" → "app-9ft6mg2d5k"

        1 changed, 0 added, 0 removed
    "#]],
    );
    check(
        &config("readable99", 1),
        &config("9ft6mg2d5k", 2),
        expect![[r#"
        + ConfigMap/app-9ft6mg2d5k (app.yaml:1)
        - ConfigMap/app-readable99 (app.yaml:1)

        0 changed, 1 added, 1 removed
    "#]],
    );
}

#[test]
fn an_object_of_several_environments_is_compared_file_by_file() {
    let tree = |replicas: [u8; 2]| {
        let mut tree = manifest::Tree::new();
        for (environment, count) in ["dev", "prod"].iter().zip(replicas) {
            let text = format!(
                "{{apiVersion: apps/v1, kind: Deployment, metadata: {{name: web}}, spec: {{replicas: {count}}}}}\n"
            );
            tree.insert(&format!("{environment}/app.yaml"), text).unwrap();
        }
        manifest::read_tree(&tree).0
    };
    expect![[r#"
        ~ Deployment/web (prod/app.yaml:1)
            spec.replicas: 2 → 3

        1 changed, 0 added, 0 removed
    "#]]
    .assert_eq(&diff(&tree([1, 2]), &tree([1, 3])).to_string());
}
