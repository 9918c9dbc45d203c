//! The `JSONPath` of printer columns: fields, indexes, `[?(@.type=="Ready")]`.

use serde_json::Value;

/// The first value that `path` leads to.
pub(crate) fn find(object: &Value, path: &str) -> Option<Value> {
    let mut current = vec![object];
    let mut rest = path.trim().trim_start_matches('$');
    while !rest.is_empty() {
        let step;
        (step, rest) = next_step(rest)?;
        current = current.into_iter().flat_map(|value| take(value, &step)).collect();
        if current.is_empty() {
            return None;
        }
    }
    current.first().map(|value| (*value).clone()).filter(|value| !value.is_null())
}

enum Step {
    Field(String),
    Index(i64),
    All,
    Where(Vec<String>, String),
}

fn next_step(text: &str) -> Option<(Step, &str)> {
    if let Some(rest) = text.strip_prefix('[') {
        let end = closing(rest)?;
        let (inside, rest) = (&rest[..end], &rest[end + 1..]);
        return Some((bracket(inside)?, rest));
    }
    let text = text.strip_prefix('.').unwrap_or(text);
    let mut name = String::new();
    let mut chars = text.char_indices();
    while let Some((index, character)) = chars.next() {
        match character {
            '\\' => name.extend(chars.next().map(|(_, escaped)| escaped)),
            '.' | '[' => return Some((Step::Field(name), &text[index..])),
            other => name.push(other),
        }
    }
    Some((Step::Field(name), ""))
}

/// Where the bracket that was just opened closes, quotes respected.
fn closing(text: &str) -> Option<usize> {
    let mut quote = None;
    for (index, character) in text.char_indices() {
        match (quote, character) {
            (None, ']') => return Some(index),
            (None, '\'' | '"') => quote = Some(character),
            (Some(open), close) if open == close => quote = None,
            _ => {}
        }
    }
    None
}

fn bracket(inside: &str) -> Option<Step> {
    let inside = inside.trim();
    if inside == "*" {
        return Some(Step::All);
    }
    if let Ok(index) = inside.parse() {
        return Some(Step::Index(index));
    }
    if let Some(condition) = inside.strip_prefix("?(").and_then(|c| c.strip_suffix(')')) {
        let (left, right) = condition.split_once("==")?;
        let path = left.trim().strip_prefix('@')?.trim_start_matches('.');
        return Some(Step::Where(path.split('.').map(str::to_owned).collect(), unquoted(right)));
    }
    Some(Step::Field(unquoted(inside)))
}

fn unquoted(text: &str) -> String {
    text.trim().trim_matches(['\'', '"']).to_owned()
}

fn take<'a>(value: &'a Value, step: &Step) -> Vec<&'a Value> {
    match step {
        Step::Field(name) if name.is_empty() => vec![value],
        Step::Field(name) => value.get(name).into_iter().collect(),
        Step::Index(index) => {
            let items = crate::object::items(value);
            let at = if *index < 0 {
                items.len().checked_add_signed(isize::try_from(*index).unwrap_or(0))
            } else {
                usize::try_from(*index).ok()
            };
            at.and_then(|at| items.get(at)).into_iter().collect()
        }
        Step::All => match value {
            Value::Array(items) => items.iter().collect(),
            Value::Object(map) => map.values().collect(),
            _ => Vec::new(),
        },
        Step::Where(path, wanted) => crate::object::items(value)
            .iter()
            .filter(|item| {
                let found = path.iter().fold(*item, |v, field| &v[field.as_str()]);
                found.as_str().map_or_else(|| found.to_string(), str::to_owned) == *wanted
            })
            .collect(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    #[test]
    fn printer_columns_find_conditions_labels_and_items() {
        let object = json!({
            "metadata": { "labels": { "app.kubernetes.io/name": "shop" } },
            "status": { "conditions": [
                { "type": "Stalled", "status": "False" }, { "type": "Ready", "status": "True" },
            ] },
        });
        for (path, wanted) in [
            (r#".status.conditions[?(@.type=="Ready")].status"#, Some("True")),
            (".status.conditions[0].type", Some("Stalled")),
            (r".metadata.labels.app\.kubernetes\.io/name", Some("shop")),
            (".metadata.labels['app.kubernetes.io/name']", Some("shop")),
            (".status.missing", None),
        ] {
            assert_eq!(find(&object, path), wanted.map(|w| json!(w)), "{path}");
        }
    }
}
