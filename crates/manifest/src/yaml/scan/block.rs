//! Scans literal (`|`) and folded (`>`) scalars.

use crate::problem::Problem;
use crate::yaml::input::problem;
use crate::yaml::node::{Style, Text};
use crate::yaml::scan::Scanner;
use crate::yaml::token::Mark;

/// What to do with the line breaks at the end.
#[derive(Clone, Copy, PartialEq)]
enum Chomping {
    Strip,
    Clip,
    Keep,
}

impl Scanner<'_> {
    pub(super) fn fetch_block_scalar(&mut self, is_literal: bool) -> Result<(), Problem> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        let start = self.mark;
        self.skip();
        let (chomping, increment) = self.scan_block_header(start)?;
        let indent = if increment > 0 { self.indent.max(0) + increment } else { 0 };
        let body = Body {
            is_literal,
            start,
            indent,
            end: self.mark,
            text: String::new(),
            trailing: String::new(),
        };
        let (text, end) = body.scan(self, chomping)?;
        let style = if is_literal { Style::Literal } else { Style::Folded };
        self.append_scalar(style, Text::from(text), start, end);
        Ok(())
    }

    /// Reads `|2-  # comment` behind the first character, up to the next line.
    fn scan_block_header(&mut self, start: Mark) -> Result<(Chomping, i32), Problem> {
        let (mut chomping, mut increment) = (None, None);
        loop {
            match self.byte(0) {
                b'-' if chomping.is_none() => chomping = Some(Chomping::Strip),
                b'+' if chomping.is_none() => chomping = Some(Chomping::Keep),
                b'0' if increment.is_none() => {
                    return Err(block_problem(start, "found an indentation indicator equal to 0"));
                }
                digit @ b'1'..=b'9' if increment.is_none() => {
                    increment = Some(i32::from(digit - b'0'));
                }
                _ => break,
            }
            self.skip();
        }
        self.skip_blanks();
        if self.byte(0) == b'#' {
            self.scan_line_comment(start);
        }
        if !self.is_break_or_end(0) {
            return Err(block_problem(start, "did not find expected comment or line break"));
        }
        self.skip_break();
        Ok((chomping.unwrap_or(Chomping::Clip), increment.unwrap_or(0)))
    }
}

/// A block scalar that is being read.
struct Body {
    is_literal: bool,
    start: Mark,
    /// The column of its text; 0 until known.
    indent: i32,
    end: Mark,
    text: String,
    /// Empty lines whose meaning the next line decides.
    trailing: String,
}

impl Body {
    fn scan(
        mut self,
        scanner: &mut Scanner<'_>,
        chomping: Chomping,
    ) -> Result<(String, Mark), Problem> {
        self.skip_empty_lines(scanner)?;
        let mut leading = "";
        let mut was_blank = false;
        while scanner.mark.column == self.indent && scanner.byte(0) != 0 {
            let is_blank = scanner.is_blank(0);
            if !self.is_literal && !was_blank && !is_blank && leading == "\n" {
                if self.trailing.is_empty() {
                    self.text.push(' ');
                }
            } else {
                self.text.push_str(leading);
            }
            self.text.push_str(&self.trailing);
            self.trailing.clear();
            was_blank = is_blank;
            self.take_line(scanner);
            leading = scanner.skip_break();
            self.skip_empty_lines(scanner)?;
        }
        if chomping != Chomping::Strip {
            self.text.push_str(leading);
        }
        if chomping == Chomping::Keep {
            self.text.push_str(&self.trailing);
        }
        Ok((self.text, self.end))
    }

    fn take_line(&mut self, scanner: &mut Scanner<'_>) {
        let (from, newlines) = (scanner.position, scanner.newlines);
        scanner.skip_to(scanner.line_end());
        let line = scanner.slice(from, scanner.position);
        if line.bytes().all(|byte| matches!(byte, b' ' | b'\t')) {
            scanner.newlines = newlines;
        }
        self.text.push_str(line);
    }

    /// Steps over indentation and empty lines; finds out the indentation on the first call.
    fn skip_empty_lines(&mut self, scanner: &mut Scanner<'_>) -> Result<(), Problem> {
        self.end = scanner.mark;
        let mut deepest = 0;
        loop {
            while self.may_indent(scanner) && scanner.byte(0) == b' ' {
                scanner.skip();
            }
            deepest = deepest.max(scanner.mark.column);
            if self.may_indent(scanner) && scanner.byte(0) == b'\t' {
                let message = "found a tab character where an indentation space is expected";
                return Err(block_problem(self.start, message));
            }
            if !scanner.is_break(0) {
                break;
            }
            self.trailing.push_str(scanner.skip_break());
            self.end = scanner.mark;
        }
        if self.indent == 0 {
            self.indent = deepest.max(scanner.indent + 1).max(1);
        }
        Ok(())
    }

    fn may_indent(&self, scanner: &Scanner<'_>) -> bool {
        self.indent == 0 || scanner.mark.column < self.indent
    }
}

fn block_problem(at: Mark, message: &str) -> Problem {
    problem(at, format!("{message} while scanning a block scalar"))
}
