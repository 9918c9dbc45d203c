//! `wharf ship`: the whole CI step.

use std::collections::BTreeMap;

use bundle::{PackOptions, Packed};
use hydrate::Hydrated;
use kustomize::Folder;
use ledger::{Channel, Kind, Ledger};
use registry::{Reference, Registry};
use serde::Serialize;

use crate::app::{AppArgs, Found};
use crate::bundles;
use crate::client;
use crate::digest::short;
use crate::exit::Exit;
use crate::image::ImageArgs;
use crate::mover::{MoveView, MoverArgs, explained, move_channel};
use crate::notify::{NotifyArgs, notify};
use crate::report::{Attempt as _, Report};
use crate::settings::Settings;
use crate::terminal::{Terminal, View};
use crate::verb::push::OriginArgs;

/// Render, check, pack and push a bundle, then move the first channel: the whole CI step
///
/// Renders every environment of `wharf.yaml`, holds the result against the contract, packs it as one
/// reproducible bundle, pushes it under a version tag that never changes, and moves the channel of the
/// first environment. Nothing is written back to Git.
#[derive(clap::Args, Debug)]
pub(crate) struct ShipArgs {
    #[command(flatten)]
    images: ImageArgs,
    /// The version tag; without it `sha-` and the commit
    #[arg(long, value_name = "TAG")]
    version: Option<String>,
    #[command(flatten)]
    origin: OriginArgs,
    #[command(flatten)]
    mover: MoverArgs,
    #[command(flatten)]
    app: AppArgs,
    /// Render, check and pack, but push and move nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    notify: NotifyArgs,
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
struct ShipView {
    app: String,
    version: String,
    digest: String,
    url: String,
    environments: BTreeMap<String, usize>,
    bytes: usize,
    dry_run: bool,
    moved: Option<MoveView>,
}

const VERSION: &str = "org.opencontainers.image.version";

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: ShipArgs,
) -> Result<Exit, Report> {
    let found = arguments.app.find()?;
    let options = arguments.origin.options(&found.folder).await?;
    let version = arguments.version.clone().unwrap_or_else(|| version_of(&options.revision));
    let hydrated = hydrate(terminal, &found, &arguments.images)?;
    let packed = pack(&hydrated, options, &version)?;
    let mut view = ShipView::new(&found, &hydrated, &packed, version);
    view.dry_run = arguments.dry_run;
    if !arguments.dry_run {
        let registry = client::registry(settings)?;
        let target = push(terminal, &registry, &found.repository, &view.version, &packed).await?;
        let channel = first_channel(&found)?;
        let ledger = Ledger::new(registry, &found.repository);
        let mut request =
            arguments.mover.request(settings, &channel, packed.digest.clone(), Kind::Push).await?;
        request.version = Some(view.version.clone());
        view.moved = Some(move_channel(&ledger, &request).await?);
        let moved =
            target.with_tag(channel.as_str()).attempt(|| "cannot name the channel".into())?;
        notify(terminal, settings, &arguments.notify, &moved.pin(packed.digest)).await;
    }
    terminal.show(&view)?;
    Ok(Exit::Done)
}

fn hydrate(terminal: &Terminal, found: &Found, images: &ImageArgs) -> Result<Hydrated, Report> {
    let step = terminal.step("Rendering and checking");
    let hydrated = hydrate::hydrate(&found.app, &Folder::new(&found.folder), &images.images);
    let hydrated = hydrated.map_err(|error| {
        let report = Report::new(format!("cannot ship `{}`", found.app.name)).because(&error);
        match error {
            hydrate::Error::OutsideContract { .. } => report
                .now("nothing was pushed")
                .hint(
                    "move the object to the platform's repository, or allow it in `spec.contract`",
                )
                .refused(),
            _ => report.now("nothing was pushed"),
        }
    })?;
    for warning in hydrated.environments.values().flat_map(|rendered| &rendered.warnings) {
        terminal.say(&format!("warning: {warning}"));
    }
    let environments: Vec<&str> = hydrated.environments.keys().map(String::as_str).collect();
    let objects: usize = hydrated.environments.values().map(|one| one.objects.len()).sum();
    step.done(&format!("Rendered and checked {objects} objects for {}", environments.join(", ")));
    Ok(hydrated)
}

fn pack(hydrated: &Hydrated, options: PackOptions, version: &str) -> Result<Packed, Report> {
    let mut options = options;
    options.annotations.insert(VERSION.into(), version.into());
    bundle::pack(&hydrated.tree, &options).attempt(|| "cannot pack the bundle".into())
}

/// Pushes under the version tag; a version that holds other content stays what it is.
async fn push(
    terminal: &Terminal,
    registry: &Registry,
    repository: &Reference,
    version: &str,
    packed: &Packed,
) -> Result<Reference, Report> {
    let target = repository.with_tag(version).attempt(|| format!("cannot push as `{version}`"))?;
    let cannot = || format!("cannot push `{target}`");
    let step = terminal.step(format!("Pushing {target}"));
    if let Some(found) = registry.find(&target).await.attempt(cannot)?
        && *found.digest() != packed.digest
    {
        let found = found.digest().clone();
        let taken = ledger::Error::VersionTaken { version: version.into(), found };
        return Err(explained(cannot(), &taken));
    }
    bundles::push(registry, &target, packed).await.attempt(cannot)?;
    step.done(&format!("Pushed {target}"));
    Ok(target)
}

fn first_channel(found: &Found) -> Result<Channel, Report> {
    let first = found.app.environments.first().expect("an App has an environment");
    Channel::parse(&first.name).attempt(|| format!("cannot follow `{}`", first.name))
}

/// `sha-` and twelve digits of the commit; a revision without a commit becomes a tag as it is.
fn version_of(revision: &str) -> String {
    if let Some((_, commit)) = revision.rsplit_once("sha1:") {
        return format!("sha-{}", commit.chars().take(12).collect::<String>());
    }
    let is_allowed = |c: char| c.is_ascii_alphanumeric() || "._-".contains(c);
    revision.chars().map(|c| if is_allowed(c) { c } else { '-' }).take(128).collect()
}

impl ShipView {
    fn new(found: &Found, hydrated: &Hydrated, packed: &Packed, version: String) -> Self {
        let count = |(name, rendered): (&String, &hydrate::Rendered)| {
            (name.clone(), rendered.objects.len())
        };
        Self {
            app: found.app.name.clone(),
            version,
            digest: packed.digest.to_string(),
            url: format!("oci://{}@{}", found.repository.name(), packed.digest),
            environments: hydrated.environments.iter().map(count).collect(),
            bytes: packed.layer.len(),
            dry_run: false,
            moved: None,
        }
    }
}

impl View for ShipView {
    fn text(&self, wide: bool) -> String {
        let Self { app, version, digest, .. } = self;
        let head = format!("{app} {version} is {}\n", short(digest, wide));
        match &self.moved {
            Some(moved) => head + &moved.text(wide),
            None => head + "nothing was pushed (dry run)\n",
        }
    }
}
