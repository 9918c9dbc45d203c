//! The schema file of `openapi.path`.

use std::collections::BTreeMap;

use manifest::yaml::Node;

use crate::schema::{Field, Schemas, Type};

/// Reads the definitions of an `OpenAPI` document.
pub(crate) fn parse(document: &Node) -> Schemas {
    let mut schemas = Schemas { types: vec![Type::default()], ..Schemas::default() };
    let Some(definitions) = document.get("definitions") else { return schemas };
    let mut numbers = BTreeMap::new();
    for (name, _) in definitions.entries() {
        let next = numbers.len() + 1;
        numbers.entry(name.value.as_str()).or_insert(next);
    }
    schemas.types.resize(numbers.len() + 1, Type::default());
    let mut reader = Reader { definitions, numbers, schemas };
    for (name, definition) in definitions.entries() {
        let number = reader.numbers[name.value.as_str()];
        reader.schemas.types[number] = reader.read_type(definition, 0);
        reader.add_kinds(definition, number);
    }
    reader.schemas
}

struct Reader<'a> {
    definitions: &'a Node,
    numbers: BTreeMap<&'a str, usize>,
    schemas: Schemas,
}

const MOST_LEVELS: usize = 64;

impl Reader<'_> {
    fn add_kinds(&mut self, definition: &Node, number: usize) {
        let kinds = definition.get("x-kubernetes-group-version-kind").map_or(&[][..], Node::items);
        for kind in kinds {
            let text = |name| kind.get(name).map_or("", |value| value.value.as_str());
            let version = match (text("group"), text("version")) {
                ("", version) => version.to_owned(),
                (group, version) => format!("{group}/{version}"),
            };
            let kinds = self.schemas.kinds.entry(version).or_default();
            kinds.insert(text("kind").to_owned(), number);
        }
    }

    fn read_type(&mut self, schema: &Node, level: usize) -> Type {
        let mut found = Type::default();
        if level > MOST_LEVELS {
            return found;
        }
        for (name, property) in schema.get("properties").into_iter().flat_map(Node::entries) {
            let field = self.read_field(property, level + 1);
            found.fields.insert(name.value.as_str().into(), field);
        }
        if let Some(any) = schema.get("additionalProperties").filter(|any| any.is_mapping()) {
            found.any = Some(self.read_field(any, level + 1));
        }
        found
    }

    fn read_field(&mut self, property: &Node, level: usize) -> Field {
        let property = self.follow(property);
        if let Err(number) = property {
            return Field { target: number, keys: None };
        }
        let property = property.unwrap_or(self.definitions);
        let strategy = property.get("x-kubernetes-patch-strategy").map_or("", |s| s.value.as_str());
        let merges = strategy.split(',').any(|part| part == "merge");
        if let Some(items) = property.get("items") {
            let target = self.number_of(items, level);
            return Field { target, keys: merges.then(|| keys(property)) };
        }
        Field { target: self.number_of(property, level), keys: None }
    }

    /// Follows `$ref`: `Err` is the number of a definition that is a type of its own.
    fn follow<'n>(&self, property: &'n Node) -> Result<&'n Node, usize> {
        match property.get("$ref") {
            None => Ok(property),
            Some(reference) => {
                let name = reference.value.trim_start_matches("#/definitions/");
                Err(self.numbers.get(name).copied().unwrap_or(0))
            }
        }
    }

    fn number_of(&mut self, schema: &Node, level: usize) -> usize {
        match self.follow(schema) {
            Err(number) => number,
            Ok(schema) if level <= MOST_LEVELS => {
                let found = self.read_type(schema, level);
                self.schemas.types.push(found);
                self.schemas.types.len() - 1
            }
            Ok(_) => 0,
        }
    }
}

fn keys(property: &Node) -> std::sync::Arc<[Box<str>]> {
    if let Some(list) = property.get("x-kubernetes-list-map-keys") {
        return list.items().iter().map(|key| key.value.as_str().into()).collect();
    }
    let key = property.get("x-kubernetes-patch-merge-key");
    key.into_iter().map(|key| key.value.as_str().into()).collect()
}
