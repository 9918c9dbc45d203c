//! Lines of the ledger that do not move the tag: hold, release, approve.

use jiff::Timestamp;
use oci_spec::image::Digest;
use ulid::Ulid;

use crate::movement::guard;
use crate::{Channel, Entry, Error, Hold, Kind, Ledger, Provenance};

/// A wish to write a line that leaves the tag where it is.
#[derive(Clone, Debug)]
pub struct MarkRequest {
    /// Which channel.
    pub channel: Channel,
    /// The bundle that it is about; `None` means the whole channel.
    pub about: Option<Digest>,
    /// Who and which run.
    pub provenance: Provenance,
    /// Why; a hold needs one.
    pub reason: Option<String>,
    /// Now.
    pub at: Timestamp,
    /// A fresh identifier, made from now and randomness.
    pub id: Ulid,
}

impl Ledger {
    /// Refuses every move of a channel, or every move to one bundle, until it is released.
    ///
    /// # Errors
    ///
    /// [`Error::ReasonMissing`], and those of taking a turn and writing.
    pub async fn hold(&self, request: &MarkRequest) -> Result<Entry, Error> {
        self.mark(Kind::Hold, request, Vec::new()).await
    }

    /// Ends a hold: on one bundle, or with `about: None` on the channel and all its bundles.
    ///
    /// # Errors
    ///
    /// Those of taking a turn and writing.
    pub async fn unhold(&self, request: &MarkRequest) -> Result<Entry, Error> {
        self.mark(Kind::Release, request, Vec::new()).await
    }

    /// Agrees to a bundle for this channel; gates count such lines.
    ///
    /// # Errors
    ///
    /// Those of taking a turn and writing.
    pub async fn approve(&self, request: &MarkRequest) -> Result<Entry, Error> {
        self.mark(Kind::Approve, request, Vec::new()).await
    }

    pub(crate) async fn mark(
        &self,
        kind: Kind,
        request: &MarkRequest,
        deleted: Vec<String>,
    ) -> Result<Entry, Error> {
        guard::reason(kind, request.reason.as_deref(), false)?;
        let (channel, who) = (&request.channel, &request.provenance);
        let turn = Box::pin(self.take_turn(channel, request.id, who, None)).await?;
        let written = async {
            let mut head = self.head(channel, turn.records()).await?;
            Box::pin(self.finish(&turn, &mut head)).await?;
            let mut entry = head.next(channel, kind, request.id);
            // A mark says nothing about a tag that other tools moved.
            entry.from = head.recorded();
            entry.to = head.recorded();
            entry.at = request.at;
            entry.provenance = request.provenance.clone();
            entry.reason.clone_from(&request.reason);
            entry.about.clone_from(&request.about);
            entry.deleted = deleted;
            holds_after(&mut entry);
            self.write_record(&turn, &head, &mut entry, None).await?;
            Ok(entry)
        };
        let result = Box::pin(written).await;
        self.release(turn).await;
        result
    }
}

fn holds_after(entry: &mut Entry) {
    match entry.kind {
        Kind::Hold => {
            entry.holds.retain(|hold| hold.digest != entry.about);
            entry.holds.push(Hold {
                digest: entry.about.clone(),
                since: entry.id,
                at: entry.at,
                actor: entry.provenance.actor.clone(),
                reason: entry.reason.clone(),
            });
        }
        Kind::Release if entry.about.is_none() => entry.holds.clear(),
        Kind::Release => entry.holds.retain(|hold| hold.digest != entry.about),
        _ => {}
    }
}
