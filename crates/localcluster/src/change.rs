//! Every write: decoded, defaulted, judged, recorded in `managedFields`, committed.

mod create;
mod delete;
mod prepare;
mod update;

use serde_json::Value;

use crate::kinds::{Kind, Version};
use crate::store::Key;

pub(crate) use create::create;
pub(crate) use delete::{CRD_CLEANUP, Deletion, FOREGROUND, ORPHAN, delete, remove_if_finished};
pub(crate) use prepare::{Strictness, in_version};
pub(crate) use update::{apply, update};

/// What is written.
#[derive(Debug, Clone, Copy)]
pub(crate) struct Target<'a> {
    pub(crate) kind: &'a Kind,
    pub(crate) version: &'a Version,
    pub(crate) namespace: &'a str,
    pub(crate) name: &'a str,
    pub(crate) subresource: &'a str,
}

impl Target<'_> {
    pub(crate) fn key(&self) -> Key {
        Key {
            resource: self.kind.resource.clone(),
            namespace: self.namespace.into(),
            name: self.name.into(),
        }
    }

    pub(crate) fn api_version(&self) -> String {
        self.kind.api_version(&self.version.name)
    }
}

/// How it is written.
#[derive(Debug, Clone)]
pub(crate) struct Manner {
    pub(crate) manager: String,
    pub(crate) dry_run: bool,
    pub(crate) force: bool,
    pub(crate) strictness: Strictness,
}

impl Manner {
    /// How the simulator's controllers write.
    pub(crate) fn controller(manager: &str) -> Self {
        Self {
            manager: manager.into(),
            dry_run: false,
            force: true,
            strictness: Strictness::Ignore,
        }
    }
}

/// What came of it.
#[derive(Debug)]
pub(crate) struct Outcome {
    pub(crate) object: Value,
    pub(crate) created: bool,
    pub(crate) warnings: Vec<String>,
}
