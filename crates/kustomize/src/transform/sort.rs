//! The order of the output.

use std::cmp::Ordering;
use std::collections::BTreeMap;

use crate::error::Error;
use crate::field_spec::{FIRST, LAST};
use crate::identity::{Gvk, Id};
use crate::kustomization::SortOptions;
use crate::options::Reorder;
use crate::resources::Resources;

/// Sorts as the kustomization says, or else as the caller.
///
/// # Errors
///
/// [`Error::Step`] for an unknown order.
pub(crate) fn apply(
    resources: &mut Resources,
    options: Option<&SortOptions>,
    reorder: Reorder,
) -> Result<(), Error> {
    let Some(options) = options else {
        if reorder == Reorder::Legacy {
            legacy(resources, &FIRST, &LAST)?;
        }
        return Ok(());
    };
    match (options.order.as_str(), &options.legacy) {
        ("fifo", None) => Ok(()),
        ("fifo", Some(_)) => Err(Error::step(
            "sortOptions",
            "the field 'sortOptions.legacySortOptions' is set but the selected sort order is 'fifo', not 'legacy'",
        )),
        ("legacy", None) => legacy(resources, &FIRST, &LAST),
        ("legacy", Some(kinds)) => legacy(resources, &kinds.order_first, &kinds.order_last),
        _ => Err(Error::step(
            "sortOptions",
            "the field 'sortOptions.order' must be one of [fifo, legacy]",
        )),
    }
}

fn legacy<S: AsRef<str>>(resources: &mut Resources, first: &[S], last: &[S]) -> Result<(), Error> {
    let mut ranks: BTreeMap<&str, i64> = BTreeMap::new();
    let first_count = i64::try_from(first.len()).unwrap_or(i64::MAX);
    for (index, kind) in (0_i64..).zip(first) {
        ranks.insert(kind.as_ref(), index - first_count);
    }
    for (index, kind) in (1_i64..).zip(last) {
        ranks.insert(kind.as_ref(), index);
    }
    let rank = |kind: &str| ranks.get(kind).copied().unwrap_or(0);
    let mut keyed: Vec<_> = resources
        .take()
        .into_iter()
        .map(|resource| {
            let id = resource.id();
            (rank(&id.gvk.kind), gvk_text(&id.gvk), id_text(&id), resource)
        })
        .collect();
    keyed.sort_by(|a, b| {
        let order = a.0.cmp(&b.0);
        order.then_with(|| gvk_order(&a.1, &b.1)).then_with(|| a.2.cmp(&b.2))
    });
    *resources = Resources::collect(keyed.into_iter().map(|entry| entry.3).collect())?;
    Ok(())
}

/// The Namespace of the core group comes before those of other groups.
fn gvk_order(a: &str, b: &str) -> Ordering {
    let is_namespace = |text: &str| text.ends_with("_Namespace");
    let is_core = |text: &str| text.starts_with("~G_");
    if is_namespace(a) && is_namespace(b) && (is_core(a) || is_core(b)) {
        b.cmp(a)
    } else {
        a.cmp(b)
    }
}

fn gvk_text(gvk: &Gvk) -> String {
    let or = |text, none| if str::is_empty(text) { none } else { text };
    let (group, version) = (or(gvk.group.as_str(), "~G"), or(gvk.version.as_str(), "~V"));
    format!("{group}_{version}_{}", or(gvk.kind.as_str(), "~K"))
}

fn id_text(id: &Id) -> String {
    let or = |text, none| if str::is_empty(text) { none } else { text };
    format!("{}|{}|{}", id.gvk, or(id.namespace.as_str(), "~X"), or(id.name.as_str(), "~N"))
}
