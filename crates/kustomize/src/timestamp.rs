//! The timestamps that YAML takes for a type of their own.

use std::borrow::Cow;

/// The form in which Go's `encoding/json` writes a YAML timestamp, or `None` when it is not one.
///
/// # Source
///
/// go-yaml, `parseTimestamp`: the layouts `2006-1-2T15:4:5.999999999Z07:00` (also with `t`),
/// `2006-1-2 15:4:5.999999999` and `2006-1-2`.
pub(crate) fn normal_form(text: &str) -> Option<Cow<'_, str>> {
    let bytes = text.as_bytes();
    if bytes.len() < 8 || bytes[4] != b'-' || !bytes[..4].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let date_end = text.find(['T', 't', ' ']).unwrap_or(text.len());
    let mut fields = text[5..date_end].split('-');
    let (month, day) = (number(fields.next()?, 2)?, number(fields.next()?, 2)?);
    if fields.next().is_some() || !is_day(text[..4].parse().ok()?, month, day) {
        return None;
    }
    let date = format!("{}-{month:02}-{day:02}", &text[..4]);
    if date_end == text.len() {
        return Some(Cow::Owned(format!("{date}T00:00:00Z")));
    }
    let rest = &text[date_end + 1..];
    let (clock, zone) = if bytes[date_end] == b' ' { (rest, "Z") } else { zone_of(rest)? };
    Some(Cow::Owned(format!("{date}T{}{zone}", clock_form(clock)?)))
}

fn number(text: &str, most: usize) -> Option<u32> {
    let good = (1..=most).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit());
    good.then(|| text.parse().ok()).flatten()
}

fn is_day(year: u32, month: u32, day: u32) -> bool {
    let leap = year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400));
    let days = match month {
        1 | 3 | 5 | 7 | 8 | 10 | 12 => 31,
        4 | 6 | 9 | 11 => 30,
        2 if leap => 29,
        2 => 28,
        _ => 0,
    };
    (1..=days).contains(&day)
}

fn zone_of(text: &str) -> Option<(&str, &str)> {
    if let Some(clock) = text.strip_suffix('Z') {
        return Some((clock, "Z"));
    }
    let at = text.rfind(['+', '-'])?;
    let (clock, zone) = text.split_at(at);
    let (hours, minutes) = zone[1..].split_once(':')?;
    let good = hours.len() == 2 && minutes.len() == 2;
    if !good || number(hours, 2)? > 24 || number(minutes, 2)? > 60 {
        return None;
    }
    Some((clock, if &zone[1..] == "00:00" { "Z" } else { zone }))
}

fn clock_form(clock: &str) -> Option<String> {
    let mut parts = clock.split(':');
    let (hour, minute) = (number(parts.next()?, 2)?, number(parts.next()?, 2)?);
    let seconds = parts.next()?;
    let (second, fraction) = match seconds.find(['.', ',']) {
        Some(at) => (&seconds[..at], &seconds[at + 1..]),
        None => (seconds, ""),
    };
    let second = number(second, 2)?;
    let fraction_is_good = fraction.bytes().all(|byte| byte.is_ascii_digit())
        && (!fraction.is_empty() || !seconds.contains(['.', ',']));
    if parts.next().is_some() || hour > 23 || minute > 59 || second > 59 || !fraction_is_good {
        return None;
    }
    let fraction = fraction[..fraction.len().min(9)].trim_end_matches('0');
    let point = if fraction.is_empty() { "" } else { "." };
    Some(format!("{hour:02}:{minute:02}:{second:02}{point}{fraction}"))
}
