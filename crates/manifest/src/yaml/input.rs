//! Bytes to text that YAML allows.

use std::borrow::Cow;

use crate::problem::Problem;
use crate::yaml::token::Mark;

/// The largest input that is read, in bytes.
pub const MAX_BYTES: usize = 256 << 20;

/// Decodes UTF-8, or UTF-16 behind a byte order mark, and refuses what YAML 1.1 does not print.
///
/// # Errors
///
/// Input that is too large, badly encoded, or holds control characters.
///
/// # Source
///
/// YAML 1.1 §5.1 and §5.2; the order of checks is libyaml's.
pub(super) fn decode(bytes: &[u8], first_line: u32) -> Result<Cow<'_, str>, Problem> {
    let move_down = |problem: Problem| Problem {
        line: problem.line.saturating_add(first_line).saturating_sub(1),
        ..problem
    };
    read(bytes).map_err(move_down)
}

fn read(bytes: &[u8]) -> Result<Cow<'_, str>, Problem> {
    if bytes.len() > MAX_BYTES {
        return Err(problem(Mark::default(), format!("the file is larger than {MAX_BYTES} bytes")));
    }
    let text = match bytes {
        [0xFF, 0xFE, rest @ ..] => Cow::Owned(utf16(rest, u16::from_le_bytes)?),
        [0xFE, 0xFF, rest @ ..] => Cow::Owned(utf16(rest, u16::from_be_bytes)?),
        [0xEF, 0xBB, 0xBF, rest @ ..] => Cow::Borrowed(utf8(rest)?),
        _ => Cow::Borrowed(utf8(bytes)?),
    };
    match forbidden(&text) {
        None => Ok(text),
        Some(at) => Err(problem(place(&text[..at]), "control characters are not allowed".into())),
    }
}

/// The line as the scanner counts it, from 0.
pub(super) fn line_index(line: u32) -> i32 {
    i32::try_from(line.saturating_sub(1)).unwrap_or(i32::MAX / 2).min(i32::MAX / 2)
}

/// Makes a problem; the file is filled in by who knows it.
pub(super) fn problem(at: Mark, message: String) -> Problem {
    let number = |value: i32| u32::try_from(value).unwrap_or(0).saturating_add(1);
    Problem { file: "".into(), line: number(at.line), column: number(at.column), message }
}

fn utf8(bytes: &[u8]) -> Result<&str, Problem> {
    std::str::from_utf8(bytes).map_err(|error| {
        let valid = std::str::from_utf8(&bytes[..error.valid_up_to()]).unwrap_or_default();
        problem(place(valid), "the text is not valid UTF-8".into())
    })
}

fn utf16(bytes: &[u8], read: fn([u8; 2]) -> u16) -> Result<String, Problem> {
    let bad = || problem(Mark::default(), "the text is not valid UTF-16".into());
    let (units, []) = bytes.as_chunks::<2>() else { return Err(bad()) };
    char::decode_utf16(units.iter().map(|unit| read(*unit)))
        .collect::<Result<_, _>>()
        .map_err(|_| bad())
}

/// The byte offset of the first character that may not stand in YAML unescaped.
fn forbidden(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    let mut at = 0;
    while let Some(found) = bytes[at..].iter().position(|byte| SUSPECT[usize::from(*byte)]) {
        at += found;
        match (bytes[at], bytes.get(at + 1), bytes.get(at + 2)) {
            // Of the C1 controls, only the line break U+0085 is allowed.
            (0xC2, Some(0x85 | 0xA0..), _) => at += 2,
            (0xEF, Some(0xBF), Some(0xBE | 0xBF)) => return Some(at),
            (0xEF, ..) => at += 3,
            _ => return Some(at),
        }
    }
    None
}

/// Bytes that are, or may begin, a forbidden character.
static SUSPECT: [bool; 256] = {
    let mut table = [false; 256];
    let mut byte = 0;
    while byte < 0x20 {
        table[byte] = !matches!(byte, 0x09 | 0x0A | 0x0D);
        byte += 1;
    }
    table[0x7F] = true;
    table[0xC2] = true;
    table[0xEF] = true;
    table
};

/// The place right behind a text.
fn place(before: &str) -> Mark {
    let count = |value: usize| i32::try_from(value).unwrap_or(i32::MAX);
    let last_line = before.rsplit('\n').next().unwrap_or_default();
    Mark {
        index: 0,
        line: count(before.bytes().filter(|byte| *byte == b'\n').count()),
        column: count(last_line.chars().count()),
    }
}
