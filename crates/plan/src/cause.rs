//! The first thing that went wrong with a workload.

mod container;
mod family;
mod image;
mod kind;
mod pod;
mod workload;

use jiff::Timestamp;
use manifest::ObjectId;

use self::family::Family;
pub use self::kind::CauseKind;
use crate::event::EventView;
use crate::fields::Fields;

/// What was observed around a workload.
///
/// More than its own parts may be given, the whole namespace for instance: what does not belong to
/// the workload is passed over.
#[derive(Debug, Clone, Copy)]
pub struct Evidence<'a> {
    /// The failing object.
    pub workload: &'a Fields,
    /// `ReplicaSet`s, Jobs, Pods and `PersistentVolumeClaim`s.
    pub related: &'a [Fields],
    /// Events of either API.
    pub events: &'a [Fields],
}

/// One cause of a failure, as near to its origin as the evidence goes.
#[derive(Debug, Clone, PartialEq, Eq, serde::Serialize)]
pub struct Cause {
    /// What it is.
    pub kind: CauseKind,
    /// The object on which it shows, usually a Pod.
    pub object: ObjectId,
    /// The container, if it is about one.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub container: Option<String>,
    /// The image of that container.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub image: Option<String>,
    /// Kubernetes' own word, such as `ErrImagePull`.
    pub reason: String,
    /// The text of the kubelet, the scheduler or a controller; at most 1,000 characters.
    pub message: String,
    /// With what the container ended, if it ended.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub exit_code: Option<i64>,
    /// How often the container was started again.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub restarts: Option<i64>,
    /// Since when, if the evidence tells.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub since: Option<Timestamp>,
}

/// The longest text taken over from the cluster, in characters.
const MESSAGE_LIMIT: usize = 1_000;

impl Cause {
    fn new(kind: CauseKind, object: ObjectId, reason: &str, message: &str) -> Self {
        Self {
            kind,
            object,
            container: None,
            image: None,
            reason: reason.to_owned(),
            message: message.trim().chars().take(MESSAGE_LIMIT).collect(),
            exit_code: None,
            restarts: None,
            since: None,
        }
    }

    fn at(mut self, since: Option<Timestamp>) -> Self {
        self.since = since;
        self
    }

    /// Says what happened and to what in one sentence, without the cluster's own text.
    pub fn sentence(&self) -> String {
        let what = match (&self.kind, &self.image) {
            (kind, Some(image)) if kind.is_about_image() => kind.about_image(image),
            (CauseKind::CrashLoop | CauseKind::Crashed, _) => self.crash(),
            (kind, _) => kind.phrase().to_owned(),
        };
        match &self.container {
            Some(container) => format!("{what} (container `{container}` of {})", self.object),
            None => format!("{what} ({})", self.object),
        }
    }

    fn crash(&self) -> String {
        let code = self.exit_code.map(|code| format!(" with exit code {code}"));
        let times = self.restarts.filter(|restarts| *restarts > 0).map(|restarts| {
            let plural = if restarts == 1 { "time" } else { "times" };
            format!(", restarted {restarts} {plural}")
        });
        let verb = if self.kind == CauseKind::CrashLoop { "keeps exiting" } else { "has exited" };
        format!("the process {verb}{}{}", code.unwrap_or_default(), times.unwrap_or_default())
    }
}

/// Finds the first cause of a workload's failure, or `None` when nothing speaks of one.
///
/// Looks at the pods of the newest revision first (init containers, then containers, then what the
/// scheduler, the volumes and the probes say), then at why pods could not be created, then at the
/// workload's own conditions. Among several pods the most telling cause wins, then the oldest.
pub fn cause(evidence: &Evidence<'_>) -> Option<Cause> {
    let family = Family::gather(evidence);
    let mut causes: Vec<Cause> =
        family.pods.iter().filter_map(|pod| pod::cause_of(pod, &family)).collect();
    if causes.is_empty() {
        causes = workload::creation_failures(&family);
    }
    causes.sort_by(|a, b| {
        (a.kind, a.since.is_none(), a.since, &a.object).cmp(&(
            b.kind,
            b.since.is_none(),
            b.since,
            &b.object,
        ))
    });
    causes.into_iter().next().or_else(|| workload::own_conditions(evidence.workload))
}

/// The most recent warning with one of these reasons.
fn latest<'a>(events: &[&'a EventView], reasons: &[&str], text: &str) -> Option<&'a EventView> {
    events
        .iter()
        .filter(|event| reasons.contains(&event.reason.as_str()) && event.message.contains(text))
        .max_by_key(|event| event.last)
        .copied()
}
