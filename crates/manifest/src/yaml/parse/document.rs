//! Documents and their directives.

use crate::problem::Problem;
use crate::yaml::input::problem;
use crate::yaml::node::{Node, Text};
use crate::yaml::parse::{Parser, empty};
use crate::yaml::token::{Mark, TokenKind};

impl Parser<'_> {
    /// Reads the next document; `None` at the end of the stream.
    pub(super) fn document(&mut self) -> Result<Option<Node>, Problem> {
        let is_first = !self.is_started;
        if is_first {
            self.peek()?;
            self.skip();
            self.is_started = true;
        }
        let (mut kind, _) = self.peek()?;
        while !is_first && kind == TokenKind::DocumentEnd {
            self.skip();
            (kind, _) = self.peek()?;
        }
        if kind == TokenKind::StreamEnd {
            return Ok(None);
        }
        let is_explicit = matches!(
            kind,
            TokenKind::VersionDirective | TokenKind::TagDirective | TokenKind::DocumentStart
        );
        let mut above = String::new();
        self.anchors.clear();
        self.directives()?;
        let mut root = if is_first && !is_explicit {
            above = self.split_head();
            self.node(true, false)?
        } else {
            self.document_start()?;
            self.document_content()?
        };
        let below = self.document_end()?;
        if !above.is_empty() || !below.is_empty() {
            let comments = root.comments.get_or_insert_default();
            comments.above = above;
            comments.below = below;
        }
        Ok(Some(root))
    }

    fn document_start(&mut self) -> Result<(), Problem> {
        let (kind, start) = self.peek()?;
        if kind != TokenKind::DocumentStart {
            return Err(problem(start, "did not find expected <document start>".into()));
        }
        self.skip();
        Ok(())
    }

    fn document_content(&mut self) -> Result<Node, Problem> {
        let (kind, start) = self.peek()?;
        match kind {
            TokenKind::VersionDirective
            | TokenKind::TagDirective
            | TokenKind::DocumentStart
            | TokenKind::DocumentEnd
            | TokenKind::StreamEnd => Ok(empty(start)),
            _ => self.node(true, false),
        }
    }

    /// Ends the document and returns the comments left over.
    fn document_end(&mut self) -> Result<String, Problem> {
        let (kind, _) = self.peek()?;
        if kind == TokenKind::DocumentEnd {
            self.skip();
        }
        self.handles.clear();
        let comments = self.take_comments().unwrap_or_default();
        Ok(if comments.foot.is_empty() { comments.head } else { comments.foot })
    }

    /// Splits the comments before the content at their last empty line: what is above belongs to
    /// the document, what is below to its first node.
    fn split_head(&mut self) -> String {
        let bytes = self.head.as_bytes();
        for at in (1..bytes.len()).rev() {
            if bytes[at] != b'\n' {
                continue;
            }
            let end = if at == bytes.len() - 1 {
                at
            } else if bytes[at - 1] == b'\n' {
                at - 1
            } else {
                continue;
            };
            let rest = self.head.split_off(at + 1);
            self.head.truncate(end);
            return std::mem::replace(&mut self.head, rest);
        }
        String::new()
    }

    fn directives(&mut self) -> Result<(), Problem> {
        let mut has_version = false;
        loop {
            let (kind, start) = self.peek()?;
            let token = self.scanner.peek()?;
            let (value, suffix) = (token.value.clone(), token.suffix.clone());
            match kind {
                TokenKind::VersionDirective if has_version => {
                    return Err(problem(start, "found duplicate %YAML directive".into()));
                }
                TokenKind::VersionDirective if value != "1.1" => {
                    return Err(problem(start, "found incompatible YAML document".into()));
                }
                TokenKind::VersionDirective => has_version = true,
                TokenKind::TagDirective => self.add_handle(value, suffix, start)?,
                _ => break,
            }
            self.skip();
        }
        for (handle, prefix) in [("!", "!"), ("!!", "tag:yaml.org,2002:")] {
            if !self.handles.iter().any(|(known, _)| known == handle) {
                self.handles.push((handle.into(), prefix.into()));
            }
        }
        Ok(())
    }

    fn add_handle(&mut self, handle: Text, prefix: Text, at: Mark) -> Result<(), Problem> {
        if self.handles.iter().any(|(known, _)| *known == handle) {
            return Err(problem(at, "found duplicate %TAG directive".into()));
        }
        self.handles.push((handle, prefix));
        Ok(())
    }
}
