//! Where files come from, and what options change.

use std::path::Path;
use std::sync::Arc;

use bytes::Bytes;
use expect_test::expect;
use manifest::Tree;
use wharf_kustomize::{
    Chart, Error, Fetcher, Folder, Helm, ImageOverride, LoadRestrictor, Options, build,
};

fn tree(files: &[(&str, &str)]) -> Tree {
    let mut tree = Tree::new();
    for (path, text) in files {
        tree.insert(path, Bytes::from((*text).to_owned())).unwrap();
    }
    tree
}

const POD: &str = "{apiVersion: v1, kind: Pod, metadata: {name: p}, spec: {containers: [{name: c, image: shop}]}}";

#[test]
fn a_folder_and_a_tree_give_the_same() {
    let case = Path::new(env!("CARGO_MANIFEST_DIR"))
        .join("tests/cases/resources/two-overlays-of-one-base-live-side-by-side/in");
    let from_disk = build(&Folder::new(&case), ".", &Options::default()).unwrap();
    let frozen = Tree::read_folder(&case, &manifest::Limits::default()).unwrap();
    let from_memory = build(&frozen, "", &Options::default()).unwrap();
    assert_eq!(from_disk.as_yaml(), from_memory.as_yaml());
    assert_eq!(from_disk.objects(), from_memory.objects());
}

#[test]
fn objects_remember_file_and_line() {
    let files = tree(&[
        ("o/kustomization.yaml", "resources: [../b]\nnamePrefix: x-\n"),
        ("b/kustomization.yaml", "resources: [a.yaml]\n"),
        ("b/a.yaml", "# first\n---\n# second\nkind: A\nmetadata: {name: a}\n"),
    ]);
    let output = build(&files, "o", &Options::default()).unwrap();
    let objects = output.objects();
    assert_eq!(objects[0].name(), "x-a");
    assert_eq!((&*objects[0].origin.file, objects[0].origin.line), ("b/a.yaml", 4));
}

#[test]
fn image_overrides_count_as_the_last_images_of_the_top() {
    let files = tree(&[
        ("kustomization.yaml", "resources: [a.yaml]\nimages: [{name: shop, newTag: old}]\n"),
        ("a.yaml", POD),
    ]);
    let images = vec![ImageOverride {
        name: "shop".to_owned(),
        new_name: "registry/shop".to_owned(),
        new_tag: "1.4.2".to_owned(),
        ..ImageOverride::default()
    }];
    let output = build(&files, "", &Options { images, ..Options::default() }).unwrap();
    assert!(output.as_yaml().contains("image: registry/shop:1.4.2\n"), "{}", output.as_yaml());
}

#[test]
fn files_outside_are_read_only_on_request() {
    let files = tree(&[("o/kustomization.yaml", "resources: [../a.yaml]\n"), ("a.yaml", POD)]);
    assert!(build(&files, "o", &Options::default()).is_err());
    let free = Options { load_restrictor: LoadRestrictor::None, ..Options::default() };
    assert!(build(&files, "o", &free).is_ok());
}

#[test]
fn deprecated_fields_are_warned_about() {
    let files = tree(&[
        ("kustomization.yaml", "bases: [b]\n"),
        ("b/kustomization.yaml", "resources: [a.yaml]\n"),
        ("b/a.yaml", POD),
    ]);
    let output = build(&files, "", &Options::default()).unwrap();
    expect![[r##"
        [
            "# Warning: 'bases' is deprecated. Please use 'resources' instead. Run 'kustomize edit fix' to update your Kustomization automatically.",
        ]
    "##]]
    .assert_debug_eq(&output.warnings);
}

struct OneRepository;

impl Fetcher for OneRepository {
    fn file(&self, url: &str) -> Result<Bytes, String> {
        Err(format!("no {url} here"))
    }

    fn repository(&self, url: &str) -> Result<(Tree, String), String> {
        assert_eq!(url, "https://git.example/app//base?ref=v1");
        Ok((
            tree(&[("base/kustomization.yaml", "resources: [a.yaml]\n"), ("base/a.yaml", POD)]),
            "base".to_owned(),
        ))
    }
}

#[test]
fn remote_bases_need_somebody_who_fetches_them() {
    let files = tree(&[(
        "kustomization.yaml",
        "resources: ['https://git.example/app//base?ref=v1']\nnamePrefix: r-\n",
    )]);
    let refused = build(&files, "", &Options::default()).unwrap_err();
    assert!(refused.chain().contains("remote base"), "{}", refused.chain());
    let options = Options { fetcher: Some(Arc::new(OneRepository)), ..Options::default() };
    assert!(build(&files, "", &options).unwrap().as_yaml().contains("name: r-p\n"));
}

struct Echo;

impl Helm for Echo {
    fn render(&self, chart: &Chart) -> Result<Vec<u8>, String> {
        let values =
            String::from_utf8(chart.values(b"a: 1\nb: 2\n")?).map_err(|e| e.to_string())?;
        let arguments = chart.arguments.join(" ");
        Ok(format!(
            "kind: Echo\nmetadata: {{name: e}}\narguments: {arguments}\nvalues: {values:?}\n"
        )
        .into_bytes())
    }
}

#[test]
fn charts_keep_their_namespace_and_merge_their_values() {
    let files = tree(&[(
        "kustomization.yaml",
        "namespace: shop\nnamePrefix: p-\nhelmCharts:\n- {name: c, releaseName: r, includeCRDs: true, valuesInline: {b: 3}}\n",
    )]);
    let options = Options { helm: Some(Arc::new(Echo)), ..Options::default() };
    let output = build(&files, "", &options).unwrap();
    expect![[r"
        arguments: r --namespace shop --include-crds
        kind: Echo
        metadata:
          name: p-e
        values: |
          a: 1
          b: 3
    "]]
    .assert_eq(output.as_yaml());
}

#[test]
fn an_error_leads_from_the_folder_to_the_line() {
    let files = tree(&[
        ("o/kustomization.yaml", "resources: [../b]\n"),
        ("b/kustomization.yaml", "images:\n- name: a\n  newTag: 1.2\n"),
    ]);
    let error = build(&files, "o", &Options::default()).unwrap_err();
    assert!(matches!(error, Error::In { .. }));
    expect!["in `.`, accumulating resources from `../b`: b/kustomization.yaml:3: `images[0].newTag`: expected a string but got a number; put it in quotes"]
        .assert_eq(&error.chain());
}
