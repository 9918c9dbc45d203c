//! A tree as an archive, in the order and with the headers of `flux push artifact`.

use std::collections::BTreeMap;

use manifest::{File, Tree};

use crate::archive::Writer;

/// Folders and executable files.
const EXECUTABLE: u32 = 0o755;
/// Every other file.
const REGULAR: u32 = 0o644;

/// Writes the root as `.`, then folders and files in Go's walk order.
///
/// Go walks each folder by sorted name, so `a/x` comes before `a.yaml`: paths are compared segment
/// by segment, not as strings.
pub(super) fn write(tree: &Tree) -> Vec<u8> {
    let mut writer = Writer::default();
    writer.folder(".", EXECUTABLE);
    for (path, file) in entries(tree) {
        let path = path.join("/");
        match file {
            None => writer.folder(&path, EXECUTABLE),
            Some(file) if file.executable => writer.file(&path, EXECUTABLE, &file.bytes),
            Some(file) => writer.file(&path, REGULAR, &file.bytes),
        }
    }
    writer.finish()
}

fn entries(tree: &Tree) -> BTreeMap<Vec<&str>, Option<&File>> {
    let mut entries = BTreeMap::new();
    for (path, file) in tree.iter() {
        let segments: Vec<&str> = path.split('/').collect();
        for depth in 1..segments.len() {
            entries.entry(segments[..depth].to_vec()).or_insert(None);
        }
        entries.insert(segments, Some(file));
    }
    entries
}
