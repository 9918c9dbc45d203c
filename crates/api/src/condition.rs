//! Reading and writing the list of conditions in a status.

pub use k8s_openapi::apimachinery::pkg::apis::meta::v1::Condition;
use k8s_openapi::apimachinery::pkg::apis::meta::v1::Time;
use k8s_openapi::jiff::Timestamp;

/// Whether the object is as it should be.
pub const READY: &str = "Ready";
/// Present and True while work is going on.
pub const RECONCILING: &str = "Reconciling";
/// Present and True when only a change by a person can help.
pub const STALLED: &str = "Stalled";
/// Whether the applied objects are healthy (Kustomization).
pub const HEALTHY: &str = "Healthy";
/// Present and True while a source cannot be fetched.
pub const FETCH_FAILED: &str = "FetchFailed";
/// Present and True while an artifact cannot be stored.
pub const STORAGE_OPERATION_FAILED: &str = "StorageOperationFailed";
/// Present and True while upstream has something newer than the artifact.
pub const ARTIFACT_OUTDATED: &str = "ArtifactOutdated";
/// True when the artifact is stored.
pub const ARTIFACT_IN_STORAGE: &str = "ArtifactInStorage";
/// Whether the signature of the artifact was verified.
pub const SOURCE_VERIFIED: &str = "SourceVerified";

/// The three values of a condition's status.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub enum Status {
    /// It is so.
    True,
    /// It is not so.
    False,
    /// It is being found out.
    Unknown,
}

impl Status {
    /// The status as it stands in the object.
    pub const fn as_str(self) -> &'static str {
        match self {
            Self::True => "True",
            Self::False => "False",
            Self::Unknown => "Unknown",
        }
    }
}

/// Finds a condition by its type.
pub fn find<'a>(conditions: &'a [Condition], type_: &str) -> Option<&'a Condition> {
    conditions.iter().find(|condition| condition.type_ == type_)
}

/// Tells whether a condition is present and `True`.
pub fn is_true(conditions: &[Condition], type_: &str) -> bool {
    find(conditions, type_).is_some_and(|condition| condition.status == "True")
}

/// Writes down conditions of one object, at one moment, for one generation.
///
/// The time of the last transition moves only when a condition's status changes.
#[derive(Debug, Clone, Copy)]
pub struct Writer {
    /// `metadata.generation` of the object that the conditions speak about.
    pub generation: i64,
    /// The moment of writing; kept to whole seconds, as Kubernetes does.
    pub now: Timestamp,
}

impl Writer {
    /// Sets one condition, in place or appended.
    ///
    /// `message` is cut at 20,000 bytes, well under the 32,768 that the schema allows.
    pub fn set(
        &self,
        conditions: &mut Vec<Condition>,
        (type_, status): (&str, Status),
        reason: &str,
        message: &str,
    ) {
        let since = find(conditions, type_)
            .filter(|old| old.status == status.as_str())
            .map_or_else(|| self.time(), |old| old.last_transition_time.clone());
        let condition = Condition {
            type_: type_.to_owned(),
            status: status.as_str().to_owned(),
            reason: reason.to_owned(),
            message: cut(message, 20_000).to_owned(),
            observed_generation: Some(self.generation),
            last_transition_time: since,
        };
        match conditions.iter_mut().find(|old| old.type_ == type_) {
            Some(old) => *old = condition,
            None => conditions.push(condition),
        }
    }

    /// The moment of writing as Kubernetes writes it, in whole seconds.
    pub fn time(&self) -> Time {
        Time(Timestamp::from_second(self.now.as_second()).unwrap_or(self.now))
    }
}

/// Removes a condition; nothing happens when it is absent.
pub fn remove(conditions: &mut Vec<Condition>, type_: &str) {
    conditions.retain(|condition| condition.type_ != type_);
}

/// The longest prefix of at most `limit` bytes that ends between characters.
fn cut(text: &str, limit: usize) -> &str {
    let mut end = text.len().min(limit);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    &text[..end]
}

#[cfg(test)]
mod tests {
    use super::{READY, Status, Writer, find, is_true, remove};
    use k8s_openapi::jiff::Timestamp;

    fn at(second: i64) -> Writer {
        Writer { generation: 3, now: Timestamp::from_second(second).unwrap() }
    }

    #[test]
    fn the_transition_time_moves_only_with_the_status() {
        let mut conditions = Vec::new();
        at(10).set(&mut conditions, (READY, Status::True), "Succeeded", "a");
        at(20).set(&mut conditions, (READY, Status::True), "Succeeded", "b");
        let ready = find(&conditions, READY).unwrap();
        assert_eq!((ready.last_transition_time.0.as_second(), ready.message.as_str()), (10, "b"));
        at(30).set(&mut conditions, (READY, Status::False), "BuildFailed", "c");
        assert_eq!(find(&conditions, READY).unwrap().last_transition_time.0.as_second(), 30);
        assert_eq!(conditions.len(), 1);
    }

    #[test]
    fn a_removed_condition_is_not_true() {
        let mut conditions = Vec::new();
        at(10).set(&mut conditions, (READY, Status::True), "Succeeded", "a");
        remove(&mut conditions, READY);
        assert!(!is_true(&conditions, READY));
    }

    #[test]
    fn a_long_message_is_cut_between_characters() {
        let mut conditions = Vec::new();
        at(1).set(&mut conditions, (READY, Status::False), "BuildFailed", &"ü".repeat(20_001));
        assert_eq!(conditions[0].message.len(), 20_000);
    }
}
