//! `/`: environments × apps.

use askama::Template;
use insight::{AppView, State, StatusView};

use super::render;
use super::shape::{Cell, Frame};
use crate::answer::Rendered;
use crate::page::app_path;
use crate::prose::{Piece, pieces};

#[derive(Template)]
#[template(path = "index.html")]
struct OverviewPage {
    frame: Frame,
    title: String,
    state: &'static str,
    totals: Vec<Total>,
    environments: Vec<String>,
    alerts: Vec<Alert>,
    rows: Vec<Row>,
    trouble: Vec<Vec<Piece>>,
}

struct Total {
    state: &'static str,
    sign: &'static str,
    count: usize,
}

/// A delivery that stopped.
struct Alert {
    app: String,
    cell: Cell,
}

struct Row {
    name: String,
    path: String,
    /// The repository, taken apart where a line may break.
    repository: Vec<String>,
    cells: Vec<Option<Cell>>,
}

/// Renders the overview.
pub(crate) fn overview(status: &StatusView) -> Rendered {
    let failing = status.apps.iter().flat_map(|app| {
        let failing = app.environments.iter().filter(|it| it.state == State::Failing);
        failing.map(|it| Alert { app: app.name.clone(), cell: Cell::new(status.at, it) })
    });
    let page = OverviewPage {
        title: title(status),
        state: status.totals.keys().next().map_or("unknown", |state| state.word()),
        totals: status.totals.iter().map(|(state, count)| total(*state, *count)).collect(),
        environments: status.environments.clone(),
        alerts: failing.collect(),
        rows: status.apps.iter().map(|app| row(status, app)).collect(),
        trouble: status.trouble.iter().map(|text| pieces(text)).collect(),
        frame: Frame::new(status.at, "overview", Some("/api/v1/status".to_owned())),
    };
    render(&page, &page.frame)
}

fn total(state: State, count: usize) -> Total {
    Total { state: state.word(), sign: state.sign(), count }
}

fn title(status: &StatusView) -> String {
    let count = |state| status.totals.get(&state).copied().unwrap_or_default();
    let all: usize = status.totals.values().sum();
    let noun = |count| if count == 1 { "delivery" } else { "deliveries" };
    match (count(State::Failing), count(State::Progressing)) {
        _ if all == 0 => "Nothing is delivered yet".to_owned(),
        (0, 0) if count(State::Healthy) == all => "Everything is delivered and well".to_owned(),
        (0, 0) => format!("{} of {all} {} well", count(State::Healthy), noun(all)),
        (0, moving) => format!("{moving} of {all} {} under way", noun(all)),
        (1, _) => format!("1 of {all} {} fails", noun(all)),
        (failing, _) => format!("{failing} of {all} {} fail", noun(all)),
    }
}

fn row(status: &StatusView, app: &AppView) -> Row {
    let cell = |name: &String| {
        let found = app.environments.iter().find(|it| it.name == *name);
        found.map(|found| Cell::new(status.at, found))
    };
    Row {
        name: app.name.clone(),
        path: app_path(&app.name),
        repository: app.repository.split_inclusive('/').map(str::to_owned).collect(),
        cells: status.environments.iter().map(cell).collect(),
    }
}
