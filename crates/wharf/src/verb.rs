//! One module per verb: arguments (their docs are the help), one library call, one view.

pub(crate) mod build;
pub(crate) mod check;
pub(crate) mod completion;
pub(crate) mod console;
pub(crate) mod demo;
pub(crate) mod dev;
pub(crate) mod diff;
pub(crate) mod docs;
pub(crate) mod engine;
pub(crate) mod events;
pub(crate) mod explain;
pub(crate) mod get;
pub(crate) mod hold;
pub(crate) mod inspect;
pub(crate) mod kustomize;
pub(crate) mod list;
pub(crate) mod log;
pub(crate) mod promote;
pub(crate) mod pull;
pub(crate) mod push;
pub(crate) mod repair;
pub(crate) mod rollback;
pub(crate) mod ship;
pub(crate) mod status;
pub(crate) mod tag;
pub(crate) mod trace;
