//! Sequences and mappings.

use crate::problem::Problem;
use crate::yaml::input::problem;
use crate::yaml::node::{Comments, Kind, Node, Style, Tag};
use crate::yaml::parse::{Parser, Properties, empty, place};
use crate::yaml::token::{Mark, TokenKind};

impl Parser<'_> {
    pub(super) fn block_sequence(
        &mut self,
        properties: Properties,
        start: Mark,
    ) -> Result<Node, Problem> {
        let mut sequence = open(Kind::Sequence, Style::Plain, properties, start);
        sequence.comments = self.take_stem();
        let (_, begin) = self.peek()?;
        self.skip();
        loop {
            let (kind, at) = self.peek()?;
            match kind {
                TokenKind::BlockEntry => {
                    let ends = |kind| matches!(kind, TokenKind::BlockEntry | TokenKind::BlockEnd);
                    sequence.content.push(self.block_item(ends)?);
                }
                TokenKind::BlockEnd => {
                    self.skip();
                    return Ok(sequence);
                }
                _ => {
                    let message = "did not find expected '-' indicator";
                    return Err(while_parsing(message, at, "a block collection", begin));
                }
            }
        }
    }

    /// A sequence whose dashes stand in the column of the key it belongs to.
    pub(super) fn indentless_sequence(
        &mut self,
        properties: Properties,
        start: Mark,
    ) -> Result<Node, Problem> {
        let mut sequence = open(Kind::Sequence, Style::Plain, properties, start);
        while self.peek()?.0 == TokenKind::BlockEntry {
            let ends = |kind| {
                use TokenKind::{BlockEnd, BlockEntry, Key, Value};
                matches!(kind, BlockEntry | Key | Value | BlockEnd)
            };
            sequence.content.push(self.block_item(ends)?);
        }
        Ok(sequence)
    }

    fn block_item(&mut self, ends: impl Fn(TokenKind) -> bool) -> Result<Node, Problem> {
        let end = self.scanner.peek()?.end;
        let stem_length = self.head.len();
        self.skip();
        let (kind, _) = if stem_length > 0 { self.split_stem(stem_length)? } else { self.peek()? };
        if ends(kind) { Ok(empty(end)) } else { self.node(true, false) }
    }

    /// Moves the comment in front of the dash aside when a collection follows: it is about all of
    /// it, not about its first entry.
    fn split_stem(&mut self, length: usize) -> Result<(TokenKind, Mark), Problem> {
        let next = self.peek()?;
        if matches!(next.0, TokenKind::BlockSequenceStart | TokenKind::BlockMappingStart) {
            let rest = self.head.get(length + 1..).unwrap_or_default().to_owned();
            self.head.truncate(length);
            self.stem = std::mem::replace(&mut self.head, rest);
        }
        Ok(next)
    }

    fn take_stem(&mut self) -> Option<Box<Comments>> {
        if self.stem.is_empty() {
            return None;
        }
        let head = std::mem::take(&mut self.stem);
        Some(Box::new(Comments { head, ..Comments::default() }))
    }

    pub(super) fn block_mapping(
        &mut self,
        properties: Properties,
        start: Mark,
    ) -> Result<Node, Problem> {
        let mut mapping = open(Kind::Mapping, Style::Plain, properties, start);
        mapping.comments = self.take_stem();
        let (_, begin) = self.peek()?;
        self.skip();
        loop {
            let (kind, at) = self.peek()?;
            match kind {
                TokenKind::Key => {
                    let key = self.block_part()?;
                    add_key(&mut mapping, key, true);
                    let value = match self.peek()? {
                        (TokenKind::Value, _) => self.block_part()?,
                        (_, at) => empty(at),
                    };
                    add_value(&mut mapping, value);
                }
                TokenKind::BlockEnd => {
                    let end = self.take_comments();
                    self.skip();
                    end_collection(&mut mapping, end);
                    move_foot_to_last_key(&mut mapping);
                    return Ok(mapping);
                }
                _ => {
                    let message = "did not find expected key";
                    return Err(while_parsing(message, at, "a block mapping", begin));
                }
            }
        }
    }

    /// The node behind `?` or `:` in a block mapping.
    fn block_part(&mut self) -> Result<Node, Problem> {
        let end = self.scanner.peek()?.end;
        self.skip();
        match self.peek()?.0 {
            TokenKind::Key | TokenKind::Value | TokenKind::BlockEnd => Ok(empty(end)),
            _ => self.node(true, true),
        }
    }

    pub(super) fn flow_sequence(
        &mut self,
        properties: Properties,
        start: Mark,
    ) -> Result<Node, Problem> {
        let mut sequence = open(Kind::Sequence, Style::Flow, properties, start);
        sequence.comments = self.take_comments();
        let (_, begin) = self.peek()?;
        self.skip();
        loop {
            let (mut kind, mut at) = self.peek()?;
            if kind != TokenKind::FlowSequenceEnd && !sequence.content.is_empty() {
                if kind != TokenKind::FlowEntry {
                    let message = "did not find expected ',' or ']'";
                    return Err(while_parsing(message, at, "a flow sequence", begin));
                }
                self.skip();
                (kind, at) = self.peek()?;
            }
            match kind {
                TokenKind::FlowSequenceEnd => break,
                TokenKind::Key => sequence.content.push(self.single_pair(at)?),
                _ => sequence.content.push(self.node(false, false)?),
            }
        }
        let end = self.take_comments();
        self.skip();
        end_collection(&mut sequence, end);
        Ok(sequence)
    }

    /// `key: value` as an item of a flow sequence.
    fn single_pair(&mut self, start: Mark) -> Result<Node, Problem> {
        use TokenKind::{FlowEntry, FlowSequenceEnd, Value};
        let mut mapping = open(Kind::Mapping, Style::Flow, Properties::default(), start);
        self.skip();
        let (kind, _) = self.peek()?;
        let key = if matches!(kind, Value | FlowEntry | FlowSequenceEnd) {
            // As in libyaml, the token is dropped here, whatever it is.
            let end = self.scanner.peek()?.end;
            self.skip();
            empty(end)
        } else {
            self.node(false, false)?
        };
        mapping.content.push(key);
        let (mut kind, mut at) = self.peek()?;
        let has_value = kind == Value;
        if has_value {
            self.skip();
            let outer = at;
            (kind, at) = self.peek()?;
            if matches!(kind, FlowEntry | FlowSequenceEnd) {
                at = outer;
            }
        }
        let is_empty = !has_value || matches!(kind, FlowEntry | FlowSequenceEnd);
        let value = if is_empty { empty(at) } else { self.node(false, false)? };
        add_value(&mut mapping, value);
        self.peek()?;
        Ok(mapping)
    }

    pub(super) fn flow_mapping(
        &mut self,
        properties: Properties,
        start: Mark,
    ) -> Result<Node, Problem> {
        let mut mapping = open(Kind::Mapping, Style::Flow, properties, start);
        mapping.comments = self.take_comments();
        let (_, begin) = self.peek()?;
        self.skip();
        loop {
            let (mut kind, at) = self.peek()?;
            if kind != TokenKind::FlowMappingEnd && !mapping.content.is_empty() {
                if kind != TokenKind::FlowEntry {
                    let message = "did not find expected ',' or '}'";
                    return Err(while_parsing(message, at, "a flow mapping", begin));
                }
                self.skip();
                (kind, _) = self.peek()?;
            }
            if kind == TokenKind::FlowMappingEnd {
                break;
            }
            self.flow_pair(&mut mapping, kind)?;
        }
        let end = self.take_comments();
        self.skip();
        end_collection(&mut mapping, end);
        Ok(mapping)
    }

    fn flow_pair(&mut self, mapping: &mut Node, kind: TokenKind) -> Result<(), Problem> {
        let ends = |kind| matches!(kind, TokenKind::FlowEntry | TokenKind::FlowMappingEnd);
        if kind != TokenKind::Key {
            let key = self.node(false, false)?;
            add_key(mapping, key, false);
            let (_, at) = self.peek()?;
            add_value(mapping, empty(at));
            return Ok(());
        }
        self.skip();
        let (kind, at) = self.peek()?;
        let key = if kind == TokenKind::Value || ends(kind) {
            empty(at)
        } else {
            self.node(false, false)?
        };
        add_key(mapping, key, false);
        let (kind, at) = self.peek()?;
        let mut value = empty(at);
        if kind == TokenKind::Value {
            self.skip();
            let (kind, at) = self.peek()?;
            value = if ends(kind) { empty(at) } else { self.node(false, false)? };
        }
        add_value(mapping, value);
        Ok(())
    }
}

