//! Sources and Kustomizations as `flux get` lists them, with the stage.

use cluster::{Fields, ObjectId};
use jiff::Timestamp;
use serde::Serialize;

use crate::Stage;
use crate::age::age_text;
use crate::delivery::{Reading, State};
use crate::fields::{condition, id_of, is_set, some_text, time};
use crate::redact::redact;
use crate::source::SourceView;
use crate::table::{Table, or_dash, yes_no};
use crate::world::World;

/// One source or Kustomization.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResourceView {
    /// The object.
    pub id: ObjectId,
    /// What it follows: an address and a channel, or a source and a path.
    pub follows: String,
    /// The revision that it has fetched or applied.
    pub revision: Option<String>,
    /// Whether it is switched off.
    pub is_suspended: bool,
    /// `True`, `False` or `Unknown`, as in its `Ready` condition.
    pub ready: String,
    /// How it is.
    pub state: State,
    /// The stage at which it fails or is.
    pub stage: Option<Stage>,
    /// The reason of its `Ready` condition.
    pub reason: String,
    /// The message of its `Ready` condition.
    pub message: String,
    /// When it was created.
    pub created: Option<Timestamp>,
}

/// A list of sources or Kustomizations.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub struct ResourcesView {
    /// When they were read.
    pub at: Timestamp,
    /// The objects by namespace, kind and name.
    pub resources: Vec<ResourceView>,
    /// What could not be read.
    pub trouble: Vec<String>,
}

/// Lists the sources.
pub fn sources(world: &World) -> ResourcesView {
    list(world, world.sources.iter().map(source).collect())
}

/// Lists the Kustomizations.
pub fn kustomizations(world: &World) -> ResourcesView {
    let one = |object: &Fields| {
        let source = world.source_of(object).map(SourceView::read);
        let reading = Reading::of(object, source.as_ref());
        let named = crate::world::source_id(object);
        let path = some_text(object, &["spec", "path"]).unwrap_or_else(|| "./".to_owned());
        let follows = format!("{}/{} {path}", named.kind, named.name);
        let revision = some_text(object, &["status", "lastAppliedRevision"]);
        resource(object, follows, revision, (reading.state, reading.stage))
    };
    list(world, world.kustomizations.iter().map(one).collect())
}

fn list(world: &World, mut resources: Vec<ResourceView>) -> ResourcesView {
    resources.sort_by(|a, b| {
        (&a.id.namespace, &a.id.kind, &a.id.name).cmp(&(&b.id.namespace, &b.id.kind, &b.id.name))
    });
    ResourcesView { at: world.now, resources, trouble: world.trouble.clone() }
}

fn source(object: &Fields) -> ResourceView {
    let view = SourceView::read(object);
    let separator = if view.channel.contains(':') { "@" } else { ":" };
    let follows = if view.channel.is_empty() {
        view.url.clone()
    } else {
        format!("{}{separator}{}", view.url, view.channel)
    };
    let revision = view.revision.as_ref().map(ToString::to_string);
    resource(object, follows, revision, (view.state, view.stage))
}

fn resource(
    object: &Fields,
    follows: String,
    revision: Option<String>,
    (state, stage): (State, Option<Stage>),
) -> ResourceView {
    let ready = condition(object, "Ready");
    ResourceView {
        id: id_of(object),
        follows,
        revision,
        is_suspended: is_set(object, &["spec", "suspend"]),
        ready: ready.map_or("Unknown", |ready| ready.status).to_owned(),
        state,
        stage,
        reason: ready.map(|ready| ready.reason.to_owned()).unwrap_or_default(),
        message: ready.map(|ready| redact(ready.message)).unwrap_or_default(),
        created: time(object, &["metadata", "creationTimestamp"]),
    }
}

impl ResourcesView {
    /// One row for each object.
    pub fn table(&self, is_wide: bool) -> Table {
        let mut columns =
            vec!["NAMESPACE", "NAME", "REVISION", "SUSPENDED", "READY", "STAGE", "MESSAGE"];
        if is_wide {
            columns.extend(["FOLLOWS", "REASON", "AGE"]);
        }
        let rows = self.resources.iter().map(|found| {
            let mut row = vec![
                or_dash(Some(&found.id.namespace)),
                format!("{}/{}", found.id.kind, found.id.name),
                or_dash(found.revision.as_deref()),
                yes_no(found.is_suspended),
                found.ready.clone(),
                or_dash(found.stage.map(crate::Stage::as_str)),
                or_dash(Some(&found.message.replace('\n', " · "))),
            ];
            if is_wide {
                row.push(found.follows.clone());
                row.push(or_dash(Some(&found.reason)));
                row.push(age_text(self.at, found.created));
            }
            row
        });
        Table { rows: rows.collect(), columns }
    }

    /// Tells whether every object is ready or switched off.
    pub fn is_ready(&self) -> bool {
        self.trouble.is_empty()
            && self.resources.iter().all(|found| found.is_suspended || found.ready == "True")
    }
}
