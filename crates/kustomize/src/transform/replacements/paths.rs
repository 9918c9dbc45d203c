//! The fields that a target path leads to: several, where it has `*` or `[name=expression]`.

use manifest::yaml::{Kind, Node};
use regex::Regex;

use crate::kustomization::FieldOptions;
use crate::lookup::{self, Step};
use crate::node::{self, Wrong};
use crate::transform::replacements::{set, structured};

/// Puts a value into all fields at a path.
///
/// # Errors
///
/// A sentence, when there is no such field, or it does not take the value.
pub(super) fn copy_to(
    object: &mut Node,
    value: &Node,
    path: &str,
    options: Option<&FieldOptions>,
) -> Result<(), Wrong> {
    let make = options.filter(|options| options.create).map(|_| value.kind);
    let parts = lookup::split_dotted(path);
    node::check_growth(parts.len(), value)?;
    if structured::copy_to(object, value, &parts, make).is_ok() {
        return Ok(());
    }
    let failed = || {
        let doing = if make.is_some() { "find or create" } else { "find" };
        format!("unable to {doing} field \"{path}\" in replacement target")
    };
    let steps = target_steps(&parts).map_err(|reason| format!("{}: {reason}", failed()))?;
    let mut visitor = Visitor { make, count: 0, set: &mut |target| set(target, value, options) };
    match visitor.visit(object, &steps) {
        Ok(()) if visitor.count > 0 => Ok(()),
        Ok(()) => Err(failed()),
        Err(reason) => Err(format!("{}: {reason}", failed())),
    }
}

/// Reads a path of which no part is dropped and `-` is a field.
pub(super) fn target_steps(parts: &[String]) -> Result<Vec<Step>, Wrong> {
    let one = |part: &String| match part.as_str() {
        "-" => Ok(Step::Field(part.clone())),
        text if text.starts_with('-') && text.parse::<i64>().is_ok() => {
            Ok(Step::Field(part.clone()))
        }
        "" => Ok(Step::Field(String::new())),
        _ => Ok(lookup::steps(std::slice::from_ref(part))?.remove(0)),
    };
    parts.iter().map(one).collect()
}

/// Walks along a path and calls `set` at its ends.
pub(super) struct Visitor<'a> {
    /// The kind of what is made where the path ends and nothing is there.
    pub(super) make: Option<Kind>,
    /// How many fields were found.
    pub(super) count: usize,
    pub(super) set: &'a mut dyn FnMut(&mut Node) -> Result<(), Wrong>,
}

impl Visitor<'_> {
    pub(super) fn visit(&mut self, here: &mut Node, path: &[Step]) -> Result<(), Wrong> {
        let Some((step, rest)) = path.split_first() else {
            self.count += 1;
            return (self.set)(here);
        };
        match step {
            Step::Index(index) => self.visit_index(here, *index, rest),
            Step::Match { name, value } => self.visit_matches(here, (name, value), rest),
            Step::Every => {
                node::expect_sequence(here)?;
                here.items_mut().iter_mut().try_for_each(|item| self.visit(item, rest))
            }
            Step::Field(name) => self.visit_field(here, name, rest),
            Step::Last => self.visit_field(here, "-", rest),
        }
    }

    fn visit_field(&mut self, here: &mut Node, name: &str, rest: &[Step]) -> Result<(), Wrong> {
        if node::field(here, name)?.is_none() {
            let Some(kind) = self.kind_for(rest) else { return Ok(()) };
            here.content.push(node::untagged(name));
            here.content.push(Node { kind, ..Node::default() });
        }
        let Some(field) = here.get_mut(name) else { return Ok(()) };
        if field.kind == Kind::Scalar && !rest.is_empty() {
            // What stands in a text can be looked at, but changes do not come back from there.
            let mut inner = structured::parse(&field.value)?;
            let mut count = Visitor { make: self.make, count: 0, set: &mut |_| Ok(()) };
            count.visit(&mut inner, rest)?;
            self.count += count.count;
            return Ok(());
        }
        self.visit(field, rest)
    }

    /// The kind of what is made for a step, by the step after it.
    fn kind_for(&self, rest: &[Step]) -> Option<Kind> {
        self.make.map(|kind| match rest.first() {
            None => kind,
            Some(Step::Index(_) | Step::Match { .. }) => Kind::Sequence,
            Some(_) => Kind::Mapping,
        })
    }

    fn visit_index(&mut self, here: &mut Node, index: usize, rest: &[Step]) -> Result<(), Wrong> {
        node::expect_sequence(here)?;
        if here.content.len() == index
            && let Some(kind) = self.kind_for(rest)
        {
            here.content.push(Node { kind, ..Node::default() });
        }
        let count = here.content.len();
        match here.content.get_mut(index) {
            Some(item) => self.visit(item, rest),
            None => Err(format!("index {index} specified but only {count} elements found")),
        }
    }

    fn visit_matches(
        &mut self,
        here: &mut Node,
        (name, expression): (&str, &str),
        rest: &[Step],
    ) -> Result<(), Wrong> {
        node::expect_sequence(here)?;
        let pattern = Regex::new(expression)
            .map_err(|error| format!("`{expression}` is no regular expression: {error}"))?;
        let before = self.count;
        self.visit_all(here, name, &pattern, rest)?;
        if self.count > before || self.make.is_none() {
            return Ok(());
        }
        let value = node::untagged(expression);
        here.content.push(if name.is_empty() {
            value
        } else {
            Node::mapping([(node::untagged(name), value)])
        });
        self.visit_all(here, name, &pattern, rest)
    }

    fn visit_all(
        &mut self,
        here: &mut Node,
        name: &str,
        pattern: &Regex,
        rest: &[Step],
    ) -> Result<(), Wrong> {
        for item in here.items_mut() {
            if name.is_empty() {
                if fits(pattern, item) {
                    self.count += 1;
                    (self.set)(item)?;
                }
            } else if item.get(name).is_some_and(|value| fits(pattern, value)) {
                self.visit(item, rest)?;
            }
        }
        Ok(())
    }
}

/// Whether an expression is found in a node as YAML writes it.
fn fits(pattern: &Regex, node: &Node) -> bool {
    pattern.is_match(manifest::yaml::emit(&crate::shared::unmarked(node)).trim())
}
