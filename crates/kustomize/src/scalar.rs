//! What the text of a plain scalar means: the rules of go-yaml v3 (objects) and v2 (configuration).

use std::borrow::Cow;

use manifest::yaml::{Node, Style, Tag};

use crate::timestamp;

/// A scalar as JSON knows it.
#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Typed<'a> {
    Null,
    Bool(bool),
    /// Within the range of `i64` or `u64`.
    Int(i128),
    Float(f64),
    Text(Cow<'a, str>),
}

/// Which of the two YAML dialects of kustomize reads the text.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Dialect {
    /// go-yaml v3: resources and patches.
    Objects,
    /// sigs.k8s.io/yaml on go-yaml v2: kustomization files and JSON patches; `yes` is a boolean.
    Configuration,
}

/// The JSON value of a scalar of an object.
///
/// # Errors
///
/// A sentence, when the text cannot be of the type that the tag claims.
pub(crate) fn typed(node: &Node) -> Result<Typed<'_>, String> {
    let text = node.value.as_str();
    let string = || Typed::Text(Cow::Borrowed(text));
    let found = match node.tag {
        Tag::Str | Tag::Other(_) | Tag::Seq | Tag::Map => return Ok(string()),
        Tag::None if node.style != Style::Plain || text.contains('\n') => return Ok(string()),
        Tag::None => return Ok(resolve(text, Dialect::Objects)),
        Tag::Timestamp if node.style == Style::Plain => {
            return timestamp::normal_form(text).map(Typed::Text).ok_or_else(|| mismatch(node));
        }
        Tag::Binary => return binary(text).ok_or_else(|| mismatch(node)),
        Tag::Merge | Tag::Timestamp => return Ok(string()),
        _ => resolve(text, Dialect::Objects),
    };
    match (&node.tag, found) {
        (Tag::Null, Typed::Null) => Ok(Typed::Null),
        (Tag::Bool, found @ Typed::Bool(_))
        | (Tag::Int, found @ Typed::Int(_))
        | (Tag::Float, found @ Typed::Float(_)) => Ok(found),
        #[expect(clippy::cast_precision_loss, reason = "go-yaml converts likewise")]
        (Tag::Float, Typed::Int(value)) => Ok(Typed::Float(value as f64)),
        _ => Err(mismatch(node)),
    }
}

fn mismatch(node: &Node) -> String {
    format!("cannot decode `{}` as a {}", node.value, node.tag.as_str())
}

fn binary(text: &str) -> Option<Typed<'_>> {
    use base64::Engine as _;
    let compact: String = text.chars().filter(|c| !c.is_ascii_whitespace()).collect();
    let bytes = base64::engine::general_purpose::STANDARD.decode(compact).ok()?;
    Some(Typed::Text(Cow::Owned(String::from_utf8_lossy(&bytes).into_owned())))
}

/// The value of a plain scalar.
pub(crate) fn resolve(text: &str, dialect: Dialect) -> Typed<'_> {
    let string = Typed::Text(Cow::Borrowed(text));
    let Some(first) = text.bytes().next() else { return Typed::Null };
    match first {
        b'+' | b'-' | b'0'..=b'9' => number(text).unwrap_or(string),
        b'.' => point(text).unwrap_or(string),
        b'~' | b'n' | b'N' | b't' | b'T' | b'f' | b'F' | b'o' | b'O' | b'y' | b'Y' => {
            word(text, dialect).unwrap_or(string)
        }
        _ => string,
    }
}

/// Whether a string would be read as something else if it stood there without quotes.
pub(crate) fn needs_quotes(text: &str) -> bool {
    !matches!(resolve(text, Dialect::Configuration), Typed::Text(Cow::Borrowed(_)))
        || text == "<<"
        || is_base_60(text)
}

fn word(text: &str, dialect: Dialect) -> Option<Typed<'static>> {
    match text {
        "~" | "null" | "Null" | "NULL" => Some(Typed::Null),
        "true" | "True" | "TRUE" => Some(Typed::Bool(true)),
        "false" | "False" | "FALSE" => Some(Typed::Bool(false)),
        _ if dialect == Dialect::Objects => None,
        "y" | "Y" | "yes" | "Yes" | "YES" | "on" | "On" | "ON" => Some(Typed::Bool(true)),
        "n" | "N" | "no" | "No" | "NO" | "off" | "Off" | "OFF" => Some(Typed::Bool(false)),
        _ => None,
    }
}

fn point(text: &str) -> Option<Typed<'static>> {
    match text {
        ".nan" | ".NaN" | ".NAN" => Some(Typed::Float(f64::NAN)),
        ".inf" | ".Inf" | ".INF" => Some(Typed::Float(f64::INFINITY)),
        _ if is_float(text) => text.parse().ok().map(Typed::Float),
        _ => None,
    }
}

