//! Nodes to text.
//!
//! # Source
//!
//! go.yaml.in/yaml/v3 v3.0.3 `emitterc.go` and `encode.go` (MIT, Kirill Simonov and Canonical Ltd),
//! with the settings of kyaml v0.21.1: two columns, dashes count as indentation, no folding.

use crate::yaml::emit::analyze::{Analysis, analyze};
use crate::yaml::emit::writer::{Dialect, Indicator, Writer};
use crate::yaml::node::{Kind, Node, Style, Tag};
use crate::yaml::resolve;

pub(crate) mod analyze;
pub(crate) mod writer;

mod block;
mod comment;
mod flow;
mod text;

/// Writes one document as kyaml does, ending in a newline.
///
/// ```
/// use manifest::yaml;
/// let nodes = yaml::parse(b"b: 1   # one\na:\n    - 'x'\n").unwrap();
/// assert_eq!(yaml::emit(&nodes[0]), "b: 1 # one\na:\n- 'x'\n");
/// ```
pub fn emit(root: &Node) -> String {
    let mut emitter = Emitter::new();
    emitter.document(root);
    emitter.writer.out
}

/// Writes documents one after the other; `---` stands before all but the first.
pub fn emit_all<'a>(roots: impl IntoIterator<Item = &'a Node>) -> String {
    let mut emitter = Emitter::new();
    for (index, root) in roots.into_iter().enumerate() {
        if index > 0 {
            emitter.writer.put_indent();
            emitter.writer.put_indicator("---", Indicator::SPACED);
            emitter.writer.put_indent();
        }
        emitter.document(root);
    }
    emitter.writer.out
}

/// Walks over a tree and writes it.
struct Emitter {
    writer: Writer,
    /// Comments that wait for their place.
    head: String,
    line: String,
    foot: String,
    /// The foot of the entry before, written in front of the next one.
    tail: String,
    /// The line comment of a key, which goes behind the value.
    key_line: String,
}

/// What a node stands in.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    BlockItem,
    FlowItem,
    Key { is_simple: bool },
    Value,
}

/// A scalar, ready to be written.
struct Scalar {
    style: Style,
    analysis: Analysis,
}

impl Emitter {
    fn new() -> Self {
        Self {
            writer: Writer::new(Dialect::Three),
            head: String::new(),
            line: String::new(),
            foot: String::new(),
            tail: String::new(),
            key_line: String::new(),
        }
    }

    fn document(&mut self, root: &Node) {
        let (above, below) = match &root.comments {
            Some(comments) => (comments.above.as_str(), comments.below.as_str()),
            None => ("", ""),
        };
        if !above.is_empty() {
            above.clone_into(&mut self.head);
            self.write_head();
            self.writer.put_break();
        }
        self.announce(root, "");
        self.write_head();
        self.start(root, Place::Root);
        self.write_line_comment();
        self.write_foot();
        self.content(root, Place::Root);
        if !below.is_empty() {
            below.clone_into(&mut self.foot);
        }
        self.writer.foot_indent = 0;
        self.write_foot();
        self.writer.foot_indent = -1;
        self.writer.put_indent();
    }

    /// Writes a scalar or an alias; of a collection, only its anchor and tag.
    fn start(&mut self, node: &Node, place: Place) {
        if node.kind == Kind::Alias {
            self.writer.put_indicator("*", Indicator::SPACED);
            self.writer.put_str(&node.value);
            return self.writer.end_word();
        }
        if let Some(anchor) = &node.anchor {
            self.writer.put_indicator("&", Indicator::SPACED);
            self.writer.put_str(anchor);
            self.writer.end_word();
        }
        self.put_tag(written_tag(node));
        if node.kind == Kind::Scalar {
            let before = self.writer.deepen(true, place == Place::BlockItem, false);
            self.scalar(node, place);
            self.writer.indent = before;
        }
    }

    /// Writes what is inside a collection; nothing for other nodes.
    fn content(&mut self, node: &Node, place: Place) {
        let is_flow =
            self.writer.flow_level > 0 || node.style == Style::Flow || node.content.is_empty();
        match (node.kind, is_flow) {
            (Kind::Sequence, true) => self.flow_sequence(node, place),
            (Kind::Sequence, false) => self.block_sequence(node, place),
            (Kind::Mapping, true) => self.flow_mapping(node, place),
            (Kind::Mapping, false) => self.block_mapping(node, place),
            _ => {}
        }
    }

