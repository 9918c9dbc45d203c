//! A request's JSON made to fit its schema: unknown fields out, nulls out, types checked.

use serde_json::{Map, Value, json};

use super::{ListMerge, Object, Scalar, Schema, Shape};

/// What decoding noticed.
#[derive(Debug, Default)]
pub(crate) struct Notes {
    /// Paths of fields that the schema does not have, as `spec.foo`.
    pub(crate) unknown: Vec<String>,
    /// The first value of a wrong type.
    pub(crate) mistyped: Option<Mistyped>,
}

/// A value of a wrong type.
#[derive(Debug)]
pub(crate) struct Mistyped {
    pub(crate) path: String,
    /// The Go type that holds the field.
    pub(crate) of: String,
    pub(crate) was: &'static str,
    pub(crate) wanted: &'static str,
    pub(crate) shown: String,
}

/// Decodes a built-in object as the Go types would: wrong types are noted, nulls and unknown fields
/// vanish, structs that are never left out appear.
pub(crate) fn builtin(value: &mut Value, schema: &Schema) -> Notes {
    let mut notes = Notes::default();
    Decoder::new(&mut notes, (true, true, false)).walk(value, schema, "");
    notes
}

/// Decodes an applied configuration: as the two others, but nothing is added that was not said.
pub(crate) fn applied(value: &mut Value, schema: &Schema, native: bool) -> Notes {
    let mut notes = Notes::default();
    Decoder::new(&mut notes, (native, false, true)).walk(value, schema, "");
    notes
}

/// Prunes a custom object: fields that no schema has vanish, nulls that are not nullable too.
pub(crate) fn custom(value: &mut Value, schema: &Schema) -> Notes {
    let mut notes = Notes::default();
    Decoder::new(&mut notes, (false, false, false)).walk(value, schema, "");
    notes
}

struct Decoder<'a> {
    notes: &'a mut Notes,
    /// Decodes as Go types would.
    native: bool,
    /// Adds the structs and numbers that Go never leaves out.
    fill: bool,
    /// Keeps what is empty: an applied configuration owns it.
    keeps_empty: bool,
    /// The Go type that is being read.
    of: String,
}

impl<'a> Decoder<'a> {
    fn new(notes: &'a mut Notes, (native, fill, keeps_empty): (bool, bool, bool)) -> Self {
        Self { notes, native, fill, keeps_empty, of: String::new() }
    }

    /// Items of a list are named by their keys in applied configurations, else by their index.
    fn item_path(&self, path: &str, index: usize, item: &Value, merge: &ListMerge) -> String {
        match merge {
            ListMerge::Map(keys) if self.keeps_empty => {
                let pairs: Vec<String> = keys
                    .iter()
                    .filter_map(|key| Some(format!("{key}={}", item.get(key)?)))
                    .collect();
                format!("{path}[{}]", pairs.join(","))
            }
            _ => format!("{path}[{index}]"),
        }
    }

    fn walk(&mut self, value: &mut Value, schema: &Schema, path: &str) {
        match &schema.shape {
            Shape::Anything { .. } => {}
            Shape::Scalar(scalar) => {
                let is_short =
                    schema.rules.as_ref().is_some_and(|r| r.format.as_deref() == Some("int32"));
                self.scalar(value, (*scalar, is_short), path);
            }
            Shape::List(list) => match value.as_array_mut() {
                Some(values) => {
                    for (index, item) in values.iter_mut().enumerate() {
                        let below = self.item_path(path, index, item, &list.merge);
                        self.walk(item, &list.items, &below);
                    }
                }
                None => self.mistyped(path, value, "array"),
            },
            Shape::Object(object) => match value.as_object_mut() {
                Some(map) => self.object(map, object, path),
                None => self.mistyped(path, value, "object"),
            },
        }
    }

    fn object(&mut self, map: &mut Map<String, Value>, object: &Object, path: &str) {
        let native = self.native || path == "metadata";
        let outer = std::mem::replace(&mut self.of, object.name.clone());
        let mut unknown = Vec::new();
        for (key, value) in map.iter_mut() {
            let is_map_key =
                self.fill && !object.fields.contains_key(key) && object.additional.is_some();
            let below = match path {
                "" => key.clone(),
                // Go names the map, not the key.
                path if is_map_key => path.to_owned(),
                path => format!("{path}.{key}"),
            };
            match object.fields.get(key).or(object.additional.as_ref()) {
                Some(_) if value.is_null() => {}
                Some(schema) => self.walk(value, schema, &below),
                None if object.preserve_unknown => {}
                None => {
                    self.notes.unknown.push(below);
                    unknown.push(key.clone());
                }
            }
        }
        for key in unknown {
            map.remove(&key);
        }
        self.of = outer;
        if self.keeps_empty {
            map.retain(|_, value| !value.is_null());
            return;
        }
        map.retain(|key, value| !droppable(value, key, object, native));
        if self.fill {
            add_structs(map, object);
        }
    }