fn number(text: &str) -> Option<Typed<'_>> {
    match text {
        "+.inf" | "+.Inf" | "+.INF" => return Some(Typed::Float(f64::INFINITY)),
        "-.inf" | "-.Inf" | "-.INF" => return Some(Typed::Float(f64::NEG_INFINITY)),
        _ => {}
    }
    if let Some(time) = timestamp::normal_form(text) {
        // Never borrowed, so that callers can tell it from a string that stands for itself.
        return Some(Typed::Text(Cow::Owned(time.into_owned())));
    }
    let plain: Cow<'_, str> =
        if text.contains('_') { Cow::Owned(text.replace('_', "")) } else { Cow::Borrowed(text) };
    if let Some(value) = integer(&plain) {
        return Some(Typed::Int(value));
    }
    if is_float(&plain) {
        let value: f64 = plain.parse().ok()?;
        return value.is_finite().then_some(Typed::Float(value));
    }
    None
}

/// Go's `strconv.ParseInt(text, 0, 64)` or, failing that, `ParseUint`.
pub(crate) fn integer(text: &str) -> Option<i128> {
    let (negative, digits) = match text.as_bytes().first()? {
        b'-' => (true, &text[1..]),
        b'+' => (false, &text[1..]),
        _ => (false, text),
    };
    let signed = digits.len() != text.len();
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    if digits.is_empty() || !digits.bytes().all(|byte| char::from(byte).is_digit(radix)) {
        return None;
    }
    let value = i128::from_str_radix(digits, radix).ok()?;
    let value = if negative { -value } else { value };
    let limit = if signed { i128::from(i64::MAX) } else { i128::from(u64::MAX) };
    (i128::from(i64::MIN)..=limit).contains(&value).then_some(value)
}

/// `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`
fn is_float(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    let (mantissa, exponent) = match text.find(['e', 'E']) {
        Some(at) => (&text[..at], Some(&text[at + 1..])),
        None => (text, None),
    };
    let digits = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    let mantissa_is_good = match mantissa.split_once('.') {
        Some(("", fraction)) => !fraction.is_empty() && digits(fraction),
        Some((whole, fraction)) => digits(whole) && digits(fraction),
        None => !mantissa.is_empty() && digits(mantissa),
    };
    let exponent_is_good = exponent.is_none_or(|exponent| {
        let exponent = exponent.strip_prefix(['-', '+']).unwrap_or(exponent);
        !exponent.is_empty() && digits(exponent)
    });
    mantissa_is_good && exponent_is_good
}

/// `^[-+]?[0-9][0-9_]*(?::[0-5]?[0-9])+(?:\.[0-9_]*)?$`
fn is_base_60(text: &str) -> bool {
    let text = text.strip_prefix(['-', '+']).unwrap_or(text);
    if !text.starts_with(|c: char| c.is_ascii_digit()) || !text.contains(':') {
        return false;
    }
    let (whole, fraction) = text.split_once('.').unwrap_or((text, ""));
    let mut parts = whole.split(':');
    let loose = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit() || byte == b'_');
    let sixty = |part: &str| match part.as_bytes() {
        [unit] => unit.is_ascii_digit(),
        [ten, unit] => (b'0'..=b'5').contains(ten) && unit.is_ascii_digit(),
        _ => false,
    };
    loose(parts.next().unwrap_or_default()) && parts.all(sixty) && loose(fraction)
}

/// Writes a float as Go's `strconv.FormatFloat(value, 'g', -1, 64)`.
pub(crate) fn shortest(value: f64) -> String {
    if value == 0.0 {
        return if value.is_sign_negative() { "-0".to_owned() } else { "0".to_owned() };
    }
    let (mantissa, exponent) = split(value);
    if (-4..6).contains(&exponent) {
        return format!("{value}");
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{mantissa}e{sign}{:02}", exponent.abs())
}

/// Writes a float as Go's `encoding/json`.
pub(crate) fn json_number(value: f64) -> String {
    let size = value.abs();
    if size != 0.0 && !(1e-6..1e21).contains(&size) {
        let (mantissa, exponent) = split(value);
        let sign = if exponent < 0 { '-' } else { '+' };
        return format!("{mantissa}e{sign}{}", exponent.abs());
    }
    if value == 0.0 && value.is_sign_negative() {
        return "-0".to_owned();
    }
    format!("{value}")
}

/// The shortest digits, as `d.ddd`, and the exponent of ten.
fn split(value: f64) -> (String, i32) {
    let text = format!("{value:e}");
    let (mantissa, exponent) = text.split_once('e').unwrap_or((&text, "0"));
    (mantissa.to_owned(), exponent.parse().unwrap_or(0))
}

#[cfg(test)]
mod tests;
