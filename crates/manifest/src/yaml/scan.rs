//! Text to tokens.
//!
//! A scanner that accepts and refuses what libyaml as kept in go-yaml does, comments included.
//!
//! # Source
//!
//! YAML 1.1; go.yaml.in/yaml/v3 v3.0.3 `scannerc.go` (MIT, Kirill Simonov and Canonical Ltd) for the
//! token look-ahead, the simple-key rules and the placement of comments.

use std::collections::VecDeque;

use crate::problem::Problem;
use crate::yaml::input::{line_index, problem};
use crate::yaml::node::{Style, Text};
use crate::yaml::parse::Options;
use crate::yaml::token::{Comment, Mark, Token, TokenKind};

mod block;
mod comment;
mod cursor;
mod directive;
mod fetch;
mod plain;
mod property;
mod quoted;

/// Reads tokens from a text, one call at a time.
#[expect(clippy::struct_excessive_bools, reason = "independent facts about the scan")]
pub(super) struct Scanner<'a> {
    text: &'a str,
    /// Byte offset into `text`.
    position: usize,
    /// The same place in characters.
    mark: Mark,
    first_line: i32,
    /// Line breaks since the last character that is neither blank nor break.
    newlines: i32,
    keeps_comments: bool,
    tokens: VecDeque<Token>,
    /// How many tokens were handed out.
    parsed: usize,
    is_started: bool,
    is_ended: bool,
    /// The column of the innermost block collection; -1 outside of all.
    indent: i32,
    indents: Vec<i32>,
    flow_level: usize,
    simple_key_allowed: bool,
    /// One possible key without `?` for each flow level, block context first.
    simple_keys: Vec<SimpleKey>,
    pub(super) comments: Vec<Comment>,
    pub(super) comments_done: usize,
}

/// A place where a key may have begun, until `:` or the end of the line decides.
#[derive(Clone, Copy, Default)]
struct SimpleKey {
    possible: bool,
    required: bool,
    token: usize,
    mark: Mark,
}

/// How many block collections may be open inside each other; go-yaml allows 10,000.
const MAX_NESTING: usize = 10_000;

/// A key without `?` must be followed by `:` within this many characters.
const MAX_SIMPLE_KEY: i32 = 1024;

/// Tokens that must be known behind the current one before its comments are settled.
const LOOK_AHEAD: usize = 2;

impl<'a> Scanner<'a> {
    /// Starts at the beginning of `text`.
    pub(super) fn new(text: &'a str, options: Options) -> Self {
        let first_line = line_index(options.first_line);
        Self {
            text,
            position: 0,
            mark: Mark { line: first_line, ..Mark::default() },
            first_line,
            newlines: 0,
            keeps_comments: options.comments,
            tokens: VecDeque::with_capacity(16),
            parsed: 0,
            is_started: false,
            is_ended: false,
            indent: -1,
            indents: Vec::new(),
            flow_level: 0,
            simple_key_allowed: false,
            simple_keys: Vec::new(),
            comments: Vec::new(),
            comments_done: 0,
        }
    }

    /// The next token, left in place.
    pub(super) fn peek(&mut self) -> Result<&mut Token, Problem> {
        while self.needs_more()? {
            self.fetch_next()?;
        }
        Ok(self.tokens.front_mut().expect("the stream end stays in the queue"))
    }

    /// Hands out the next token; must follow [`Scanner::peek`]. The stream end is never handed out.
    pub(super) fn skip_token(&mut self) {
        if self.tokens.front().is_some_and(|token| token.kind != TokenKind::StreamEnd) {
            self.tokens.pop_front();
            self.parsed += 1;
        }
    }

    fn needs_more(&mut self) -> Result<bool, Problem> {
        if self.is_ended {
            return Ok(false);
        }
        if self.tokens.len() <= LOOK_AHEAD {
            return Ok(true);
        }
        // A key that may begin at the head must be decided first: KEY would go before it.
        let first = self.simple_keys.partition_point(|key| key.token < self.parsed);
        for at in first..self.simple_keys.len() {
            if self.simple_keys[at].token != self.parsed {
                break;
            }
            if self.simple_keys[at].possible {
                return self.is_key_valid(at);
            }
        }
        Ok(false)
    }

    /// Whether a possible key is still possible; drops it when its line is over.
    fn is_key_valid(&mut self, at: usize) -> Result<bool, Problem> {
        let key = self.simple_keys[at];
        if !key.possible {
            return Ok(false);
        }
        let too_far = key.mark.index + MAX_SIMPLE_KEY < self.mark.index;
        if key.mark.line < self.mark.line || too_far {
            if key.required {
                return Err(missing_colon(key.mark));
            }
            self.simple_keys[at].possible = false;
            return Ok(false);
        }
        Ok(true)
    }

    fn save_simple_key(&mut self) -> Result<(), Problem> {
        if !self.simple_key_allowed {
            return Ok(());
        }
        let required = self.flow_level == 0 && self.indent == self.mark.column;
        self.remove_simple_key()?;
        let key =
            SimpleKey { possible: true, required, token: self.next_number(), mark: self.mark };
        if let Some(last) = self.simple_keys.last_mut() {
            *last = key;
        }
        Ok(())
    }

    fn remove_simple_key(&mut self) -> Result<(), Problem> {
        match self.simple_keys.last_mut() {
            Some(key) if key.possible && key.required => Err(missing_colon(key.mark)),
            Some(key) => {
                key.possible = false;
                Ok(())
            }
            None => Ok(()),
        }
    }

    /// The number that the next appended token gets.
    fn next_number(&self) -> usize {
        self.parsed + self.tokens.len()
    }

    fn append(&mut self, kind: TokenKind, start: Mark) {
        self.tokens.push_back(Token::new(kind, start, self.mark));
    }

    fn append_scalar(&mut self, style: Style, value: Text, start: Mark, end: Mark) {
        let token = Token { style, value, ..Token::new(TokenKind::Scalar, start, end) };
        self.tokens.push_back(token);
    }

    /// Opens a block collection when `column` is deeper than the current one.
    ///
    /// `number` says before which token its start belongs; `None` is the end of the queue.
    fn roll_indent(
        &mut self,
        column: i32,
        number: Option<usize>,
        kind: TokenKind,
        mark: Mark,
    ) -> Result<(), Problem> {
        if self.flow_level > 0 || self.indent >= column {
            return Ok(());
        }
        self.indents.push(self.indent);
        self.indent = column;
        if self.indents.len() > MAX_NESTING {
            return Err(problem(mark, format!("exceeded max depth of {MAX_NESTING}")));
        }
        let token = Token::new(kind, mark, mark);
        match number {
            Some(number) => self.tokens.insert(number.saturating_sub(self.parsed), token),
            None => self.tokens.push_back(token),
        }
        Ok(())
    }

    /// Closes the block collections that are deeper than `column`.
    fn unroll_indent(&mut self, column: i32, scan: Mark) {
        if self.flow_level > 0 {
            return;
        }
        let mut at = Mark { index: scan.index - 1, ..scan };
        while self.indent > column {
            at = self.end_before_feet(at);
            self.tokens.push_back(Token::new(TokenKind::BlockEnd, at, at));
            self.indent = self.indents.pop().unwrap_or(-1);
        }
    }
}

fn missing_colon(at: Mark) -> Problem {
    problem(at, "could not find expected ':' while scanning a simple key".into())
}
