//! Scans `%YAML` and `%TAG` lines.

use crate::problem::Problem;
use crate::yaml::input::problem;
use crate::yaml::node::Text;
use crate::yaml::scan::Scanner;
use crate::yaml::token::{Mark, Token, TokenKind};

impl Scanner<'_> {
    pub(super) fn fetch_directive(&mut self) -> Result<(), Problem> {
        self.leave_content()?;
        let start = self.mark;
        self.skip();
        let name = self.scan_word();
        if name.is_empty() {
            return Err(directive_problem(start, "could not find expected directive name"));
        }
        if !self.is_blank_or_end(0) {
            return Err(directive_problem(start, "found unexpected non-alphabetical character"));
        }
        let token = match name.as_str() {
            "YAML" => self.scan_version(start)?,
            "TAG" => self.scan_tag_directive(start)?,
            _ => return Err(directive_problem(start, "found unknown directive name")),
        };
        self.skip_blanks();
        if self.byte(0) == b'#' {
            self.skip_to(self.line_end());
        }
        if !self.is_break_or_end(0) {
            return Err(directive_problem(start, "did not find expected comment or line break"));
        }
        self.skip_break();
        self.tokens.push_back(token);
        Ok(())
    }

    fn scan_version(&mut self, start: Mark) -> Result<Token, Problem> {
        self.skip_blanks();
        let major = self.scan_version_number(start)?;
        if self.byte(0) != b'.' {
            return Err(directive_problem(start, "did not find expected digit or '.' character"));
        }
        self.skip();
        let minor = self.scan_version_number(start)?;
        let value = Text::from(format!("{major}.{minor}"));
        Ok(Token { value, ..Token::new(TokenKind::VersionDirective, start, self.mark) })
    }

    fn scan_version_number(&mut self, start: Mark) -> Result<u8, Problem> {
        let from = self.position;
        while self.byte(0).is_ascii_digit() {
            self.skip();
        }
        let digits = self.slice(from, self.position);
        if digits.len() > 2 {
            return Err(directive_problem(start, "found extremely long version number"));
        }
        let missing = || directive_problem(start, "did not find expected version number");
        digits.parse().map_err(|_| missing())
    }

    fn scan_tag_directive(&mut self, start: Mark) -> Result<Token, Problem> {
        self.skip_blanks();
        let value = self.scan_tag_handle(true, start)?;
        if !self.is_blank(0) {
            return Err(directive_problem(start, "did not find expected whitespace"));
        }
        self.skip_blanks();
        let suffix = self.scan_uri("", start)?;
        if !self.is_blank_or_end(0) {
            return Err(directive_problem(start, "did not find expected whitespace or line break"));
        }
        Ok(Token { value, suffix, ..Token::new(TokenKind::TagDirective, start, self.mark) })
    }
}

fn directive_problem(at: Mark, message: &str) -> Problem {
    problem(at, format!("{message} while scanning a directive"))
}
