//! Writes objects as sigs.k8s.io/yaml prints them.
//!
//! # Source
//!
//! sigs.k8s.io/yaml v1.5.0 `JSONToYAML`; go.yaml.in/yaml/v2 v2.4.2 `encode.go`, `sorter.go` and
//! `emitterc.go`.

use std::convert::Infallible;

use serde_json::{Map, Number, Value};

use crate::object::Object;
use crate::yaml;
use crate::yaml::emit::analyze::analyze;
use crate::yaml::emit::writer::{Dialect, Indicator, Writer};
use crate::yaml::number::print_float;
use crate::yaml::resolve::{Resolved, Schema, resolve};

mod node;
mod order;

pub use crate::write::node::{append_node, node_to_yaml};

/// Writes objects as YAML documents separated by `---` lines, keys sorted.
pub fn write(objects: &[Object]) -> String {
    let mut text = String::new();
    for (index, object) in objects.iter().enumerate() {
        if index > 0 {
            text.push_str("---\n");
        }
        text.push_str(&map_to_yaml(&object.value));
    }
    text
}

/// Writes one JSON value as sigs.k8s.io/yaml's `Marshal` does: keys sorted, ending in a newline.
///
/// ```
/// let value = serde_json::json!({"b": "yes", "a10": [], "a9": 1.0});
/// assert_eq!(manifest::to_yaml(&value), "a9: 1\na10: []\nb: \"yes\"\n");
/// ```
pub fn to_yaml(value: &Value) -> String {
    document(|marshal| marshal.value(value, Place::Root))
}

/// As [`to_yaml`], for a mapping.
pub fn map_to_yaml(map: &Map<String, Value>) -> String {
    document(|marshal| marshal.mapping(map))
}

fn document(content: impl FnOnce(&mut Marshal)) -> String {
    let mut marshal = Marshal(Writer::new(Dialect::Two));
    content(&mut marshal);
    marshal.0.put_indent();
    marshal.0.out
}

/// What a value stands in.
#[derive(Clone, Copy, PartialEq)]
enum Place {
    Root,
    Item,
    /// A key; simple ones stand without `?`.
    Key {
        is_simple: bool,
    },
    Value,
}

struct Marshal(Writer);

impl Marshal {
    fn value(&mut self, value: &Value, place: Place) {
        match value {
            Value::Null => self.plain("null"),
            Value::Bool(true) => self.plain("true"),
            Value::Bool(false) => self.plain("false"),
            Value::Number(number) => self.number(number),
            Value::String(text) => self.string(text, place),
            Value::Array(items) => {
                let Ok(()) = self.items(items, place, |marshal, item| -> Result<(), Infallible> {
                    marshal.value(item, Place::Item);
                    Ok(())
                });
            }
            Value::Object(map) => self.mapping(map),
        }
    }

    fn plain(&mut self, text: &str) {
        self.0.plain(text, false);
    }

    fn number(&mut self, number: &Number) {
        match number.as_f64() {
            Some(float) if number.is_f64() => {
                let integer = crate::yaml::json::number(float).filter(|number| !number.is_f64());
                let text = integer.map_or_else(|| print_float(float), |it| it.to_string());
                self.plain(&text);
            }
            _ => self.plain(&number.to_string()),
        }
    }

    fn string(&mut self, text: &str, place: Place) {
        let folded = text.contains('\u{85}').then(|| through_json(text));
        let text = folded.as_deref().unwrap_or(text);
        let before = self.0.deepen(true, false, false);
        let analysis = analyze(text, Dialect::Two);
        let is_key = place == Place::Key { is_simple: true };
        let may_fold = !is_key;
        if text.contains('\n') && analysis.block && !is_key {
            self.0.put_indicator("|", Indicator::SPACED);
            self.0.block_hints(text);
            self.0.put_break();
            self.0.literal(text);
        } else if text.contains('\n') || !reads_as_string(text) {
            self.0.double_quoted(text, may_fold);
        } else if analysis.block_plain && !(is_key && analysis.is_multiline) {
            self.0.plain(text, may_fold);
        } else if analysis.single_quoted && !(is_key && analysis.is_multiline) {
            self.0.single_quoted(text, may_fold);
        } else {
            self.0.double_quoted(text, may_fold);
        }
        self.0.indent = before;
    }

