//! Reads a tar archive of any common dialect from a stream under limits.

use crate::archive::BLOCK;
use crate::archive::header::{Raw, decode};
use crate::compress::Inflate;
use crate::{Error, Limits};

/// How much of a file is read at a time, so that a header's claimed size reserves nothing.
const CHUNK: u64 = 64 << 10;

/// One entry, with its name as the archive has it.
#[derive(Debug)]
pub(crate) struct Entry {
    /// The name, not cleaned.
    pub(crate) path: String,
    /// What it is.
    pub(crate) kind: Kind,
    /// Whether any execute bit is set.
    pub(crate) executable: bool,
}

/// What an entry is.
#[derive(Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// A regular file and its content.
    File(Vec<u8>),
    /// A folder.
    Folder,
    /// A symbolic link and its target.
    Symlink(String),
    /// A hard link and its target.
    Hardlink(String),
    /// Anything else, in words.
    Special(&'static str),
}

/// What extended headers said about the entry that follows them.
#[derive(Debug, Default)]
struct Overrides {
    path: Option<Vec<u8>>,
    link: Option<Vec<u8>>,
    size: Option<u64>,
}

/// An archive being read, entry by entry.
#[derive(Debug)]
pub(crate) struct Reader<'a> {
    stream: Inflate<'a>,
    limits: Limits,
    headers: u64,
}

impl<'a> Reader<'a> {
    /// Starts to read an archive.
    pub(crate) fn new(stream: Inflate<'a>, limits: &Limits) -> Self {
        Self { stream, limits: *limits, headers: 0 }
    }

    /// The next entry, or `None` at the proper end of the archive.
    pub(crate) fn next(&mut self) -> Result<Option<Entry>, Error> {
        let mut overrides = Overrides::default();
        loop {
            let Some(raw) = self.header()? else {
                return Ok(None);
            };
            match raw.kind {
                b'x' => {
                    let records = self.extended(raw.size)?;
                    apply(&records, &mut overrides)?;
                }
                b'g' => drop(self.extended(raw.size)?),
                b'L' => overrides.path = Some(self.long_name(raw.size)?),
                b'K' => overrides.link = Some(self.long_name(raw.size)?),
                _ => return self.entry(raw, overrides).map(Some),
            }
        }
    }

    fn header(&mut self) -> Result<Option<Raw>, Error> {
        let mut block = [0; BLOCK];
        if self.stream.fill(&mut block)? < BLOCK {
            return Err(if self.headers == 0 { Error::NotAnArchive } else { Error::Truncated });
        }
        if block == [0; BLOCK] {
            self.end()?;
            return Ok(None);
        }
        self.headers += 1;
        // Extended headers count too: each entry may have at most a name and a link of its own.
        if self.headers > self.limits.entries.saturating_mul(3) {
            return Err(Error::TooManyEntries { limit: self.limits.entries });
        }
        if self.headers == 1 && &block[257..262] != b"ustar" {
            return decode(&block).map(Some).map_err(|_| Error::NotAnArchive);
        }
        decode(&block).map(Some)
    }

    /// Reads on after the first empty block: nothing but zeros may follow.
    fn end(&mut self) -> Result<(), Error> {
        let mut block = [0; BLOCK];
        loop {
            let count = self.stream.fill(&mut block)?;
            if block[..count].iter().any(|&byte| byte != 0) {
                return Err(Error::TrailingGarbage);
            }
            if count < BLOCK {
                return Ok(());
            }
        }
    }

    fn entry(&mut self, raw: Raw, overrides: Overrides) -> Result<Entry, Error> {
        let path = utf8(overrides.path.unwrap_or(raw.path))?;
        let link = utf8(overrides.link.unwrap_or(raw.link))?;
        if path.len() > self.limits.path_bytes || link.len() > self.limits.path_bytes {
            return Err(Error::PathTooLong { limit: self.limits.path_bytes });
        }
        let size = overrides.size.unwrap_or(raw.size);
        let kind = match raw.kind {
            0 | b'0' | b'7' if path.ends_with('/') => Kind::Folder,
            0 | b'0' | b'7' => Kind::File(self.content(size)?),
            b'1' => Kind::Hardlink(link),
            b'2' => Kind::Symlink(link),
            b'3' => Kind::Special("a character device"),
            b'4' => Kind::Special("a block device"),
            b'5' => Kind::Folder,
            b'6' => Kind::Special("a fifo"),
            b'S' => return Err(Error::Unsupported { what: "a sparse file" }),
            _ => Kind::Special("an entry of unknown type"),
        };
        Ok(Entry { path, kind, executable: raw.mode & 0o111 != 0 })
    }

    fn extended(&mut self, size: u64) -> Result<Vec<u8>, Error> {
        // Room for a path, a link and the small records that some tools add.
        if size > (self.limits.path_bytes as u64).saturating_mul(2).saturating_add(CHUNK) {
            return Err(Error::PathTooLong { limit: self.limits.path_bytes });
        }
        self.content(size)
    }

    fn long_name(&mut self, size: u64) -> Result<Vec<u8>, Error> {
        let mut name = self.extended(size)?;
        while name.last() == Some(&0) {
            name.pop();
        }
        Ok(name)
    }

    fn content(&mut self, size: u64) -> Result<Vec<u8>, Error> {
        if size > self.stream.allowance() {
            return Err(Error::TooLarge { limit: self.limits.bytes });
        }
        let mut content = Vec::new();
        let mut left = size;
        while left > 0 {
            let at = content.len();
            let step = usize::try_from(left.min(CHUNK)).expect("a chunk fits in memory");
            content.resize(at + step, 0);
            if self.stream.fill(&mut content[at..])? < step {
                return Err(Error::Truncated);
            }
            left -= step as u64;
        }
        let padding = content.len().next_multiple_of(BLOCK) - content.len();
        if self.stream.fill(&mut [0; BLOCK][..padding])? < padding {
            return Err(Error::Truncated);
        }
        Ok(content)
    }
}

/// Reads PAX records: `<length> <key>=<value>\n`, the length counting the whole record.
fn apply(mut records: &[u8], overrides: &mut Overrides) -> Result<(), Error> {
    let wrong = || Error::BadHeader { what: "an extended record does not parse" };
    while !records.is_empty() && records.iter().any(|&byte| byte != 0) {
        let space = records.iter().position(|&byte| byte == b' ').ok_or_else(wrong)?;
        let length: usize = std::str::from_utf8(&records[..space])
            .ok()
            .and_then(|digits| digits.parse().ok())
            .ok_or_else(wrong)?;
        if length <= space + 1 || length > records.len() || records[length - 1] != b'\n' {
            return Err(wrong());
        }
        let record = &records[space + 1..length - 1];
        let equals = record.iter().position(|&byte| byte == b'=').ok_or_else(wrong)?;
        let (key, value) = (&record[..equals], &record[equals + 1..]);
        match key {
            b"path" => overrides.path = Some(value.to_vec()),
            b"linkpath" => overrides.link = Some(value.to_vec()),
            b"size" => {
                let size = std::str::from_utf8(value).ok().and_then(|size| size.parse().ok());
                overrides.size = Some(size.ok_or_else(wrong)?);
            }
            _ if key.starts_with(b"GNU.sparse.") => {
                return Err(Error::Unsupported { what: "a sparse file" });
            }
            _ => {}
        }
        records = &records[length..];
    }
    Ok(())
}

fn utf8(bytes: Vec<u8>) -> Result<String, Error> {
    String::from_utf8(bytes).map_err(|error| Error::NameNotUtf8 {
        path: String::from_utf8_lossy(error.as_bytes()).into_owned(),
    })
}
