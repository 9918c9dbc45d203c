//! gzip both ways: written reproducibly, read as a stream that stops at the limits.

use std::io::{self, Read as _, Write as _};

use flate2::bufread::GzDecoder;
use flate2::{Compression, GzBuilder};

use crate::{Error, Limits};

const GZIP: &[u8] = &[0x1f, 0x8b];
const ZSTD: &[u8] = &[0x28, 0xb5, 0x2f, 0xfd];

/// Compresses with the header Flux writes: no name, time 0, system 255, level 6.
///
/// The bytes depend on nothing but `bytes` and the pinned version of zlib-rs; a golden digest test
/// holds them. They are *not* the bytes that Go's compressor would give.
pub(crate) fn gzip(bytes: &[u8]) -> Vec<u8> {
    let sink = Vec::with_capacity(bytes.len() / 4);
    let mut encoder =
        GzBuilder::new().mtime(0).operating_system(255).write(sink, Compression::new(6));
    encoder.write_all(bytes).expect("writing to memory never fails");
    encoder.finish().expect("writing to memory never fails")
}

/// Whether the bytes are compressed in a way this module knows or names.
pub(crate) fn is_compressed(bytes: &[u8]) -> bool {
    bytes.starts_with(GZIP) || bytes.starts_with(ZSTD)
}

/// The unpacked bytes of a layer, counted against the limits as they come.
#[derive(Debug)]
pub(crate) struct Inflate<'a> {
    input: Input<'a>,
    compressed: u64,
    read: u64,
    limits: Limits,
}

#[derive(Debug)]
enum Input<'a> {
    Plain(&'a [u8]),
    Gzip(Box<GzDecoder<&'a [u8]>>),
}

impl<'a> Inflate<'a> {
    /// Starts to read `layer`, plain or gzip by its first bytes.
    pub(crate) fn new(layer: &'a [u8], limits: &Limits) -> Result<Self, Error> {
        if layer.starts_with(ZSTD) {
            return Err(Error::Unsupported { what: "zstd" });
        }
        let input = if layer.starts_with(GZIP) {
            Input::Gzip(Box::new(GzDecoder::new(layer)))
        } else {
            Input::Plain(layer)
        };
        Ok(Self { input, compressed: layer.len() as u64, read: 0, limits: *limits })
    }

    /// How many more bytes the limit allows.
    pub(crate) fn allowance(&self) -> u64 {
        self.limits.bytes.saturating_sub(self.read)
    }

    /// Fills `buffer` as far as there is something to read; less than all of it means the end.
    pub(crate) fn fill(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        let mut filled = 0;
        while filled < buffer.len() {
            let count = self.some(&mut buffer[filled..])?;
            if count == 0 {
                break;
            }
            filled += count;
            self.count(count)?;
        }
        Ok(filled)
    }

    fn some(&mut self, buffer: &mut [u8]) -> Result<usize, Error> {
        loop {
            match &mut self.input {
                Input::Plain(rest) => {
                    return Ok(rest.read(buffer).expect("reading from memory never fails"));
                }
                Input::Gzip(decoder) => {
                    let count = decoder.read(buffer).map_err(damaged)?;
                    if count > 0 {
                        return Ok(count);
                    }
                }
            }
            if !self.next_member()? {
                return Ok(0);
            }
        }
    }

    /// Goes on to the next gzip member, as every gzip reader does; says whether there is one.
    fn next_member(&mut self) -> Result<bool, Error> {
        let Input::Gzip(decoder) = &self.input else { return Ok(false) };
        let rest: &'a [u8] = decoder.get_ref();
        if rest.is_empty() {
            self.input = Input::Plain(&[]);
            return Ok(false);
        }
        if !rest.starts_with(GZIP) {
            return Err(Error::TrailingGarbage);
        }
        self.input = Input::Gzip(Box::new(GzDecoder::new(rest)));
        Ok(true)
    }

    fn count(&mut self, count: usize) -> Result<(), Error> {
        self.read += count as u64;
        if self.read > self.limits.bytes {
            return Err(Error::TooLarge { limit: self.limits.bytes });
        }
        let allowed = self.compressed.saturating_mul(self.limits.ratio).max(Limits::RATIO_FLOOR);
        if matches!(self.input, Input::Gzip(_)) && self.read > allowed {
            return Err(Error::TooCompressed { limit: self.limits.ratio });
        }
        Ok(())
    }
}

fn damaged(error: io::Error) -> Error {
    if error.kind() == io::ErrorKind::UnexpectedEof {
        Error::Truncated
    } else {
        Error::Corrupt(error)
    }
}
