//! Whatever stands in the files, a build ends, without panic, in output or in an error.

use bytes::Bytes;
use manifest::Tree;
use proptest::collection::vec;
use proptest::prelude::*;
use wharf_kustomize::{Options, build};

fn attempt(files: &[(&str, Vec<u8>)]) -> Option<String> {
    let mut tree = Tree::new();
    for (path, bytes) in files {
        tree.insert(path, Bytes::from(bytes.clone())).unwrap();
    }
    build(&tree, "", &Options::default()).ok().map(|output| output.to_yaml())
}

/// Fragments that mean something somewhere, so that random texts get beyond the parser.
const WORDS: &str = "resources patches patch target name kind metadata apiVersion v1 spec containers \
    image images newTag labels pairs namespace vars replacements source targets fieldPaths select \
    data $patch delete replace op path value add /metadata/name a.yaml ConfigMap Pod literals k=v \
    configMapGenerator * [name=a] { } [ ] &a *a << \" ' null 1 0x ~ #";

fn fragment() -> impl Strategy<Value = String> {
    let words: Vec<&str> = WORDS.split_whitespace().collect();
    prop_oneof![
        7 => prop::sample::select(words).prop_map(str::to_owned),
        3 => prop::sample::select(vec!["- ", ": ", "\n", "\n  ", ", ", "|-\n", "---\n"])
            .prop_map(str::to_owned),
        1 => ".{0,4}",
    ]
}

fn text() -> impl Strategy<Value = Vec<u8>> {
    vec(fragment(), 0..40).prop_map(|parts| parts.concat().into_bytes())
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 300, ..ProptestConfig::default() })]

    #[test]
    fn arbitrary_bytes_end_in_output_or_error(kustomization in vec(any::<u8>(), 0..200), file in vec(any::<u8>(), 0..200)) {
        attempt(&[("kustomization.yaml", kustomization), ("a.yaml", file)]);
    }

    #[test]
    fn almost_meaningful_files_end_in_output_or_error(kustomization in text(), file in text()) {
        attempt(&[("kustomization.yaml", kustomization), ("a.yaml", file)]);
    }

    #[test]
    fn almost_meaningful_patches_end_in_output_or_error(patch in text()) {
        let object = b"apiVersion: v1\nkind: Pod\nmetadata: {name: a}\nspec: {containers: [{name: a}]}\n";
        let kustomization = b"resources: [a.yaml]\npatches:\n- path: p.yaml\n  target: {kind: Pod}\n";
        attempt(&[("kustomization.yaml", kustomization.to_vec()), ("a.yaml", object.to_vec()), ("p.yaml", patch)]);
    }

    #[test]
    fn what_was_built_is_built_to_itself(values in vec("[ -~\n]{0,90}", 1..6), name in "[a-z]{1,8}") {
        let data: serde_json::Map<_, _> = values
            .iter()
            .enumerate()
            .map(|(index, value)| (format!("k{index}"), value.clone().into()))
            .collect();
        let object = serde_json::json!({
            "apiVersion": "v1", "kind": "ConfigMap", "metadata": {"name": name}, "data": data
        });
        let kustomization = b"resources: [a.yaml]\n".to_vec();
        let once = attempt(&[("kustomization.yaml", kustomization.clone()), ("a.yaml", object.to_string().into_bytes())]).unwrap();
        let twice = attempt(&[("kustomization.yaml", kustomization), ("a.yaml", once.clone().into_bytes())]);
        prop_assert_eq!(Some(once), twice);
    }
}

#[test]
fn deep_nesting_is_refused_or_built() {
    let deep = format!(
        "kind: A\nmetadata: {{name: a}}\nx: {}1{}\n",
        "[".repeat(20_000),
        "]".repeat(20_000)
    );
    attempt(&[
        ("kustomization.yaml", b"resources: [a.yaml]\n".to_vec()),
        ("a.yaml", deep.into_bytes()),
    ]);
}

#[test]
fn aliases_that_multiply_are_refused() {
    let mut bomb =
        String::from("kind: A\nmetadata: {name: a}\na0: &a0 [x, x, x, x, x, x, x, x, x, x]\n");
    for level in 1..12 {
        let before = format!("*a{}", level - 1);
        let list = vec![before; 10].join(", ");
        bomb.extend([format!("a{level}: &a{level} [{list}]\n")]);
    }
    let built = attempt(&[
        ("kustomization.yaml", b"resources: [a.yaml]\n".to_vec()),
        ("a.yaml", bomb.into_bytes()),
    ]);
    assert_eq!(built, None);
}

#[test]
fn bases_that_multiply_are_bounded_by_their_objects() {
    let kustomization = b"resources: [a, b]\n".to_vec();
    let files = [
        ("kustomization.yaml", kustomization),
        ("a/kustomization.yaml", b"resources: [../b]\n".to_vec()),
        ("b/kustomization.yaml", b"resources: [../a]\n".to_vec()),
    ];
    assert_eq!(attempt(&files), None);
}

#[test]
fn copies_of_copies_are_bounded() {
    let object = b"kind: A\nmetadata: {name: a}\nx: [1]\n".to_vec();
    let mut kustomization =
        String::from("resources: [a.yaml]\npatches:\n- target: {kind: A}\n  patch: |-\n");
    for _ in 0..40 {
        kustomization.push_str("    - {op: copy, from: /x, path: /x/-}\n");
    }
    let files = [("kustomization.yaml", kustomization.into_bytes()), ("a.yaml", object)];
    assert_eq!(attempt(&files), None);
}
