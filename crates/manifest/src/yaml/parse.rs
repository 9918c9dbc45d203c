//! Text to nodes.
//!
//! # Source
//!
//! The grammar of YAML 1.1 as libyaml reads it; go.yaml.in/yaml/v3 v3.0.3 `parserc.go` and
//! `decode.go` for which node a comment ends up at.

use std::collections::BTreeSet;

use crate::problem::Problem;
use crate::yaml::input::{self, problem};
use crate::yaml::node::{Comments, Node, Tag, Text};
use crate::yaml::resolve;
use crate::yaml::scan::Scanner;
use crate::yaml::token::{Mark, Placement, TokenKind};

mod collection;
mod document;

/// How many nodes may be inside each other.
///
/// go-yaml allows 10,000; `serde_json`, through which objects pass on their way to a cluster, 128.
pub const MAX_DEPTH: usize = 128;

/// What to read of a stream.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// Whether to keep comments; reading is faster without.
    pub comments: bool,
    /// Whether to stop after the first document, as `Unmarshal` does; what follows may be broken.
    pub first_only: bool,
    /// The number of the first line, for nodes and problems; 1 unless a part of a file is read.
    pub first_line: u32,
}

impl Default for Options {
    fn default() -> Self {
        Self { comments: true, first_only: false, first_line: 1 }
    }
}

/// Reads all documents of a stream, comments included; a document without content is null.
///
/// # Errors
///
/// The first problem; its `file` is empty.
pub fn parse(bytes: &[u8]) -> Result<Vec<Node>, Problem> {
    parse_with(bytes, Options::default())
}

/// Reads what `options` ask for.
///
/// # Errors
///
/// The first problem; its `file` is empty.
pub fn parse_with(bytes: &[u8], options: Options) -> Result<Vec<Node>, Problem> {
    let text = input::decode(bytes, options.first_line)?;
    let mut parser = Parser::new(Scanner::new(&text, options));
    let mut roots = Vec::new();
    while let Some(root) = parser.document()? {
        roots.push(root);
        if options.first_only {
            break;
        }
    }
    Ok(roots)
}

/// Turns tokens into nodes.
struct Parser<'a> {
    scanner: Scanner<'a>,
    is_started: bool,
    depth: usize,
    /// Handles and what they stand for, of the current document.
    handles: Vec<(Text, Text)>,
    anchors: BTreeSet<Text>,
    /// Comments that wait for their node.
    head: String,
    line: String,
    foot: String,
    /// The comment of a whole collection that is an item of a sequence.
    stem: String,
}

/// The tag and anchor in front of a node.
#[derive(Default)]
struct Properties {
    tag: Text,
    anchor: Option<Box<str>>,
    start: Option<Mark>,
}

impl<'a> Parser<'a> {
    fn new(scanner: Scanner<'a>) -> Self {
        Self {
            scanner,
            is_started: false,
            depth: 0,
            handles: Vec::new(),
            anchors: BTreeSet::new(),
            head: String::new(),
            line: String::new(),
            foot: String::new(),
            stem: String::new(),
        }
    }

    /// Looks at the next token and collects the comments before it.
    fn peek(&mut self) -> Result<(TokenKind, Mark), Problem> {
        let token = self.scanner.peek()?;
        let (kind, start) = (token.kind, token.start);
        if self.scanner.comments_done < self.scanner.comments.len() {
            self.collect_comments(kind, start);
        }
        Ok((kind, start))
    }

    fn skip(&mut self) {
        self.scanner.skip_token();
    }

    fn collect_comments(&mut self, kind: TokenKind, start: Mark) {
        while let Some(comment) = self.scanner.comments.get_mut(self.scanner.comments_done) {
            if start.index < comment.token.index {
                break;
            }
            // The end of a block has no head; the comment waits for what follows.
            if comment.placement == Placement::Head && kind == TokenKind::BlockEnd {
                break;
            }
            let target = match comment.placement {
                Placement::Head => &mut self.head,
                Placement::Line => &mut self.line,
                Placement::Foot => &mut self.foot,
            };
            if !target.is_empty() {
                target.push('\n');
            }
            target.push_str(&std::mem::take(&mut comment.text));
            comment.scan = Mark::default();
            comment.start = Mark::default();
            comment.end = Mark::default();
            self.scanner.comments_done += 1;
        }
        if self.scanner.comments_done == self.scanner.comments.len() {
            self.scanner.comments.clear();
            self.scanner.comments_done = 0;
        }
    }

    /// The comments collected so far.
    fn take_comments(&mut self) -> Option<Box<Comments>> {
        self.stem.clear();
        if self.head.is_empty() && self.line.is_empty() && self.foot.is_empty() {
            return None;
        }
        let take = std::mem::take;
        let comments = Comments {
            head: take(&mut self.head),
            line: take(&mut self.line),
            foot: take(&mut self.foot),
            ..Comments::default()
        };
        Some(Box::new(comments))
    }

