//! The order of mapping keys in output.

use std::cmp::Ordering;

/// Compares two keys: letters after other characters, runs of digits by their number.
///
/// # Source
///
/// go-yaml v2, `keyList.Less`.
pub(crate) fn compare(a: &str, b: &str) -> Ordering {
    let common = a.bytes().zip(b.bytes()).take_while(|(x, y)| x == y).count();
    if a.len() == b.len() && common == a.len() {
        return Ordering::Equal;
    }
    // The first difference may stand within a character of several bytes.
    let start = (0..=common).rev().find(|at| a.is_char_boundary(*at) && b.is_char_boundary(*at));
    let start = start.unwrap_or(0);
    let (Some(x), Some(y)) = (a[start..].chars().next(), b[start..].chars().next()) else {
        return a.len().cmp(&b.len());
    };
    match (is_letter(x), is_letter(y)) {
        (true, true) => x.cmp(&y),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => compare_numbers(a, b, start).then(x.cmp(&y)),
    }
}

/// Compares the runs of digits from `start` on, where the keys differ for the first time.
fn compare_numbers(a: &str, b: &str, start: usize) -> Ordering {
    let (rest_a, rest_b) = (&a[start..], &b[start..]);
    let mut seed = 0_i64;
    if rest_a.starts_with('0') || rest_b.starts_with('0') {
        let before = a[..start].bytes().rev().take_while(u8::is_ascii_digit);
        seed = i64::from(before.into_iter().any(|digit| digit != b'0'));
    }
    let (number_a, length_a) = number(rest_a, seed);
    let (number_b, length_b) = number(rest_b, seed);
    number_a.cmp(&number_b).then(length_a.cmp(&length_b))
}

fn number(text: &str, seed: i64) -> (i64, usize) {
    let digits = text.bytes().take_while(u8::is_ascii_digit);
    digits.fold((seed, 0), |(value, length), digit| {
        (value.wrapping_mul(10).wrapping_add(i64::from(digit - b'0')), length + 1)
    })
}

fn is_letter(c: char) -> bool {
    if c.is_ascii() { c.is_ascii_alphabetic() } else { c.is_alphabetic() }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn digits_count_as_numbers_and_stand_before_letters() {
        let mut keys = ["b", "a10", "a2", "a", "1", "A", "a-b", "ab", "_x", "a02"];
        keys.sort_by(|x, y| compare(x, y));
        assert_eq!(keys, ["_x", "1", "A", "a", "a-b", "a2", "a02", "a10", "ab", "b"]);
    }
}
