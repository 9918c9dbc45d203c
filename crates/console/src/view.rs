//! Views shaped for the templates: every text ready, nothing left to decide.

mod app;
mod events;
mod explain;
mod overview;
mod shape;

use askama::Template;
use axum::http::StatusCode;
use jiff::Timestamp;

pub(crate) use self::app::app;
pub(crate) use self::events::events;
pub(crate) use self::explain::explain;
pub(crate) use self::overview::overview;
use self::shape::Frame;
use crate::answer::Rendered;
use crate::prose::{Piece, pieces};

/// The page that says what could not be shown.
#[derive(Template)]
#[template(path = "failure.html")]
struct FailurePage {
    frame: Frame,
    title: &'static str,
    causes: Vec<Vec<Piece>>,
}

/// Renders a failure, outermost cause first.
pub(crate) fn failure(status: StatusCode, causes: &[String], now: Timestamp) -> Rendered {
    let is_missing = status == StatusCode::NOT_FOUND;
    let title = if is_missing { "Not found" } else { "The cluster does not answer" };
    let page = FailurePage {
        frame: Frame::new(now, "", None),
        title,
        causes: causes.iter().map(|cause| pieces(cause)).collect(),
    };
    Rendered { status, ..render(&page, &page.frame) }
}

fn render(page: &impl Template, frame: &Frame) -> Rendered {
    // Rendering into a string fails only where a template itself reports failure; none does.
    let html = page.render().unwrap_or_default();
    Rendered { status: StatusCode::OK, html, stamp: frame.stamp.clone() }
}