    /// Reads a node in block (`block`) or flow context.
    ///
    /// `indentless` allows a sequence whose dashes are not indented.
    fn node(&mut self, block: bool, indentless: bool) -> Result<Node, Problem> {
        let (kind, start) = self.peek()?;
        if kind == TokenKind::Alias {
            return self.alias(start);
        }
        self.depth += 1;
        if self.depth > MAX_DEPTH {
            return Err(problem(start, format!("exceeded max depth of {MAX_DEPTH}")));
        }
        let properties = self.properties()?;
        let (kind, content_start) = self.peek()?;
        let start = properties.start.unwrap_or(content_start);
        let node = match kind {
            TokenKind::BlockEntry if indentless => self.indentless_sequence(properties, start),
            TokenKind::Scalar => Ok(self.scalar(properties, start)),
            TokenKind::FlowSequenceStart => self.flow_sequence(properties, start),
            TokenKind::FlowMappingStart => self.flow_mapping(properties, start),
            TokenKind::BlockSequenceStart if block => self.block_sequence(properties, start),
            TokenKind::BlockMappingStart if block => self.block_mapping(properties, start),
            _ if properties.start.is_some() => Ok(empty_with(properties, start)),
            _ => {
                let context = if block { "a block node" } else { "a flow node" };
                let message = format!("did not find expected node content while parsing {context}");
                Err(problem(content_start, message))
            }
        };
        self.depth -= 1;
        node
    }

    fn alias(&mut self, start: Mark) -> Result<Node, Problem> {
        let name = std::mem::take(&mut self.scanner.peek()?.value);
        if !self.anchors.contains(&name) {
            return Err(problem(start, format!("unknown anchor '{name}' referenced")));
        }
        let comments = self.take_comments();
        self.skip();
        Ok(place(Node { comments, ..Node::alias(name) }, start))
    }

    fn properties(&mut self) -> Result<Properties, Problem> {
        let mut properties = Properties::default();
        let mut tag = None;
        loop {
            let (kind, start) = self.peek()?;
            match kind {
                TokenKind::Anchor if properties.anchor.is_none() => {
                    let name = std::mem::take(&mut self.scanner.peek()?.value);
                    properties.anchor = Some(name.as_str().into());
                    self.anchors.insert(name);
                }
                TokenKind::Tag if tag.is_none() => {
                    let token = self.scanner.peek()?;
                    let take = std::mem::take;
                    tag = Some((take(&mut token.value), take(&mut token.suffix), start));
                }
                _ => break,
            }
            properties.start.get_or_insert(start);
            self.skip();
        }
        if let Some((handle, suffix, at)) = tag {
            properties.tag = self.full_tag(&handle, suffix, at)?;
        }
        Ok(properties)
    }

    fn full_tag(&self, handle: &str, suffix: Text, at: Mark) -> Result<Text, Problem> {
        if handle.is_empty() {
            return Ok(suffix);
        }
        match self.handles.iter().find(|(known, _)| known == handle) {
            Some((_, prefix)) => Ok(Text::from(format!("{prefix}{suffix}"))),
            None => Err(problem(at, format!("found undefined tag handle `{handle}`"))),
        }
    }

    fn scalar(&mut self, properties: Properties, start: Mark) -> Node {
        let comments = self.take_comments();
        let Ok(token) = self.scanner.peek() else { return Node::default() };
        let (style, value) = (token.style, std::mem::take(&mut token.value));
        self.skip();
        let (tag, tagged) = match properties.tag.as_str() {
            "" | "!" if style != crate::yaml::node::Style::Plain => (Tag::Str, false),
            "" | "!" if value == "<<" => (Tag::Merge, false),
            "" | "!" => (resolve::tag_of(&value), false),
            tag => (Tag::from(tag), true),
        };
        let node = Node {
            style,
            tagged,
            tag,
            value,
            anchor: properties.anchor,
            comments,
            ..Node::default()
        };
        place(node, start)
    }
}

/// A scalar without content, where the grammar allows one.
fn empty(at: Mark) -> Node {
    place(Node::scalar(Tag::Null, Text::const_new("")), at)
}

fn empty_with(properties: Properties, start: Mark) -> Node {
    let (tag, tagged) = match properties.tag.as_str() {
        "" | "!" => (Tag::Null, false),
        tag => (Tag::from(tag), true),
    };
    Node { tag, tagged, anchor: properties.anchor, ..empty(start) }
}

fn place(node: Node, at: Mark) -> Node {
    let number = |value: i32| u32::try_from(value).unwrap_or(0) + 1;
    Node { line: number(at.line), column: number(at.column), ..node }
}
