//! When moves are allowed: weekly windows and freezes, in the time zone of the people concerned.

use jiff::civil::{Time, Weekday};
use jiff::tz::TimeZone;
use jiff::{SignedDuration, Timestamp, ToSpan as _};

/// A weekly window, as `Mon-Thu 09:00-16:00 Europe/Berlin`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Window {
    days: Vec<Weekday>,
    from: Time,
    to: Time,
    zone: TimeZone,
}

/// A span of time without moves.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Freeze {
    /// Its beginning.
    pub from: Timestamp,
    /// Its end.
    pub until: Timestamp,
    /// Why.
    pub reason: String,
}

/// The text is no window.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{text}` is no window: {reason}; write it as `Mon-Thu 09:00-16:00 Europe/Berlin`")]
pub struct WindowError {
    /// What was read.
    pub text: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Freeze {
    pub(crate) fn holds(&self, now: Timestamp) -> bool {
        self.from <= now && now < self.until
    }
}

impl Window {
    /// Reads days (`Mon`, `Mon-Fri`, `Mon,Wed,Fri`, `*`), times and a zone (`UTC` when left out).
    ///
    /// The end is not part of the window; an end of `24:00` is the end of the day.
    ///
    /// # Errors
    ///
    /// [`WindowError`] names the part that is wrong, an unknown zone included.
    pub fn parse(text: &str) -> Result<Self, WindowError> {
        let wrong = |reason| WindowError { text: text.to_owned(), reason };
        let mut words = text.split_whitespace();
        let days = words.next().and_then(days).ok_or_else(|| wrong("the days are not known"))?;
        let times = words.next().and_then(|times| times.split_once('-'));
        let (from, to) = times.ok_or_else(|| wrong("it has no times"))?;
        let from = time(from).ok_or_else(|| wrong("the first time does not parse"))?;
        let to = if to == "24:00" { Some(Time::MAX) } else { time(to) };
        let to = to.ok_or_else(|| wrong("the second time does not parse"))?;
        if to <= from {
            return Err(wrong("it ends before it begins"));
        }
        let zone = words.next().map_or(Ok(TimeZone::UTC), TimeZone::get);
        let zone = zone.map_err(|_| wrong("the time zone is not known"))?;
        if words.next().is_some() {
            return Err(wrong("something follows the time zone"));
        }
        Ok(Self { days, from, to, zone })
    }

    pub(crate) fn is_open(&self, now: Timestamp) -> bool {
        let local = now.to_zoned(self.zone.clone());
        let time = local.time();
        self.days.contains(&local.weekday()) && self.from <= time && time < self.to
    }

    /// The next beginning after `now`, within two weeks.
    pub(crate) fn next_opening(&self, now: Timestamp) -> Option<Timestamp> {
        let today = now.to_zoned(self.zone.clone()).date();
        (0..=14).find_map(|days| {
            let date = today.checked_add(days.days()).ok()?;
            let opens = date.to_datetime(self.from).to_zoned(self.zone.clone()).ok()?.timestamp();
            let is_next = self.days.contains(&date.weekday())
                && opens.duration_since(now) > SignedDuration::ZERO;
            is_next.then_some(opens)
        })
    }
}

fn days(text: &str) -> Option<Vec<Weekday>> {
    if text == "*" {
        return Some(Weekday::Monday.cycle_forward().take(7).collect());
    }
    let mut found = Vec::new();
    for part in text.split(',') {
        let (first, last) = part.split_once('-').unwrap_or((part, part));
        let (first, last) = (day(first)?, day(last)?);
        let until = first.cycle_forward().take(7).position(|day| day == last)?;
        found.extend(first.cycle_forward().take(until + 1));
    }
    Some(found)
}

fn day(text: &str) -> Option<Weekday> {
    match text.to_lowercase().as_str() {
        "mon" => Some(Weekday::Monday),
        "tue" => Some(Weekday::Tuesday),
        "wed" => Some(Weekday::Wednesday),
        "thu" => Some(Weekday::Thursday),
        "fri" => Some(Weekday::Friday),
        "sat" => Some(Weekday::Saturday),
        "sun" => Some(Weekday::Sunday),
        _ => None,
    }
}

fn time(text: &str) -> Option<Time> {
    let (hour, minute) = text.split_once(':')?;
    Time::new(hour.parse().ok()?, minute.parse().ok()?, 0, 0).ok()
}
