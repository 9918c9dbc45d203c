//! Numbers as Go reads and prints them.

use crate::yaml::resolve::Resolved;

/// Reads an integer or float that begins with a sign or digit; underscores are ignored.
pub(super) fn parse(text: &str) -> Resolved {
    let stripped;
    let plain = if text.contains('_') {
        stripped = text.replace('_', "");
        stripped.as_str()
    } else {
        text
    };
    if let Some(integer) = parse_integer(plain) {
        return integer;
    }
    match parse_decimal(plain) {
        Some(float) => Resolved::Float(float),
        None => Resolved::Str,
    }
}

/// Reads a float that begins with a point; underscores may stand between digits.
pub(super) fn parse_point(text: &str) -> Option<f64> {
    if !text.contains('_') {
        return parse_decimal(text);
    }
    let is_digit = |byte: Option<&u8>| byte.is_some_and(u8::is_ascii_digit);
    let bytes = text.as_bytes();
    let separates = |(at, byte): (usize, &u8)| {
        *byte != b'_' || is_digit(bytes.get(at + 1)) && is_digit(bytes.get(at.wrapping_sub(1)))
    };
    if bytes.iter().enumerate().all(separates) {
        parse_decimal(&text.replace('_', ""))
    } else {
        None
    }
}

/// Go's `ParseInt` and `ParseUint` with base 0.
fn parse_integer(text: &str) -> Option<Resolved> {
    let (negative, has_sign, digits) = match text.as_bytes().first()? {
        b'-' => (true, true, &text[1..]),
        b'+' => (false, true, &text[1..]),
        _ => (false, false, text),
    };
    let magnitude = parse_magnitude(digits)?;
    if negative {
        return 0i64.checked_sub_unsigned(magnitude).map(Resolved::Int);
    }
    match i64::try_from(magnitude) {
        Ok(value) => Some(Resolved::Int(value)),
        Err(_) if has_sign => None,
        Err(_) => Some(Resolved::Uint(magnitude)),
    }
}

fn parse_magnitude(digits: &str) -> Option<u64> {
    let (radix, digits) = match digits.as_bytes() {
        [b'0', b'x' | b'X', ..] => (16, &digits[2..]),
        [b'0', b'o' | b'O', ..] => (8, &digits[2..]),
        [b'0', b'b' | b'B', ..] => (2, &digits[2..]),
        [b'0', _, ..] => (8, &digits[1..]),
        _ => (10, digits),
    };
    // `from_str_radix` would allow a second sign.
    if digits.starts_with(['+', '-']) {
        return None;
    }
    u64::from_str_radix(digits, radix).ok()
}

/// A float in the notation `^[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?$`; `None` when it
/// is too large.
fn parse_decimal(text: &str) -> Option<f64> {
    if !is_decimal(text.as_bytes()) {
        return None;
    }
    text.parse().ok().filter(|value: &f64| value.is_finite())
}

fn is_decimal(bytes: &[u8]) -> bool {
    let digits =
        |from: usize| bytes[from..].iter().take_while(|byte| byte.is_ascii_digit()).count();
    let mut at = usize::from(matches!(bytes.first(), Some(b'+' | b'-')));
    let whole = digits(at);
    at += whole;
    if bytes.get(at) == Some(&b'.') {
        let fraction = digits(at + 1);
        if whole == 0 && fraction == 0 {
            return false;
        }
        at += 1 + fraction;
    } else if whole == 0 {
        return false;
    }
    if matches!(bytes.get(at), Some(b'e' | b'E')) {
        at += 1 + usize::from(matches!(bytes.get(at + 1), Some(b'+' | b'-')));
        let exponent = digits(at);
        if exponent == 0 {
            return false;
        }
        at += exponent;
    }
    at == bytes.len()
}

/// Prints a float as Go's `FormatFloat(value, 'g', -1, 64)`, with YAML's names for the others.
pub(crate) fn print_float(value: f64) -> String {
    print(value, &format!("{value:e}"))
}

/// As [`print_float`], with the precision of 32 bits.
pub(crate) fn print_short_float(value: f64) -> String {
    #[expect(clippy::cast_possible_truncation, reason = "as Go rounds it")]
    let short = value as f32;
    print(f64::from(short), &format!("{short:e}"))
}

fn print(value: f64, scientific: &str) -> String {
    if value.is_nan() {
        return ".nan".into();
    }
    if value.is_infinite() {
        return if value > 0.0 { ".inf".into() } else { "-.inf".into() };
    }
    let (digits, exponent) = scientific.split_once('e').unwrap_or((scientific, "0"));
    let exponent: i32 = exponent.parse().unwrap_or(0);
    if (-4..6).contains(&exponent) {
        return point(digits, exponent);
    }
    let sign = if exponent < 0 { '-' } else { '+' };
    format!("{digits}e{sign}{:02}", exponent.abs())
}

/// Moves the decimal point of `1.25` by `exponent` places.
fn point(digits: &str, exponent: i32) -> String {
    let (sign, digits) = digits.strip_prefix('-').map_or(("", digits), |rest| ("-", rest));
    let bare = digits.replace('.', "");
    let shift = usize::try_from(exponent.abs()).unwrap_or(0);
    if exponent < 0 {
        return format!("{sign}0.{}{bare}", "0".repeat(shift - 1));
    }
    if bare.len() <= shift + 1 {
        return format!("{sign}{bare}{}", "0".repeat(shift + 1 - bare.len()));
    }
    format!("{sign}{}.{}", &bare[..=shift], &bare[shift + 1..])
}
