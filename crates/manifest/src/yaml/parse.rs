//! Text to nodes.

use granit_parser::{Event, Parser, ScalarStyle, Span, StructureStyle};

use crate::problem::Problem;
use crate::yaml::node::{Kind, Node, Style, Tag, Text};

/// One document of a YAML stream.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Document {
    /// Comment lines before the content that belong to no node.
    pub head: String,
    /// Comment lines after the content that belong to no node.
    pub foot: String,
    /// The content.
    pub root: Node,
}

/// Reads all documents of a stream; documents without content are left out.
///
/// # Errors
///
/// The first problem; its `file` is empty.
pub fn parse(bytes: &[u8]) -> Result<Vec<Node>, Problem> {
    Ok(parse_documents(bytes)?.into_iter().map(|document| document.root).collect())
}

/// Reads all documents of a stream with the comments around them.
///
/// # Errors
///
/// The first problem; its `file` is empty.
pub fn parse_documents(bytes: &[u8]) -> Result<Vec<Document>, Problem> {
    let problem = |line: usize, column: usize, message: String| Problem {
        file: "".into(),
        line: u32::try_from(line).unwrap_or(u32::MAX),
        column: u32::try_from(column).unwrap_or(u32::MAX),
        message,
    };
    let text = std::str::from_utf8(bytes).map_err(|error| problem(1, 1, error.to_string()))?;
    let mut documents = Vec::new();
    let mut open: Vec<Node> = Vec::new();
    for event in Parser::new_from_str(text) {
        let (event, span) = event.map_err(|error| {
            problem(error.marker().line(), error.marker().col() + 1, error.to_string())
        })?;
        let done = match event {
            Event::Scalar(value, style, ..) => leaf(&value, style, &span),
            Event::SequenceStart(style, ..) => {
                open.push(collection(Kind::Sequence, Tag::Seq, style, &span));
                continue;
            }
            Event::MappingStart(style, ..) => {
                open.push(collection(Kind::Mapping, Tag::Map, style, &span));
                continue;
            }
            Event::SequenceEnd | Event::MappingEnd => open.pop().unwrap_or_default(),
            _ => continue,
        };
        match open.last_mut() {
            Some(parent) => parent.content.push(done),
            None => documents.push(Document { root: done, ..Document::default() }),
        }
    }
    Ok(documents)
}

fn place(node: Node, span: &Span) -> Node {
    let number = |value: usize| u32::try_from(value).unwrap_or(u32::MAX);
    Node { line: number(span.start.line()), column: number(span.start.col() + 1), ..node }
}

fn collection(kind: Kind, tag: Tag, style: StructureStyle, span: &Span) -> Node {
    let style = if style == StructureStyle::Flow { Style::Flow } else { Style::Plain };
    place(Node { kind, tag, style, ..Node::default() }, span)
}

fn leaf(value: &str, style: ScalarStyle, span: &Span) -> Node {
    let (style, tag) = match style {
        ScalarStyle::Plain => (Style::Plain, resolve(value)),
        ScalarStyle::SingleQuoted => (Style::Single, Tag::Str),
        ScalarStyle::DoubleQuoted => (Style::Double, Tag::Str),
        ScalarStyle::Literal => (Style::Literal, Tag::Str),
        ScalarStyle::Folded => (Style::Folded, Tag::Str),
    };
    place(Node { style, tag, value: Text::from(value), ..Node::default() }, span)
}

fn resolve(value: &str) -> Tag {
    match value {
        "" | "~" | "null" | "Null" | "NULL" => Tag::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => Tag::Bool,
        "<<" => Tag::Merge,
        _ if value.parse::<i64>().is_ok() => Tag::Int,
        _ if value.starts_with(|c: char| c.is_ascii_digit() || "+-.".contains(c))
            && value.parse::<f64>().is_ok() =>
        {
            Tag::Float
        }
        _ => Tag::Str,
    }
}
