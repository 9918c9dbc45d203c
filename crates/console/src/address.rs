//! Percent-encoding of path segments and query values.

use std::fmt::Write as _;

/// Encodes a text so that it is one path segment or one query value.
pub(crate) fn encode(text: &str) -> String {
    let mut encoded = String::with_capacity(text.len());
    for byte in text.bytes() {
        if byte.is_ascii_alphanumeric() || b"-_.~".contains(&byte) {
            encoded.push(char::from(byte));
        } else {
            write!(encoded, "%{byte:02X}").expect("writing to a string works");
        }
    }
    encoded
}

/// Decodes a path segment or a query value; `None` when it is not encoded UTF-8.
pub(crate) fn decode(text: &str) -> Option<String> {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.bytes();
    while let Some(byte) = rest.next() {
        if byte == b'%' {
            let mut digit = || char::from(rest.next()?).to_digit(16);
            let (high, low) = (digit()?, digit()?);
            bytes.push(u8::try_from(high * 16 + low).ok()?);
        } else {
            bytes.push(byte);
        }
    }
    String::from_utf8(bytes).ok()
}

/// The decoded value of one query parameter.
pub(crate) fn parameter(query: &str, name: &str) -> Option<String> {
    let pairs = query.split('&').filter_map(|pair| pair.split_once('='));
    pairs.filter(|(key, _)| *key == name).find_map(|(_, value)| decode(&value.replace('+', " ")))
}

#[cfg(test)]
mod tests {
    use super::{decode, encode, parameter};

    #[test]
    fn what_is_encoded_is_decoded() {
        for text in ["shop", "acme/shop", "ü <b>&\"", "%41", ""] {
            assert_eq!(decode(&encode(text)).as_deref(), Some(text));
        }
        assert_eq!(encode("acme/shop"), "acme%2Fshop");
    }

    #[test]
    fn broken_encodings_are_refused() {
        for text in ["%", "%4", "%zz", "%ff"] {
            assert_eq!(decode(text), None, "{text}");
        }
    }

    #[test]
    fn a_parameter_is_found_among_others() {
        assert_eq!(parameter("a=1&path=%2Fapp%2Fx+y", "path").as_deref(), Some("/app/x y"));
        assert_eq!(parameter("a=1", "path"), None);
    }
}
