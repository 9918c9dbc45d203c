//! Scans anchors, aliases and tags.

use crate::problem::Problem;
use crate::yaml::input::problem;
use crate::yaml::node::Text;
use crate::yaml::scan::Scanner;
use crate::yaml::token::{Mark, Token, TokenKind};

impl Scanner<'_> {
    pub(super) fn fetch_anchor(&mut self, kind: TokenKind) -> Result<(), Problem> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        self.skip();
        let name = self.scan_word();
        let ends = self.is_blank_or_end(0)
            || matches!(self.byte(0), b'?' | b':' | b',' | b']' | b'}' | b'%' | b'@' | b'`');
        if name.is_empty() || !ends {
            let what = if kind == TokenKind::Anchor { "an anchor" } else { "an alias" };
            let message = format!(
                "did not find expected alphabetic or numeric character while scanning {what}"
            );
            return Err(problem(start, message));
        }
        self.tokens.push_back(Token { value: name, ..Token::new(kind, start, self.mark) });
        Ok(())
    }

    pub(super) fn fetch_tag(&mut self) -> Result<(), Problem> {
        self.save_simple_key()?;
        self.simple_key_allowed = false;
        let start = self.mark;
        let (value, suffix) = self.scan_tag(start)?;
        if !self.is_blank_or_end(0) {
            let message = "did not find expected whitespace or line break while scanning a tag";
            return Err(problem(start, message.into()));
        }
        self.tokens.push_back(Token {
            value,
            suffix,
            ..Token::new(TokenKind::Tag, start, self.mark)
        });
        Ok(())
    }

    /// The handle and the suffix of `!<uri>`, `!handle!suffix`, `!suffix` or `!`.
    fn scan_tag(&mut self, start: Mark) -> Result<(Text, Text), Problem> {
        if self.byte(1) == b'<' {
            self.skip();
            self.skip();
            let uri = self.scan_uri("", start)?;
            if self.byte(0) != b'>' {
                let message = "did not find the expected '>' while scanning a tag";
                return Err(problem(start, message.into()));
            }
            self.skip();
            return Ok((Text::const_new(""), uri));
        }
        let handle = self.scan_tag_handle(false, start)?;
        if handle.len() > 1 && handle.ends_with('!') {
            let suffix = self.scan_uri("", start)?;
            return Ok((handle, suffix));
        }
        // It was not a handle but the beginning of the suffix.
        let suffix = self.scan_uri(&handle, start)?;
        if suffix.is_empty() {
            return Ok((suffix, Text::const_new("!")));
        }
        Ok((Text::const_new("!"), suffix))
    }

    pub(super) fn scan_tag_handle(
        &mut self,
        in_directive: bool,
        start: Mark,
    ) -> Result<Text, Problem> {
        let missing = || problem(start, "did not find expected '!' while scanning a tag".into());
        if self.byte(0) != b'!' {
            return Err(missing());
        }
        let from = self.position;
        self.skip();
        self.scan_word();
        if self.byte(0) == b'!' {
            self.skip();
        } else if in_directive && self.position - from > 1 {
            return Err(missing());
        }
        Ok(Text::from(self.slice(from, self.position)))
    }

    /// Reads a URI; `head` is what was read of it already, with its `!`.
    pub(super) fn scan_uri(&mut self, head: &str, start: Mark) -> Result<Text, Problem> {
        let mut uri = head.strip_prefix('!').unwrap_or(head).as_bytes().to_vec();
        let mut is_empty = head.is_empty();
        loop {
            match self.byte(0) {
                b'%' => self.scan_uri_escape(start, &mut uri)?,
                byte if is_uri(byte) => {
                    uri.push(byte);
                    self.skip();
                }
                _ => break,
            }
            is_empty = false;
        }
        if is_empty {
            return Err(problem(start, "did not find expected tag URI".into()));
        }
        let message = "found an incorrect UTF-8 octet while scanning a tag";
        Text::from_utf8(uri).map_err(|_| problem(start, message.into()))
    }

    /// Reads the `%xx` that make one character.
    fn scan_uri_escape(&mut self, start: Mark, uri: &mut Vec<u8>) -> Result<(), Problem> {
        let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|it| u8::try_from(it).ok());
        let (Some(high), Some(low)) = (digit(self.byte(1)), digit(self.byte(2))) else {
            let message = "did not find URI escaped octet while scanning a tag";
            return Err(problem(start, message.into()));
        };
        uri.push(high << 4 | low);
        self.skip_to(self.position + 3);
        Ok(())
    }

    /// Reads letters, digits, `_` and `-`.
    pub(super) fn scan_word(&mut self) -> Text {
        let bytes = &self.text.as_bytes()[self.position..];
        let length = bytes.iter().position(|byte| !is_word(*byte)).unwrap_or(bytes.len());
        let from = self.position;
        if length > 0 {
            self.skip_to(from + length);
        }
        Text::from(self.slice(from, self.position))
    }
}

pub(super) fn is_word(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || matches!(byte, b'_' | b'-')
}

fn is_uri(byte: u8) -> bool {
    is_word(byte) || b";/?:@&=+$,.!~*'()[]".contains(&byte)
}
