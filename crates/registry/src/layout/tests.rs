use oci_spec::image::MediaType;

use super::*;

fn manifest(text: &str) -> Manifest {
    Manifest::new(MediaType::ImageManifest, text.to_owned())
}

fn scratch() -> tempfile::TempDir {
    tempfile::tempdir().unwrap()
}

#[test]
fn a_reopened_folder_holds_the_same_repositories() {
    let folder = scratch();
    let (one, two) = (manifest("{\"a\":1}"), manifest("{\"a\":2}"));
    let store = Store::open(folder.path()).unwrap();
    store.put_manifest("acme/shop", &one, Some("dev"), Condition::None).unwrap();
    store.put_manifest("acme/shop", &two, None, Condition::None).unwrap();
    store.put_manifest("", &two, Some("v1"), Condition::None).unwrap();
    let reopened = Store::open(folder.path()).unwrap();
    assert_eq!(reopened.repositories(), ["", "acme/shop"]);
    assert_eq!(reopened.manifest("acme/shop", "dev").unwrap(), one);
    assert_eq!(reopened.manifest("acme/shop", two.digest.as_ref()).unwrap(), two);
    assert_eq!(reopened.tags("").unwrap(), ["v1"]);
}

#[test]
fn a_referrer_is_found_again_after_reopening() {
    let folder = scratch();
    let subject = manifest("{}");
    let text = format!(
        r#"{{"schemaVersion":2,"artifactType":"a/b","subject":{{"mediaType":"x/y","size":2,"digest":"{}"}},"annotations":{{"k":"v"}}}}"#,
        subject.digest
    );
    Store::open(folder.path())
        .unwrap()
        .put_manifest("shop", &manifest(&text), None, Condition::None)
        .unwrap();
    let found = Store::open(folder.path()).unwrap().referrers("shop", &subject.digest);
    assert_eq!(found.len(), 1);
    assert_eq!(found[0].artifact_type().as_ref().unwrap().as_ref(), "a/b");
    assert_eq!(found[0].annotations().as_ref().unwrap()["k"], "v");
}

#[test]
fn a_damaged_blob_is_not_read() {
    let folder = scratch();
    let store = Store::open(folder.path()).unwrap();
    let digest = store.write_blob(&Bytes::from_static(b"good")).unwrap();
    std::fs::write(folder.path().join("blobs/sha256").join(digest.digest()), b"evil").unwrap();
    assert!(matches!(store.blob(&digest, 10), Err(Error::DigestMismatch { .. })));
}

#[test]
fn an_unfinished_blob_leaves_nothing() {
    let folder = scratch();
    let store = Store::open(folder.path()).unwrap();
    let mut writer = store.writer().unwrap();
    writer.write(b"half").unwrap();
    let other = sha256(b"whole");
    assert!(matches!(writer.finish(&other), Err(Error::DigestMismatch { .. })));
    assert_eq!(store.blob_size(&other).unwrap(), None);
    assert_eq!(std::fs::read_dir(folder.path().join(".uploads")).unwrap().count(), 0);
}

#[test]
fn a_condition_that_does_not_hold_changes_nothing() {
    let store = Store::memory();
    let (one, two) = (manifest("1"), manifest("2"));
    let put = |manifest, condition| store.put_manifest("shop", manifest, Some("dev"), condition);
    assert_eq!(put(&one, Condition::Absent).unwrap(), Placed::Stored);
    let found = Some(one.digest.clone());
    assert_eq!(put(&two, Condition::Absent).unwrap(), Placed::Moved { found: found.clone() });
    assert_eq!(put(&two, Condition::At(&two.digest)).unwrap(), Placed::Moved { found });
    assert_eq!(put(&two, Condition::At(&one.digest)).unwrap(), Placed::Stored);
}

#[test]
fn a_manifest_shared_by_two_repositories_survives_the_deletion_in_one() {
    let store = Store::memory();
    let one = manifest("1");
    store.put_manifest("a", &one, Some("x"), Condition::None).unwrap();
    store.put_manifest("b", &one, Some("x"), Condition::None).unwrap();
    assert!(store.delete_manifest("a", &one.digest).unwrap());
    assert_eq!(store.manifest("b", "x").unwrap(), one);
    assert!(store.manifest("a", "x").is_err());
}

#[test]
fn garbage_is_what_no_manifest_names() {
    let folder = scratch();
    for store in [Store::memory(), Store::open(folder.path()).unwrap()] {
        let layer = store.write_blob(&Bytes::from_static(b"layer")).unwrap();
        let lost = store.write_blob(&Bytes::from_static(b"lost")).unwrap();
        let text = format!(r#"{{"layers":[{{"digest":"{layer}"}}]}}"#);
        let (kept, deleted) = (manifest(&text), manifest("{}"));
        store.put_manifest("a", &kept, None, Condition::None).unwrap();
        store.put_manifest("a", &deleted, None, Condition::None).unwrap();
        store.delete_manifest("a", &deleted.digest).unwrap();
        assert_eq!(store.collect_garbage().unwrap(), 2);
        assert!(store.blob_size(&layer).unwrap().is_some());
        assert!(store.blob_size(&kept.digest).unwrap().is_some());
        assert!(store.blob_size(&lost).unwrap().is_none());
        assert!(store.blob_size(&deleted.digest).unwrap().is_none());
    }
}

#[test]
fn a_large_folder_is_whole_after_a_crash_and_after_a_proper_end() {
    let folder = scratch();
    let store = Store::open(folder.path()).unwrap();
    let put = |n: u32| {
        let one = manifest(&format!("{{\"n\":{n}}}"));
        store.put_manifest("shop", &one, Some(&format!("t{n:04}")), Condition::None).unwrap();
        one
    };
    let all: Vec<_> = (0..300).map(put).collect();
    store.delete_tag("shop", "t0007").unwrap();
    store.delete_manifest("shop", &all[8].digest).unwrap();
    let journal = folder.path().join(".index.journal");
    assert!(journal.exists(), "nothing was noted, so this proves nothing");
    // A crash: what is on disk is copied as it is, with a line that was not finished.
    let crashed = scratch();
    copy(folder.path(), crashed.path());
    let noted = std::fs::read(&journal).unwrap();
    std::fs::write(crashed.path().join(".index.journal"), [&noted[..], b"{\"put\":{"].concat())
        .unwrap();
    drop(store);
    assert!(!journal.exists());
    for place in [crashed.path(), folder.path()] {
        let store = Store::open(place).unwrap();
        let tags = store.tags("shop").unwrap();
        assert_eq!(tags.len(), 298);
        assert!(!tags.contains(&"t0007".to_owned()) && !tags.contains(&"t0008".to_owned()));
        assert!(store.resolve("shop", all[7].digest.as_ref()).is_some());
        assert!(store.resolve("shop", all[8].digest.as_ref()).is_none());
        assert_eq!(store.manifest("shop", "t0299").unwrap(), all[299]);
    }
}

fn copy(from: &std::path::Path, to: &std::path::Path) {
    for entry in std::fs::read_dir(from).unwrap() {
        let entry = entry.unwrap();
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            std::fs::create_dir_all(&target).unwrap();
            copy(&entry.path(), &target);
        } else {
            std::fs::copy(entry.path(), target).unwrap();
        }
    }
}