fn open(kind: Kind, style: Style, properties: Properties, start: Mark) -> Node {
    let own = if kind == Kind::Mapping { Tag::Map } else { Tag::Seq };
    let (tag, tagged) = match properties.tag.as_str() {
        "" | "!" => (own, false),
        tag => (Tag::from(tag), true),
    };
    place(Node { kind, style, tag, tagged, anchor: properties.anchor, ..Node::default() }, start)
}

/// Adds a key; a foot comment in front of it is the foot of the entry before.
fn add_key(mapping: &mut Node, mut key: Node, is_block: bool) {
    if is_block && mapping.content.len() > 1 {
        let foot = key.take_foot();
        if !foot.is_empty() {
            let before = mapping.content.len() - 2;
            mapping.content[before].set_foot(foot);
        }
    }
    mapping.content.push(key);
}

/// Adds a value; its foot comment moves to the key.
fn add_value(mapping: &mut Node, mut value: Node) {
    if let Some(key) = mapping.content.last_mut()
        && key.comments.as_ref().is_none_or(|comments| comments.foot.is_empty())
    {
        let foot = value.take_foot();
        if !foot.is_empty() {
            key.set_foot(foot);
        }
    }
    mapping.content.push(value);
}

/// Keeps the head from the beginning; line and foot are those at the end.
fn end_collection(node: &mut Node, end: Option<Box<Comments>>) {
    let head = node.comments.take().map(|comments| comments.head).unwrap_or_default();
    let end = end.map(|comments| *comments).unwrap_or_default();
    if !head.is_empty() || !end.line.is_empty() || !end.foot.is_empty() {
        node.comments = Some(Box::new(Comments { head, ..end }));
    }
}

fn move_foot_to_last_key(mapping: &mut Node) {
    let length = mapping.content.len();
    if length > 1 {
        let foot = mapping.take_foot();
        if !foot.is_empty() {
            mapping.content[length - 2].set_foot(foot);
        }
    }
}

fn while_parsing(message: &str, at: Mark, what: &str, begin: Mark) -> Problem {
    problem(at, format!("{message} while parsing {what} that begins on line {}", begin.line + 1))
}
