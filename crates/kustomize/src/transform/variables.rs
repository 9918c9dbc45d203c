//! `vars`: `$(NAME)` in objects, replaced by a field of another object.

use std::collections::{BTreeMap, BTreeSet};

use manifest::yaml::{Kind, Node, Style, Tag};

use crate::error::Error;
use crate::field_spec::{FieldSpec, Make};
use crate::go_json::json_number;
use crate::identity::{Gvk, Id, group_version};
use crate::kustomization::Variable;
use crate::lookup;
use crate::node::{self, Wrong};
use crate::resources::Resources;
use crate::transform::about;

/// Variables by name, with the path of the field that they stand for.
pub(crate) type Variables = BTreeMap<String, String>;

/// Adds the variables of one kustomization and marks the objects that they take their value from.
///
/// # Errors
///
/// [`Error::Step`] when a name is used twice, or an object is not the only one.
pub(crate) fn declare(
    variables: &mut Variables,
    resources: &mut Resources,
    declared: &[Variable],
) -> Result<(), Error> {
    for variable in declared {
        let wanted = wanted(variable);
        let is_meant = |id: &Id| {
            id.name == wanted.name
                && id.gvk == wanted.gvk
                && (wanted.namespace.is_empty()
                    || id.effective_namespace() == wanted.effective_namespace())
        };
        let mut found: Vec<_> = resources
            .as_mut_slice()
            .iter_mut()
            .filter(|resource| !resource.is_gone() && resource.ids().any(|id| is_meant(&id)))
            .collect();
        if found.len() > 1 {
            let (count, name) = (found.len(), &variable.name);
            let reason =
                format!("found {count} resId matches for var {name} (unable to disambiguate)");
            return Err(Error::step("vars", reason));
        }
        if let Some(resource) = found.pop() {
            resource.history.variables.push(variable.name.clone());
        }
    }
    for variable in declared {
        let path = if variable.field.field_path.is_empty() {
            "metadata.name"
        } else {
            &variable.field.field_path
        };
        add(variables, &variable.name, path)?;
    }
    Ok(())
}

fn wanted(variable: &Variable) -> Id {
    let target = &variable.object;
    let mut gvk = Gvk {
        group: target.group.clone(),
        version: target.version.clone(),
        kind: target.kind.clone(),
    };
    match target.api_version.matches('/').count() {
        _ if target.api_version.is_empty() => {}
        0 => gvk.version.clone_from(&target.api_version),
        1 => {
            let (group, version) = group_version(&target.api_version);
            gvk = Gvk { group: group.to_owned(), version: version.to_owned(), ..gvk };
        }
        _ => {}
    }
    Id {
        gvk,
        name: target.name.clone(),
        namespace: target.namespace.clone(),
        is_cluster_scoped: false,
    }
}

fn add(variables: &mut Variables, name: &str, path: &str) -> Result<(), Error> {
    if variables.insert(name.to_owned(), path.to_owned()).is_some() {
        return Err(Error::step("vars", format!("var '{name}' already encountered")));
    }
    Ok(())
}

/// Adds the variables of a base.
///
/// # Errors
///
/// [`Error::Step`] when a name is used twice.
pub(crate) fn join(variables: &mut Variables, others: Variables) -> Result<(), Error> {
    others.into_iter().try_for_each(|(name, path)| add(variables, &name, &path))
}

/// What a variable stands for.
#[derive(Clone, Debug)]
enum Value {
    Text(String),
    Int(i64),
    Float(f64),
    Bool(bool),
    /// Objects and lists, which are not put anywhere.
    Other,
}

/// Puts the values where the fields hold `$(NAME)`; answers with warnings.
///
/// # Errors
///
/// [`Error::Step`] for a variable without object or field, [`Error::Object`].
pub(crate) fn apply(
    resources: &mut Resources,
    variables: &Variables,
    fields: &[FieldSpec],
) -> Result<Vec<String>, Error> {
    if variables.is_empty() {
        return Ok(Vec::new());
    }
    let mut values = BTreeMap::new();
    for (name, path) in variables {
        values.insert(name.as_str(), value_of(resources, name, path)?);
    }
    let mut replacer = Replacer { values, used: BTreeSet::new() };
    for resource in resources.as_mut_slice() {
        for field in fields {
            field
                .apply(&mut resource.node, Make::Nothing, &mut |found| replacer.set(found))
                .map_err(|reason| about(resource, "vars", reason))?;
        }
    }
    let unused: Vec<_> =
        replacer.values.keys().filter(|name| !replacer.used.contains(**name)).copied().collect();
    if unused.is_empty() {
        return Ok(Vec::new());
    }
    Ok(vec![format!("well-defined vars that were never replaced: {}", unused.join(","))])
}

fn value_of(resources: &Resources, name: &str, path: &str) -> Result<Value, Error> {
    let mut all = resources.as_slice().iter();
    let is_source = |list: &[String]| list.iter().any(|variable| variable == name);
    let Some(resource) = all.find(|resource| is_source(&resource.history.variables)) else {
        let reason =
            format!("var '{name}' cannot be mapped to a field in the set of known resources");
        return Err(Error::step("vars", reason));
    };
    let value = field_value(&resource.node, path).map_err(|_| {
        let reason =
            format!("field `{path}` specified in var '{name}' not found in corresponding resource");
        about(resource, "vars", reason)
    })?;
    Ok(value)
}

