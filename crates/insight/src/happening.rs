//! What the cluster reported lately.

use cluster::{Fields, ObjectId};
use jiff::Timestamp;
use serde::Serialize;

use crate::Stage;
use crate::age::age_text;
use crate::redact::redact;
use crate::table::{Table, or_dash};
use crate::world::World;

/// One event.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventView {
    /// When it was last seen.
    pub at: Option<Timestamp>,
    /// Whether it is a warning.
    pub is_warning: bool,
    /// What it is about.
    pub object: ObjectId,
    /// The stage that the reason speaks of, for Flux's kinds.
    pub stage: Option<Stage>,
    /// A CamelCase reason.
    pub reason: String,
    /// The text, without credentials.
    pub message: String,
    /// How often it was seen.
    pub count: i64,
    /// Who reports it.
    pub reporter: String,
}

/// Which events are wanted; an empty filter takes all.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub struct EventFilter {
    /// Only about this kind and name; an empty namespace takes any.
    pub object: Option<crate::world::Target>,
    /// Only warnings.
    pub warnings: bool,
    /// At most this many, the newest.
    pub limit: Option<usize>,
}

/// Events, newest first.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct EventsView {
    /// When they were read.
    pub at: Timestamp,
    /// The events.
    pub events: Vec<EventView>,
    /// What could not be read.
    pub trouble: Vec<String>,
}

/// Selects the events about sources, Kustomizations and receivers.
pub fn events(world: &World, filter: &EventFilter) -> EventsView {
    let mut found = read_all(&world.events);
    found.retain(|event| filter.takes(event));
    found.truncate(filter.limit.unwrap_or(usize::MAX));
    EventsView { at: world.now, events: found, trouble: world.trouble.clone() }
}

impl EventFilter {
    fn takes(&self, event: &EventView) -> bool {
        let is_about = self.object.as_ref().is_none_or(|target| {
            target.kind.eq_ignore_ascii_case(&event.object.kind)
                && target.name == event.object.name
                && (target.namespace.is_empty() || target.namespace == event.object.namespace)
        });
        is_about && (event.is_warning || !self.warnings)
    }
}

/// Reads events, newest first.
pub(crate) fn read_all<'a>(events: impl IntoIterator<Item = &'a Fields>) -> Vec<EventView> {
    let mut found: Vec<EventView> = events.into_iter().map(EventView::read).collect();
    found.sort_by(|a, b| b.at.cmp(&a.at).then_with(|| a.object.cmp(&b.object)));
    found
}

impl EventView {
    fn read(event: &Fields) -> Self {
        let seen = cluster::EventView::read(event);
        Self {
            at: seen.last,
            is_warning: seen.is_warning,
            stage: api::stage_of(&seen.object.kind, "Ready", &seen.reason),
            object: seen.object,
            reason: seen.reason,
            message: redact(seen.message.trim()),
            count: seen.count,
            reporter: seen.reporter,
        }
    }

    /// `Warning` or `Normal`, as Kubernetes writes it.
    pub fn kind(&self) -> &'static str {
        if self.is_warning { "Warning" } else { "Normal" }
    }
}

impl EventsView {
    /// One row for each event.
    pub fn table(&self) -> Table {
        let rows = self.events.iter().map(|event| {
            let times =
                if event.count > 1 { format!(" (×{})", event.count) } else { String::new() };
            vec![
                age_text(self.at, event.at),
                event.kind().to_owned(),
                or_dash(event.stage.map(crate::Stage::as_str)),
                or_dash(Some(&event.reason)),
                event.object.to_string(),
                format!("{}{times}", event.message.replace('\n', " · ")),
            ]
        });
        Table {
            columns: vec!["LAST SEEN", "TYPE", "STAGE", "REASON", "OBJECT", "MESSAGE"],
            rows: rows.collect(),
        }
    }
}
