//! Reads what Go's typed clients send: Kubernetes objects as protobuf.
//!
//! `kubectl create` and every controller with typed clients send the built-in kinds so, whatever the
//! server would rather have. The table beside this file says, for each of them, which field number is
//! which JSON field; answers are JSON, which all clients take.
//!
//! # Source
//!
//! Kubernetes API conventions, "Alternate representations of resources": the prefix `k8s\0`, then a
//! `runtime.Unknown` around the object.

mod table;
#[cfg(test)]
mod tests;
mod wire;

use base64::{Engine as _, engine::general_purpose::STANDARD};
use jiff::Timestamp;
use serde_json::{Map, Value};

pub(crate) use table::Table;
use table::{Field, Shape, Type};
use wire::{Wire, fields};

/// Objects are not nested deeper than this.
const DEEPEST: usize = 50;

/// Reads one object, as its JSON.
///
/// # Errors
///
/// Says, for the client, why the bytes are no object of a known kind.
pub(crate) fn decode(bytes: &[u8]) -> Result<Value, String> {
    let unknown = bytes.strip_prefix(b"k8s\0").ok_or("the body does not start as protobuf does")?;
    let (mut api_version, mut kind, mut raw) = (String::new(), String::new(), &[][..]);
    for field in fields(unknown) {
        match field? {
            (1, Wire::Bytes(type_meta)) => {
                for field in fields(type_meta) {
                    match field? {
                        (1, Wire::Bytes(bytes)) => api_version = text(bytes)?,
                        (2, Wire::Bytes(bytes)) => kind = text(bytes)?,
                        _ => {}
                    }
                }
            }
            (2, Wire::Bytes(bytes)) => raw = bytes,
            _ => {}
        }
    }
    let table = Table::built_in();
    let name = table
        .kind(&api_version, &kind)
        .ok_or_else(|| format!("`{kind}` of `{api_version}` is not known as protobuf"))?;
    let mut object = message(table, name, raw, 0)?;
    object.insert("apiVersion".into(), api_version.into());
    object.insert("kind".into(), kind.into());
    Ok(Value::Object(object))
}

/// Reads a message of the named type.
fn message(
    table: &Table,
    name: &str,
    bytes: &[u8],
    depth: usize,
) -> Result<Map<String, Value>, String> {
    if depth > DEEPEST {
        return Err("the object is nested too deeply".into());
    }
    let mut object = Map::new();
    for field in fields(bytes) {
        let (number, wire) = field?;
        // A field of a newer Kubernetes is dropped, as an older server would.
        let Some(field) = table.field(name, number) else { continue };
        put(table, field, &wire, &mut object, depth)?;
    }
    Ok(object)
}

/// Puts one field of a message into its object.
fn put(
    table: &Table,
    field: &Field<'_>,
    wire: &Wire<'_>,
    object: &mut Map<String, Value>,
    depth: usize,
) -> Result<(), String> {
    let key = || field.json.to_owned();
    match field.shape {
        Shape::One => {
            let found = value(table, field.of, wire, depth)?;
            match found {
                Value::Object(inner) if field.json.is_empty() => object.extend(inner),
                Value::Null => {}
                zero if field.drops_zero && is_zero(&zero) => {}
                found => drop(object.insert(key(), found)),
            }
        }
        Shape::List => {
            let list = object.entry(key()).or_insert_with(|| Value::Array(Vec::new()));
            if let Value::Array(list) = list {
                list.push(value(table, field.of, wire, depth)?);
            }
        }
        Shape::Map => {
            let map = object.entry(key()).or_insert_with(|| Value::Object(Map::new()));
            if let Value::Object(map) = map {
                let (name, item) = entry(table, field.of, wire, depth)?;
                map.insert(name, item);
            }
        }
    }
    Ok(())
}

