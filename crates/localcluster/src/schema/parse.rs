//! `OpenAPI` v3 JSON to [`Schema`].

use std::collections::BTreeMap;
use std::sync::Arc;

use regex::Regex;
use serde_json::Value;

use super::{List, ListMerge, Logic, Object, PatchMerge, Rules, Scalar, Schema, Shape, builtin};
use crate::object::items;

/// Finds the schema that a `$ref` names.
pub(crate) type Resolve<'a> = &'a dyn Fn(&str) -> Arc<Schema>;

/// Reads one schema; `resolve` answers its references.
pub(crate) fn parse(json: &Value, resolve: Resolve<'_>) -> Schema {
    if let Some(name) = json["$ref"].as_str() {
        return with_overrides(&resolve(name), json);
    }
    Schema {
        shape: shape(json, resolve),
        nullable: json["nullable"] == true,
        default: json.get("default").cloned(),
        rules: rules(json),
        patch: patch_merge(json),
        drops_zero: false,
        logic: logic(json, resolve),
    }
}

/// Reads a custom resource's schema and adds what every object has.
pub(crate) fn custom(json: &Value) -> Arc<Schema> {
    let mut schema = parse(json, &|_| Arc::new(Schema::of(Shape::Anything { atomic: false })));
    if let Shape::Object(object) = &mut schema.shape {
        add_type_meta(&mut object.fields);
    } else {
        let mut object = Object { preserve_unknown: true, ..Object::default() };
        add_type_meta(&mut object.fields);
        schema.shape = Shape::Object(object);
    }
    Arc::new(schema)
}

fn add_type_meta(fields: &mut BTreeMap<String, Arc<Schema>>) {
    let text = || Arc::new(Schema::of(Shape::Scalar(Scalar::String)));
    fields.insert("apiVersion".into(), text());
    fields.insert("kind".into(), text());
    fields.insert("metadata".into(), builtin::object_meta());
}

/// A reference with keys beside it: the same shape, its own default and patch rules.
fn with_overrides(target: &Arc<Schema>, json: &Value) -> Schema {
    let shape = match &target.shape {
        Shape::Anything { atomic } => Shape::Anything { atomic: *atomic },
        Shape::Scalar(scalar) => Shape::Scalar(*scalar),
        Shape::Object(object) => Shape::Object(Object {
            fields: object.fields.clone(),
            additional: object.additional.clone(),
            required: object.required.clone(),
            atomic: object.atomic || json["x-kubernetes-map-type"] == "atomic",
            preserve_unknown: object.preserve_unknown,
            embedded: object.embedded,
            name: object.name.clone(),
        }),
        Shape::List(list) => {
            Shape::List(List { items: Arc::clone(&list.items), merge: list.merge.clone() })
        }
    };
    Schema { default: json.get("default").cloned(), patch: patch_merge(json), ..Schema::of(shape) }
}

fn shape(json: &Value, resolve: Resolve<'_>) -> Shape {
    if json["x-kubernetes-int-or-string"] == true || json["format"] == "int-or-string" {
        return Shape::Scalar(Scalar::IntOrString);
    }
    let preserve = json["x-kubernetes-preserve-unknown-fields"] == true;
    match json["type"].as_str() {
        Some("string") if json["format"] == "date-time" => Shape::Scalar(Scalar::Time),
        Some("string") => Shape::Scalar(Scalar::String),
        Some("integer") => Shape::Scalar(Scalar::Integer),
        Some("number") => Shape::Scalar(Scalar::Number),
        Some("boolean") => Shape::Scalar(Scalar::Boolean),
        Some("array") => Shape::List(list(json, resolve)),
        Some("object") => Shape::Object(object(json, preserve, resolve)),
        _ if ["properties", "required"].iter().any(|key| json.get(*key).is_some())
            || json["x-kubernetes-embedded-resource"] == true =>
        {
            Shape::Object(object(json, true, resolve))
        }
        _ => Shape::Anything { atomic: json["x-kubernetes-map-type"] == "atomic" },
    }
}

