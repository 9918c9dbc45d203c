//! Replacing variables in built objects: `spec.postBuild`.

use std::collections::BTreeMap;

use api::label;
use manifest::Object;

mod expand;

use expand::expand;

/// Variables by name.
pub(crate) type Variables = BTreeMap<String, String>;

/// Checks names and strips line ends from values, as every source of variables is treated.
///
/// The error is a sentence about the first name that is none.
pub(crate) fn accept(
    variables: &mut Variables,
    more: impl IntoIterator<Item = (String, String)>,
) -> Result<(), String> {
    for (name, value) in more {
        if !is_name(&name) {
            return Err(format!(
                "'{name}' var name is invalid, must match '^[_[:alpha:]][_[:alpha:][:digit:]]*$'"
            ));
        }
        variables.insert(name, value.replace('\n', ""));
    }
    Ok(())
}

fn is_name(name: &str) -> bool {
    let starts_well = name.starts_with(|c: char| c == '_' || c.is_ascii_alphabetic());
    starts_well && name.bytes().all(|b| b == b'_' || b.is_ascii_alphanumeric())
}

/// Replaces the variables in each object, unless the object forbids it.
///
/// The object is written as YAML, expanded and read again, so that an unquoted `${replicas}` becomes a
/// number. A variable without value and without default is an error.
///
/// # Errors
///
/// A sentence that names the object.
///
/// # Source
///
/// facts/flux.md §4.5.
pub(crate) fn substitute(
    objects: Vec<Object>,
    variables: &Variables,
) -> Result<Vec<Object>, String> {
    objects.into_iter().map(|object| one(object, variables)).collect()
}

fn one(object: Object, variables: &Variables) -> Result<Object, String> {
    let marks = [object.label(label::SUBSTITUTE), object.annotation(label::SUBSTITUTE)];
    if marks.into_iter().flatten().any(|mark| mark.eq_ignore_ascii_case("disabled")) {
        return Ok(object);
    }
    let text = manifest::to_yaml(&object.to_value());
    if !text.contains('$') {
        return Ok(object);
    }
    let failed = |why: &str| format!("var substitution failed for '{}': {why}", object.id());
    let expanded = expand(&text, variables).map_err(|why| failed(&why))?;
    let (mut read, problems) = manifest::read(&object.origin.file, expanded.as_bytes());
    match (read.pop(), problems.first()) {
        (Some(new), None) if read.is_empty() => {
            Ok(Object { value: new.value, origin: object.origin })
        }
        (_, Some(problem)) => Err(failed(&problem.message)),
        _ => Err(failed("the result is not one object")),
    }
}

#[cfg(test)]
mod tests;