    fn scalar(&mut self, node: &Node, place: Place) {
        let chosen = self.choose(node, place);
        let may_fold = place != Place::Key { is_simple: true };
        let text = node.value.as_str();
        match chosen {
            Style::Single => self.writer.single_quoted(text, may_fold),
            Style::Double => self.writer.double_quoted(text, may_fold),
            Style::Literal => {
                self.writer.put_indicator("|", Indicator::SPACED);
                self.writer.block_hints(text);
                self.write_line_comment_or_break();
                self.writer.literal(text);
            }
            Style::Folded => {
                self.writer.put_indicator(">", Indicator::SPACED);
                self.writer.block_hints(text);
                self.write_line_comment_or_break();
                self.writer.folded(text);
            }
            Style::Plain | Style::Flow => self.writer.plain(text, may_fold),
        }
    }

    /// The style that can hold the text here, as close as possible to the one it had.
    fn choose(&self, node: &Node, place: Place) -> Style {
        let Scalar { mut style, analysis } = wanted(node);
        let in_flow = self.writer.flow_level > 0;
        let is_key = place == Place::Key { is_simple: true };
        if is_key && analysis.is_multiline {
            style = Style::Double;
        }
        if style == Style::Plain {
            let allowed = if in_flow { analysis.flow_plain } else { analysis.block_plain };
            if !allowed || node.value.is_empty() && (in_flow || is_key) {
                style = Style::Single;
            }
        }
        match style {
            Style::Single if !analysis.single_quoted => Style::Double,
            Style::Literal | Style::Folded if !analysis.block || in_flow || is_key => Style::Double,
            style => style,
        }
    }

    fn put_tag(&mut self, tag: &str) {
        if tag.is_empty() {
            return;
        }
        if let Some(name) = tag.strip_prefix("!!") {
            self.writer.put_space();
            self.writer.put_str("!!");
            self.put_uri(name);
        } else if let Some(name) = tag.strip_prefix('!') {
            self.writer.put_space();
            self.writer.put_str("!");
            self.put_uri(name);
        } else {
            self.writer.put_indicator("!<", Indicator::SPACED);
            self.put_uri(tag);
            self.writer.put_indicator(">", Indicator::TIGHT);
        }
        self.writer.end_word();
    }

    fn put_uri(&mut self, text: &str) {
        for byte in text.bytes() {
            if byte.is_ascii_alphanumeric() || b"-;/?:@&=+$,_.~*'()[]".contains(&byte) {
                self.writer.put(char::from(byte));
            } else {
                self.writer.put_str(&format!("%{byte:02X}"));
            }
        }
    }

    /// Whether a node can be a key without `?`.
    fn is_simple_key(node: &Node) -> bool {
        const LONGEST: usize = 128;
        let anchor = node.anchor.as_deref().map_or(0, str::len);
        let tag = written_tag(node).len();
        match node.kind {
            Kind::Alias => node.value.len() <= LONGEST,
            Kind::Scalar => {
                let length = anchor + tag + node.value.len();
                length <= LONGEST && !analyze(&node.value, Dialect::Three).is_multiline
            }
            Kind::Sequence | Kind::Mapping => node.content.is_empty() && anchor + tag <= LONGEST,
        }
    }
}

/// The tag to write; empty when it goes without saying.
fn written_tag(node: &Node) -> &str {
    if node.tagged || node.tag == Tag::None {
        return node.tag.as_str();
    }
    let goes_without = match node.kind {
        Kind::Scalar => node.tag == Tag::Str || resolve::tag_of(&node.value) == node.tag,
        Kind::Sequence => node.tag == Tag::Seq,
        Kind::Mapping => node.tag == Tag::Map,
        Kind::Alias => true,
    };
    if goes_without { "" } else { node.tag.as_str() }
}

/// The style that a scalar asks for.
fn wanted(node: &Node) -> Scalar {
    let analysis = analyze(&node.value, Dialect::Three);
    let style = match node.style {
        Style::Plain | Style::Flow if node.value.contains('\n') => Style::Literal,
        Style::Plain | Style::Flow => {
            let is_string = node.tag == Tag::Str && !node.tagged;
            let reads_otherwise = is_string && resolve::tag_of(&node.value) != Tag::Str;
            if reads_otherwise { Style::Double } else { Style::Plain }
        }
        style => style,
    };
    Scalar { style, analysis }
}
