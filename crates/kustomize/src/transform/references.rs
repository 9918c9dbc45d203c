//! Names in objects that refer to other objects, corrected after those were renamed.

use std::collections::{BTreeMap, BTreeSet};

use manifest::yaml::{Kind, Node, Tag};

use crate::config::NameReference;
use crate::error::Error;
use crate::field_spec::{FieldSpec, Make};
use crate::identity::{Gvk, Id, NO_NAMESPACE};
use crate::node::{self, Wrong};
use crate::resource::{Previous, Resource};
use crate::resources::Resources;
use crate::transform::about;

/// Corrects all names that refer to objects which were renamed.
///
/// # Errors
///
/// [`Error::Object`] when a name could mean several objects, or a field is of the wrong kind.
pub(crate) fn apply(resources: &mut Resources, references: &[NameReference]) -> Result<(), Error> {
    let targets = Targets::of(resources.as_slice());
    let by_kind = fields_by_kind(references);
    for resource in resources.as_mut_slice() {
        let id = resource.original_id();
        let general = by_kind.get("").map_or(&[][..], Vec::as_slice);
        let special = by_kind.get(id.gvk.kind.as_str()).map_or(&[][..], Vec::as_slice);
        if general.is_empty() && special.is_empty() {
            continue;
        }
        let mut fields: Vec<_> = general
            .iter()
            .chain(special)
            .filter(|field| id.gvk.is_selected_by(&field.spec.gvk))
            .collect();
        fields.sort_by_key(|field| field.place);
        let referrer =
            Referrer::of(resource).map_err(|reason| about(resource, "name references", reason))?;
        for field in fields {
            let correction = Correction { targets: &targets, referrer: &referrer, field };
            correction.run(&mut resource.node).map_err(|reason| {
                let doing = format!("updating name reference in '{}' field", field.spec.path);
                about(resource, "name references", format!("{doing}: {reason}"))
            })?;
        }
    }
    Ok(())
}

/// One field and what its name refers to.
struct Field<'a> {
    place: usize,
    spec: &'a FieldSpec,
    target: &'a Gvk,
}

fn fields_by_kind(references: &[NameReference]) -> BTreeMap<&str, Vec<Field<'_>>> {
    let mut by_kind: BTreeMap<&str, Vec<Field<'_>>> = BTreeMap::new();
    let all = references.iter().flat_map(|reference| {
        reference.referrers.iter().map(move |spec| (spec, &reference.target))
    });
    for (place, (spec, target)) in all.enumerate() {
        by_kind.entry(&spec.gvk.kind).or_default().push(Field { place, spec, target });
    }
    by_kind
}

/// What counts of an object that others may refer to.
struct Target {
    id: Id,
    previous: Vec<Previous>,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
}

/// The objects that were renamed, by the names they had.
struct Targets {
    all: Vec<Target>,
    by_name: BTreeMap<String, Vec<usize>>,
    /// For each namespace in which objects were read: where they are now, effectively and as
    /// written.
    moves: BTreeMap<String, BTreeSet<(String, String)>>,
}

impl Targets {
    fn of(resources: &[Resource]) -> Self {
        let mut targets =
            Self { all: Vec::new(), by_name: BTreeMap::new(), moves: BTreeMap::new() };
        for resource in resources {
            let (original, now) = (resource.original_id(), resource.id());
            let moves = targets.moves.entry(original.effective_namespace().to_owned()).or_default();
            moves.insert((now.effective_namespace().to_owned(), now.namespace));
            if resource.history.previous.is_empty() {
                continue;
            }
            let at = targets.all.len();
            for previous in &resource.history.previous {
                let places = targets.by_name.entry(previous.name.clone()).or_default();
                if places.last() != Some(&at) {
                    places.push(at);
                }
            }
            targets.all.push(Target {
                id: resource.id(),
                previous: resource.history.previous.clone(),
                prefixes: resource.history.prefixes.clone(),
                suffixes: resource.history.suffixes.clone(),
            });
        }
        targets
    }

