//! How much one bundle may be: bounds that hold while the stream is read, not afterwards.

/// Bounds on one layer; every one is enforced while the bytes stream by.
///
/// The defaults hold any sane set of manifests and stop any bomb: they are meant for a service
/// that unpacks what strangers push.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Limits {
    /// Bytes after decompression, archive headers included.
    pub bytes: u64,
    /// Entries of the archive, folders included.
    pub entries: u64,
    /// Segments of one path.
    pub depth: usize,
    /// Bytes of one path, of a link's target, and of an extended header.
    pub path_bytes: usize,
    /// How many times larger than the compressed layer the unpacked stream may be; counted only
    /// beyond [`Limits::RATIO_FLOOR`], because small trees of zero-padded headers compress well.
    pub ratio: u64,
}

impl Limits {
    /// Unpacked bytes (8 MiB) below which the compression ratio is not looked at.
    pub const RATIO_FLOOR: u64 = 8 << 20;
}

impl Default for Limits {
    fn default() -> Self {
        Self { bytes: 256 << 20, entries: 65_536, depth: 64, path_bytes: 4096, ratio: 250 }
    }
}
