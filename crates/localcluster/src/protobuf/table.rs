//! Which field number is which JSON field, for each built-in kind.

use std::collections::BTreeMap;
use std::sync::LazyLock;

/// The table of the built-in kinds.
#[derive(Debug)]
pub(crate) struct Table {
    /// `apiVersion Kind` to the name of its type.
    kinds: BTreeMap<(&'static str, &'static str), &'static str>,
    types: BTreeMap<&'static str, BTreeMap<u64, Field<'static>>>,
}

/// A field of a type.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) struct Field<'a> {
    /// Its name in JSON; empty when its fields are its parent's.
    pub(crate) json: &'a str,
    /// How many values it has.
    pub(crate) shape: Shape,
    /// What a value is.
    pub(crate) of: Type<'a>,
    /// Whether JSON leaves it out when it is zero.
    pub(crate) drops_zero: bool,
}

/// How many values a field has.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Shape {
    /// One.
    One,
    /// Any number, a field each.
    List,
    /// Any number, by name.
    Map,
}

/// What a value is.
#[derive(Debug, Clone, Copy, PartialEq)]
pub(crate) enum Type<'a> {
    Text,
    Bool,
    Integer,
    Double,
    Bytes,
    Quantity,
    IntegerOrText,
    Time { micro: bool },
    Raw,
    Message(&'a str),
}

impl Table {
    /// The table that comes with the crate.
    pub(crate) fn built_in() -> &'static Self {
        static TABLE: LazyLock<Table> = LazyLock::new(|| Table::parse(include_str!("table.txt")));
        &TABLE
    }

    /// Whether JSON leaves out a zero field; of an inlined struct's fields too.
    pub(crate) fn drops_zero(&self, name: &str, json: &str) -> bool {
        let Some(fields) = self.types.get(name) else { return false };
        if let Some(field) = fields.values().find(|field| field.json == json) {
            return field.drops_zero;
        }
        fields.values().filter(|field| field.json.is_empty()).any(|field| match field.of {
            Type::Message(inner) => self.drops_zero(inner, json),
            _ => false,
        })
    }

    /// The type of a kind.
    pub(crate) fn kind(&self, api_version: &str, kind: &str) -> Option<&'static str> {
        self.kinds.get(&(api_version, kind)).copied()
    }

    /// A field by its number.
    pub(crate) fn field(&self, of: &str, number: u64) -> Option<&Field<'static>> {
        self.types.get(of)?.get(&number)
    }

    /// Reads the text that `tests/cluster/table.go` describes.
    fn parse(text: &'static str) -> Self {
        let mut table = Self { kinds: BTreeMap::new(), types: BTreeMap::new() };
        for line in text.lines().filter(|line| !line.starts_with('#')) {
            let mut words = line.split(' ');
            match (words.next(), words) {
                (Some("="), mut words) => {
                    if let (Some(version), Some(kind), Some(of)) =
                        (words.next(), words.next(), words.next())
                    {
                        table.kinds.insert((version, kind), of);
                    }
                }
                (Some(name), words) => {
                    table.types.insert(name, words.filter_map(field).collect());
                }
                (None, _) => {}
            }
        }
        table
    }
}

/// Reads `number:json name:type`.
fn field(word: &str) -> Option<(u64, Field<'_>)> {
    let mut parts = word.splitn(3, ':');
    let number = parts.next()?.parse().ok()?;
    let json = parts.next()?;
    let text = parts.next()?;
    let (drops_zero, text) = strip(text, '?');
    let (shape, text) = match text.chars().next()? {
        '*' => (Shape::List, &text[1..]),
        '%' => (Shape::Map, &text[1..]),
        _ => (Shape::One, text),
    };
    let of = match text {
        "s" => Type::Text,
        "b" => Type::Bool,
        "i" => Type::Integer,
        "d" => Type::Double,
        "y" => Type::Bytes,
        "Q" => Type::Quantity,
        "I" => Type::IntegerOrText,
        "T" => Type::Time { micro: false },
        "U" => Type::Time { micro: true },
        "R" => Type::Raw,
        name => Type::Message(name),
    };
    Some((number, Field { json, shape, of, drops_zero }))
}

fn strip(text: &str, mark: char) -> (bool, &str) {
    text.strip_prefix(mark).map_or((false, text), |rest| (true, rest))
}
