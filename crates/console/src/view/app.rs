//! `/app/<name>`: one app's road and the ledger of its channels.

use askama::Template;
use insight::AppDetailView;

use super::render;
use super::shape::{Cell, Frame, Step};
use crate::address::encode;
use crate::answer::Rendered;
use crate::prose::{Piece, pieces};

#[derive(Template)]
#[template(path = "app.html")]
struct AppPage {
    frame: Frame,
    name: String,
    repository: String,
    stations: Vec<Cell>,
    lines: Vec<Line>,
    trouble: Vec<Vec<Piece>>,
}

struct Line {
    channel: String,
    step: Step,
}

/// Renders one app.
pub(crate) fn app(detail: &AppDetailView) -> Rendered {
    let app = &detail.app;
    let stations = app.environments.iter().map(|it| Cell::new(detail.at, it));
    let lines = detail
        .history
        .iter()
        .map(|line| Line { channel: line.channel.clone(), step: Step::new(detail.at, &line.step) });
    let page = AppPage {
        name: app.name.clone(),
        repository: app.repository.clone(),
        stations: stations.collect(),
        lines: lines.collect(),
        trouble: detail.trouble.iter().map(|text| pieces(text)).collect(),
        frame: Frame::new(detail.at, "", Some(format!("/api/v1/app/{}", encode(&app.name)))),
    };
    render(&page, &page.frame)
}
