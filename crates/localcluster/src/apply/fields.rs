//! Sets of field paths, and their `FieldsV1` form.

use std::collections::{BTreeMap, BTreeSet};

use serde_json::{Map, Value, json};

use crate::schema::{List, ListMerge, Schema, Shape};

/// One step of a path.
#[derive(Debug, Clone, PartialEq, Eq, PartialOrd, Ord)]
pub(crate) enum Step {
    /// A field of an object or a key of a map.
    Field(String),
    /// An item of an associative list, by its keys, as canonical JSON.
    Key(String),
    /// An item of a set, as JSON.
    Value(String),
    Index(usize),
}

impl Step {
    fn parse(text: &str) -> Option<Self> {
        let (sort, rest) = text.split_once(':')?;
        match sort {
            "f" => Some(Self::Field(rest.into())),
            "k" => Some(Self::Key(canonical(rest)?)),
            "v" => Some(Self::Value(canonical(rest)?)),
            "i" => rest.parse().ok().map(Self::Index),
            _ => None,
        }
    }

    fn write(&self) -> String {
        match self {
            Self::Field(name) => format!("f:{name}"),
            Self::Key(json) => format!("k:{json}"),
            Self::Value(json) => format!("v:{json}"),
            Self::Index(index) => format!("i:{index}"),
        }
    }

    /// As conflict messages show it: `.spec`, `[name="web"]`, `[="x"]`, `[3]`.
    fn show(&self) -> String {
        match self {
            Self::Field(name) => format!(".{name}"),
            Self::Value(json) => format!("[={json}]"),
            Self::Index(index) => format!("[{index}]"),
            Self::Key(json) => {
                let keys: BTreeMap<String, Value> = serde_json::from_str(json).unwrap_or_default();
                let parts: Vec<String> = keys.iter().map(|(k, v)| format!("{k}={v}")).collect();
                format!("[{}]", parts.join(","))
            }
        }
    }
}

/// JSON with its object keys in order.
fn canonical(text: &str) -> Option<String> {
    let value: Value = serde_json::from_str(text).ok()?;
    Some(match value {
        Value::Object(map) => ordered(map.into_iter()),
        other => other.to_string(),
    })
}

fn ordered(pairs: impl Iterator<Item = (String, Value)>) -> String {
    let sorted: BTreeMap<String, Value> = pairs.collect();
    serde_json::to_string(&sorted).expect("JSON values serialize")
}

/// A set of paths: the steps that are members here, and the sets below steps.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
pub(crate) struct Set {
    pub(crate) members: BTreeSet<Step>,
    pub(crate) children: BTreeMap<Step, Self>,
}

impl Set {
    pub(crate) fn is_empty(&self) -> bool {
        self.members.is_empty() && self.children.values().all(Self::is_empty)
    }

    pub(crate) fn insert(&mut self, path: &[Step]) {
        match path {
            [] => {}
            [last] => {
                self.members.insert(last.clone());
            }
            [first, rest @ ..] => self.children.entry(first.clone()).or_default().insert(rest),
        }
    }

    pub(crate) fn union(&self, other: &Self) -> Self {
        let mut all = self.clone();
        all.members.extend(other.members.iter().cloned());
        for (step, set) in &other.children {
            let merged = all.children.get(step).map_or_else(|| set.clone(), |mine| mine.union(set));
            all.children.insert(step.clone(), merged);
        }
        all
    }

    pub(crate) fn intersection(&self, other: &Self) -> Self {
        let children = self.children.iter().filter_map(|(step, set)| {
            let both = set.intersection(other.children.get(step)?);
            (!both.is_empty()).then(|| (step.clone(), both))
        });
        Self {
            members: self.members.intersection(&other.members).cloned().collect(),
            children: children.collect(),
        }
    }

    pub(crate) fn difference(&self, other: &Self) -> Self {
        let children = self.children.iter().filter_map(|(step, set)| {
            let left = match other.children.get(step) {
                Some(theirs) => set.difference(theirs),
                None => set.clone(),
            };
            (!left.is_empty()).then(|| (step.clone(), left))
        });
        Self {
            members: self.members.difference(&other.members).cloned().collect(),
            children: children.collect(),
        }
    }

    /// Like [`Set::difference`], and what is below a member of `other` goes too.
    pub(crate) fn recursive_difference(&self, other: &Self) -> Self {
        let children = self.children.iter().filter_map(|(step, set)| {
            if other.members.contains(step) {
                return None;
            }
            let left = match other.children.get(step) {
                Some(theirs) => set.recursive_difference(theirs),
                None => set.clone(),
            };
            (!left.is_empty()).then(|| (step.clone(), left))
        });
        Self {
            members: self.members.difference(&other.members).cloned().collect(),
            children: children.collect(),
        }
    }

