//! PEM: a label and base64 between two lines of dashes.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use crate::Error;

/// The largest PEM text that is read.
const LIMIT: usize = 64 << 10;

/// The label and the content of the first block of a text.
///
/// # Source
///
/// RFC 7468, lax: headers inside the block are not accepted, text around it is.
pub(crate) fn read(text: &[u8]) -> Result<(String, Vec<u8>), Error> {
    let bad = |reason: &str| Error::BadKey { reason: reason.to_owned() };
    if text.len() > LIMIT {
        return Err(bad("it is too large"));
    }
    let text = std::str::from_utf8(text).map_err(|_| bad("it is no PEM"))?;
    let (_, rest) = text.split_once("-----BEGIN ").ok_or_else(|| bad("it is no PEM"))?;
    let (label, rest) = rest.split_once("-----").ok_or_else(|| bad("it is no PEM"))?;
    let end = format!("-----END {label}-----");
    let (body, _) = rest.split_once(&end).ok_or_else(|| bad("the PEM block has no end"))?;
    let body: String = body.split_whitespace().collect();
    let content = STANDARD.decode(body).map_err(|_| bad("the PEM block is not base64"))?;
    Ok((label.to_owned(), content))
}

/// A block of 64 characters per line.
pub(crate) fn write(label: &str, content: &[u8]) -> String {
    let encoded = STANDARD.encode(content);
    let mut text = format!("-----BEGIN {label}-----\n");
    let mut rest = encoded.as_str();
    while !rest.is_empty() {
        let (line, after) = rest.split_at(rest.len().min(64));
        text.push_str(line);
        text.push('\n');
        rest = after;
    }
    text + &format!("-----END {label}-----\n")
}
