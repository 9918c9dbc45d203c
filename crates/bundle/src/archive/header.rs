//! One 512-byte header: its fields to bytes, its bytes to fields.

use crate::Error;
use crate::archive::BLOCK;

/// What differs between the headers that wharf writes.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Fields {
    /// Permission bits.
    pub(crate) mode: u32,
    /// Bytes of content that follow.
    pub(crate) size: u64,
    /// The type flag.
    pub(crate) kind: u8,
}

/// Encodes a header: owner 0, no owner names, modification time 0.
///
/// `name` and `prefix` fit their fields. Without a `prefix` the device numbers stay empty too,
/// which is how Go writes the header of a PAX record.
pub(crate) fn encode(name: &str, prefix: Option<&str>, fields: Fields) -> [u8; BLOCK] {
    let mut block = [0; BLOCK];
    put(&mut block, 0, name.as_bytes());
    put(&mut block, 100, format!("{:07o}", fields.mode).as_bytes());
    put(&mut block, 108, b"0000000");
    put(&mut block, 116, b"0000000");
    put(&mut block, 124, format!("{:011o}", fields.size).as_bytes());
    put(&mut block, 136, b"00000000000");
    put(&mut block, 148, b"        ");
    block[156] = fields.kind;
    put(&mut block, 257, b"ustar\x0000");
    if let Some(prefix) = prefix {
        put(&mut block, 329, b"0000000");
        put(&mut block, 337, b"0000000");
        put(&mut block, 345, prefix.as_bytes());
    }
    let sum: u32 = block.iter().map(|&byte| u32::from(byte)).sum();
    put(&mut block, 148, format!("{sum:06o}\0 ").as_bytes());
    block
}

/// A header as read, before any extended header is applied.
#[derive(Clone, Debug)]
pub(crate) struct Raw {
    /// Prefix and name joined, as bytes.
    pub(crate) path: Vec<u8>,
    /// The link's target, as bytes.
    pub(crate) link: Vec<u8>,
    /// Permission bits.
    pub(crate) mode: u64,
    /// Bytes of content that follow.
    pub(crate) size: u64,
    /// The type flag.
    pub(crate) kind: u8,
}

/// Decodes a header of any tar dialect and checks its sum.
pub(crate) fn decode(block: &[u8; BLOCK]) -> Result<Raw, Error> {
    let sum = number(&block[148..156])?;
    let blank = |(at, &byte): (usize, &u8)| if (148..156).contains(&at) { b' ' } else { byte };
    let unsigned: u64 = block.iter().enumerate().map(blank).map(u64::from).sum();
    let signed: i64 =
        block.iter().enumerate().map(blank).map(|byte| i64::from(byte.cast_signed())).sum();
    if sum != unsigned && i64::try_from(sum) != Ok(signed) {
        return Err(Error::BadHeader { what: "its checksum does not match" });
    }
    let mut path = text(&block[..100]).to_vec();
    let prefix = text(&block[345..500]);
    // GNU's own dialect (`ustar ` with a blank) keeps times where POSIX keeps the prefix.
    if &block[257..263] == b"ustar\0" && !prefix.is_empty() {
        path = [prefix, b"/", &path].concat();
    }
    Ok(Raw {
        path,
        link: text(&block[157..257]).to_vec(),
        mode: number(&block[100..108])?,
        size: number(&block[124..136])?,
        kind: block[156],
    })
}

/// Reads a number: octal with blanks around it, or GNU's base 256.
fn number(field: &[u8]) -> Result<u64, Error> {
    let wrong = Error::BadHeader { what: "a number is not octal" };
    if field[0] & 0x80 != 0 {
        let (first, rest) = (field[0] & 0x7f, &field[1..]);
        return rest.iter().try_fold(u64::from(first), |value, &byte| {
            let shifted = value.checked_mul(256).filter(|_| first < 0x40);
            shifted
                .map(|value| value | u64::from(byte))
                .ok_or(Error::BadHeader { what: "a number is negative or too large" })
        });
    }
    let digits = text(field).trim_ascii();
    let octal = |&byte: &u8| matches!(byte, b'0'..=b'7');
    if digits.len() > 20 || !digits.iter().all(octal) {
        return Err(wrong);
    }
    Ok(digits.iter().fold(0, |value, &byte| value * 8 + u64::from(byte - b'0')))
}

fn text(field: &[u8]) -> &[u8] {
    let end = field.iter().position(|&byte| byte == 0).unwrap_or(field.len());
    &field[..end]
}

fn put(block: &mut [u8; BLOCK], at: usize, bytes: &[u8]) {
    block[at..at + bytes.len()].copy_from_slice(bytes);
}
