//! The bookkeeping of both ways to write: `Update` takes what it changes, `Apply` asks first.

use serde_json::Value;

use super::compare::{Comparison, compare};
use super::fields::{Set, Step};
use super::managers::{Held, Managers, Who};
use super::merge::merge;
use super::remove::remove;
use crate::schema::Schema;
use crate::status::{Cause, Failure};

/// Who writes, when, and which fields this way of writing does not touch.
#[derive(Debug, Clone)]
pub(crate) struct Writer<'a> {
    pub(crate) who: Who,
    pub(crate) api_version: &'a str,
    pub(crate) time: &'a str,
    pub(crate) ignored: Set,
}

/// Records that `writer` changed `old` into `new` by an ordinary write.
pub(crate) fn update(
    managers: &mut Managers,
    old: &Value,
    new: &Value,
    schema: &Schema,
    writer: &Writer<'_>,
) {
    let comparison = compare(&stripped(old), &stripped(new), schema).without(&bookkeeping());
    let changes = comparison.modified.union(&comparison.added);
    for (_, held) in managers.0.iter_mut().filter(|(who, _)| **who != writer.who) {
        held.set = held.set.difference(&changes).difference(&comparison.removed);
    }
    let taken = changes.recursive_difference(&writer.ignored);
    if taken.is_empty() {
        if let Some(held) = managers.0.get_mut(&writer.who) {
            held.set = held.set.difference(&comparison.removed);
        }
        managers.drop_empty();
        return;
    }
    let held = managers.0.entry(writer.who.clone()).or_insert_with(|| Held {
        set: Set::default(),
        time: String::new(),
        api_version: writer.api_version.into(),
    });
    held.set = held.set.difference(&comparison.removed).union(&taken);
    held.time = writer.time.into();
    managers.drop_empty();
    managers.cap();
}

/// Applies `config` over `live` for `writer` and returns the merged object.
///
/// # Errors
///
/// A conflict, when others hold fields that would change and `force` is off.
pub(crate) fn apply(
    managers: &mut Managers,
    (live, config): (&Value, &Value),
    schema: &Schema,
    writer: &Writer<'_>,
    force: bool,
) -> Result<Value, Failure> {
    let (live, config) = (stripped(live), stripped(config));
    let set =
        Set::of(&config, schema).recursive_difference(&writer.ignored).difference(&identity());
    let last = managers.0.get(&writer.who).map(|held| held.set.clone());
    let unchanged = last.as_ref() == Some(&set);
    let time = match managers.0.get(&writer.who) {
        Some(held) if unchanged => held.time.clone(),
        _ => writer.time.to_owned(),
    };
    let held = Held { set, time, api_version: writer.api_version.into() };
    managers.0.insert(writer.who.clone(), held);
    let merged = merge(&live, &config, schema);
    let merged = prune(&merged, managers, last.as_ref(), schema);
    let comparison = compare(&live, &merged, schema).without(&bookkeeping());
    if !comparison.is_same()
        && let Some(held) = managers.0.get_mut(&writer.who)
    {
        held.time = writer.time.into();
    }
    settle(managers, &comparison, &writer.who, force)?;
    Ok(merged)
}

/// Takes out what the manager applied last time and not now, unless others hold it.
fn prune(merged: &Value, managers: &Managers, last: Option<&Set>, schema: &Schema) -> Value {
    let Some(last) = last.filter(|set| !set.is_empty()) else { return merged.clone() };
    let last = last.with_named_parents();
    let all = Set::of(merged, schema).with_named_parents();
    let pruned = remove(merged, &last, schema);
    let owned = managers.union().with_named_parents();
    let kept = Set::of(&pruned, schema).with_named_parents();
    let pruned = remove(merged, &all.difference(&kept).difference(&owned), schema);
    let kept = Set::of(&pruned, schema).with_named_parents();
    remove(merged, &all.difference(&kept).intersection(&last), schema)
}

fn settle(
    managers: &mut Managers,
    comparison: &Comparison,
    me: &Who,
    force: bool,
) -> Result<(), Failure> {
    let changes = comparison.modified.union(&comparison.added);
    let mut conflicts: Vec<(Who, Held)> = Vec::new();
    for (who, held) in managers.0.iter().filter(|(who, _)| *who != me) {
        let both = held.set.intersection(&changes);
        if !both.is_empty() {
            conflicts.push((who.clone(), Held { set: both, ..held.clone() }));
        }
    }
    if !force && !conflicts.is_empty() {
        return Err(conflict(&conflicts));
    }
    for (who, lost) in conflicts {
        if let Some(held) = managers.0.get_mut(&who) {
            held.set = held.set.difference(&lost.set);
        }
    }
    for (_, held) in managers.0.iter_mut().filter(|(who, _)| *who != me) {
        held.set = held.set.difference(&comparison.removed);
    }
    managers.drop_empty();
    Ok(())
}

fn conflict(conflicts: &[(Who, Held)]) -> Failure {
    let mut causes = Vec::new();
    let mut groups = Vec::new();
    for (who, held) in conflicts {
        let name = shown(who, held);
        let paths = held.set.paths();
        for path in &paths {
            causes.push(Cause {
                reason: "FieldManagerConflict",
                message: format!("conflict with {name}"),
                field: path.clone(),
            });
        }
        groups.push((name, paths));
    }
    let message = if let ([one], Some((name, _))) = (causes.as_slice(), groups.first()) {
        format!("Apply failed with 1 conflict: conflict with {name}: {}", one.field)
    } else {
        let parts: Vec<String> = groups
            .iter()
            .map(|(name, paths)| format!("conflicts with {name}:\n- {}", paths.join("\n- ")))
            .collect();
        format!("Apply failed with {} conflicts: {}", causes.len(), parts.join("\n"))
    };
    Failure::apply_conflict(&causes, message)
}

/// A manager as conflict messages name it.
fn shown(who: &Who, held: &Held) -> String {
    let mut name = format!("{:?}", who.manager);
    if !who.subresource.is_empty() {
        name = format!("{name} with subresource {:?}", who.subresource);
    }
    if who.is_update {
        name = format!("{name} using {}", held.api_version);
    }
    name
}

/// Object without `managedFields`, which nobody manages.
fn stripped(object: &Value) -> Value {
    let mut object = object.clone();
    if let Some(meta) = object["metadata"].as_object_mut() {
        meta.remove("managedFields");
    }
    object
}

/// Fields that belong to the server and so to no manager.
fn bookkeeping() -> Set {
    const FIELDS: [&str; 9] = [
        "name",
        "namespace",
        "creationTimestamp",
        "selfLink",
        "uid",
        "clusterName",
        "generation",
        "managedFields",
        "resourceVersion",
    ];
    let mut set = identity();
    for field in FIELDS {
        set.insert(&[Step::Field("metadata".into()), Step::Field(field.into())]);
    }
    // `metadata` itself is not a member here, so that what is below it stays.
    set
}

/// `apiVersion`, `kind`, and the metadata that says which object it is.
fn identity() -> Set {
    let mut set = Set::default();
    for field in ["apiVersion", "kind"] {
        set.insert(&[Step::Field(field.into())]);
    }
    for field in ["name", "namespace", "uid", "resourceVersion", "creationTimestamp", "generation"]
    {
        set.insert(&[Step::Field("metadata".into()), Step::Field(field.into())]);
    }
    set
}
