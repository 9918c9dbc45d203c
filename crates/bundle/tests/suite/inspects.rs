use bundle::{Limits, PackOptions, inspect, pack};
use expect_test::expect;
use manifest::Tree;

#[test]
fn a_bundle_says_everything_about_itself() {
    let mut tree = Tree::new();
    let pod = "apiVersion: v1\nkind: Pod\nmetadata: {name: web}\nspec:\n  containers: [{name: a, image: 'a:1'}]\n";
    tree.insert("pod.yaml", pod).unwrap();
    tree.insert("broken.yaml", "kind: [\n").unwrap();
    let packed = pack(&tree, &PackOptions::default()).unwrap();
    let seen = inspect(&packed.manifest, None, &packed.layer, &Limits::default()).unwrap();
    assert_eq!(seen.digest, packed.digest);
    assert_eq!(seen.problems.len(), 1, "{:?}", seen.problems);
    let json = serde_json::to_value(&seen).unwrap();
    let shown = ["mediaType", "files", "objects", "images"].map(|key| json[key].to_string());
    expect![[r#"
        "application/vnd.oci.image.manifest.v1+json"
        [{"executable":false,"path":"broken.yaml","size":8},{"executable":false,"path":"pod.yaml","size":93}]
        [{"apiVersion":"v1","file":"pod.yaml","id":"Pod/web","line":1}]
        [{"container":"a","file":"pod.yaml","image":"a:1","line":1,"name":"a","object":"Pod/web","path":"spec.containers[a].image","role":"container","tag":"1"}]"#]].assert_eq(&shown.join("\n"));
}

#[test]
fn a_manifest_that_is_none_is_refused() {
    let refused = inspect(b"[]", None, &bytes::Bytes::new(), &Limits::default());
    assert!(matches!(refused, Err(bundle::Error::BadJson { what: "manifest", .. })));
}
