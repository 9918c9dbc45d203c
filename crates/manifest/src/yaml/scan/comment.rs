//! Collects comments and decides what they belong to: head, line or foot.
//!
//! The rules are go-yaml v3's, oddities included, because kustomize's users see their results.

use crate::yaml::scan::Scanner;
use crate::yaml::token::{Comment, Mark, Placement, TokenKind};

/// How far a comment may be away from what stands before it, in bytes.
const REACH: usize = 512;

impl Scanner<'_> {
    /// Takes in a comment at the end of the current line.
    pub(super) fn scan_line_comment(&mut self, token: Mark) {
        if self.newlines > 0 {
            return;
        }
        let blanks = (0..REACH).find(|at| !self.is_blank(*at)).unwrap_or(REACH);
        if self.byte(blanks) != b'#' || blanks == REACH {
            return;
        }
        for _ in 0..blanks {
            self.skip();
        }
        let start = self.mark;
        let text = self.comment_text();
        if self.keeps_comments {
            let none = Mark::default();
            let placement = Placement::Line;
            self.comments.push(Comment { scan: none, token, start, end: none, placement, text });
        }
    }

    /// Takes in the comment lines that begin here.
    pub(super) fn scan_comments(&mut self, scan: Mark) {
        if self.keeps_comments {
            Block::begin(self, scan).scan(self);
        } else {
            self.skip_to(self.line_end());
        }
    }

    fn comment_text(&mut self) -> String {
        let from = self.position;
        self.skip_to(self.line_end());
        self.slice(from, self.position).to_owned()
    }
}

/// Comment lines that are being read.
struct Block {
    scan: Mark,
    token: Mark,
    is_behind_colon: bool,
    start: Mark,
    text: String,
    /// The line on which a comment must begin to be the foot of what stands before.
    foot_line: i32,
    first_empty: bool,
    recent_empty: bool,
    next_indent: i32,
    /// Bytes looked ahead from the scanner's place.
    peek: usize,
    line: i32,
    column: i32,
}

/// Whether to go on looking.
enum Step {
    Next,
    Done,
}

impl Block {
    fn begin(scanner: &Scanner<'_>, scan: Mark) -> Self {
        let last = scanner.tokens.len().saturating_sub(1);
        let token = match scanner.tokens.get(last) {
            Some(token) if token.kind == TokenKind::FlowEntry && last > 0 => {
                scanner.tokens.get(last - 1)
            }
            token => token,
        };
        let mut foot_line = -1;
        if scan.line > scanner.first_line {
            foot_line = scanner.mark.line - scanner.newlines + 1;
            if scanner.newlines == 0 && scanner.mark.column > 1 {
                foot_line += 1;
            }
        }
        Self {
            scan,
            token: token.map_or(Mark::default(), |token| token.start),
            is_behind_colon: token.is_some_and(|token| token.kind == TokenKind::Value),
            start: Mark::default(),
            text: String::new(),
            foot_line,
            first_empty: scanner.newlines <= 1,
            recent_empty: false,
            next_indent: scanner.indent.max(0),
            peek: 0,
            line: scanner.mark.line,
            column: scanner.mark.column,
        }
    }

    fn scan(mut self, scanner: &mut Scanner<'_>) {
        while self.peek < REACH {
            self.column += 1;
            if !scanner.is_blank(self.peek) {
                match self.step(scanner) {
                    Step::Next => {}
                    Step::Done => break,
                }
            }
            self.peek += 1;
        }
        if !self.text.is_empty() {
            self.token = self.start;
            self.peek = self.peek.wrapping_sub(1);
            self.hand_over(scanner, Placement::Head);
        }
    }

    fn step(&mut self, scanner: &mut Scanner<'_>) -> Step {
        let byte = scanner.byte(self.peek);
        let closes_flow = scanner.flow_level > 0 && matches!(byte, b']' | b'}');
        if closes_flow || scanner.is_break_or_end(self.peek) {
            if closes_flow || !self.recent_empty {
                self.end_of_line(scanner, closes_flow);
            }
            if !scanner.is_break(self.peek) {
                return Step::Done;
            }
            self.first_empty = false;
            self.recent_empty = true;
            self.column = 0;
            self.line += 1;
            return Step::Next;
        }
        // A comment that is dedented further belongs to the outer data before it.
        let dedents = self.column - 1 < self.next_indent && self.column != self.start.column;
        if !self.text.is_empty() && dedents {
            self.split_foot(scanner);
        }
        if byte != b'#' {
            return Step::Done;
        }
        self.take_line(scanner);
        Step::Next
    }

    fn end_of_line(&mut self, scanner: &mut Scanner<'_>, closes_flow: bool) {
        let is_dedented = self.start.column - 1 < self.next_indent;
        let is_close = self.start.line == self.foot_line && !self.is_behind_colon;
        if closes_flow || self.first_empty && (is_close || is_dedented) {
            // No empty line above: this part is the foot of what stands before.
            if !self.text.is_empty() {
                if is_dedented {
                    self.token = self.start;
                }
                self.split_foot(scanner);
            }
        } else if !self.text.is_empty() && scanner.byte(self.peek) != 0 {
            self.text.push('\n');
        }
    }

    fn take_line(&mut self, scanner: &mut Scanner<'_>) {
        if self.text.is_empty() {
            self.start = self.here(scanner);
        } else {
            self.text.push('\n');
        }
        self.recent_empty = false;
        let target = scanner.position + self.peek;
        while scanner.position < target {
            if scanner.is_break(0) {
                scanner.skip_break();
            } else {
                scanner.skip();
            }
        }
        let from = scanner.position;
        scanner.skip_to(scanner.line_end());
        self.text.push_str(scanner.slice(from, scanner.position));
        // The line break at the current place counts as seen.
        self.peek = 0;
        self.column = 0;
        self.line = scanner.mark.line;
        self.next_indent = scanner.indent.max(0);
    }

    fn split_foot(&mut self, scanner: &mut Scanner<'_>) {
        self.hand_over(scanner, Placement::Foot);
        let here = self.here(scanner);
        self.scan = here;
        self.token = here;
    }

    fn hand_over(&mut self, scanner: &mut Scanner<'_>, placement: Placement) {
        scanner.comments.push(Comment {
            scan: self.scan,
            token: self.token,
            start: self.start,
            end: self.here(scanner),
            placement,
            text: std::mem::take(&mut self.text),
        });
    }

    /// The place that is looked at.
    fn here(&self, scanner: &Scanner<'_>) -> Mark {
        let ahead = i32::try_from(self.peek.cast_signed()).unwrap_or(0);
        Mark { index: scanner.mark.index + ahead, line: self.line, column: self.column }
    }
}
