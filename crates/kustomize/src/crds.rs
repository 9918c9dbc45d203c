//! `crds`: `OpenAPI` definitions whose extensions say what fields of custom kinds mean.

use std::collections::BTreeMap;

use manifest::yaml::Node;

use crate::config::{Config, NameReference};
use crate::field_spec::{FieldSpec, merge_one};
use crate::identity::Gvk;

/// How far references between definitions are followed.
const MOST_LEVELS: usize = 32;

/// Reads the fields of all kinds in one document.
///
/// # Errors
///
/// A sentence, when two definitions contradict each other.
pub(crate) fn read(document: &Node) -> Result<Config, String> {
    let schemas: BTreeMap<&str, &Node> = document
        .entries()
        .filter_map(|(name, definition)| {
            let schema = definition.get("Schema").or_else(|| definition.get("schema"))?;
            Some((name.value.as_str(), schema))
        })
        .collect();
    let mut reader = Reader { schemas: &schemas, config: Config::default() };
    for (name, schema) in &schemas {
        let properties = schema.get("properties");
        let is_kind = ["kind", "apiVersion", "metadata"]
            .iter()
            .all(|field| properties.is_some_and(|properties| properties.get(field).is_some()));
        if is_kind {
            let kind = name.rsplit('.').next().unwrap_or(name);
            let gvk = Gvk { kind: kind.to_owned(), ..Gvk::default() };
            reader.read(&gvk, schema, "", 0)?;
        }
    }
    Ok(reader.config)
}

struct Reader<'a> {
    schemas: &'a BTreeMap<&'a str, &'a Node>,
    config: Config,
}

impl Reader<'_> {
    fn read(&mut self, gvk: &Gvk, schema: &Node, path: &str, level: usize) -> Result<(), String> {
        if level > MOST_LEVELS {
            return Ok(());
        }
        let properties = schema.get("properties").into_iter().flat_map(Node::entries);
        for (name, property) in properties {
            let separator = if path.is_empty() { "" } else { "/" };
            let here = format!("{path}{separator}{}", name.value);
            self.read_property(gvk, property, &here)?;
            let reference = property.get("$ref").map(|reference| reference.value.as_str());
            if let Some(next) = reference.and_then(|name| self.schemas.get(name)) {
                self.read(gvk, next, &here, level + 1)?;
            }
        }
        Ok(())
    }

    fn read_property(&mut self, gvk: &Gvk, property: &Node, path: &str) -> Result<(), String> {
        let text = |name| property.get(name).map(|value: &Node| value.value.as_str());
        let spec = |path: &str| FieldSpec::new(gvk.clone(), path, false);
        let marks = [
            ("x-kubernetes-annotation", &mut self.config.common_annotations),
            ("x-kubernetes-label-selector", &mut self.config.common_labels),
            ("x-kubernetes-identity", &mut self.config.name_prefix),
        ];
        for (mark, fields) in marks {
            if text(mark).is_some() {
                merge_one(fields, &spec(path))?;
            }
        }
        let version = text("x-kubernetes-object-ref-api-version");
        if let (Some(version), Some(kind)) = (version, text("x-kubernetes-object-ref-kind")) {
            let key = text("x-kubernetes-object-ref-name-key").unwrap_or("name");
            let target =
                Gvk { group: String::new(), version: version.to_owned(), kind: kind.to_owned() };
            let referrers = vec![spec(&format!("{path}/{key}"))];
            self.config.merge_reference(&NameReference { target, referrers })?;
        }
        Ok(())
    }
}
