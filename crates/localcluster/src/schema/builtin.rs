//! The schemas of the built-in kinds, compiled in from the Kubernetes `OpenAPI` definitions.

use std::collections::BTreeMap;
use std::sync::{Arc, LazyLock, Mutex, PoisonError};

use serde_json::Value;

use super::{Scalar, Schema, Shape, parse};

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
    let parsed = Arc::new(special(name).unwrap_or_else(|| parse(&DEFINITIONS[name], &schema)));
    PARSED
        .lock()
        .unwrap_or_else(PoisonError::into_inner)
        .insert(name.to_owned(), Arc::clone(&parsed));
    parsed
}

pub(crate) fn object_meta() -> Arc<Schema> {
    schema(OBJECT_META)
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
