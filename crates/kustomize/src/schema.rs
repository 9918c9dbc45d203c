//! Where strategic merge patches merge lists, and by which keys.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock};

use manifest::yaml::Node;

use crate::identity;

mod custom;

pub(crate) use custom::parse as parse_custom;

/// What is known about the fields of kinds: built in, or from `openapi.path`.
#[derive(Debug, Default)]
pub(crate) struct Schemas {
    kinds: BTreeMap<String, BTreeMap<String, usize>>,
    /// Type 0 knows nothing.
    types: Vec<Type>,
}

#[derive(Debug, Default, Clone)]
struct Type {
    fields: BTreeMap<Box<str>, Field>,
    any: Option<Field>,
}

#[derive(Debug, Clone)]
struct Field {
    /// The type of the field, or of its items.
    target: usize,
    /// For a list that is merged: the keys of its items; empty for items that are scalars.
    keys: Option<Arc<[Box<str>]>>,
}

/// What is known about one node.
#[derive(Clone, Copy, Debug)]
pub(crate) struct Schema<'a> {
    all: &'a Schemas,
    at: usize,
    field: Option<&'a Field>,
}

/// The kinds of Kubernetes 1.21, as kustomize has them.
static BUILT_IN: LazyLock<Schemas> =
    LazyLock::new(|| parse_table(include_str!("schema/table.txt")));

impl Schemas {
    pub(crate) fn built_in() -> &'static Self {
        &BUILT_IN
    }

    /// What is known about an object, by its kind and version.
    pub(crate) fn of(&self, object: &Node) -> Option<Schema<'_>> {
        let (api_version, kind) = (identity::api_version(object), identity::kind(object));
        let at = *self.kinds.get(api_version)?.get(kind)?;
        Some(Schema { all: self, at, field: None })
    }
}

impl<'a> Schema<'a> {
    /// What is known about a field of an object; a field that nothing is known about is known.
    pub(crate) fn field(self, name: &str) -> Self {
        let here = self.all.types.get(self.at);
        let found = here.and_then(|here| here.fields.get(name).or(here.any.as_ref()));
        match found {
            Some(field) if field.keys.is_some() => Self { at: 0, field: Some(field), ..self },
            Some(field) => Self { at: field.target, field: None, ..self },
            None => Self { at: 0, field: None, ..self },
        }
    }

    /// What is known about the items of a list.
    pub(crate) fn items(self) -> Self {
        Self { at: self.field.map_or(0, |field| field.target), field: None, ..self }
    }

    /// The keys by which the items of a list are merged, when they are.
    pub(crate) fn merge_keys(self) -> Option<&'a [Box<str>]> {
        self.field?.keys.as_deref()
    }
}

fn parse_table(text: &str) -> Schemas {
    let mut schemas = Schemas { types: vec![Type::default()], ..Schemas::default() };
    let mut lines = text.lines().filter(|line| !line.starts_with('#'));
    for line in lines.by_ref().take_while(|line| *line != "-") {
        let mut words = line.split(' ');
        let (Some(version), Some(kind)) = (words.next(), words.next()) else { continue };
        let number = words.next().and_then(|word| word.parse().ok()).unwrap_or(0);
        schemas.kinds.entry(version.to_owned()).or_default().insert(kind.to_owned(), number);
    }
    for line in lines {
        let fields = line.split(' ').skip(1).filter_map(parse_field);
        let mut found = Type::default();
        for (name, field) in fields {
            if name == "*" {
                found.any = Some(field);
            } else {
                found.fields.insert(name.into(), field);
            }
        }
        schemas.types.push(found);
    }
    schemas
}

/// Reads `name>type` or `name[keys]type`.
fn parse_field(text: &str) -> Option<(&str, Field)> {
    if let Some((name, number)) = text.split_once('>') {
        return Some((name, Field { target: number.parse().ok()?, keys: None }));
    }
    let (name, rest) = text.split_once('[')?;
    let (keys, number) = rest.split_once(']')?;
    let keys = keys.split(',').filter(|key| !key.is_empty()).map(Box::from).collect();
    Some((name, Field { target: number.parse().ok()?, keys: Some(keys) }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn containers_are_merged_by_name_and_their_ports_by_number_and_protocol() {
        let object = Node::mapping([
            (Node::string("apiVersion"), Node::string("apps/v1")),
            (Node::string("kind"), Node::string("Deployment")),
        ]);
        let schema = Schemas::built_in().of(&object).unwrap();
        let containers = schema.field("spec").field("template").field("spec").field("containers");
        assert_eq!(containers.merge_keys().unwrap(), ["name".into()]);
        let ports = containers.items().field("ports");
        assert_eq!(ports.merge_keys().unwrap(), ["containerPort".into(), "protocol".into()]);
        assert!(containers.items().field("args").merge_keys().is_none());
    }
}
