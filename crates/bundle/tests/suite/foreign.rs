//! What other tools push.

use bundle::{Limits, content_layer, unpack, unpack_layer};
use bytes::Bytes;
use oci_spec::image::{Descriptor, ImageManifest};
use tar::EntryType;

use crate::tapes::{Tape, gzip, tar};

fn manifest(layers: &str) -> ImageManifest {
    let config = r#"{"mediaType":"application/vnd.oci.empty.v1+json","size":2,"digest":"sha256:44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"}"#;
    serde_json::from_str(&format!(r#"{{"schemaVersion":2,"config":{config},"layers":[{layers}]}}"#))
        .unwrap()
}

fn layer(media_type: &str, annotations: &str) -> String {
    format!(
        r#"{{"mediaType":"{media_type}","size":1,"digest":"sha256:{}","annotations":{{{annotations}}}}}"#,
        "a".repeat(64)
    )
}

fn descriptor(media_type: &str, annotations: &str) -> Descriptor {
    serde_json::from_str(&layer(media_type, annotations)).unwrap()
}

#[test]
fn a_folder_that_oras_pushed_is_unpacked() {
    // `oras push` names the folder in the title and asks for unpacking.
    let bytes = Bytes::from(gzip(&tar(&[
        Tape::other("manifests", EntryType::Directory, ""),
        Tape::file("manifests/web.yaml", b"kind: Deployment\n"),
    ])));
    let annotations = r#""io.deis.oras.content.digest":"sha256:x","io.deis.oras.content.unpack":"true","org.opencontainers.image.title":"manifests""#;
    let descriptor = descriptor("application/vnd.oci.image.layer.v1.tar+gzip", annotations);
    let unpacked = unpack_layer(&descriptor, &bytes, &Limits::default()).unwrap();
    assert_eq!(unpacked.tree.get("manifests/web.yaml").unwrap().bytes, "kind: Deployment\n");
}

#[test]
fn a_single_file_that_oras_pushed_is_a_tree_of_one_file() {
    let bytes = Bytes::from("kind: Deployment\n");
    let title = r#""org.opencontainers.image.title":"web.yaml""#;
    let file = descriptor("application/vnd.oci.image.layer.v1.tar", title);
    let unpacked = unpack_layer(&file, &bytes, &Limits::default()).unwrap();
    assert_eq!(unpacked.tree.get("web.yaml").unwrap().bytes, bytes);
    for evil in ["../web.yaml", "/etc/web.yaml", ""] {
        let title = format!(r#""org.opencontainers.image.title":"{evil}""#);
        let file = descriptor("application/vnd.oci.image.layer.v1.tar", &title);
        assert!(unpack_layer(&file, &bytes, &Limits::default()).is_err(), "{evil}");
    }
}

#[test]
fn a_file_without_a_title_is_no_bundle() {
    let file = descriptor("application/yaml", "");
    let refused = unpack_layer(&file, &Bytes::from_static(b"a: b"), &Limits::default());
    assert!(matches!(refused, Err(bundle::Error::NotAnArchive | bundle::Error::Truncated)));
}

#[test]
fn plain_and_gnu_archives_are_read() {
    let name = format!("{}/web.yaml", "n".repeat(120));
    let mut builder = tar::Builder::new(Vec::new());
    let mut header = tar::Header::new_gnu();
    header.set_size(5);
    header.set_mode(0o755);
    builder.append_data(&mut header, &name, &b"a: b\n"[..]).unwrap();
    let plain = builder.into_inner().unwrap();
    let tree = unpack(&plain, &Limits::default()).unwrap();
    assert!(tree.get(&name).unwrap().executable);
    assert_eq!(unpack(&gzip(&plain), &Limits::default()).unwrap(), tree);
}

#[test]
fn a_layer_of_several_gzip_members_is_one_stream() {
    let plain = tar(&[Tape::file("./a", b"content")]);
    let layer = [gzip(&plain[..700]), gzip(b""), gzip(&plain[700..])].concat();
    assert_eq!(unpack(&layer, &Limits::default()).unwrap().get("a").unwrap().bytes, "content");
}

#[test]
fn links_inside_the_tree_are_skipped_as_flux_skips_them_and_reported() {
    let archive = tar(&[
        Tape::file("base/a.yaml", b"a: b\n"),
        Tape::other("dev/a.yaml", EntryType::Symlink, "../base/a.yaml"),
        Tape::other("copy.yaml", EntryType::Link, "base/a.yaml"),
    ]);
    let unpacked = bundle::unpack::unpack_archive(&archive, &Limits::default()).unwrap();
    let paths: Vec<&str> = unpacked.tree.iter().map(|(path, _)| path).collect();
    assert_eq!(paths, ["base/a.yaml", "copy.yaml"]);
    assert_eq!(unpacked.skipped_links, ["dev/a.yaml"]);
}

#[test]
fn the_layer_is_chosen_by_flux_rule() {
    let two = manifest(
        &[layer("text/a", ""), layer("text/b", ""), layer("text/b", "\"x\":\"y\"")].join(","),
    );
    let chosen =
        |selector| content_layer(&two, selector).map(|layer| layer.media_type().to_string());
    assert_eq!(chosen(None).unwrap(), "text/a");
    assert_eq!(chosen(Some("text/b")).unwrap(), "text/b");
    assert!(
        content_layer(&two, Some("text/b")).unwrap().annotations().as_ref().unwrap().is_empty()
    );
    assert!(matches!(chosen(Some("text/c")), Err(bundle::Error::NoSuchLayer { .. })));
    assert!(matches!(content_layer(&manifest(""), None), Err(bundle::Error::NoLayers)));
}
