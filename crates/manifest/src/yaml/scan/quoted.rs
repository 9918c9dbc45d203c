//! Scans single- and double-quoted scalars.

use crate::problem::Problem;
use crate::yaml::input::problem;
use crate::yaml::node::{Style, Text};
use crate::yaml::scan::Scanner;
use crate::yaml::token::Mark;

/// How a run of characters that are not blank ended.
#[derive(PartialEq)]
enum Run {
    /// At the closing quote, which is still ahead.
    Closed,
    /// At a blank, a line break, or the end of the text.
    Open,
    /// Behind an escaped line break.
    Continued,
}

impl Scanner<'_> {
    pub(super) fn fetch_quoted_scalar(&mut self, is_single: bool) -> Result<(), Problem> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        self.skip();
        let value = self.scan_quoted(is_single, start)?;
        self.skip();
        let style = if is_single { Style::Single } else { Style::Double };
        self.append_scalar(style, value, start, self.mark);
        Ok(())
    }

    fn scan_quoted(&mut self, is_single: bool, start: Mark) -> Result<Text, Problem> {
        if let Some(end) = self.simple_quoted_end(is_single) {
            let from = self.position;
            if end > from {
                self.skip_to(end);
            }
            return Ok(Text::from(self.slice(from, end)));
        }
        let mut text = String::new();
        loop {
            if self.is_document_indicator() {
                return Err(quoted_problem(start, "found unexpected document indicator"));
            }
            if self.byte(0) == 0 {
                return Err(quoted_problem(start, "found unexpected end of stream"));
            }
            let run = self.scan_quoted_run(is_single, start, &mut text)?;
            if run == Run::Closed || self.byte(0) == quote(is_single) {
                return Ok(Text::from(text));
            }
            self.scan_quoted_space(run == Run::Continued, &mut text);
        }
    }

    /// The offset of the closing quote, when the scalar is plain text on one line.
    fn simple_quoted_end(&self, is_single: bool) -> Option<usize> {
        let bytes = &self.text.as_bytes()[self.position..];
        let stop = |byte: &u8| match *byte {
            b'\n' | b'\r' | 0xC2 | 0xE2 => true,
            b'\'' => is_single,
            b'"' | b'\\' => !is_single,
            _ => false,
        };
        let end = bytes.iter().position(stop)?;
        let is_closed =
            bytes[end] == quote(is_single) && !(is_single && bytes.get(end + 1) == Some(&b'\''));
        is_closed.then_some(self.position + end)
    }

    /// Copies characters up to the next blank, break or closing quote.
    fn scan_quoted_run(
        &mut self,
        is_single: bool,
        start: Mark,
        text: &mut String,
    ) -> Result<Run, Problem> {
        while !self.is_blank_or_end(0) {
            match self.byte(0) {
                b'\'' if is_single && self.byte(1) == b'\'' => {
                    text.push('\'');
                    self.skip();
                    self.skip();
                }
                b'\'' if is_single => return Ok(Run::Closed),
                b'"' if !is_single => return Ok(Run::Closed),
                b'\\' if !is_single && self.is_break(1) => {
                    self.skip();
                    self.skip_break();
                    return Ok(Run::Continued);
                }
                b'\\' if !is_single => text.push(self.scan_escape(start)?),
                _ => {
                    let from = self.position;
                    self.skip();
                    self.skip_quoted_run();
                    text.push_str(self.slice(from, self.position));
                }
            }
        }
        Ok(Run::Open)
    }

    /// Steps over characters that mean nothing within quotes.
    fn skip_quoted_run(&mut self) {
        let bytes = &self.text.as_bytes()[self.position..];
        let means = |byte: &u8| {
            matches!(byte, b' ' | b'\t' | b'\n' | b'\r' | b'\'' | b'"' | b'\\' | 0xC2 | 0xE2)
        };
        let length = bytes.iter().position(means).unwrap_or(bytes.len());
        if length > 0 {
            self.skip_to(self.position + length);
        }
    }

    /// Folds blanks and breaks; `was_continued` says that an escaped break stands before.
    fn scan_quoted_space(&mut self, was_continued: bool, text: &mut String) {
        let from = self.position;
        let (mut to, mut leading, mut trailing) = (from, "", String::new());
        let mut has_break = was_continued;
        loop {
            if self.is_blank(0) {
                self.skip();
                if !has_break {
                    to = self.position;
                }
            } else if self.is_break(0) {
                let meaning = self.skip_break();
                if has_break {
                    trailing.push_str(meaning);
                } else {
                    leading = meaning;
                    has_break = true;
                }
            } else {
                break;
            }
        }
        if !has_break {
            text.push_str(self.slice(from, to));
            return;
        }
        if leading != "\n" {
            text.push_str(leading);
        } else if trailing.is_empty() {
            text.push(' ');
        }
        text.push_str(&trailing);
    }

    fn scan_escape(&mut self, start: Mark) -> Result<char, Problem> {
        let meaning = match self.byte(1) {
            b'0' => '\0',
            b'a' => '\x07',
            b'b' => '\x08',
            b't' | b'\t' => '\t',
            b'n' => '\n',
            b'v' => '\x0B',
            b'f' => '\x0C',
            b'r' => '\r',
            b'e' => '\x1B',
            other @ (b' ' | b'"' | b'\'' | b'\\') => char::from(other),
            b'N' => '\u{85}',
            b'_' => '\u{A0}',
            b'L' => '\u{2028}',
            b'P' => '\u{2029}',
            b'x' => return self.scan_code(2, start),
            b'u' => return self.scan_code(4, start),
            b'U' => return self.scan_code(8, start),
            _ => return Err(quoted_problem(self.mark, "found unknown escape character")),
        };
        self.skip();
        self.skip();
        Ok(meaning)
    }

    fn scan_code(&mut self, length: usize, start: Mark) -> Result<char, Problem> {
        let bad_digit = || quoted_problem(start, "did not find expected hexdecimal number");
        self.skip();
        self.skip();
        let mut value = 0u32;
        for _ in 0..length {
            let digit = char::from(self.byte(0)).to_digit(16).ok_or_else(bad_digit)?;
            // Eight digits at most, so nothing is lost.
            value = value << 4 | digit;
            self.skip();
        }
        let message = "found invalid Unicode character escape code";
        char::from_u32(value).ok_or_else(|| quoted_problem(start, message))
    }
}

fn quote(is_single: bool) -> u8 {
    if is_single { b'\'' } else { b'"' }
}

fn quoted_problem(at: Mark, message: &str) -> Problem {
    problem(at, format!("{message} while scanning a quoted scalar"))
}
