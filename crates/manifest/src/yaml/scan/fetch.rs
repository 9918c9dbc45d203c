//! Decides which token comes next.

use crate::problem::Problem;
use crate::yaml::input::problem;
use crate::yaml::scan::{MAX_NESTING, Scanner, SimpleKey};
use crate::yaml::token::{Mark, Placement, Token, TokenKind};

impl Scanner<'_> {
    /// Puts at least one more token into the queue.
    pub(super) fn fetch_next(&mut self) -> Result<(), Problem> {
        if !self.is_started {
            self.start();
            return Ok(());
        }
        let scan = self.mark;
        self.skip_to_token();
        self.unroll_indent(self.mark.column, scan);
        if self.byte(0) == 0 {
            return self.fetch_stream_end();
        }
        if self.mark.column == 0 && self.byte(0) == b'%' {
            return self.fetch_directive();
        }
        if self.is_document_indicator() {
            return self.fetch_document_indicator();
        }
        let follows = if self.flow_level == 0 { b':' } else { b',' };
        let tied_to = match self.tokens.back() {
            // A comment behind `:` or `,` belongs to what stands before.
            Some(token) if self.byte(0) == follows => token.start,
            _ => self.mark,
        };
        self.fetch_content()?;
        // A comment behind `-` becomes the head of whatever follows.
        if self.tokens.back().is_none_or(|token| token.kind != TokenKind::BlockEntry) {
            self.scan_line_comment(tied_to);
        }
        Ok(())
    }

    fn fetch_content(&mut self) -> Result<(), Problem> {
        let in_flow = self.flow_level > 0;
        match self.byte(0) {
            b'[' => self.fetch_flow_start(TokenKind::FlowSequenceStart),
            b'{' => self.fetch_flow_start(TokenKind::FlowMappingStart),
            b']' => self.fetch_flow_end(TokenKind::FlowSequenceEnd),
            b'}' => self.fetch_flow_end(TokenKind::FlowMappingEnd),
            b',' => self.fetch_flow_entry(),
            b'-' if self.is_blank_or_end(1) => self.fetch_block_entry(),
            b'?' if in_flow || self.is_blank_or_end(1) => self.fetch_key(),
            b':' if in_flow || self.is_blank_or_end(1) => self.fetch_value(),
            b'*' => self.fetch_anchor(TokenKind::Alias),
            b'&' => self.fetch_anchor(TokenKind::Anchor),
            b'!' => self.fetch_tag(),
            b'|' if !in_flow => self.fetch_block_scalar(true),
            b'>' if !in_flow => self.fetch_block_scalar(false),
            b'\'' => self.fetch_quoted_scalar(true),
            b'"' => self.fetch_quoted_scalar(false),
            b'#' | b'|' | b'>' | b'%' | b'@' | b'`' | b'\t' => Err(self.no_token()),
            _ => self.fetch_plain_scalar(),
        }
    }

    fn no_token(&self) -> Problem {
        problem(self.mark, "found character that cannot start any token".into())
    }

    fn start(&mut self) {
        self.simple_keys.push(SimpleKey::default());
        self.simple_key_allowed = true;
        self.is_started = true;
        self.append(TokenKind::StreamStart, self.mark);
    }

    fn fetch_stream_end(&mut self) -> Result<(), Problem> {
        if self.mark.column != 0 {
            self.mark.column = 0;
            self.mark.line += 1;
        }
        self.leave_content()?;
        self.append(TokenKind::StreamEnd, self.mark);
        self.is_ended = true;
        Ok(())
    }

    /// Closes all block collections, as directives, document markers and the end do.
    pub(super) fn leave_content(&mut self) -> Result<(), Problem> {
        self.unroll_indent(-1, self.mark);
        self.remove_simple_key()?;
        self.simple_key_allowed = false;
        Ok(())
    }

    fn fetch_document_indicator(&mut self) -> Result<(), Problem> {
        let kind =
            if self.byte(0) == b'-' { TokenKind::DocumentStart } else { TokenKind::DocumentEnd };
        self.leave_content()?;
        let start = self.mark;
        self.skip_to(self.position + 3);
        self.append(kind, start);
        Ok(())
    }

    fn append_indicator(&mut self, kind: TokenKind) {
        let start = self.mark;
        self.skip();
        self.append(kind, start);
    }

    fn fetch_flow_start(&mut self, kind: TokenKind) -> Result<(), Problem> {
        self.save_simple_key()?;
        let token = self.next_number();
        self.simple_keys.push(SimpleKey { token, mark: self.mark, ..SimpleKey::default() });
        self.flow_level += 1;
        if self.flow_level > MAX_NESTING {
            return Err(problem(self.mark, format!("exceeded max depth of {MAX_NESTING}")));
        }
        self.simple_key_allowed = true;
        self.append_indicator(kind);
        Ok(())
    }

    fn fetch_flow_end(&mut self, kind: TokenKind) -> Result<(), Problem> {
        self.remove_simple_key()?;
        if self.flow_level > 0 {
            self.flow_level -= 1;
            self.simple_keys.pop();
        }
        self.simple_key_allowed = false;
        self.append_indicator(kind);
        Ok(())
    }

    fn fetch_flow_entry(&mut self) -> Result<(), Problem> {
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.append_indicator(TokenKind::FlowEntry);
        Ok(())
    }

    fn fetch_block_entry(&mut self) -> Result<(), Problem> {
        if self.flow_level == 0 {
            self.expect_key_allowed("block sequence entries")?;
            self.roll_indent(self.mark.column, None, TokenKind::BlockSequenceStart, self.mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = true;
        self.append_indicator(TokenKind::BlockEntry);
        Ok(())
    }

    fn fetch_key(&mut self) -> Result<(), Problem> {
        if self.flow_level == 0 {
            self.expect_key_allowed("mapping keys")?;
            self.roll_indent(self.mark.column, None, TokenKind::BlockMappingStart, self.mark)?;
        }
        self.remove_simple_key()?;
        self.simple_key_allowed = self.flow_level == 0;
        self.append_indicator(TokenKind::Key);
        Ok(())
    }

    fn fetch_value(&mut self) -> Result<(), Problem> {
        let last = self.simple_keys.len() - 1;
        if self.is_key_valid(last)? {
            let key = self.simple_keys[last];
            let token = Token::new(TokenKind::Key, key.mark, key.mark);
            self.tokens.insert(key.token.saturating_sub(self.parsed), token);
            let start = TokenKind::BlockMappingStart;
            self.roll_indent(key.mark.column, Some(key.token), start, key.mark)?;
            self.simple_keys[last].possible = false;
            self.simple_key_allowed = false;
        } else {
            if self.flow_level == 0 {
                self.expect_key_allowed("mapping values")?;
                self.roll_indent(self.mark.column, None, TokenKind::BlockMappingStart, self.mark)?;
            }
            self.simple_key_allowed = self.flow_level == 0;
        }
        self.append_indicator(TokenKind::Value);
        Ok(())
    }

    fn expect_key_allowed(&self, what: &str) -> Result<(), Problem> {
        if self.simple_key_allowed {
            return Ok(());
        }
        Err(problem(self.mark, format!("{what} are not allowed in this context")))
    }

    /// Steps over blanks, breaks and comments.
    fn skip_to_token(&mut self) {
        let scan = self.mark;
        loop {
            if self.position == 0 && self.text.starts_with('\u{FEFF}') {
                self.skip();
            }
            // Tabs may separate, but not indent.
            while self.byte(0) == b' '
                || self.byte(0) == b'\t' && (self.flow_level > 0 || !self.simple_key_allowed)
            {
                self.skip();
            }
            self.make_head_of_entry_comment();
            if self.byte(0) == b'#' {
                self.scan_comments(scan);
            }
            if !self.is_break(0) {
                return;
            }
            self.skip_break();
            if self.flow_level == 0 {
                self.simple_key_allowed = true;
            }
        }
    }

    /// Turns the comment behind the first `-` of a sequence into a head of what follows.
    fn make_head_of_entry_comment(&mut self) {
        let Some(comment) = self.comments.last_mut() else { return };
        if comment.placement != Placement::Line || comment.text.is_empty() {
            return;
        }
        let count = self.tokens.len();
        let kind = |back: usize| self.tokens.get(count.wrapping_sub(back)).map(|token| token.kind);
        if kind(2) != Some(TokenKind::BlockSequenceStart) || kind(1) != Some(TokenKind::BlockEntry)
        {
            return;
        }
        let here = self.mark;
        if self.is_break(0) {
            return;
        }
        if let Some(comment) = self.comments.last_mut() {
            comment.placement = Placement::Head;
            if comment.start.line == here.line - 1 {
                comment.token = here;
            }
        }
    }

    /// The mark where a block ends: before the comments that are its feet.
    pub(super) fn end_before_feet(&self, end: Mark) -> Mark {
        let mut at = end;
        let mut stop = end.index;
        for comment in self.comments.iter().rev() {
            if comment.end.index < stop {
                break;
            }
            if comment.start.column == self.indent + 1 {
                at = comment.start;
            }
            stop = comment.scan.index;
        }
        at
    }
}