    fn named(&self, name: &str) -> impl Iterator<Item = &Target> {
        let places = self.by_name.get(name).map_or(&[][..], Vec::as_slice);
        places.iter().map(|&at| &self.all[at])
    }
}

impl Target {
    fn was(&self, selector: &Gvk) -> bool {
        let fits = |want: &str, have: &str| want.is_empty() || want == have;
        fits(&selector.group, &self.id.gvk.group)
            && fits(&selector.version, &self.id.gvk.version)
            && self.previous.iter().any(|previous| fits(&selector.kind, &previous.kind))
    }

    fn original_namespace(&self) -> &str {
        self.previous.first().map_or("default", |previous| match previous.namespace.as_str() {
            "" => "default",
            namespace => namespace,
        })
    }
}

/// What counts of the object that refers.
struct Referrer {
    id: Id,
    prefixes: Vec<String>,
    suffixes: Vec<String>,
    /// Kind and group of `roleRef`.
    role: Option<Gvk>,
    /// Namespaces of the service accounts that a role binding names.
    account_namespaces: BTreeSet<String>,
}

impl Referrer {
    fn of(resource: &Resource) -> Result<Self, Wrong> {
        let role = resource.node.get("roleRef").and_then(|role| {
            let text = |name| role.get(name).map(|value| value.value.to_string());
            Some(Gvk { group: text("apiGroup")?, version: String::new(), kind: text("kind")? })
        });
        Ok(Self {
            id: resource.id(),
            prefixes: resource.history.prefixes.clone(),
            suffixes: resource.history.suffixes.clone(),
            role,
            account_namespaces: account_namespaces(resource)?,
        })
    }

    /// Whether an object could be meant, as far as namespaces go.
    fn reaches(&self, target: &Target) -> bool {
        if self.id.is_cluster_scoped || target.id.is_cluster_scoped {
            return true;
        }
        let is_near = self.id.effective_namespace() == target.id.effective_namespace();
        let is_account = target.id.gvk.kind == "ServiceAccount";
        is_near || (is_account && self.account_namespaces.contains(&target.id.namespace))
    }

    fn shares_ends(&self, target: &Target, empty_fits: bool) -> bool {
        let fits = |a: &[String], b: &[String]| {
            (empty_fits && (a.is_empty() || b.is_empty())) || ends_alike(a, b)
        };
        fits(&self.prefixes, &target.prefixes) && fits(&self.suffixes, &target.suffixes)
    }
}

fn account_namespaces(resource: &Resource) -> Result<BTreeSet<String>, Wrong> {
    let mut namespaces = BTreeSet::new();
    if resource.kind() != "RoleBinding" {
        return Ok(namespaces);
    }
    for subject in resource.node.get("subjects").map_or(&[][..], Node::items) {
        let is_account = subject.get("kind").is_some_and(|kind| kind.value == "ServiceAccount");
        let Some(namespace) = subject.get("namespace").filter(|_| is_account) else { continue };
        if !node::is_string(namespace) {
            return Err("invalid input: namespace is blank for a subject".to_owned());
        }
        namespaces.insert(namespace.value.to_string());
    }
    Ok(namespaces)
}

/// Whether one list is the end of the other; an empty one is only the end of an empty one.
fn ends_alike(a: &[String], b: &[String]) -> bool {
    let (short, long) = if a.len() <= b.len() { (a, b) } else { (b, a) };
    if short.is_empty() { long.is_empty() } else { long.ends_with(short) }
}

struct Correction<'a> {
    targets: &'a Targets,
    referrer: &'a Referrer,
    field: &'a Field<'a>,
}

