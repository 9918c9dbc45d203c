//! Every move of a channel.

use jiff::Timestamp;
use serde::Serialize;

use crate::age::age_text;
use crate::channel::{ChannelView, MoveView};
use crate::status::channel_view;
use crate::table::{Table, or_dash};
use crate::world::World;

/// The log of one channel.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct LogView {
    /// When it was read.
    pub at: Timestamp,
    /// The channel.
    pub channel: ChannelView,
    /// Its moves, newest first.
    pub moves: Vec<MoveView>,
}

/// Collects the moves of one channel; `None` when neither ledger nor source knows it.
///
/// `repository` is without scheme.
pub fn log(world: &World, repository: &str, channel: &str) -> Option<LogView> {
    let sources: Vec<_> = world
        .sources
        .iter()
        .map(crate::source::SourceView::read)
        .filter(|source| source.repository == repository)
        .collect();
    let recorded = world.ledgers.get(repository).and_then(|ledger| ledger.channels.get(channel));
    let is_followed = sources.iter().any(|source| source.channel == channel);
    (recorded.is_some() || is_followed).then(|| LogView {
        at: world.now,
        channel: channel_view(world, repository, channel, &sources),
        moves: recorded.map(|channel| channel.moves.clone()).unwrap_or_default(),
    })
}

impl LogView {
    /// One row for each move, newest first.
    pub fn table(&self, is_wide: bool) -> Table {
        let mut columns = vec!["WHEN", "MOVE", "FROM", "TO", "BY", "REASON"];
        if is_wide {
            columns.extend(["PIPELINE", "COMMIT", "TIME", "ID"]);
        }
        let rows = self.moves.iter().map(|step| {
            let mut row = vec![
                age_text(self.at, Some(step.at)),
                step.kind.word().to_owned(),
                or_dash(step.from_name()),
                step.to_name().to_owned(),
                or_dash(Some(&step.actor)),
                or_dash(Some(&step.reason)),
            ];
            if is_wide {
                row.push(or_dash(step.pipeline.as_deref()));
                row.push(or_dash(step.commit_name().as_deref()));
                row.push(step.at.to_string());
                row.push(or_dash(Some(&step.id)));
            }
            row
        });
        Table { columns, rows: rows.collect() }
    }
}
