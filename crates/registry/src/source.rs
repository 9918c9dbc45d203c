//! Content to push that may be larger than memory.

use std::fs::File;
use std::io;
use std::sync::Arc;

use bytes::Bytes;

/// Content of known length that can be read from any offset, so that an upload can continue.
pub trait BlobSource: Send + Sync + 'static {
    /// Reads at most `length` bytes from `offset`; shorter only at the end.
    ///
    /// # Errors
    ///
    /// What the file system says.
    fn read(&self, offset: u64, length: usize) -> io::Result<Bytes>;
}

impl BlobSource for Bytes {
    fn read(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        let start = usize::try_from(offset).unwrap_or(usize::MAX).min(self.len());
        Ok(self.slice(start..self.len().min(start.saturating_add(length))))
    }
}

impl BlobSource for File {
    fn read(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        let mut buffer = vec![0; length];
        let mut filled = 0;
        while filled < length {
            match read_at(self, &mut buffer[filled..], offset + filled as u64) {
                Ok(0) => break,
                Ok(count) => filled += count,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => return Err(error),
            }
        }
        buffer.truncate(filled);
        Ok(buffer.into())
    }
}

impl<T: BlobSource + ?Sized> BlobSource for Arc<T> {
    fn read(&self, offset: u64, length: usize) -> io::Result<Bytes> {
        (**self).read(offset, length)
    }
}

#[cfg(unix)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::unix::fs::FileExt::read_at(file, buffer, offset)
}

#[cfg(windows)]
fn read_at(file: &File, buffer: &mut [u8], offset: u64) -> io::Result<usize> {
    std::os::windows::fs::FileExt::seek_read(file, buffer, offset)
}