fn field_value(object: &Node, path: &str) -> Result<Value, Wrong> {
    let parts: Vec<String> =
        lookup::split_dotted(path).iter().flat_map(|part| with_index(part)).collect();
    let steps = lookup::steps(&parts)?;
    let found = lookup::find(object, &steps)?.ok_or_else(|| format!("no field named '{path}'"))?;
    let text = found.value.as_str();
    let unreadable = || format!("`{text}` is not {}", found.tag.as_str());
    match (found.kind, &found.tag) {
        (Kind::Mapping | Kind::Sequence, _) => Ok(Value::Other),
        (_, Tag::Int) => text.parse().map(Value::Int).map_err(|_| unreadable()),
        (_, Tag::Float) => text.parse().map(Value::Float).map_err(|_| unreadable()),
        (_, Tag::Bool) => match text {
            "true" | "True" | "TRUE" => Ok(Value::Bool(true)),
            "false" | "False" | "FALSE" => Ok(Value::Bool(false)),
            _ => Err(unreadable()),
        },
        _ => Ok(Value::Text(text.to_owned())),
    }
}

/// Splits `ports[0]` into the field and the index.
fn with_index(part: &str) -> Vec<String> {
    let split = part.strip_suffix(']').and_then(|rest| rest.rsplit_once('['));
    match split {
        Some((field, index)) if !index.is_empty() && index.bytes().all(|b| b.is_ascii_digit()) => {
            let field = Some(field.to_owned()).filter(|field| !field.is_empty());
            field.into_iter().chain([index.to_owned()]).collect()
        }
        _ => vec![part.to_owned()],
    }
}

struct Replacer<'a> {
    values: BTreeMap<&'a str, Value>,
    used: BTreeSet<String>,
}

impl Replacer<'_> {
    fn set(&mut self, found: &mut Node) -> Result<(), Wrong> {
        match found.kind {
            _ if node::is_null(found) => Ok(()),
            Kind::Scalar | Kind::Alias => {
                self.set_scalar(found);
                Ok(())
            }
            Kind::Mapping => {
                for (key, value) in found.entries_mut() {
                    if !node::is_string(key) {
                        let tag = key.tag.as_str();
                        return Err(format!("invalid map key: value='{}', tag='{tag}'", key.value));
                    }
                    self.set_scalar(value);
                }
                Ok(())
            }
            Kind::Sequence => found.content.iter_mut().try_for_each(|item| {
                if !node::is_string(item) {
                    return Err("invalid value type expect a string".to_owned());
                }
                self.set_scalar(item);
                Ok(())
            }),
        }
    }

    fn set_scalar(&mut self, found: &mut Node) {
        if !node::is_string(found) {
            return;
        }
        let value = self.expand(&found.value);
        (found.tag, found.style) = (Tag::Str, Style::Plain);
        match value {
            Value::Text(text) => found.value = text.into(),
            Value::Int(number) => (found.tag, found.value) = (Tag::Int, number.to_string().into()),
            Value::Float(number) => {
                (found.tag, found.value) = (Tag::Float, format!("{number}").into());
            }
            Value::Bool(value) => {
                (found.tag, found.value) = (Tag::Bool, value.to_string().into());
            }
            Value::Other => {}
        }
    }

    /// Replaces all `$(NAME)`; one that is the whole text keeps the type of its value.
    fn expand(&mut self, text: &str) -> Value {
        let mut out = String::new();
        let mut rest = text;
        while let Some(at) = rest.find('$') {
            let after = &rest[at + 1..];
            let Some(next) = after.chars().next() else { break };
            out.push_str(&rest[..at]);
            if next == '(' {
                if let Some(end) = after.find(')') {
                    let name = &after[1..end];
                    let is_whole = at == 0 && rest.len() == text.len() && after.len() == end + 1;
                    match self.lookup(name) {
                        Some(value) if is_whole => return value,
                        Some(value) => out.push_str(&shown(&value)),
                        None => out.extend(["$(", name, ")"]),
                    }
                    rest = &after[end + 1..];
                    continue;
                }
                out.push_str("$(");
            } else if next == '$' {
                out.push('$');
            } else {
                out.push('$');
                out.push(next);
            }
            rest = &after[next.len_utf8()..];
        }
        out.push_str(rest);
        Value::Text(out)
    }

    fn lookup(&mut self, name: &str) -> Option<Value> {
        match self.values.get(name) {
            None | Some(Value::Other) => None,
            Some(value) => {
                self.used.insert(name.to_owned());
                Some(value.clone())
            }
        }
    }
}

fn shown(value: &Value) -> String {
    match value {
        Value::Text(text) => text.clone(),
        Value::Int(number) => number.to_string(),
        Value::Float(number) => json_number(*number),
        Value::Bool(value) => value.to_string(),
        Value::Other => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn doubled_dollars_escape_and_unknown_names_stay() {
        let values = BTreeMap::from([("A", Value::Int(8)), ("B", Value::Text("b".to_owned()))]);
        let mut replacer = Replacer { values, used: BTreeSet::new() };
        let mut expand = |text: &str| shown(&replacer.expand(text));
        assert_eq!(expand("x-$(B)-$(C)-$$(B)-$(A)$"), "x-b-$(C)-$(B)-8$");
        assert!(matches!(replacer.expand("$(A)"), Value::Int(8)));
    }
}
