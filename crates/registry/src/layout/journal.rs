//! Changes of a large index since it was last written: one line each, so that a push stays cheap.

use std::fs::{self, File};
use std::io::{self, BufRead as _, BufReader, Write as _};
use std::path::{Path, PathBuf};

use oci_spec::image::{Descriptor, Digest};
use serde::{Deserialize, Serialize};

use super::blobs::failed;
use crate::Error;

/// The file of the journal, beside `index.json`.
const NAME: &str = ".index.journal";

/// One change of the index.
#[derive(Debug, Serialize, Deserialize)]
#[serde(rename_all = "camelCase")]
pub(super) enum Change {
    Put { repository: String, descriptor: Box<Descriptor>, tag: Option<String> },
    RemoveManifest { repository: String, digest: Digest },
    RemoveTag { repository: String, tag: String },
}

/// The journal of a folder.
#[derive(Debug)]
pub(super) struct Journal {
    path: PathBuf,
    lines: usize,
}

impl Journal {
    pub(super) fn of(folder: &Path) -> Self {
        Self { path: folder.join(NAME), lines: 0 }
    }

    /// How many changes were noted since the index was written.
    pub(super) fn len(&self) -> usize {
        self.lines
    }

    /// The changes that a process before this one noted; a last line that was cut off was never
    /// answered for and is left out.
    pub(super) fn replay(&self) -> Result<Vec<Change>, Error> {
        let file = match File::open(&self.path) {
            Ok(file) => file,
            Err(error) if error.kind() == io::ErrorKind::NotFound => return Ok(Vec::new()),
            Err(error) => return Err(failed("read", &self.path, error)),
        };
        let mut changes = Vec::new();
        for line in BufReader::new(file).split(b'\n') {
            let line = line.map_err(|error| failed("read", &self.path, error))?;
            match serde_json::from_slice(&line) {
                Ok(change) => changes.push(change),
                Err(_) => break,
            }
        }
        Ok(changes)
    }

    /// Notes a change.
    pub(super) fn note(&mut self, change: &Change) -> Result<(), Error> {
        let mut line = serde_json::to_vec(change).expect("a change is JSON");
        line.push(b'\n');
        match self.append(&line) {
            Ok(()) => self.lines += 1,
            Err(error) => {
                // Half a line may be there now, so the next change has to write the whole index.
                self.lines = usize::MAX;
                return Err(failed("write", &self.path, error));
            }
        }
        Ok(())
    }

    /// Forgets the changes, once the index holds them.
    pub(super) fn clear(&mut self) -> Result<(), Error> {
        self.lines = 0;
        match fs::remove_file(&self.path) {
            Err(error) if error.kind() != io::ErrorKind::NotFound => {
                Err(failed("delete", &self.path, error))
            }
            _ => Ok(()),
        }
    }

    fn append(&self, line: &[u8]) -> io::Result<()> {
        // Opened anew each time: somebody who looked into the folder may have replaced the file.
        File::options().create(true).append(true).open(&self.path)?.write_all(line)
    }
}
