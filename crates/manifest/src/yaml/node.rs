//! One node of a YAML document.

pub use compact_str::CompactString as Text;

use crate::problem::Problem;

/// One node: a scalar, a sequence, a mapping, or an alias to an anchored node.
///
/// The fields mean what they mean in go-yaml v3; a node that is built by hand may leave all but
/// `kind`, `value` and `content` at their defaults.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Node {
    /// What it is.
    pub kind: Kind,
    /// How it is written.
    pub style: Style,
    /// Whether the tag is written out (`!!str 5`).
    pub tagged: bool,
    /// The type; scalars that were read have their resolved type.
    pub tag: Tag,
    /// The content of a scalar, or the name that an alias refers to.
    pub value: Text,
    /// The name that aliases may refer to.
    pub anchor: Option<Box<str>>,
    /// The comments around it, with their `#`.
    pub comments: Option<Box<Comments>>,
    /// 1-based; 0 when made by hand.
    pub line: u32,
    /// 1-based; 0 when made by hand.
    pub column: u32,
    /// The items of a sequence, or keys and values of a mapping in turn.
    pub content: Vec<Self>,
}

/// What a node is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord)]
pub enum Kind {
    /// A string, number, boolean, null …
    #[default]
    Scalar,
    /// A list.
    Sequence,
    /// Keys and values, in the order of the file.
    Mapping,
    /// A reference to an anchored node that precedes it.
    Alias,
}

/// How a node is written.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Style {
    /// Plain scalar, or block collection.
    #[default]
    Plain,
    /// `'…'`
    Single,
    /// `"…"`
    Double,
    /// `|`
    Literal,
    /// `>`
    Folded,
    /// `[…]` or `{…}`
    Flow,
}

/// The type of a node, as go-yaml's short tag.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Tag {
    /// Not said: the kind and the content decide.
    #[default]
    None,
    /// `!!null`
    Null,
    /// `!!bool`
    Bool,
    /// `!!str`
    Str,
    /// `!!int`
    Int,
    /// `!!float`
    Float,
    /// `!!timestamp`
    Timestamp,
    /// `!!seq`
    Seq,
    /// `!!map`
    Map,
    /// `!!binary`
    Binary,
    /// `!!merge`
    Merge,
    /// Any other tag, as written after resolution of its handle.
    Other(Box<str>),
}

/// The comments around a node, with their `#`, lines separated by newlines.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comments {
    /// Lines before it.
    pub head: String,
    /// At the end of its line.
    pub line: String,
    /// Lines after it.
    pub foot: String,
    /// Of the root: lines at the beginning of the document that belong to no node.
    pub above: String,
    /// Of the root: lines at the end of the document that belong to no node.
    pub below: String,
}

impl Tag {
    /// The short form, such as `!!str`; empty for [`Tag::None`].
    pub fn as_str(&self) -> &str {
        match self {
            Self::None => "",
            Self::Null => "!!null",
            Self::Bool => "!!bool",
            Self::Str => "!!str",
            Self::Int => "!!int",
            Self::Float => "!!float",
            Self::Timestamp => "!!timestamp",
            Self::Seq => "!!seq",
            Self::Map => "!!map",
            Self::Binary => "!!binary",
            Self::Merge => "!!merge",
            Self::Other(tag) => tag,
        }
    }
}

impl From<&str> for Tag {
    /// Reads the short (`!!str`) or long (`tag:yaml.org,2002:str`) form.
    fn from(tag: &str) -> Self {
        let short = match tag.strip_prefix("tag:yaml.org,2002:") {
            Some(name) => name,
            None => tag.strip_prefix("!!").unwrap_or(""),
        };
        match short {
            "null" => Self::Null,
            "bool" => Self::Bool,
            "str" => Self::Str,
            "int" => Self::Int,
            "float" => Self::Float,
            "timestamp" => Self::Timestamp,
            "seq" => Self::Seq,
            "map" => Self::Map,
            "binary" => Self::Binary,
            "merge" => Self::Merge,
            _ if tag.is_empty() => Self::None,
            _ if tag.starts_with("tag:yaml.org,2002:") => Self::Other(format!("!!{short}").into()),
            _ => Self::Other(tag.into()),
        }
    }
}

impl Node {
    /// Says what is wrong with this node, at its place; the file is empty.
    pub fn problem(&self, message: &str) -> Problem {
        Problem {
            file: "".into(),
            line: self.line,
            column: self.column,
            message: message.to_owned(),
        }
    }

    /// Makes a string; the emitter quotes it where that is needed.
    pub fn string(value: impl Into<Text>) -> Self {
        Self::scalar(Tag::Str, value)
    }

    /// Makes a scalar of a type, written plainly.
    pub fn scalar(tag: Tag, value: impl Into<Text>) -> Self {
        Self { tag, value: value.into(), ..Self::default() }
    }

    /// Makes a reference to the node anchored as `name`.
    pub fn alias(name: impl Into<Text>) -> Self {
        Self { kind: Kind::Alias, value: name.into(), ..Self::default() }
    }

    /// Makes `null`.
    pub fn null() -> Self {
        Self::scalar(Tag::Null, "null")
    }

    /// Makes `true` or `false`.
    pub fn boolean(value: bool) -> Self {
        Self::scalar(Tag::Bool, if value { "true" } else { "false" })
    }

