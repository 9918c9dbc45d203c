//! Hides what a Secret holds before anything else looks at it.

use manifest::Object;
use serde_json::{Map, Value};

const SAME: &str = "***";
const BEFORE: &str = "*** (before)";
const AFTER: &str = "*** (after)";
const LAST_APPLIED: &str = "kubectl.kubernetes.io/last-applied-configuration";

/// Both sides as they may be shown; an absent side is null.
///
/// A Secret's values become stars that say only whether they differ, as `kubectl diff` does.
pub(super) fn both(before: Option<&Object>, after: Option<&Object>) -> (Value, Value) {
    let mut shown = (value(before), value(after));
    if before.into_iter().chain(after).any(is_secret) {
        for field in [&["data"][..], &["stringData"], &["metadata", "annotations"]] {
            mask(&mut shown.0, &mut shown.1, field);
        }
    }
    shown
}

fn is_secret(object: &Object) -> bool {
    object.kind() == "Secret" && object.group().is_empty()
}

fn value(object: Option<&Object>) -> Value {
    object.map(Object::to_value).unwrap_or_default()
}

fn mask(before: &mut Value, after: &mut Value, path: &[&str]) {
    if at(before, path).is_some_and(|field| !field.is_object())
        || at(after, path).is_some_and(|field| !field.is_object())
    {
        return hide_whole(before, after, path);
    }
    let (mut none_before, mut none_after) = (Map::new(), Map::new());
    let left = at(before, path).and_then(Value::as_object_mut).unwrap_or(&mut none_before);
    let right = at(after, path).and_then(Value::as_object_mut).unwrap_or(&mut none_after);
    let hidden = |key: &String| path[0] != "metadata" || key == LAST_APPLIED;
    for (key, old) in left.iter_mut().filter(|(key, _)| hidden(key)) {
        match right.get_mut(key) {
            Some(new) if old == new => (*old, *new) = (SAME.into(), SAME.into()),
            Some(new) => (*old, *new) = (BEFORE.into(), AFTER.into()),
            None => *old = SAME.into(),
        }
    }
    for (_, new) in right.iter_mut().filter(|(key, _)| hidden(key) && !left.contains_key(*key)) {
        *new = SAME.into();
    }
}

/// Hides a field that should be a mapping and is something else.
fn hide_whole(before: &mut Value, after: &mut Value, path: &[&str]) {
    let same = at(before, path) == at(after, path);
    for (side, stars) in [(before, BEFORE), (after, AFTER)] {
        if let Some(field) = at(side, path) {
            *field = if same { SAME } else { stars }.into();
        }
    }
}

fn at<'a>(object: &'a mut Value, path: &[&str]) -> Option<&'a mut Value> {
    path.iter().try_fold(object, |value, key| value.get_mut(key)).filter(|value| !value.is_null())
}
