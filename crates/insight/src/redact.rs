//! Keeps credentials, and signs that steer a terminal or a line of text, out of what is passed on.

/// What stands where a credential was.
const MASK: &str = "***";

/// Masks credentials in addresses (`https://user:secret@host`), bearer and basic tokens, and values
/// after `password=`, `token=`, `secret=` and `signature=`.
///
/// Control characters (but line breaks and tabs) and signs that reverse the direction of text become
/// `\u{fffd}`: whoever writes a message must not steer the reader's terminal.
pub(crate) fn redact(text: &str) -> String {
    let text = mask_userinfo(&plain(text));
    let text = ["Bearer ", "Basic ", "bearer ", "basic "]
        .iter()
        .fold(text, |text, word| mask_after(&text, word, 12));
    ["password=", "token=", "secret=", "signature=", "Signature="]
        .iter()
        .fold(text, |text, word| mask_after(&text, word, 1))
}

fn plain(text: &str) -> String {
    let is_steering = |c: char| {
        (c.is_control() && c != '\n' && c != '\t')
            || matches!(c, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
    };
    text.chars().map(|c| if is_steering(c) { char::REPLACEMENT_CHARACTER } else { c }).collect()
}

fn mask_userinfo(text: &str) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find("://").map(|at| at + 3) {
        let (before, after) = rest.split_at(start);
        result.push_str(before);
        let end = after.find(is_delimiter).unwrap_or(after.len());
        let authority = &after[..after[..end].find('/').unwrap_or(end)];
        match authority.rfind('@') {
            Some(at) => {
                result.push_str(MASK);
                rest = &after[at..];
            }
            None => rest = after,
        }
    }
    result.push_str(rest);
    result
}

/// Masks the word after each `marker` when it has at least `least` characters.
fn mask_after(text: &str, marker: &str, least: usize) -> String {
    let mut result = String::with_capacity(text.len());
    let mut rest = text;
    while let Some(start) = rest.find(marker).map(|at| at + marker.len()) {
        let (before, after) = rest.split_at(start);
        result.push_str(before);
        let end = after.find(|c| is_delimiter(c) || c == '&').unwrap_or(after.len());
        if after[..end].chars().count() >= least {
            result.push_str(MASK);
        } else {
            result.push_str(&after[..end]);
        }
        rest = &after[end..];
    }
    result.push_str(rest);
    result
}

fn is_delimiter(c: char) -> bool {
    c.is_whitespace() || "\"'`<>,;)".contains(c)
}

#[cfg(test)]
mod tests {
    use super::redact;

    #[test]
    fn signs_that_steer_are_replaced() {
        assert_eq!(redact("a\u{1b}[31mb\u{202e}c\nd"), "a\u{fffd}[31mb\u{fffd}c\nd");
    }

    #[test]
    fn credentials_do_not_survive() {
        let rows = [
            ("GET https://ci:hunter2@reg.test/v2/ failed", "GET https://***@reg.test/v2/ failed"),
            ("https://a@b:c@reg.test", "https://***@reg.test"),
            ("Authorization: Bearer abcdefghijklmnop", "Authorization: Bearer ***"),
            ("?token=abc&service=x", "?token=***&service=x"),
            ("oci://reg.test/shop@sha256:00", "oci://reg.test/shop@sha256:00"),
            ("basic auth is refused", "basic auth is refused"),
        ];
        for (text, expected) in rows {
            assert_eq!(redact(text), expected);
        }
    }
}
