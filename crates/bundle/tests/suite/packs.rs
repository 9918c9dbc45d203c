use bundle::{LayerKind, PackOptions, pack};
use expect_test::{Expect, expect};
use jiff::Timestamp;
use manifest::{File, Tree};

fn shop() -> Tree {
    let mut tree = Tree::new();
    tree.insert("shop/web.yaml", "kind: Deployment\n").unwrap();
    tree.insert("shop.yaml", "kind: Namespace\n").unwrap();
    let script = File { bytes: "#!/bin/sh\n".into(), executable: true };
    tree.insert_file("hooks/before", script).unwrap();
    tree
}

fn options() -> PackOptions {
    PackOptions {
        source: "https://git.example.com/acme/shop".into(),
        revision: "main@sha1:6b7f".into(),
        created: "2026-11-20T10:30:00.75+02:00".parse().unwrap(),
        ..PackOptions::default()
    }
}

fn check(actual: &impl ToString, expected: Expect) {
    expected.assert_eq(&actual.to_string());
}

#[test]
fn the_digest_of_a_tree_never_changes() {
    let packed = pack(&shop(), &options()).unwrap();
    // The archive's digest depends on no library; the bundle's also on the compressor.
    check(
        &packed.archive_digest,
        expect!["sha256:33afdd85f7cc81ccd9f7c804ad2c54eebd63e1e8b340302e6db758712c11068c"],
    );
    check(
        &packed.digest,
        expect!["sha256:b73e62451cac1956fc6a3ba8867667d5100fc3e1500c28d75f0c6047a77b7cb2"],
    );
}

#[test]
fn manifest_and_config_are_byte_for_byte_what_flux_writes() {
    let packed = pack(&shop(), &options()).unwrap();
    check(
        &String::from_utf8_lossy(&packed.config),
        expect![[
            r#"{"architecture":"","created":"2026-11-20T08:30:00Z","history":[{"created":"0001-01-01T00:00:00Z"}],"os":"","rootfs":{"type":"layers","diff_ids":["sha256:33afdd85f7cc81ccd9f7c804ad2c54eebd63e1e8b340302e6db758712c11068c"]},"config":{}}"#
        ]],
    );
    check(
        &String::from_utf8_lossy(&packed.manifest),
        expect![[
            r#"{"schemaVersion":2,"mediaType":"application/vnd.oci.image.manifest.v1+json","config":{"mediaType":"application/vnd.cncf.flux.config.v1+json","size":233,"digest":"sha256:5d7d2e44b8db2a8cc30c7db3c300ad2a26ac5914bdb61d494a694d15a0681823"},"layers":[{"mediaType":"application/vnd.cncf.flux.content.v1.tar+gzip","size":224,"digest":"sha256:5bb454755aa9b276b346a6d9e7328406e368aa0a1fb7e7bbe1b11b2a5d3c652b"}],"annotations":{"org.opencontainers.image.created":"2026-11-20T08:30:00Z","org.opencontainers.image.revision":"main@sha1:6b7f","org.opencontainers.image.source":"https://git.example.com/acme/shop"}}"#
        ]],
    );
    assert_eq!(packed.config.len(), 233, "the size in fluxcd/flux-manifests");
}

#[test]
fn entries_come_in_the_order_and_with_the_modes_that_flux_writes() {
    let packed = pack(&shop(), &options()).unwrap();
    let mut listing = String::new();
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&packed.layer[..]));
    for entry in archive.entries().unwrap() {
        let entry = entry.unwrap();
        let header = entry.header();
        let name = String::from_utf8(entry.path_bytes().into_owned()).unwrap();
        let (mode, kind) = (header.mode().unwrap(), header.entry_type());
        let owner = (header.uid().unwrap(), header.gid().unwrap(), header.mtime().unwrap());
        listing += &format!("{mode:o} {kind:?} {owner:?} {name}\n");
    }
    check(
        &listing,
        expect![[r#"
        755 Directory (0, 0, 0) .
        755 Directory (0, 0, 0) hooks
        755 Regular (0, 0, 0) hooks/before
        755 Directory (0, 0, 0) shop
        644 Regular (0, 0, 0) shop/web.yaml
        644 Regular (0, 0, 0) shop.yaml
    "#]],
    );
}

#[test]
fn the_gzip_header_names_no_machine_and_no_time() {
    let packed = pack(&shop(), &options()).unwrap();
    assert_eq!(packed.layer[..10], [0x1f, 0x8b, 8, 0, 0, 0, 0, 0, 0, 255]);
}

#[test]
fn a_plain_oci_bundle_differs_from_flux_only_in_its_media_types() {
    let flux = pack(&shop(), &options()).unwrap();
    let oci = pack(&shop(), &PackOptions { layer: LayerKind::Oci, ..options() }).unwrap();
    assert_eq!(flux.layer, oci.layer);
    let translated = String::from_utf8(flux.manifest.to_vec())
        .unwrap()
        .replace(
            "application/vnd.cncf.flux.config.v1+json",
            "application/vnd.oci.image.config.v1+json",
        )
        .replace(
            "application/vnd.cncf.flux.content.v1.tar+gzip",
            "application/vnd.oci.image.layer.v1.tar+gzip",
        );
    assert_eq!(translated.as_bytes(), oci.manifest);
}

#[test]
fn an_annotation_overrides_the_creation_time_everywhere() {
    let created = ("org.opencontainers.image.created".into(), "2020-02-02T02:02:02Z".into());
    let packed =
        pack(&shop(), &PackOptions { annotations: [created].into(), ..options() }).unwrap();
    assert!(
        String::from_utf8_lossy(&packed.config).contains("\"created\":\"2020-02-02T02:02:02Z\"")
    );
    let wrong = ("org.opencontainers.image.created".into(), "yesterday".into());
    let refused = pack(&shop(), &PackOptions { annotations: [wrong].into(), ..options() });
    assert!(matches!(refused, Err(bundle::Error::Created { .. })), "{refused:?}");
}

#[test]
fn the_time_zone_of_the_caller_leaves_no_trace() {
    let utc: Timestamp = "2026-11-20T08:30:00Z".parse().unwrap();
    let same = pack(&shop(), &PackOptions { created: utc, ..options() }).unwrap();
    assert_eq!(same.digest, pack(&shop(), &options()).unwrap().digest);
}

#[test]
fn a_path_too_long_for_the_header_is_split_as_go_splits_it() {
    let folders = ["folder-of-twenty-byte"; 6].join("/");
    let splittable = format!("{folders}/file.yaml");
    let unsplittable = format!("{}.yaml", "n".repeat(150));
    let wide = "größe/übersicht.yaml";
    let mut tree = Tree::new();
    for path in [splittable.as_str(), unsplittable.as_str(), wide] {
        tree.insert(path, "a: b\n").unwrap();
    }
    let packed = pack(&tree, &options()).unwrap();
    assert_eq!(bundle::unpack(&packed.layer, &bundle::Limits::default()).unwrap(), tree);
    let mut archive = tar::Archive::new(flate2::read::GzDecoder::new(&packed.layer[..]));
    let kinds: Vec<u8> = archive
        .entries()
        .unwrap()
        .raw(true)
        .map(|entry| entry.unwrap().header().entry_type().as_byte())
        .filter(|kind| *kind != b'5')
        .collect();
    assert_eq!(kinds, *b"0xx0x0".as_slice(), "folder, PAX for wide folder and files only");
}