/// Reads one pair of a map; what is zero does not travel.
fn entry(
    table: &Table,
    of: Type<'_>,
    wire: &Wire<'_>,
    depth: usize,
) -> Result<(String, Value), String> {
    let (mut name, mut item) = (String::new(), None);
    for field in fields(wire.bytes()?) {
        match field? {
            (1, key) => name = text(key.bytes()?)?,
            (2, found) => item = Some(value(table, of, &found, depth)?),
            _ => {}
        }
    }
    let item = match item {
        Some(item) => item,
        None => value(table, of, &Wire::Bytes(&[]), depth)?,
    };
    Ok((name, item))
}

/// Reads a value as JSON writes it.
fn value(table: &Table, of: Type<'_>, wire: &Wire<'_>, depth: usize) -> Result<Value, String> {
    Ok(match of {
        Type::Text => text(wire.bytes()?)?.into(),
        Type::Bool => (wire.integer()? != 0).into(),
        Type::Integer => wire.integer()?.into(),
        Type::Double => wire.double()?.into(),
        Type::Bytes => STANDARD.encode(wire.bytes()?).into(),
        Type::Quantity => text(first(wire, 1)?)?.into(),
        Type::IntegerOrText => integer_or_text(wire)?,
        Type::Time { micro } => time(wire, micro)?,
        Type::Raw => raw(first(wire, 1)?)?,
        Type::Message(name) => Value::Object(message(table, name, wire.bytes()?, depth + 1)?),
    })
}

/// The bytes of a message's field; empty when it has none.
fn first<'a>(wire: &Wire<'a>, wanted: u64) -> Result<&'a [u8], String> {
    for field in fields(wire.bytes()?) {
        match field? {
            (number, Wire::Bytes(bytes)) if number == wanted => return Ok(bytes),
            _ => {}
        }
    }
    Ok(&[])
}

/// `intstr.IntOrString`: which of the two, the number, the text.
fn integer_or_text(wire: &Wire<'_>) -> Result<Value, String> {
    let (mut is_text, mut number, mut word) = (false, 0, String::new());
    for field in fields(wire.bytes()?) {
        match field? {
            (1, wire) => is_text = wire.integer()? == 1,
            (2, wire) => number = wire.integer()?,
            (3, wire) => word = text(wire.bytes()?)?,
            _ => {}
        }
    }
    Ok(if is_text { word.into() } else { number.into() })
}

/// Seconds and nanoseconds; no time at all is null.
fn time(wire: &Wire<'_>, micro: bool) -> Result<Value, String> {
    let bytes = wire.bytes()?;
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    let (mut seconds, mut nanoseconds) = (0, 0);
    for field in fields(bytes) {
        match field? {
            (1, wire) => seconds = wire.integer()?,
            (2, wire) => nanoseconds = wire.integer()?,
            _ => {}
        }
    }
    let nanoseconds = i32::try_from(nanoseconds).map_err(|_| "a time is out of range")?;
    let time = Timestamp::new(seconds, nanoseconds).map_err(|_| "a time is out of range")?;
    let format = if micro { "%Y-%m-%dT%H:%M:%S%.6fZ" } else { "%Y-%m-%dT%H:%M:%SZ" };
    Ok(time.strftime(format).to_string().into())
}

/// JSON inside protobuf.
fn raw(bytes: &[u8]) -> Result<Value, String> {
    if bytes.is_empty() {
        return Ok(Value::Null);
    }
    serde_json::from_slice(bytes).map_err(|error| format!("raw JSON in the body: {error}"))
}

fn text(bytes: &[u8]) -> Result<String, String> {
    String::from_utf8(bytes.to_owned()).map_err(|_| "a text in the body is not UTF-8".to_owned())
}

/// Whether Go's JSON leaves the value out.
fn is_zero(value: &Value) -> bool {
    match value {
        Value::Bool(yes) => !yes,
        Value::Number(number) => number.as_f64() == Some(0.0),
        Value::String(text) => text.is_empty(),
        _ => false,
    }
}
