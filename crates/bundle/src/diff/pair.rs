//! Finds which object of one set is which object of the other.

use std::collections::{BTreeMap, BTreeSet};

use manifest::{Object, ObjectId};

/// The same object on both sides, or on one.
#[derive(Clone, Copy, Debug)]
pub(super) struct Pair<'a> {
    pub(super) before: Option<&'a Object>,
    pub(super) after: Option<&'a Object>,
}

/// An object's name within its set: the file counts only where the name alone is not enough.
type Key = (ObjectId, String, usize);

/// Pairs up two sets, sorted by key.
pub(super) fn pairs<'a>(before: &'a [Object], after: &'a [Object]) -> Vec<Pair<'a>> {
    let repeated: BTreeSet<ObjectId> =
        repeated(before).into_iter().chain(repeated(after)).collect();
    let mut before = keyed(before, &repeated);
    let mut after = keyed(after, &repeated);
    let renamed = renamed(&before, &after);
    let mut pairs = BTreeMap::new();
    for (old, new) in renamed {
        let pair = Pair { before: before.remove(&old), after: after.remove(&new) };
        pairs.insert(new, pair);
    }
    for (key, object) in before {
        pairs.insert(key, Pair { before: Some(object), after: None });
    }
    for (key, object) in after {
        let pair = pairs.entry(key).or_insert(Pair { before: None, after: None });
        pair.after = Some(object);
    }
    pairs.into_values().collect()
}

fn repeated(objects: &[Object]) -> Vec<ObjectId> {
    let mut seen = BTreeSet::new();
    objects.iter().map(Object::id).filter(|id| !seen.insert(id.clone())).collect()
}

fn keyed<'a>(objects: &'a [Object], repeated: &BTreeSet<ObjectId>) -> BTreeMap<Key, &'a Object> {
    let mut keyed = BTreeMap::new();
    let mut counts: BTreeMap<(ObjectId, String), usize> = BTreeMap::new();
    for object in objects {
        let id = object.id();
        let file =
            if repeated.contains(&id) { object.origin.file.to_string() } else { String::new() };
        let count = counts.entry((id.clone(), file.clone())).or_default();
        keyed.insert((id, file, *count), object);
        *count += 1;
    }
    keyed
}

/// Pairs of generated ConfigMaps and Secrets whose names differ only in the hash.
fn renamed(before: &BTreeMap<Key, &Object>, after: &BTreeMap<Key, &Object>) -> Vec<(Key, Key)> {
    let gone = generated(before, after);
    let come = generated(after, before);
    let single = |keys: &Vec<Key>| (keys.len() == 1).then(|| keys[0].clone());
    gone.iter().filter_map(|(base, old)| Some((single(old)?, single(come.get(base)?)?))).collect()
}

/// Objects with a hash in their name that the other side lacks, by their name without the hash.
fn generated(
    objects: &BTreeMap<Key, &Object>,
    other: &BTreeMap<Key, &Object>,
) -> BTreeMap<Key, Vec<Key>> {
    let mut found: BTreeMap<Key, Vec<Key>> = BTreeMap::new();
    for key in objects.keys().filter(|key| !other.contains_key(*key)) {
        let (id, file, index) = key;
        if !matches!(id.kind.as_str(), "ConfigMap" | "Secret") {
            continue;
        }
        if let Some(name) = without_hash(&id.name) {
            let base = ObjectId { name: name.to_owned(), ..id.clone() };
            found.entry((base, file.clone(), *index)).or_default().push(key.clone());
        }
    }
    found
}

/// Cuts the suffix that kustomize's generators add: a dash and ten characters of its alphabet.
fn without_hash(name: &str) -> Option<&str> {
    let (base, hash) = name.rsplit_once('-')?;
    let alphabet = |byte: u8| b"bcdfghkmt2456789".contains(&byte);
    (hash.len() == 10 && hash.bytes().all(alphabet)).then_some(base)
}