    /// The set in which every named field that has something below it is a member itself.
    pub(crate) fn with_named_parents(&self) -> Self {
        let mut all = Self { members: self.members.clone(), children: BTreeMap::new() };
        for (step, set) in &self.children {
            if matches!(step, Step::Field(_)) {
                all.members.insert(step.clone());
            }
            all.children.insert(step.clone(), set.with_named_parents());
        }
        all
    }

    /// The paths as conflict messages show them, in order.
    pub(crate) fn paths(&self) -> Vec<String> {
        let mut paths = Vec::new();
        self.collect_paths("", &mut paths);
        paths
    }

    fn collect_paths(&self, prefix: &str, paths: &mut Vec<String>) {
        for step in &self.members {
            paths.push(format!("{prefix}{}", step.show()));
        }
        for (step, set) in &self.children {
            set.collect_paths(&format!("{prefix}{}", step.show()), paths);
        }
    }

    /// The `fieldsV1` of a managed-fields entry.
    pub(crate) fn to_json(&self) -> Value {
        let mut map = Map::new();
        for step in &self.members {
            map.insert(step.write(), json!({}));
        }
        for (step, set) in self.children.iter().filter(|(_, set)| !set.is_empty()) {
            let mut below = set.to_json();
            if self.members.contains(step) {
                below["."] = json!({});
            }
            map.insert(step.write(), below);
        }
        Value::Object(map)
    }

    /// Reads `fieldsV1`; steps that make no sense are left out.
    pub(crate) fn from_json(json: &Value) -> Self {
        let mut set = Self::default();
        for (key, below) in json.as_object().into_iter().flatten() {
            let Some(step) = Step::parse(key) else { continue };
            let map = below.as_object();
            if map.is_none_or(|m| m.is_empty() || m.contains_key(".")) {
                set.members.insert(step.clone());
            }
            let inner = Self::from_json(below);
            if !inner.is_empty() {
                set.children.insert(step, inner);
            }
        }
        set
    }

    /// Every path that `value` sets.
    pub(crate) fn of(value: &Value, schema: &Schema) -> Self {
        let mut set = Self::default();
        let mut path = Vec::new();
        collect(value, schema, &mut path, &mut set);
        set
    }
}

/// Adds the paths below `path` that `value` sets.
pub(crate) fn collect(value: &Value, schema: &Schema, path: &mut Vec<Step>, set: &mut Set) {
    match view(value, schema) {
        View::Leaf => set.insert(path),
        View::Map(map) => {
            for (key, below) in map {
                let field = field_schema(schema, key);
                path.push(Step::Field(key.clone()));
                collect(below, field, path, set);
                let is_map_key = schema.object().is_none_or(|o| !o.fields.contains_key(key));
                if is_map_key || below.is_null() || below.as_object().is_some_and(Map::is_empty) {
                    set.insert(path);
                }
                path.pop();
            }
        }
        View::List(items, list) => {
            for item in items {
                path.push(step_of(item, list));
                collect(item, &list.items, path, set);
                set.insert(path);
                path.pop();
            }
        }
        View::Absent => {}
    }
}

/// How a value looks through its schema.
pub(crate) enum View<'a> {
    /// Changed as a whole.
    Leaf,
    Map(&'a Map<String, Value>),
    List(&'a [Value], &'a List),
    /// Null where an object or list belongs.
    Absent,
}

pub(crate) fn view<'a>(value: &'a Value, schema: &'a Schema) -> View<'a> {
    if schema.is_atomic() {
        return View::Leaf;
    }
    match (&schema.shape, value) {
        (Shape::Object(_) | Shape::List(_), Value::Null) => View::Absent,
        (Shape::Object(_) | Shape::Anything { .. }, Value::Object(map)) => View::Map(map),
        (Shape::List(list), Value::Array(items)) => View::List(items, list),
        _ => View::Leaf,
    }
}

static ANYTHING: std::sync::LazyLock<Schema> =
    std::sync::LazyLock::new(|| Schema::of(Shape::Anything { atomic: false }));

/// The schema of a field; of one that the schema does not have, anything.
pub(crate) fn field_schema<'a>(schema: &'a Schema, name: &str) -> &'a Schema {
    schema.field(name).map_or(&ANYTHING, |field| field)
}

/// The step that leads to an item of a list.
pub(crate) fn step_of(item: &Value, list: &List) -> Step {
    match &list.merge {
        ListMerge::Map(keys) => Step::Key(ordered(keys.iter().filter_map(|key| {
            let default = || list.items.field(key).and_then(|f| f.default.clone());
            let value = item.get(key).filter(|v| !v.is_null()).cloned().or_else(default)?;
            Some((key.clone(), value))
        }))),
        ListMerge::Set | ListMerge::Atomic => Step::Value(item.to_string()),
    }
}