    /// Makes an integer.
    pub fn integer(value: i64) -> Self {
        Self::scalar(Tag::Int, Text::from(value.to_string()))
    }

    /// Makes a sequence in block style.
    pub fn sequence(items: Vec<Self>) -> Self {
        Self { kind: Kind::Sequence, tag: Tag::Seq, content: items, ..Self::default() }
    }

    /// Makes a mapping in block style, from keys and values.
    pub fn mapping(entries: impl IntoIterator<Item = (Self, Self)>) -> Self {
        let content = entries.into_iter().flat_map(|(key, value)| [key, value]).collect();
        Self { kind: Kind::Mapping, tag: Tag::Map, content, ..Self::default() }
    }

    /// Whether it is a mapping.
    pub fn is_mapping(&self) -> bool {
        self.kind == Kind::Mapping
    }

    /// Whether it is a sequence.
    pub fn is_sequence(&self) -> bool {
        self.kind == Kind::Sequence
    }

    /// Whether it is a scalar.
    pub fn is_scalar(&self) -> bool {
        self.kind == Kind::Scalar
    }

    /// Whether it is a scalar of type null.
    pub fn is_null(&self) -> bool {
        self.kind == Kind::Scalar && self.tag == Tag::Null
    }

    /// The text of a scalar, whatever its type.
    pub fn as_str(&self) -> Option<&str> {
        self.is_scalar().then_some(self.value.as_str())
    }

    /// The value of the first entry of a mapping with this key.
    pub fn get(&self, key: &str) -> Option<&Self> {
        self.position(key).map(|at| &self.content[at + 1])
    }

    /// The value of the first entry of a mapping with this key, to change.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Self> {
        self.position(key).map(|at| &mut self.content[at + 1])
    }

    /// The value at a path of mapping keys.
    pub fn at(&self, path: &[&str]) -> Option<&Self> {
        path.iter().try_fold(self, |node, key| node.get(key))
    }

    /// The value at a path of mapping keys, to change.
    pub fn at_mut(&mut self, path: &[&str]) -> Option<&mut Self> {
        path.iter().try_fold(self, |node, key| node.get_mut(key))
    }

    /// The text of the scalar at a path of mapping keys.
    pub fn text(&self, path: &[&str]) -> Option<&str> {
        self.at(path)?.as_str()
    }

    /// The index in `content` of the key of this name; its value is at the next index.
    pub fn position(&self, key: &str) -> Option<usize> {
        if !self.is_mapping() {
            return None;
        }
        let found = self
            .content
            .chunks_exact(2)
            .position(|entry| entry[0].value == key && entry[0].is_scalar());
        found.map(|index| index * 2)
    }

    /// Sets the value of a key: replaced in place, or appended; does nothing unless a mapping.
    pub fn set(&mut self, key: &str, value: Self) {
        if let Some(slot) = self.get_mut(key) {
            *slot = value;
        } else if self.is_mapping() {
            self.content.push(Self::string(key));
            self.content.push(value);
        }
    }

    /// The value of a key, appended as an empty mapping when absent or null.
    ///
    /// Returns `None` when this node is not a mapping.
    pub fn get_or_insert_mapping(&mut self, key: &str) -> Option<&mut Self> {
        if !self.is_mapping() {
            return None;
        }
        if self.get(key).is_none_or(Self::is_null) {
            self.set(key, Self::mapping([]));
        }
        self.get_mut(key)
    }

    /// Takes an entry out of a mapping and returns its value.
    pub fn remove(&mut self, key: &str) -> Option<Self> {
        let at = self.position(key)?;
        self.content.drain(at..at + 2).nth(1)
    }

    /// The keys and values of a mapping, in order; nothing for other kinds.
    pub fn entries(&self) -> impl DoubleEndedIterator<Item = (&Self, &Self)> + ExactSizeIterator {
        let content: &[Self] = if self.is_mapping() { &self.content } else { &[] };
        content.chunks_exact(2).map(|entry| (&entry[0], &entry[1]))
    }

    /// The keys and values of a mapping, in order, to change; nothing for other kinds.
    pub fn entries_mut(&mut self) -> impl DoubleEndedIterator<Item = (&mut Self, &mut Self)> {
        let content: &mut [Self] = if self.is_mapping() { &mut self.content } else { &mut [] };
        content.chunks_exact_mut(2).filter_map(|entry| match entry {
            [key, value] => Some((key, value)),
            _ => None,
        })
    }

    /// The items of a sequence; nothing for other kinds.
    pub fn items(&self) -> &[Self] {
        if self.is_sequence() { &self.content } else { &[] }
    }

    /// The items of a sequence, to change; nothing for other kinds.
    pub fn items_mut(&mut self) -> &mut [Self] {
        if self.is_sequence() { &mut self.content } else { &mut [] }
    }

    /// Takes the foot comment away; empty when there is none.
    pub fn take_foot(&mut self) -> String {
        match &mut self.comments {
            Some(comments) => std::mem::take(&mut comments.foot),
            None => String::new(),
        }
    }

    /// Sets the foot comment.
    pub fn set_foot(&mut self, foot: String) {
        self.comments.get_or_insert_default().foot = foot;
    }

    /// Removes all comments of this node and of everything below it.
    pub fn strip_comments(&mut self) {
        self.comments = None;
        self.content.iter_mut().for_each(Self::strip_comments);
    }
}
