//! One string as a YAML scalar.

use crate::print::analysis::{Analysis, analyze, is_break, is_printable};
use crate::scalar::needs_quotes;

/// Lines are broken at the first single space beyond this column.
const BEST_WIDTH: usize = 80;

/// Where a string stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Place {
    /// A key on the line of its value.
    Key,
    /// Anything else; `parent` is the column of the entries of the enclosing collection.
    Value { parent: Option<usize> },
}

impl Place {
    /// The column at which broken lines go on.
    fn indent(self) -> usize {
        match self {
            Self::Key | Self::Value { parent: None } => 2,
            Self::Value { parent: Some(parent) } => parent + 2,
        }
    }

    fn may_break(self) -> bool {
        self != Self::Key
    }
}

/// Appends a string in the style that go-yaml v2 chooses.
pub(crate) fn write_scalar(out: &mut String, text: &str, place: Place) {
    if is_plainly_plain(text) && !needs_quotes(text) {
        out.push_str(text);
        return;
    }
    let analysis = analyze(text);
    let is_key = place == Place::Key;
    if text.contains('\n') && analysis.may_be_block && !is_key {
        write_literal(out, text, place);
    } else if text.contains('\n') || (is_key && analysis.is_multiline) || needs_quotes(text) {
        write_double(out, text, place);
    } else {
        write_flowing(out, text, place, analysis);
    }
}

/// A quick test for most strings: no character of interest, too short to be broken.
fn is_plainly_plain(text: &str) -> bool {
    !text.is_empty()
        && !text.starts_with('-')
        && text.bytes().all(|byte| {
            matches!(byte, b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'.' | b'_' | b'/')
        })
        && !text.starts_with("...")
}

fn write_flowing(out: &mut String, text: &str, place: Place, analysis: Analysis) {
    let is_quoted = !analysis.may_be_plain;
    if is_quoted && !analysis.may_be_single_quoted {
        return write_double(out, text, place);
    }
    if is_quoted {
        out.push('\'');
    }
    let mut column = column(out);
    let (mut after_space, mut after_break) = (false, false);
    for (at, c) in text.char_indices() {
        let next = text[at + c.len_utf8()..].chars().next();
        let inside = !is_quoted || (at > 0 && next.is_some());
        if c == ' ' {
            let fold = place.may_break() && !after_space && column > BEST_WIDTH && inside;
            if fold && next != Some(' ') {
                column = new_line(out, place);
            } else {
                out.push(' ');
                column += 1;
            }
            after_space = true;
            continue;
        }
        if is_break(c) {
            // Only single-quoted text gets here, and `\n` does not.
            out.push(c);
            (column, after_break) = (0, true);
            continue;
        }
        if after_break {
            pad(out, place.indent());
            column = place.indent();
        }
        if is_quoted && c == '\'' {
            out.push('\'');
            column += 1;
        }
        out.push(c);
        column += 1;
        (after_space, after_break) = (false, false);
    }
    if is_quoted {
        out.push('\'');
    }
}

fn write_double(out: &mut String, text: &str, place: Place) {
    out.push('"');
    let mut column = column(out);
    let mut after_space = false;
    for (at, c) in text.char_indices() {
        let next = text[at + c.len_utf8()..].chars().next();
        if !is_printable(c) || is_break(c) || matches!(c, '"' | '\\') {
            let before = out.len();
            escape(out, c);
            column += out.len() - before;
            after_space = false;
        } else if c == ' ' {
            let inside = at > 0 && next.is_some();
            if place.may_break() && !after_space && column > BEST_WIDTH && inside {
                column = new_line(out, place);
                if next == Some(' ') {
                    out.push('\\');
                    column += 1;
                }
            } else {
                out.push(' ');
                column += 1;
            }
            after_space = true;
        } else {
            out.push(c);
            column += 1;
            after_space = false;
        }
    }
    out.push('"');
}

fn escape(out: &mut String, c: char) {
    use std::fmt::Write as _;
    out.push('\\');
    let short = match c {
        '\0' => '0',
        '\u{7}' => 'a',
        '\u{8}' => 'b',
        '\t' => 't',
        '\n' => 'n',
        '\u{b}' => 'v',
        '\u{c}' => 'f',
        '\r' => 'r',
        '\u{1b}' => 'e',
        '"' => '"',
        '\\' => '\\',
        '\u{85}' => 'N',
        '\u{A0}' => '_',
        '\u{2028}' => 'L',
        '\u{2029}' => 'P',
        _ => {
            let code = u32::from(c);
            let written = match code {
                0..=0xFF => write!(out, "x{code:02X}"),
                0x100..=0xFFFF => write!(out, "u{code:04X}"),
                _ => write!(out, "U{code:08X}"),
            };
            debug_assert!(written.is_ok(), "writing to a string cannot fail");
            return;
        }
    };
    out.push(short);
}

fn write_literal(out: &mut String, text: &str, place: Place) {
    out.push('|');
    if text.starts_with(|c| c == ' ' || is_break(c)) {
        out.push('2');
    }
    let mut backwards = text.chars().rev();
    match (backwards.next().is_some_and(is_break), backwards.next()) {
        (false, _) => out.push('-'),
        (true, None) => out.push('+'),
        (true, Some(before)) if is_break(before) => out.push('+'),
        _ => {}
    }
    out.push('\n');
    let mut at_start = true;
    for line in text.split_inclusive(is_break) {
        if !line.starts_with(is_break) && at_start {
            pad(out, place.indent());
        }
        out.push_str(line);
        at_start = line.ends_with(is_break);
    }
    if out.ends_with('\n') {
        // The caller ends the line.
        out.pop();
    }
}

fn new_line(out: &mut String, place: Place) -> usize {
    out.push('\n');
    pad(out, place.indent());
    place.indent()
}

fn pad(out: &mut String, indent: usize) {
    out.extend(std::iter::repeat_n(' ', indent));
}

/// Characters since the last line break.
fn column(out: &str) -> usize {
    let start = out.rfind('\n').map_or(0, |at| at + 1);
    out[start..].chars().count()
}
