//! From a page to its HTML, and from a question to its JSON.

use std::fmt::Write as _;

use axum::http::StatusCode;
use insight::{Error, Insight};
use jiff::Timestamp;
use serde::Serialize;
use serde_json::Value;

use crate::page::{Page, Question};
use crate::view;

/// A page as HTML.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Rendered {
    pub(crate) status: StatusCode,
    pub(crate) html: String,
    /// The time of observation as the page shows it; the only text that changes by itself.
    pub(crate) stamp: String,
}

/// Answers a page; a failure is a page too.
pub(crate) async fn html(insight: &Insight, page: &Page, now: Timestamp) -> Rendered {
    let rendered = match page {
        Page::Overview => insight.status("", now).await.map(|status| view::overview(&status)),
        Page::App(name) => insight.app(name, now).await.map(|app| view::app(&app)),
        Page::Explain(target) => {
            insight.explain(target, now).await.map(|verdict| view::explain(&verdict))
        }
        Page::Events { filter } => {
            insight.events("", filter, now).await.map(|events| view::events(&events, filter))
        }
    };
    rendered.unwrap_or_else(|error| view::failure(status_of(&error), &causes(&error), now))
}

/// Answers a question as JSON.
pub(crate) async fn json(
    insight: &Insight,
    question: &Question,
    now: Timestamp,
) -> (StatusCode, Value) {
    let found = match question {
        Question::Page(Page::Overview) => value(insight.status("", now).await),
        Question::Page(Page::App(name)) => value(insight.app(name, now).await),
        Question::Page(Page::Explain(target)) => value(insight.explain(target, now).await),
        Question::Page(Page::Events { filter }) => value(insight.events("", filter, now).await),
        Question::Sources => value(insight.sources("", now).await),
        Question::Kustomizations => value(insight.kustomizations("", now).await),
        Question::Trace(target) => value(insight.trace(target, now).await),
        Question::Log { repository, channel } => {
            match insight.log(repository, channel, now).await {
                Ok(None) => {
                    let text = format!("nobody knows channel `{channel}` of `{repository}`");
                    return (StatusCode::NOT_FOUND, serde_json::json!({ "error": text }));
                }
                found => value(found),
            }
        }
    };
    match found {
        Ok(value) => (StatusCode::OK, value),
        Err(error) => {
            let body = serde_json::json!({ "error": causes(&error).join(": ") });
            (status_of(&error), body)
        }
    }
}

fn value(found: Result<impl Serialize, Error>) -> Result<Value, Error> {
    let view = found?;
    Ok(serde_json::to_value(view).expect("views are plain data with text keys"))
}

fn status_of(error: &Error) -> StatusCode {
    match error {
        Error::Cluster { .. } => StatusCode::BAD_GATEWAY,
        _ => StatusCode::NOT_FOUND,
    }
}

/// An error and what is behind it, outermost first.
fn causes(error: &Error) -> Vec<String> {
    let mut found = Vec::new();
    let mut next: Option<&dyn std::error::Error> = Some(error);
    while let Some(cause) = next {
        let mut text = String::new();
        write!(text, "{cause}").expect("writing to a string works");
        found.push(text);
        next = cause.source();
    }
    found
}
