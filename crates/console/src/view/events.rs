//! `/events`: what the cluster reported lately.

use askama::Template;
use insight::{EventFilter, EventView, EventsView};
use jiff::Timestamp;

use super::render;
use super::shape::{Frame, Moment, object_path};
use crate::answer::Rendered;

#[derive(Template)]
#[template(path = "events.html")]
struct EventsPage {
    frame: Frame,
    events: Vec<Happening>,
    only_warnings: bool,
    about: Option<String>,
}

/// One event.
pub(crate) struct Happening {
    pub(crate) is_warning: bool,
    pub(crate) kind: &'static str,
    pub(crate) when: Option<Moment>,
    pub(crate) stage: Option<&'static str>,
    pub(crate) reason: String,
    pub(crate) object: String,
    pub(crate) path: String,
    pub(crate) message: String,
    pub(crate) count: i64,
    pub(crate) reporter: String,
}

impl Happening {
    pub(crate) fn new(now: Timestamp, event: &EventView) -> Self {
        Self {
            is_warning: event.is_warning,
            kind: event.kind(),
            when: event.at.map(|at| Moment::new(now, at)),
            stage: event.stage.map(insight::Stage::as_str),
            reason: event.reason.clone(),
            object: event.object.to_string(),
            path: object_path(&event.object),
            message: event.message.clone(),
            count: event.count,
            reporter: event.reporter.clone(),
        }
    }
}

/// Renders events.
pub(crate) fn events(view: &EventsView, filter: &EventFilter) -> Rendered {
    let json = if filter.warnings { "/api/v1/events?type=Warning" } else { "/api/v1/events" };
    let page = EventsPage {
        events: view.events.iter().map(|event| Happening::new(view.at, event)).collect(),
        only_warnings: filter.warnings,
        about: filter.object.as_ref().map(ToString::to_string),
        frame: Frame::new(view.at, "events", Some(json.to_owned())),
    };
    render(&page, &page.frame)
}
