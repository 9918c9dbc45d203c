//! Writes a tar archive with the very bytes that Go's `archive/tar` writes for Flux.

use crate::archive::BLOCK;
use crate::archive::header::{Fields, encode};

/// Bytes of a name that fit the header's own field.
const NAME: usize = 100;
/// Bytes of the leading folders that fit the header's prefix field.
const PREFIX: usize = 155;

/// An archive that grows in memory.
///
/// # Source
///
/// POSIX.1-1988 `ustar`; PAX (POSIX.1-2001) records only for names that `ustar` cannot hold, split
/// and named as Go's `archive/tar` does, so that the uncompressed bytes equal Flux's.
#[derive(Debug, Default)]
pub(crate) struct Writer {
    bytes: Vec<u8>,
}

impl Writer {
    /// Adds a folder; `path` has no trailing slash.
    pub(crate) fn folder(&mut self, path: &str, mode: u32) {
        self.header(path, Fields { mode, size: 0, kind: b'5' });
    }

    /// Adds a regular file.
    pub(crate) fn file(&mut self, path: &str, mode: u32, content: &[u8]) {
        self.header(path, Fields { mode, size: content.len() as u64, kind: b'0' });
        self.content(content);
    }

    /// Ends the archive with two empty blocks, without padding to a tape record.
    pub(crate) fn finish(mut self) -> Vec<u8> {
        self.bytes.extend_from_slice(&[0; 2 * BLOCK]);
        self.bytes
    }

    fn header(&mut self, path: &str, fields: Fields) {
        if path.len() <= NAME && path.is_ascii() {
            self.bytes.extend_from_slice(&encode(path, Some(""), fields));
        } else if let Some((prefix, name)) = split(path) {
            self.bytes.extend_from_slice(&encode(name, Some(prefix), fields));
        } else {
            self.extended(path);
            self.bytes.extend_from_slice(&encode(&ascii_prefix(path), Some(""), fields));
        }
    }

    /// Writes the PAX header that carries a path too long or too wide for `ustar`.
    fn extended(&mut self, path: &str) {
        let record = record("path", path);
        let (folder, file) = path.rsplit_once('/').unwrap_or(("", path));
        let name = if folder.is_empty() {
            format!("PaxHeaders.0/{file}")
        } else {
            format!("{folder}/PaxHeaders.0/{file}")
        };
        let name = ascii_prefix(&name);
        let fields = Fields { mode: 0, size: record.len() as u64, kind: b'x' };
        self.bytes.extend_from_slice(&encode(name.trim_end_matches('/'), None, fields));
        self.content(record.as_bytes());
    }

    fn content(&mut self, content: &[u8]) {
        self.bytes.extend_from_slice(content);
        let padding = content.len().next_multiple_of(BLOCK) - content.len();
        self.bytes.resize(self.bytes.len() + padding, 0);
    }
}

/// Splits an ASCII path into `ustar`'s prefix and name, at the last slash that leaves both short enough.
fn split(path: &str) -> Option<(&str, &str)> {
    if !path.is_ascii() {
        return None;
    }
    let window = path.len().min(PREFIX + 1);
    let slash = path.as_bytes()[..window].iter().rposition(|&byte| byte == b'/')?;
    let (prefix, name) = (&path[..slash], &path[slash + 1..]);
    (slash > 0 && !name.is_empty() && name.len() <= NAME).then_some((prefix, name))
}

/// What is left of a name in the plain header when the PAX record holds the real one.
fn ascii_prefix(path: &str) -> String {
    path.chars().filter(char::is_ascii).take(NAME).collect()
}

/// Formats one PAX record, whose length counts its own digits.
fn record(key: &str, value: &str) -> String {
    let rest = key.len() + value.len() + " =\n".len();
    let mut length = rest;
    while rest + length.to_string().len() != length {
        length = rest + length.to_string().len();
    }
    format!("{length} {key}={value}\n")
}

#[cfg(test)]
mod tests;