fn object(json: &Value, preserve_unknown: bool, resolve: Resolve<'_>) -> Object {
    let mut fields = BTreeMap::new();
    for (name, field) in json["properties"].as_object().into_iter().flatten() {
        fields.insert(name.clone(), Arc::new(parse(field, resolve)));
    }
    let embedded = json["x-kubernetes-embedded-resource"] == true;
    if embedded {
        add_type_meta(&mut fields);
    }
    let additional = match &json["additionalProperties"] {
        Value::Object(map) if map.is_empty() => {
            Some(Arc::new(Schema::of(Shape::Anything { atomic: false })))
        }
        Value::Object(_) => Some(Arc::new(parse(&json["additionalProperties"], resolve))),
        Value::Bool(true) => Some(Arc::new(Schema::of(Shape::Anything { atomic: false }))),
        _ => None,
    };
    Object {
        fields,
        additional,
        required: items(&json["required"])
            .iter()
            .filter_map(|r| r.as_str().map(str::to_owned))
            .collect(),
        atomic: json["x-kubernetes-map-type"] == "atomic",
        preserve_unknown,
        embedded,
        name: String::new(),
    }
}

fn list(json: &Value, resolve: Resolve<'_>) -> List {
    let merge = match json["x-kubernetes-list-type"].as_str() {
        Some("set") => ListMerge::Set,
        Some("map") => ListMerge::Map(
            items(&json["x-kubernetes-list-map-keys"])
                .iter()
                .filter_map(|key| key.as_str().map(str::to_owned))
                .collect(),
        ),
        _ => ListMerge::Atomic,
    };
    List { items: Arc::new(parse(&json["items"], resolve)), merge }
}

fn patch_merge(json: &Value) -> Option<PatchMerge> {
    let strategy = json["x-kubernetes-patch-strategy"].as_str()?;
    Some(PatchMerge {
        key: json["x-kubernetes-patch-merge-key"].as_str().map(str::to_owned),
        merge: strategy.split(',').any(|s| s == "merge"),
    })
}

fn rules(json: &Value) -> Option<Box<Rules>> {
    const KEYS: [&str; 14] = [
        "enum",
        "pattern",
        "format",
        "minimum",
        "maximum",
        "multipleOf",
        "minLength",
        "maxLength",
        "minItems",
        "maxItems",
        "uniqueItems",
        "minProperties",
        "maxProperties",
        "exclusiveMinimum",
    ];
    if !KEYS.iter().any(|key| json.get(*key).is_some()) {
        return None;
    }
    Some(Box::new(Rules {
        choices: items(&json["enum"]).to_vec(),
        pattern: json["pattern"].as_str().and_then(|p| Regex::new(p).ok()),
        format: json["format"].as_str().map(str::to_owned),
        minimum: json["minimum"].as_f64(),
        maximum: json["maximum"].as_f64(),
        exclusive_minimum: json["exclusiveMinimum"] == true,
        exclusive_maximum: json["exclusiveMaximum"] == true,
        multiple_of: json["multipleOf"].as_f64(),
        min_length: json["minLength"].as_u64(),
        max_length: json["maxLength"].as_u64(),
        min_items: json["minItems"].as_u64(),
        max_items: json["maxItems"].as_u64(),
        unique_items: json["uniqueItems"] == true,
        min_properties: json["minProperties"].as_u64(),
        max_properties: json["maxProperties"].as_u64(),
    }))
}

fn logic(json: &Value, resolve: Resolve<'_>) -> Option<Box<Logic>> {
    let all = |key: &str| -> Vec<Arc<Schema>> {
        items(&json[key]).iter().map(|s| Arc::new(parse(s, resolve))).collect()
    };
    let logic = Logic {
        all_of: all("allOf"),
        any_of: all("anyOf"),
        one_of: all("oneOf"),
        not: json.get("not").map(|s| Arc::new(parse(s, resolve))),
    };
    let is_empty = logic.all_of.is_empty()
        && logic.any_of.is_empty()
        && logic.one_of.is_empty()
        && logic.not.is_none();
    (!is_empty).then(|| Box::new(logic))
}
