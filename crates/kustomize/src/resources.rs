//! The objects of a build, in order, findable by what they are or were called.

use std::collections::BTreeMap;

use crate::error::Error;
use crate::identity::{Id, Key};
use crate::resource::{Behavior, Resource};

/// Objects in the order in which they were read; no two have the same id.
#[derive(Clone, Debug, Default)]
pub(crate) struct Resources {
    list: Vec<Resource>,
    /// Thrown away when resources may have changed, made again when needed.
    index: Option<Index>,
}

#[derive(Clone, Debug, Default)]
struct Index {
    current: BTreeMap<Key, Vec<usize>>,
    /// Also under the ids that they had before.
    any: BTreeMap<Key, Vec<usize>>,
}

impl Index {
    fn add(&mut self, at: usize, resource: &Resource) {
        self.current.entry(resource.id().key()).or_default().push(at);
        if resource.is_gone() {
            return;
        }
        for id in resource.ids() {
            let places = self.any.entry(id.key()).or_default();
            if places.last() != Some(&at) {
                places.push(at);
            }
        }
    }
}

impl Resources {
    /// Collects resources.
    ///
    /// # Errors
    ///
    /// [`Error::SameId`].
    pub(crate) fn collect(list: Vec<Resource>) -> Result<Self, Error> {
        let mut result = Self::default();
        result.list.reserve(list.len());
        list.into_iter().try_for_each(|resource| result.append(resource))?;
        Ok(result)
    }

    pub(crate) fn as_slice(&self) -> &[Resource] {
        &self.list
    }

    /// The resources, to change.
    pub(crate) fn as_mut_slice(&mut self) -> &mut [Resource] {
        self.index = None;
        &mut self.list
    }

    /// Takes all resources out.
    pub(crate) fn take(&mut self) -> Vec<Resource> {
        self.index = None;
        std::mem::take(&mut self.list)
    }

    /// Puts other resources in the place of all, without a look at their ids.
    pub(crate) fn replace_all(&mut self, list: Vec<Resource>) {
        self.index = None;
        self.list = list;
    }

    fn index(&mut self) -> &mut Index {
        let list = &self.list;
        self.index.get_or_insert_with(|| {
            let mut index = Index::default();
            for (at, resource) in list.iter().enumerate() {
                index.add(at, resource);
            }
            index
        })
    }

    /// Adds a resource at the end.
    ///
    /// # Errors
    ///
    /// [`Error::SameId`].
    pub(crate) fn append(&mut self, resource: Resource) -> Result<(), Error> {
        let id = resource.id();
        if let Some(&at) = self.index().current.get(&id.key()).and_then(|at| at.first()) {
            let first = self.list[at].origin.clone();
            return Err(Error::SameId { id: id.to_string(), first, second: resource.origin });
        }
        let at = self.list.len();
        self.index().add(at, &resource);
        self.list.push(resource);
        Ok(())
    }

    /// Adds resources at the end.
    ///
    /// # Errors
    ///
    /// [`Error::SameId`].
    pub(crate) fn append_all(&mut self, other: Self) -> Result<(), Error> {
        if self.list.is_empty() {
            // Ids among themselves were checked when they were put together, and again by whoever
            // changed them; kustomize checks once more, so this does.
            return self.adopt(other);
        }
        other.list.into_iter().try_for_each(|resource| self.append(resource))
    }

    fn adopt(&mut self, mut other: Self) -> Result<(), Error> {
        let twice = other.index().current.values().find(|places| places.len() > 1).cloned();
        if let Some(places) = twice {
            let (first, second) = (&other.list[places[0]], &other.list[places[1]]);
            return Err(Error::SameId {
                id: second.id().to_string(),
                first: first.origin.clone(),
                second: second.origin.clone(),
            });
        }
        *self = other;
        Ok(())
    }

    /// Indexes of the resources that have or had this id.
    pub(crate) fn known_as(&mut self, id: &Id) -> Vec<usize> {
        self.index().any.get(&id.key()).cloned().unwrap_or_default()
    }

    /// The one resource that has or had this id.
    ///
    /// # Errors
    ///
    /// A sentence, when there is none or more than one.
    pub(crate) fn target_of(&mut self, id: &Id) -> Result<usize, String> {
        match self.known_as(id).as_slice() {
            [at] => Ok(*at),
            [] => {
                Err(format!("no matches for Id {id}; failed to find unique target for patch {id}"))
            }
            _ => Err(format!(
                "multiple matches for Id {id}; failed to find unique target for patch {id}"
            )),
        }
    }

    /// Adds generated resources: new ones at the end, others merged into or put in place of the one
    /// that has or had their id.
    ///
    /// # Errors
    ///
    /// [`Error::Generator`] when the behavior does not fit what is there.
    pub(crate) fn absorb(&mut self, generated: Vec<Resource>) -> Result<(), Error> {
        generated.into_iter().try_for_each(|resource| self.absorb_one(resource))
    }

    fn absorb_one(&mut self, mut new: Resource) -> Result<(), Error> {
        let id = new.id();
        let refuse = |reason: String| Err(Error::Generator { id: id.to_string(), reason });
        let places = self.known_as(&id);
        let behavior = new.history.behavior;
        let at = match (places.as_slice(), behavior) {
            ([], Behavior::Merge | Behavior::Replace) => {
                return refuse("does not exist; cannot merge or replace".to_owned());
            }
            ([], _) => return self.append(new),
            ([at], Behavior::Merge | Behavior::Replace) => *at,
            ([_], _) => {
                return refuse(format!(
                    "exists; can not use behavior: '{}', behavior must be merge or replace",
                    behavior.as_str()
                ));
            }
            _ => return refuse("found multiple objects that could accept the merge".to_owned()),
        };
        let old = &self.list[at];
        crate::generate::meet(&mut new, old, behavior)
            .map_err(|reason| Error::Generator { id: id.to_string(), reason })?;
        self.as_mut_slice()[at] = new;
        Ok(())
    }
}
