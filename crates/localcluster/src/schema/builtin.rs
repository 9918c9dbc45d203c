//! The schemas of the built-in kinds, compiled in from the Kubernetes `OpenAPI` definitions.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use serde_json::Value;

use super::{Scalar, Schema, Shape, parse};
use crate::protobuf::Table;

const OBJECT_META: &str = "io.k8s.apimachinery.pkg.apis.meta.v1.ObjectMeta";

static DEFINITIONS: LazyLock<Value> = LazyLock::new(|| {
    serde_json::from_str(include_str!("../../schemas/definitions.json"))
        .expect("the compiled-in definitions are JSON")
});

static PARSED: LazyLock<Mutex<BTreeMap<String, Arc<Schema>>>> = LazyLock::new(Mutex::default);

/// The raw `OpenAPI` definitions by name, `$ref`s being bare names.
pub(crate) fn definitions() -> &'static Value {
    &DEFINITIONS
}

/// The schema of one definition; parsed once per process.
pub(crate) fn schema(name: &str) -> Arc<Schema> {
    if let Some(known) = PARSED.lock().unwrap_or_else(PoisonError::into_inner).get(name) {
        return Arc::clone(known);
    }
    let parsed =
        special(name).unwrap_or_else(|| with_go_facts(name, parse(&DEFINITIONS[name], &schema)));
    let parsed = Arc::new(parsed);
    PARSED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(name.to_owned(), Arc::clone(&parsed));
    parsed
}

pub(crate) fn object_meta() -> Arc<Schema> {
    schema(OBJECT_META)
}

/// Adds what the `OpenAPI` does not tell of a Go struct: its name, and which fields vanish when zero.
fn with_go_facts(name: &str, mut schema: Schema) -> Schema {
    let Shape::Object(object) = &mut schema.shape else { return schema };
    object.name = name.rsplit('.').next().unwrap_or_default().into();
    let go = [
        "io.k8s.api.",
        "io.k8s.apimachinery.pkg.apis.",
        "io.k8s.apiextensions-apiserver.pkg.apis.",
    ]
    .iter()
    .find_map(|prefix| name.strip_prefix(prefix));
    for (json, field) in &mut object.fields {
        // The fields were parsed for this struct alone, so that nobody else holds them yet.
        if let (Some(go), Some(field)) = (go, Arc::get_mut(field)) {
            field.drops_zero = Table::built_in().drops_zero(go, json);
        }
    }
    schema
}

/// Definitions whose JSON form the `OpenAPI` does not tell, or that contain themselves.
fn special(name: &str) -> Option<Schema> {
    let shape = match name.rsplit('.').next()? {
        "Quantity" => Shape::Scalar(Scalar::Quantity),
        "IntOrString" => Shape::Scalar(Scalar::IntOrString),
        "Time" | "MicroTime" => Shape::Scalar(Scalar::Time),
        "RawExtension" | "FieldsV1" | "JSON" | "JSONSchemaProps" => {
            Shape::Anything { atomic: true }
        }
        _ => return None,
    };
    Some(Schema::of(shape))
}
