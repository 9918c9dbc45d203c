//! The order that go-yaml v2 gives to the keys of a mapping: numbers within names count as numbers.

use std::cmp::Ordering;

/// Sorts entries into go-yaml's order.
///
/// Merges by hand: the standard library's sort may panic, as the order is not total for all keys.
pub(super) fn sort<T>(entries: &mut Vec<(&str, T)>) {
    if entries.windows(2).all(|pair| compare(pair[0].0, pair[1].0).is_lt()) {
        return;
    }
    let mut runs: Vec<Vec<(&str, T)>> = Vec::new();
    for entry in entries.drain(..) {
        match runs.last_mut() {
            Some(run) if run.last().is_some_and(|last| compare(last.0, entry.0).is_lt()) => {
                run.push(entry);
            }
            _ => runs.push(vec![entry]),
        }
    }
    while runs.len() > 1 {
        let mut merged = Vec::with_capacity(runs.len().div_ceil(2));
        let mut pairs = runs.into_iter();
        while let Some(left) = pairs.next() {
            merged.push(match pairs.next() {
                Some(right) => merge(left, right),
                None => left,
            });
        }
        runs = merged;
    }
    entries.extend(runs.into_iter().flatten());
}

fn merge<'a, T>(left: Vec<(&'a str, T)>, right: Vec<(&'a str, T)>) -> Vec<(&'a str, T)> {
    let mut merged = Vec::with_capacity(left.len() + right.len());
    let (mut left, mut right) = (left.into_iter().peekable(), right.into_iter().peekable());
    loop {
        let takes_right = match (left.peek(), right.peek()) {
            (Some(one), Some(other)) => compare(other.0, one.0).is_lt(),
            (Some(_), None) => false,
            (None, Some(_)) => true,
            (None, None) => return merged,
        };
        merged.extend(if takes_right { right.next() } else { left.next() });
    }
}

/// # Source
///
/// go.yaml.in/yaml/v2 v2.4.2 `keyList.Less`.
pub(super) fn compare(one: &str, other: &str) -> Ordering {
    let common = one
        .char_indices()
        .zip(other.chars())
        .find(|((_, left), right)| left != right)
        .map(|((at, _), _)| at);
    let Some(at) = common else { return one.len().cmp(&other.len()) };
    let (left, right) = (&one[at..], &other[at..]);
    let first = |text: &str| text.chars().next().unwrap_or_default();
    let (a, b) = (first(left), first(right));
    match (a.is_alphabetic(), b.is_alphabetic()) {
        (true, true) => a.cmp(&b),
        (true, false) => Ordering::Greater,
        (false, true) => Ordering::Less,
        (false, false) => {
            let follows_number = (a == '0' || b == '0') && ends_in_number(&one[..at]);
            let (left_value, left_digits) = leading_number(left, follows_number);
            let (right_value, right_digits) = leading_number(right, follows_number);
            left_value.cmp(&right_value).then(left_digits.cmp(&right_digits)).then(a.cmp(&b))
        }
    }
}

/// Whether the digits at the end are not all zeros.
fn ends_in_number(text: &str) -> bool {
    text.chars().rev().take_while(|it| it.is_numeric()).any(|it| it != '0')
}

/// The number that a text begins with, wrapped as Go's integers do, and how many digits it has.
fn leading_number(text: &str, follows_number: bool) -> (i64, usize) {
    let digits = text.chars().take_while(|it| it.is_numeric());
    digits.fold((i64::from(follows_number), 0), |(value, count), digit| {
        let step = i64::from(u32::from(digit)) - i64::from(u32::from('0'));
        (value.wrapping_mul(10).wrapping_add(step), count + 1)
    })
}
