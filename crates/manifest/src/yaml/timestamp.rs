//! Timestamps as Go reads them from YAML and prints them to JSON.

use std::fmt::Write as _;

/// A date, perhaps with a time of day, which is in UTC unless an offset is given.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Timestamp {
    year: u32,
    month: u32,
    day: u32,
    hour: u32,
    minute: u32,
    second: u32,
    nanosecond: u32,
    /// Minutes east of UTC.
    offset: i32,
}

/// Reads `2006-1-2`, `2006-1-2 15:4:5.9`, or `2006-1-2T15:4:5.9Z07:00`.
///
/// # Source
///
/// go.yaml.in/yaml/v3 v3.0.3 `parseTimestamp` with Go's `time.Parse`: fields of one or two digits,
/// any number of digits in the fraction, a comma for its point, offsets up to 24:60.
pub(super) fn parse(text: &str) -> Option<Timestamp> {
    let bytes = text.as_bytes();
    if bytes.len() < 6 || bytes[4] != b'-' || !bytes[..4].iter().all(u8::is_ascii_digit) {
        return None;
    }
    let mut rest = Reader(&bytes[5..]);
    let mut time = Timestamp { year: text[..4].parse().ok()?, ..Timestamp::default() };
    time.month = rest.number()?;
    rest.expect(b'-')?;
    time.day = rest.number()?;
    let is_date =
        (1..=12).contains(&time.month) && (1..=days_in(time.month, time.year)).contains(&time.day);
    if !is_date {
        return None;
    }
    match rest.0 {
        [] => return Some(time),
        [b'T' | b't', ..] => {
            rest.0 = &rest.0[1..];
            rest.clock(&mut time)?;
            time.offset = rest.offset()?;
        }
        [b' ', ..] => {
            rest.0 = rest.0.trim_ascii_start();
            rest.clock(&mut time)?;
        }
        _ => return None,
    }
    rest.0.is_empty().then_some(time)
}

impl Timestamp {
    /// The form that Go writes to JSON; `None` when Go refuses because of the offset.
    pub(crate) fn to_json(self) -> Option<String> {
        let mut text = format!(
            "{:04}-{:02}-{:02}T{:02}:{:02}:{:02}",
            self.year, self.month, self.day, self.hour, self.minute, self.second
        );
        if self.nanosecond > 0 {
            let digits = format!("{:09}", self.nanosecond);
            text.push('.');
            text.push_str(digits.trim_end_matches('0'));
        }
        let (hours, minutes) = (self.offset.abs() / 60, self.offset.abs() % 60);
        if hours > 23 {
            return None;
        }
        if self.offset == 0 {
            text.push('Z');
        } else {
            let sign = if self.offset < 0 { '-' } else { '+' };
            write!(text, "{sign}{hours:02}:{minutes:02}").ok()?;
        }
        Some(text)
    }
}

struct Reader<'a>(&'a [u8]);

impl Reader<'_> {
    fn expect(&mut self, byte: u8) -> Option<()> {
        self.0 = self.0.strip_prefix(&[byte])?;
        Some(())
    }

    /// One or two digits.
    fn number(&mut self) -> Option<u32> {
        let length = self.0.iter().take(2).take_while(|byte| byte.is_ascii_digit()).count();
        let (digits, rest) = self.0.split_at(length);
        self.0 = rest;
        std::str::from_utf8(digits).ok()?.parse().ok()
    }

    fn clock(&mut self, time: &mut Timestamp) -> Option<()> {
        time.hour = self.number().filter(|hour| *hour < 24)?;
        self.expect(b':')?;
        time.minute = self.number().filter(|minute| *minute < 60)?;
        self.expect(b':')?;
        time.second = self.number().filter(|second| *second < 60)?;
        if let [b'.' | b',', first, ..] = self.0
            && first.is_ascii_digit()
        {
            let length = self.0[1..].iter().take_while(|byte| byte.is_ascii_digit()).count();
            let digits = &self.0[1..=length];
            let mut padded = [b'0'; 9];
            let kept = length.min(9);
            padded[..kept].copy_from_slice(&digits[..kept]);
            time.nanosecond = std::str::from_utf8(&padded).ok()?.parse().ok()?;
            self.0 = &self.0[length + 1..];
        }
        Some(())
    }

    /// `Z` or `+07:00`, in minutes.
    fn offset(&mut self) -> Option<i32> {
        if self.expect(b'Z').is_some() {
            return Some(0);
        }
        let [sign @ (b'+' | b'-'), h1, h2, b':', m1, m2, rest @ ..] = self.0 else { return None };
        let two = |high: &u8, low: &u8| {
            let digit = |byte: u8| char::from(byte).to_digit(10);
            i32::try_from(digit(*high)? * 10 + digit(*low)?).ok()
        };
        let (hours, minutes) = (two(h1, h2)?, two(m1, m2)?);
        if hours > 24 || minutes > 60 {
            return None;
        }
        let total = hours * 60 + minutes;
        let signed = if *sign == b'-' { -total } else { total };
        self.0 = rest;
        Some(signed)
    }
}

fn days_in(month: u32, year: u32) -> u32 {
    match month {
        2 if year.is_multiple_of(4) && (!year.is_multiple_of(100) || year.is_multiple_of(400)) => {
            29
        }
        2 => 28,
        4 | 6 | 9 | 11 => 30,
        _ => 31,
    }
}
