//! `/explain/<kind>/<namespace>/<name>`: one verdict.

use askama::Template;
use insight::{BundleName, CauseView, ExplainView, Hint};
use jiff::Timestamp;

use super::events::Happening;
use super::render;
use super::shape::{Frame, Moment, Step, Stop, object_path, rail};
use crate::answer::Rendered;
use crate::prose::{Piece, pieces};

#[derive(Template)]
#[template(path = "explain.html")]
struct ExplainPage {
    frame: Frame,
    object: String,
    state: &'static str,
    sign: &'static str,
    word: String,
    verdict: Vec<Piece>,
    why: Vec<Piece>,
    since: Option<Moment>,
    rail: Vec<Stop>,
    cause: Option<First>,
    condition: Option<(String, String)>,
    hint: Option<Advice>,
    now: Vec<Piece>,
    bundle: Option<Named>,
    last_good: Option<Named>,
    mover: Option<Step>,
    channel: Option<String>,
    marks: Vec<String>,
    unhealthy: Vec<Ill>,
    delivery: (String, String),
    source: (String, String),
    folder: String,
    events: Vec<Happening>,
    trouble: Vec<Vec<Piece>>,
}

/// The first cause.
struct First {
    reason: String,
    message: String,
    object: String,
    container: Option<String>,
    image: Option<String>,
}

struct Advice {
    text: Vec<Piece>,
    command: Option<String>,
}

struct Named {
    name: String,
    digest: String,
    is_version: bool,
    at: Option<Moment>,
}

struct Ill {
    object: String,
    status: String,
    message: String,
}

/// Renders one verdict.
pub(crate) fn explain(view: &ExplainView) -> Rendered {
    let stage = view.stage.filter(|_| view.state == insight::State::Failing);
    let id = &view.delivery.object;
    let json = format!("/api/v1{}", object_path(id));
    let has_condition = view.state != insight::State::Healthy && !view.message.is_empty();
    // Names hold no blanks, so the first colon with one ends the verdict proper.
    let (verdict, why) = view.verdict.split_once(": ").unwrap_or((&view.verdict, ""));
    let page = ExplainPage {
        object: view.object.clone(),
        state: view.state.word(),
        sign: view.state.sign(),
        word: stage
            .map_or_else(|| view.state.to_string(), |stage| format!("{} at {stage}", view.state)),
        verdict: pieces(verdict),
        why: pieces(why),
        since: view.since.map(|since| Moment::new(view.at, since)),
        rail: rail(&view.stages),
        cause: view.cause.as_ref().map(first),
        condition: has_condition.then(|| (view.reason.clone(), view.message.clone())),
        hint: view.hint.as_ref().map(advice),
        now: pieces(&view.now),
        bundle: view.bundle.as_ref().map(|bundle| named(view.at, bundle)),
        last_good: view.last_good.as_ref().map(|bundle| named(view.at, bundle)),
        mover: view.mover.as_ref().map(|step| Step::new(view.at, step)),
        channel: view.channel.as_ref().map(|it| format!("{}:{}", it.repository, it.name)),
        marks: view.channel.as_ref().map(insight::ChannelView::marks).unwrap_or_default(),
        unhealthy: view.unhealthy.iter().map(ill).collect(),
        delivery: (id.to_string(), object_path(id)),
        source: (view.delivery.source.to_string(), object_path(&view.delivery.source)),
        folder: view.delivery.path.clone(),
        events: view.events.iter().map(|event| Happening::new(view.at, event)).collect(),
        trouble: view.trouble.iter().map(|text| pieces(text)).collect(),
        frame: Frame::new(view.at, "", Some(json)),
    };
    render(&page, &page.frame)
}

fn first(view: &CauseView) -> First {
    let cause = &view.cause;
    First {
        reason: cause.reason.clone(),
        message: cause.message.clone(),
        object: cause.object.to_string(),
        container: cause.container.clone(),
        image: cause.image.clone(),
    }
}

fn advice(hint: &Hint) -> Advice {
    Advice { text: pieces(&hint.text), command: hint.command.clone() }
}

fn named(now: Timestamp, bundle: &BundleName) -> Named {
    Named {
        name: bundle.name().to_owned(),
        digest: bundle.digest.clone(),
        is_version: bundle.version.is_some(),
        at: bundle.at.map(|at| Moment::new(now, at)),
    }
}

fn ill(found: &insight::ObjectHealth) -> Ill {
    Ill {
        object: found.object.clone(),
        status: found.status.to_string(),
        message: found.message.clone(),
    }
}