    fn scalar(&mut self, value: &mut Value, (scalar, is_short): (Scalar, bool), path: &str) {
        let fits = match scalar {
            Scalar::String | Scalar::Time => value.is_string(),
            Scalar::Integer => value.is_i64() || value.is_u64() || whole(value),
            Scalar::Number => value.is_number(),
            Scalar::Boolean => value.is_boolean(),
            Scalar::IntOrString | Scalar::Quantity => value.is_string() || value.is_number(),
        };
        if !fits {
            self.mistyped(path, value, if is_short { "int32" } else { go_type(scalar) });
        } else if scalar == Scalar::Quantity && self.native {
            if let Some(canonical) = crate::quantity::canonical(value) {
                *value = Value::String(canonical);
            }
        } else if scalar == Scalar::Integer && value.is_f64() {
            #[expect(clippy::cast_possible_truncation, reason = "it was just seen to be whole")]
            let whole = value.as_f64().unwrap_or_default() as i64;
            *value = json!(whole);
        }
    }

    fn mistyped(&mut self, path: &str, value: &Value, wanted: &'static str) {
        if self.native || path.starts_with("metadata") {
            let was = match value {
                Value::Null => "null",
                Value::Bool(_) => "bool",
                Value::Number(_) => "number",
                Value::String(_) => "string",
                Value::Array(_) => "array",
                Value::Object(_) => "object",
            };
            let shown = value.to_string();
            let found = Mistyped { path: path.into(), of: self.of.clone(), was, wanted, shown };
            self.notes.mistyped.get_or_insert(found);
        }
    }
}

fn whole(value: &Value) -> bool {
    value.as_f64().is_some_and(|f| f.fract() == 0.0 && f.abs() < 9e15)
}

fn go_type(scalar: Scalar) -> &'static str {
    match scalar {
        Scalar::Integer => "int64",
        Scalar::Number => "float64",
        Scalar::Boolean => "bool",
        _ => "string",
    }
}

/// Nulls, and what Go's `omitempty` would leave out: empty maps and lists that are not required.
fn droppable(value: &Value, key: &str, object: &Object, native: bool) -> bool {
    let Some(schema) = object.fields.get(key) else {
        return value.is_null() && native && object.additional.is_some();
    };
    if value.is_null() {
        return native || !schema.nullable;
    }
    if !native || object.required.iter().any(|r| r == key) {
        return false;
    }
    match &schema.shape {
        Shape::Scalar(_) if schema.drops_zero => *value == "" || *value == 0 || *value == false,
        Shape::List(_) => value.as_array().is_some_and(Vec::is_empty),
        Shape::Object(below) if below.additional.is_some() && below.fields.is_empty() => {
            value.as_object().is_some_and(Map::is_empty)
        }
        _ => false,
    }
}

/// Adds the structs, numbers and texts that Go never leaves out (`resources: {}`, `replicas: 0`).
fn add_structs(map: &mut Map<String, Value>, object: &Object) {
    for (name, field) in &object.fields {
        let Some(default) = field.default.as_ref().filter(|_| !map.contains_key(name)) else {
            continue;
        };
        if default.as_object().is_some_and(Map::is_empty) {
            let mut empty = Map::new();
            if let Shape::Object(below) = &field.shape {
                add_structs(&mut empty, below);
            }
            map.insert(name.clone(), Value::Object(empty));
        } else if !field.drops_zero && (*default == 0 || *default == "" || *default == false) {
            map.insert(name.clone(), default.clone());
        }
    }
}

/// What Go never leaves out of an object that has nothing.
pub(crate) fn filled(schema: &Schema) -> Value {
    let mut map = Map::new();
    if let Shape::Object(object) = &schema.shape {
        add_structs(&mut map, object);
    }
    Value::Object(map)
}

/// The object that a built-in has before anything is set: only its never-left-out structs, and nulls
/// for its required lists and maps.
///
/// # Source
///
/// What `fieldmanager` compares a created object with: the zero value of the Go type, as JSON.
pub(crate) fn zero(schema: &Schema) -> Value {
    let mut map = Map::new();
    if let Shape::Object(object) = &schema.shape {
        for (name, field) in &object.fields {
            match &field.shape {
                Shape::Object(_) if field.default.is_some() => {
                    map.insert(name.clone(), zero(field));
                }
                Shape::List(_) | Shape::Object(_) if object.required.contains(name) => {
                    map.insert(name.clone(), Value::Null);
                }
                _ => {}
            }
        }
    }
    Value::Object(map)
}