    /// Writes a sequence whose items `write` knows how to write.
    fn items<T, E>(
        &mut self,
        items: &[T],
        place: Place,
        mut write: impl FnMut(&mut Self, &T) -> Result<(), E>,
    ) -> Result<(), E> {
        if items.is_empty() {
            self.empty("[", "]");
            return Ok(());
        }
        let in_mapping = matches!(place, Place::Key { .. } | Place::Value);
        let is_compact = in_mapping && !self.0.indention;
        let before = self.0.deepen(false, false, is_compact);
        for item in items {
            self.0.put_indent();
            self.0.put_indicator("-", Indicator::BLOCK);
            write(self, item)?;
        }
        self.0.indent = before;
        Ok(())
    }

    fn mapping(&mut self, map: &Map<String, Value>) {
        let entries = map.iter().map(|(key, value)| (key.as_str(), value)).collect();
        let Ok(()) = self.entries(entries, |marshal, value| -> Result<(), Infallible> {
            marshal.value(value, Place::Value);
            Ok(())
        });
    }

    /// Writes a mapping whose values `write` knows how to write.
    fn entries<T, E>(
        &mut self,
        mut entries: Vec<(&str, T)>,
        mut write: impl FnMut(&mut Self, T) -> Result<(), E>,
    ) -> Result<(), E> {
        if entries.is_empty() {
            self.empty("{", "}");
            return Ok(());
        }
        order::sort(&mut entries);
        let before = self.0.deepen(false, false, false);
        for (key, value) in entries {
            self.0.put_indent();
            let is_simple = is_simple_key(key);
            if is_simple {
                self.string(key, Place::Key { is_simple });
                self.0.put_indicator(":", Indicator::TIGHT);
            } else {
                self.0.put_indicator("?", Indicator::BLOCK);
                self.string(key, Place::Key { is_simple });
                self.0.put_indent();
                self.0.put_indicator(":", Indicator::BLOCK);
            }
            write(self, value)?;
        }
        self.0.indent = before;
        Ok(())
    }

    fn empty(&mut self, open: &str, close: &str) {
        self.0.put_indicator(open, Indicator::OPEN);
        self.0.put_indicator(close, Indicator::TIGHT);
    }
}

/// What go-yaml reads from a string that Go has written as JSON.
///
/// Go does not escape U+0085, which is a line break in YAML 1.1 and therefore folded.
fn through_json(text: &str) -> String {
    let quoted = Value::String(text.to_owned()).to_string();
    let quoted = quoted.replace('\u{2028}', "\\u2028").replace('\u{2029}', "\\u2029");
    let read = yaml::parse(quoted.as_bytes()).ok().and_then(|nodes| nodes.into_iter().next());
    read.map_or_else(|| text.to_owned(), |node| node.value.to_string())
}

fn is_simple_key(key: &str) -> bool {
    key.len() <= 128 && !analyze(key, Dialect::Two).is_multiline
}

/// Whether a text without quotes is read as a string, by old parsers too.
fn reads_as_string(text: &str) -> bool {
    resolve(text, Schema::Kubernetes, true) == Resolved::Str && !is_base_60(text)
}

/// Whether a text is a number in YAML 1.1's base 60, such as `1:30`.
fn is_base_60(text: &str) -> bool {
    if !text.contains(':') {
        return false;
    }
    let unsigned = text.strip_prefix(['+', '-']).unwrap_or(text);
    let (digits, fraction) = unsigned.split_once('.').unwrap_or((unsigned, ""));
    let mut parts = digits.split(':');
    let first = parts.next().unwrap_or_default();
    let is_number = |text: &str| text.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let is_sixtieth =
        |part: &str| matches!(part.as_bytes(), [b'0'..=b'9'] | [b'0'..=b'5', b'0'..=b'9']);
    first.starts_with(|it: char| it.is_ascii_digit())
        && is_number(first)
        && parts.all(is_sixtieth)
        && is_number(fraction)
}
