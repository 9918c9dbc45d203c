//! From an object in the cluster back to the commit it came from.

use cluster::{Fields, ObjectId};
use serde::Serialize;

use crate::channel::MoveView;
use crate::error::Error;
use crate::revision::Revision;
use crate::source::SourceView;
use crate::table::{Table, or_dash};
use crate::world::{Target, World};

/// The way of one object: object ← Kustomization ← source ← bundle ← commit.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct TraceView {
    /// The object, `Kind/namespace/name`.
    pub object: String,
    /// The Kustomization that delivers it.
    pub kustomization: ObjectId,
    /// The folder of the bundle.
    pub path: String,
    /// The source.
    pub source: Option<SourceView>,
    /// What was last applied with success.
    pub applied: Option<Revision>,
    /// The move that brought the applied bundle.
    pub brought_by: Option<MoveView>,
}

/// Traces an object that `kustomization` delivers.
///
/// # Errors
///
/// [`Error::NotDelivered`] when there is no such Kustomization.
pub fn trace(
    world: &World,
    target: &Target,
    kustomization: Option<&Fields>,
) -> Result<TraceView, Error> {
    let not_delivered = || Error::NotDelivered { object: target.to_string() };
    let kustomization = kustomization.ok_or_else(not_delivered)?;
    let source = world.source_of(kustomization).map(SourceView::read);
    let nothing = |_: &str| None;
    let delivery = crate::DeliveryView::read(kustomization, source.as_ref(), &nothing);
    let channel = source
        .as_ref()
        .and_then(|source| world.ledgers.get(&source.repository)?.channels.get(&source.channel));
    let brought_by = delivery.applied.as_ref().and_then(|applied| {
        let brought =
            |step: &&MoveView| step.kind.is_move() && step.to.as_deref() == Some(&applied.digest);
        channel?.moves.iter().find(brought).cloned()
    });
    Ok(TraceView {
        object: target.to_string(),
        kustomization: delivery.object,
        path: delivery.path,
        source,
        applied: delivery.applied,
        brought_by,
    })
}

impl TraceView {
    /// The stops of the way as label and text, from the object back to the commit.
    pub fn table(&self) -> Table {
        let source = self.source.as_ref();
        let place = source.map(|source| format!("{} ({})", source.id, source.url));
        let origin = source.and_then(|source| source.origin.clone());
        let commit = source.and_then(|source| source.origin_revision.clone());
        let applied = self.applied.as_ref().map(ToString::to_string);
        let moved = self.brought_by.as_ref().map(MoveView::sentence);
        let rows = [
            ("object", Some(self.object.clone())),
            ("kustomization", Some(format!("{} (path {})", self.kustomization, self.path))),
            ("source", place),
            ("revision", applied),
            ("moved by", moved),
            ("origin", origin),
            ("commit", commit),
        ];
        let row = |(label, text): (&str, Option<String>)| {
            vec![label.to_owned(), or_dash(text.as_deref())]
        };
        Table { columns: vec!["WHAT", "WHERE"], rows: rows.into_iter().map(row).collect() }
    }
}