impl Correction<'_> {
    fn run(&self, object: &mut Node) -> Result<(), Wrong> {
        self.field.spec.apply_to_any(object, Make::Nothing, &mut |found| self.correct(found))
    }

    fn correct(&self, found: &mut Node) -> Result<(), Wrong> {
        if node::is_null(found) {
            return Ok(());
        }
        match found.kind {
            Kind::Scalar | Kind::Alias => self.correct_name(found),
            Kind::Mapping => self.correct_mapping(found),
            Kind::Sequence => found.content.iter_mut().try_for_each(|item| match item.kind {
                _ if node::is_null(item) => Ok(()),
                Kind::Scalar => self.correct_name(item),
                Kind::Mapping => self.correct_mapping(item),
                _ => Err("expected a string or a mapping of strings".to_owned()),
            }),
        }
    }

    fn correct_name(&self, name: &mut Node) -> Result<(), Wrong> {
        let candidates = self.targets.named(&name.value).collect();
        match self.select(candidates, |a, b| a.name == b.name)? {
            Some(target) if target.id.name != name.value.as_str() => {
                node::set_scalar(name, Tag::None, target.id.name.as_str())
            }
            _ => Ok(()),
        }
    }

    /// Corrects `name` and `namespace` of a reference that has both.
    fn correct_mapping(&self, reference: &mut Node) -> Result<(), Wrong> {
        let Some(name) = reference.get("name").map(|name| name.value.clone()) else {
            return Err("path config error; no 'name' field in node".to_owned());
        };
        let mut candidates: Vec<&Target> = self.targets.named(&name).collect();
        if let Some(namespace) = reference.get("namespace") {
            let namespace = namespace.value.as_str();
            // What was in that namespace, or else what is there now.
            let is_original = self.is_original_namespace(namespace);
            candidates.retain(|target| {
                let theirs = if is_original {
                    target.original_namespace()
                } else {
                    target.id.effective_namespace()
                };
                theirs == namespace
            });
        }
        let same = |a: &Id, b: &Id| a.name == b.name && a.namespace == b.namespace;
        let Some(target) = self.select(candidates, same)? else { return Ok(()) };
        if target.id.name == name.as_str() && target.id.namespace.is_empty() {
            return Ok(());
        }
        node::set_field(reference, "name", node::untagged(target.id.name.as_str()))?;
        if target.id.namespace.is_empty() {
            return Ok(());
        }
        node::set_field(reference, "namespace", node::untagged(target.id.namespace.as_str()))
    }

    fn is_original_namespace(&self, namespace: &str) -> bool {
        let Some(moves) = self.targets.moves.get(namespace) else { return false };
        let here = &self.referrer.id;
        namespace != NO_NAMESPACE
            && (here.is_cluster_scoped
                || moves.iter().any(|(effective, written)| {
                    effective == NO_NAMESPACE
                        || effective == here.effective_namespace()
                        || self.referrer.account_namespaces.contains(written)
                }))
    }

    /// Picks the object that a name means.
    fn select<'t>(
        &self,
        mut candidates: Vec<&'t Target>,
        is_same: impl Fn(&Id, &Id) -> bool,
    ) -> Result<Option<&'t Target>, Wrong> {
        let role =
            self.referrer.role.as_ref().filter(|_| self.field.spec.path.ends_with("roleRef/name"));
        candidates.retain(|target| {
            target.was(self.field.target)
                && role.is_none_or(|role| target.was(role))
                && self.referrer.reaches(target)
        });
        if candidates.len() > 1 {
            candidates.retain(|target| self.referrer.shares_ends(target, true));
            if candidates.len() > 1 {
                candidates.retain(|target| self.referrer.shares_ends(target, false));
            }
        }
        let Some((first, others)) = candidates.split_first() else { return Ok(None) };
        if others.iter().all(|other| is_same(&first.id, &other.id)) {
            return Ok(Some(first));
        }
        let ids: Vec<_> = candidates.iter().map(|target| target.id.to_string()).collect();
        Err(format!("found multiple possible referrals: {}", ids.join(", ")))
    }
}
