//! Scans plain scalars.

use crate::problem::Problem;
use crate::yaml::input::problem;
use crate::yaml::node::{Style, Text};
use crate::yaml::scan::Scanner;

impl Scanner<'_> {
    pub(super) fn fetch_plain_scalar(&mut self) -> Result<(), Problem> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let (start, mut end) = (self.mark, self.mark);
        let mut lines = Folded::default();
        // The text of the current line is contiguous; only line breaks make a copy necessary.
        let (mut from, mut to) = (self.position, self.position);
        loop {
            if self.is_document_indicator() || self.byte(0) == b'#' {
                break;
            }
            let run_end = self.plain_run_end();
            if run_end > self.position {
                if lines.has_break() {
                    lines.join(self.slice(from, to));
                    from = self.position;
                }
                self.skip_to(run_end);
                to = run_end;
                end = self.mark;
            }
            if !self.is_blank(0) && !self.is_break(0) {
                break;
            }
            self.skip_plain_space(&mut lines)?;
            if self.flow_level == 0 && self.mark.column <= self.indent {
                break;
            }
        }
        if lines.has_break() {
            self.simple_key_allowed = true;
        }
        let value = lines.finish(self.slice(from, to));
        self.append_scalar(Style::Plain, value, start, end);
        Ok(())
    }

    /// The byte offset behind the characters that are neither blank nor end the scalar.
    fn plain_run_end(&self) -> usize {
        let bytes = self.text.as_bytes();
        let mut at = self.position;
        loop {
            let Some(found) = bytes[at..].iter().position(|byte| PLAIN_STOP[usize::from(*byte)])
            else {
                return bytes.len();
            };
            at += found;
            let distance = at - self.position;
            let stops = match bytes[at] {
                b':' => self.is_blank_or_end(distance + 1),
                b',' | b'?' | b'[' | b']' | b'{' | b'}' => self.flow_level > 0,
                _ => self.is_blank_or_end(distance),
            };
            if stops {
                return at;
            }
            at += 1;
        }
    }

    fn skip_plain_space(&mut self, lines: &mut Folded) -> Result<(), Problem> {
        loop {
            if self.is_blank(0) {
                let indents = lines.has_break() && self.mark.column <= self.indent;
                if indents && self.byte(0) == b'\t' {
                    let message = "found a tab character that violates indentation";
                    return Err(problem(self.mark, message.into()));
                }
                self.skip();
            } else if self.is_break(0) {
                lines.push_break(self.skip_break());
            } else {
                return Ok(());
            }
        }
    }
}

/// The lines of a plain or quoted scalar, folded into one where the rules say so.
#[derive(Default)]
pub(super) struct Folded {
    text: String,
    /// The break that ended the last line, if one did.
    leading: &'static str,
    /// The empty lines after it.
    trailing: String,
}

impl Folded {
    pub(super) fn has_break(&self) -> bool {
        !self.leading.is_empty()
    }

    pub(super) fn push_break(&mut self, line_break: &'static str) {
        if self.leading.is_empty() {
            self.leading = line_break;
        } else {
            self.trailing.push_str(line_break);
        }
    }

    /// Adds the line that ended with the pending breaks, and what the breaks mean.
    pub(super) fn join(&mut self, line: &str) {
        self.text.push_str(line);
        if self.leading != "\n" {
            self.text.push_str(self.leading);
        } else if self.trailing.is_empty() {
            self.text.push(' ');
        }
        self.text.push_str(&self.trailing);
        self.trailing.clear();
        self.leading = "";
    }

    fn finish(mut self, line: &str) -> Text {
        if self.text.is_empty() {
            return Text::from(line);
        }
        self.text.push_str(line);
        Text::from(self.text)
    }
}

/// Bytes that end, or may end, a run of plain characters.
static PLAIN_STOP: [bool; 256] = {
    let mut table = [false; 256];
    let stops = b" \t\n\r:,?[]{}";
    let mut at = 0;
    while at < stops.len() {
        table[stops[at] as usize] = true;
        at += 1;
    }
    table[0xC2] = true;
    table[0xE2] = true;
    table
};
