//! Resource quantities in their canonical form (`0.5` → `500m`, `1024Mi` → `1Gi`).

use serde_json::Value;

/// Writes a quantity as the API server stores it, or `None` when it is not one.
///
/// # Source
///
/// `k8s.io/apimachinery/pkg/api/resource`, `Quantity.CanonicalizeBytes`.
pub(crate) fn canonical(value: &Value) -> Option<String> {
    let text = match value {
        Value::String(text) => text.trim().to_owned(),
        Value::Number(number) => number.to_string(),
        _ => return None,
    };
    let split = text
        .find(|c: char| !(c.is_ascii_digit() || matches!(c, '.' | '+' | '-')))
        .unwrap_or(text.len());
    let (number, suffix) = text.split_at(split);
    let nanos = to_nanos(number)?;
    match suffix {
        "Ki" | "Mi" | "Gi" | "Ti" | "Pi" | "Ei" => binary(nanos, suffix),
        _ => decimal(nanos, suffix),
    }
}

const NANO: i128 = 1_000_000_000;

/// A plain decimal number in billionths.
fn to_nanos(number: &str) -> Option<i128> {
    let (negative, digits) = match number.strip_prefix('-') {
        Some(rest) => (true, rest),
        None => (false, number.strip_prefix('+').unwrap_or(number)),
    };
    let (whole, fraction) = digits.split_once('.').unwrap_or((digits, ""));
    if whole.is_empty() && fraction.is_empty() || whole.len() > 18 {
        return None;
    }
    let whole: i128 = if whole.is_empty() { 0 } else { whole.parse().ok()? };
    let padded: String = fraction.chars().chain("000000000".chars()).take(9).collect();
    let nanos = whole * NANO + padded.parse::<i128>().ok()?;
    Some(if negative { -nanos } else { nanos })
}

fn binary(nanos: i128, suffix: &str) -> Option<String> {
    const STEPS: [&str; 7] = ["", "Ki", "Mi", "Gi", "Ti", "Pi", "Ei"];
    let power = STEPS.iter().position(|s| *s == suffix)?;
    let scaled = nanos.checked_mul(1_i128.checked_shl(u32::try_from(power * 10).ok()?)?)?;
    if scaled % NANO != 0 {
        return Some(format!("{}m", scaled / (NANO / 1000)));
    }
    let mut bytes = scaled / NANO;
    let mut step = 0;
    while bytes != 0 && bytes % 1024 == 0 && step < 6 {
        bytes /= 1024;
        step += 1;
    }
    Some(format!("{bytes}{}", STEPS[step]))
}

fn decimal(nanos: i128, suffix: &str) -> Option<String> {
    const STEPS: [(i32, &str); 10] = [
        (-9, "n"),
        (-6, "u"),
        (-3, "m"),
        (0, ""),
        (3, "k"),
        (6, "M"),
        (9, "G"),
        (12, "T"),
        (15, "P"),
        (18, "E"),
    ];
    let exponent = match suffix.strip_prefix(['e', 'E']).filter(|s| !s.is_empty()) {
        Some(power) => power.parse::<i32>().ok().filter(|p| (-9..=18).contains(p))?,
        None => STEPS.iter().find(|(_, s)| *s == suffix)?.0,
    };
    let mut scaled = nanos;
    let mut power = -9 + exponent;
    while power < -9 {
        scaled /= 10;
        power += 1;
    }
    if scaled == 0 {
        return Some("0".into());
    }
    while scaled % 10 == 0 && power < 18 {
        scaled /= 10;
        power += 1;
    }
    while power % 3 != 0 {
        scaled = scaled.checked_mul(10)?;
        power -= 1;
    }
    let (_, name) = STEPS.iter().find(|(p, _)| *p == power)?;
    Some(format!("{scaled}{name}"))
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn a_quantity_is_written_as_the_api_server_stores_it() {
        for (from, to) in [
            ("0.5", "500m"),
            ("1000m", "1"),
            ("1024Mi", "1Gi"),
            ("64Mi", "64Mi"),
            ("100m", "100m"),
            ("1500m", "1500m"),
            ("2", "2"),
            ("1.5Gi", "1536Mi"),
            ("1e3", "1k"),
            ("0", "0"),
            ("1000", "1k"),
        ] {
            assert_eq!(canonical(&json!(from)).as_deref(), Some(to), "{from}");
        }
        assert_eq!(canonical(&json!(1)).as_deref(), Some("1"));
        assert_eq!(canonical(&json!("abc")), None);
    }
}
