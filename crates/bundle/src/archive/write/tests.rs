use crate::archive::Writer;
use crate::pack::digest;

#[test]
fn an_archive_equals_the_one_that_go_writes() {
    // facts: the archive of Flux's own golden test, a folder and an empty file.
    let mut writer = Writer::default();
    writer.folder("testdata/oci/repository", 0o750);
    writer.file("testdata/oci/repository/foo.txt", 0o600, b"");
    let bytes = writer.finish();
    assert_eq!(bytes.len(), 2048);
    let expected = "sha256:b9e34c92c080298e9144df72209b82d3eb14bafb131faf2fb051e814aeda9d08";
    assert_eq!(digest(&bytes).to_string(), expected);
}
