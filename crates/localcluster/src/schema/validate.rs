//! Judges a custom object by its schema and writes the defaults into it.

use serde_json::{Map, Value};

use super::{Logic, Object, Rules, Scalar, Schema, Shape};
use crate::status::Cause;

/// Writes the schema's defaults into `value`, from the outside in.
pub(crate) fn add_defaults(value: &mut Value, schema: &Schema) {
    match (&schema.shape, value) {
        (Shape::Object(object), Value::Object(map)) => {
            for (name, field) in &object.fields {
                if let Some(default) = &field.default
                    && map.get(name).is_none_or(|v| v.is_null() && !field.nullable)
                {
                    map.insert(name.clone(), default.clone());
                }
            }
            for (key, below) in map.iter_mut() {
                if key == "metadata" && object.fields.contains_key("apiVersion") {
                    continue;
                }
                if let Some(schema) = object.fields.get(key).or(object.additional.as_ref()) {
                    add_defaults(below, schema);
                }
            }
        }
        (Shape::List(list), Value::Array(values)) => {
            for item in values {
                add_defaults(item, &list.items);
            }
        }
        _ => {}
    }
}

/// Everything that is wrong with `value`.
pub(crate) fn validate(value: &Value, schema: &Schema) -> Vec<Cause> {
    let mut causes = Vec::new();
    walk(value, schema, "", &mut causes);
    causes
}

fn walk(value: &Value, schema: &Schema, path: &str, causes: &mut Vec<Cause>) {
    if value.is_null() && schema.nullable {
        return;
    }
    match &schema.shape {
        Shape::Anything { .. } => {}
        Shape::Scalar(scalar) => {
            if let Some(wanted) = mismatch(value, *scalar) {
                causes.push(Cause::type_invalid(path, value, wanted));
                return;
            }
        }
        Shape::Object(object) => match value {
            Value::Object(map) => walk_object(map, object, path, causes),
            _ => return causes.push(Cause::type_invalid(path, value, "object")),
        },
        Shape::List(list) => match value {
            Value::Array(values) => {
                for (index, item) in values.iter().enumerate() {
                    walk(item, &list.items, &format!("{path}[{index}]"), causes);
                }
                duplicates(values, list, path, causes);
            }
            _ => return causes.push(Cause::type_invalid(path, value, "array")),
        },
    }
    if let Some(rules) = &schema.rules {
        check_rules(value, rules, path, causes);
    }
    if let Some(logic) = &schema.logic {
        check_logic(value, logic, path, causes);
    }
}

fn walk_object(map: &Map<String, Value>, object: &Object, path: &str, causes: &mut Vec<Cause>) {
    let below = |key: &str| if path.is_empty() { key.to_owned() } else { format!("{path}.{key}") };
    for required in &object.required {
        if !map.contains_key(required) {
            causes.push(Cause::required(&below(required), ""));
        }
    }
    for (key, value) in map {
        if path.is_empty() && key == "metadata" {
            continue;
        }
        if let Some(schema) = object.fields.get(key).or(object.additional.as_ref()) {
            walk(value, schema, &below(key), causes);
        }
    }
}

fn duplicates(values: &[Value], list: &super::List, path: &str, causes: &mut Vec<Cause>) {
    let keys: Vec<Value> = match &list.merge {
        super::ListMerge::Atomic => return,
        super::ListMerge::Set => values.to_vec(),
        super::ListMerge::Map(names) => values
            .iter()
            .map(|item| names.iter().map(|name| (name.clone(), item[name].clone())).collect())
            .collect(),
    };
    for (index, key) in keys.iter().enumerate() {
        if keys[..index].contains(key) {
            causes.push(Cause::duplicate(&format!("{path}[{index}]"), key));
        }
    }
}

fn mismatch(value: &Value, scalar: Scalar) -> Option<&'static str> {
    let (fits, wanted) = match scalar {
        Scalar::String | Scalar::Time => (value.is_string(), "string"),
        Scalar::Integer => (value.is_i64() || value.is_u64(), "integer"),
        Scalar::Number => (value.is_number(), "number"),
        Scalar::Boolean => (value.is_boolean(), "boolean"),
        Scalar::IntOrString | Scalar::Quantity => {
            (value.is_string() || value.is_i64() || value.is_u64(), "integer or string")
        }
    };
    (!fits).then_some(wanted)
}

