//! How far a delivery came, stage by stage.

use serde::Serialize;

use crate::Stage;
use crate::delivery::{Reading, State};
use crate::source::SourceView;

/// How one stage stands.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum StageState {
    /// Done.
    Passed,
    /// The delivery stopped here.
    Failed,
    /// Under way.
    Running,
    /// Not reached yet.
    Waiting,
    /// Not asked for.
    Skipped,
}

impl StageState {
    /// One word for machines: `passed`, `failed`, `running`, `waiting`, `skipped`.
    pub fn key(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Skipped => "skipped",
        }
    }

    /// The word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Passed => "passed",
            Self::Failed => "failed",
            Self::Running => "running",
            Self::Waiting => "waiting",
            Self::Skipped => "not asked for",
        }
    }

    /// A sign that tells it without color.
    pub fn sign(self) -> &'static str {
        match self {
            Self::Passed => "✔",
            Self::Failed => "✖",
            Self::Running => "◌",
            Self::Waiting => "·",
            Self::Skipped => "–",
        }
    }
}

/// One stage of one delivery.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Serialize)]
pub struct StageView {
    /// The stage.
    pub stage: Stage,
    /// How it stands.
    pub state: StageState,
}

/// Derives the five stages from what source and Kustomization say.
pub(crate) fn rail(source: Option<&SourceView>, reading: &Reading) -> Vec<StageView> {
    Stage::ALL.iter().map(|stage| view(*stage, source, reading)).collect()
}

fn view(stage: Stage, source: Option<&SourceView>, reading: &Reading) -> StageView {
    let is_asked = match stage {
        Stage::Verify => source.is_some_and(|source| source.verifies),
        Stage::Rollout => reading.waits,
        _ => true,
    };
    let position = match (reading.state, reading.stage) {
        (State::Healthy, _) => StageState::Passed,
        (State::Failing, Some(failed)) => relative(stage, failed, StageState::Failed),
        (State::Progressing | State::Waiting, Some(at)) => {
            let here = match reading.state {
                State::Waiting => StageState::Waiting,
                _ => StageState::Running,
            };
            relative(stage, at, here)
        }
        _ => StageState::Waiting,
    };
    let is_news = matches!(position, StageState::Failed | StageState::Running);
    let state = if is_asked || is_news { position } else { StageState::Skipped };
    StageView { stage, state }
}

fn relative(stage: Stage, at: Stage, here: StageState) -> StageState {
    match stage.cmp(&at) {
        std::cmp::Ordering::Less => StageState::Passed,
        std::cmp::Ordering::Equal => here,
        std::cmp::Ordering::Greater => StageState::Waiting,
    }
}