fn check_rules(value: &Value, rules: &Rules, path: &str, causes: &mut Vec<Cause>) {
    if !rules.choices.is_empty() && !rules.choices.contains(value) {
        let supported: Vec<String> = rules
            .choices
            .iter()
            .map(|c| c.as_str().map_or_else(|| c.to_string(), str::to_owned))
            .collect();
        causes.push(Cause::unsupported(path, value, &supported));
    }
    let mut wrong =
        |why: String| causes.push(Cause::invalid(path, value, &format!("{path} in body {why}")));
    match value {
        Value::String(text) => check_text(text, rules, &mut wrong),
        Value::Number(number) => {
            check_number(number.as_f64().unwrap_or_default(), rules, &mut wrong);
        }
        Value::Array(values) => {
            let length = values.len() as u64;
            if rules.min_items.is_some_and(|min| length < min) {
                wrong(format!("should have at least {} items", rules.min_items.unwrap_or(0)));
            }
            if rules.max_items.is_some_and(|max| length > max) {
                wrong(format!("should have at most {} items", rules.max_items.unwrap_or(0)));
            }
            if rules.unique_items && values.iter().enumerate().any(|(i, v)| values[..i].contains(v))
            {
                wrong("shouldn't contain duplicates".into());
            }
        }
        Value::Object(map) => {
            let length = map.len() as u64;
            if rules.min_properties.is_some_and(|min| length < min) {
                wrong(format!(
                    "should have at least {} properties",
                    rules.min_properties.unwrap_or(0)
                ));
            }
            if rules.max_properties.is_some_and(|max| length > max) {
                wrong(format!(
                    "should have at most {} properties",
                    rules.max_properties.unwrap_or(0)
                ));
            }
        }
        Value::Null | Value::Bool(_) => {}
    }
}

fn check_text(text: &str, rules: &Rules, wrong: &mut dyn FnMut(String)) {
    let length = text.chars().count() as u64;
    if let Some(pattern) = &rules.pattern
        && !pattern.is_match(text)
    {
        wrong(format!("should match '{pattern}'"));
    }
    if let Some(min) = rules.min_length.filter(|min| length < *min) {
        wrong(format!("should be at least {min} chars long"));
    }
    if let Some(max) = rules.max_length.filter(|max| length > *max) {
        wrong(format!("should be at most {max} chars long"));
    }
    if let Some(format) = rules.format.as_deref().filter(|format| !fits_format(text, format)) {
        wrong(format!("must be of type {format}: {text:?}"));
    }
}

fn fits_format(text: &str, format: &str) -> bool {
    match format {
        "date-time" => text.parse::<jiff::Timestamp>().is_ok(),
        "date" => text.parse::<jiff::civil::Date>().is_ok(),
        "ipv4" => text.parse::<std::net::Ipv4Addr>().is_ok(),
        "ipv6" => text.parse::<std::net::Ipv6Addr>().is_ok(),
        "uuid" => text.len() == 36 && text.chars().all(|c| c.is_ascii_hexdigit() || c == '-'),
        _ => true,
    }
}

fn check_number(number: f64, rules: &Rules, wrong: &mut dyn FnMut(String)) {
    if let Some(min) = rules.minimum {
        if rules.exclusive_minimum && number <= min {
            wrong(format!("should be greater than {min}"));
        } else if number < min {
            wrong(format!("should be greater than or equal to {min}"));
        }
    }
    if let Some(max) = rules.maximum {
        if rules.exclusive_maximum && number >= max {
            wrong(format!("should be less than {max}"));
        } else if number > max {
            wrong(format!("should be less than or equal to {max}"));
        }
    }
    if let Some(of) = rules.multiple_of
        && (number / of).fract() != 0.0
    {
        wrong(format!("should be a multiple of {of}"));
    }
    if rules.format.as_deref() == Some("int32") && number.abs() > f64::from(i32::MAX) {
        wrong("must be of type int32".into());
    }
}

fn check_logic(value: &Value, logic: &Logic, path: &str, causes: &mut Vec<Cause>) {
    let judge = |schema: &Schema| {
        let mut found = Vec::new();
        walk(value, schema, path, &mut found);
        found
    };
    for schema in &logic.all_of {
        causes.extend(judge(schema));
    }
    let fits =
        |schemas: &[std::sync::Arc<Schema>]| schemas.iter().filter(|s| judge(s).is_empty()).count();
    if !logic.any_of.is_empty() && fits(&logic.any_of) == 0 {
        causes.push(Cause::invalid(
            path,
            value,
            &format!("{path} in body must validate at least one schema (anyOf)"),
        ));
    }
    if !logic.one_of.is_empty() && fits(&logic.one_of) != 1 {
        causes.push(Cause::invalid(
            path,
            value,
            &format!("{path} in body must validate one and only one schema (oneOf)"),
        ));
    }
    if logic.not.as_ref().is_some_and(|schema| judge(schema).is_empty()) {
        causes.push(Cause::invalid(
            path,
            value,
            &format!("{path} in body must not validate the schema (not)"),
        ));
    }
}
