//! `wharf push`: pack a folder of manifests and upload it.

use std::collections::BTreeMap;
use std::path::PathBuf;

use bundle::{LayerKind, PackOptions};
use manifest::Tree;
use registry::Reference;
use serde::Serialize;

use crate::bundles;
use crate::checkout::Checkout;
use crate::client;
use crate::exit::Exit;
use crate::notify::{NotifyArgs, notify};
use crate::report::{Attempt as _, Report};
use crate::settings::Settings;
use crate::terminal::{Terminal, View};

/// Pack a folder of manifests and push it to a registry
///
/// The bundle is reproducible: the same files and the same commit give the same digest on any machine.
#[derive(clap::Args, Debug)]
pub(crate) struct PushArgs {
    /// Folder to pack, or a single file
    folder: PathBuf,
    /// Where to push, as `HOST/REPOSITORY:TAG`
    #[arg(value_parser = client::reference)]
    target: Reference,
    #[command(flatten)]
    origin: OriginArgs,
    /// Write plain OCI media types instead of Flux's, which is what Argo CD takes
    #[arg(long)]
    plain_oci: bool,
    /// Pack and print the digest, but upload nothing
    #[arg(long)]
    dry_run: bool,
    #[command(flatten)]
    notify: NotifyArgs,
}

/// Where a bundle's content comes from
#[derive(clap::Args, Debug, Clone)]
pub(crate) struct OriginArgs {
    /// Where the content comes from; without it the checkout's `origin`
    #[arg(long, value_name = "URL")]
    pub(crate) source: Option<String>,
    /// Which state of the source, as `BRANCH@sha1:COMMIT`; without it the checkout's commit
    #[arg(long)]
    pub(crate) revision: Option<String>,
    /// Another annotation of the bundle's manifest; may be repeated
    #[arg(short, long = "annotation", value_name = "KEY=VALUE", value_parser = annotation)]
    pub(crate) annotations: Vec<(String, String)>,
    /// Take a checkout whose files differ from its commit
    #[arg(long)]
    pub(crate) allow_dirty: bool,
}

#[derive(Serialize)]
struct PushView {
    url: String,
    repository: String,
    tag: Option<String>,
    digest: String,
    files: usize,
    bytes: usize,
    dry_run: bool,
}

pub(crate) async fn run(
    terminal: &mut Terminal,
    settings: &Settings,
    arguments: PushArgs,
) -> Result<Exit, Report> {
    let PushArgs { folder, target, origin, plain_oci, dry_run, notify: receiver } = arguments;
    let cannot = || format!("cannot pack `{}`", folder.display());
    let tree = read(&folder)?;
    let mut options = origin.options(&folder).await?;
    options.layer = if plain_oci { LayerKind::Oci } else { LayerKind::Flux };
    let packed = bundle::pack(&tree, &options).attempt(cannot)?;
    let pinned = target.pin(packed.digest.clone());
    if !dry_run {
        let step = terminal.step(format!("Pushing {target}"));
        let cannot = || format!("cannot push `{target}`");
        bundles::push(&client::registry(settings)?, &target, &packed).await.attempt(cannot)?;
        step.done(&format!("Pushed {target}"));
        notify(terminal, settings, &receiver, &pinned).await;
    }
    terminal.show(&PushView {
        url: format!("oci://{}@{}", target.name(), packed.digest),
        repository: target.name(),
        tag: target.tag().map(Into::into),
        digest: packed.digest.to_string(),
        files: tree.len(),
        bytes: packed.layer.len(),
        dry_run,
    })?;
    Ok(Exit::Done)
}

impl OriginArgs {
    /// Says where the content of `folder` comes from: flags win over the checkout.
    pub(crate) async fn options(&self, folder: &std::path::Path) -> Result<PackOptions, Report> {
        let place = if folder.is_dir() { folder } else { folder.parent().unwrap_or(folder) };
        let checkout = Checkout::of(place).await?;
        if let Some(checkout) = &checkout
            && self.revision.is_none()
        {
            self.refuse_dirty(checkout)?;
        }
        let missing = |flag: &str| {
            Report::new("cannot say where the bundle comes from")
                .reason(format!("`{}` is no Git checkout", folder.display()))
                .hint(format!("give `{flag}`"))
        };
        let (source, revision, created) = match checkout {
            Some(Checkout { source, revision, committed, .. }) => {
                (Some(source), Some(revision), committed)
            }
            None => (None, None, jiff::Timestamp::UNIX_EPOCH),
        };
        Ok(PackOptions {
            source: self.source.clone().or(source).ok_or_else(|| missing("--source"))?,
            revision: self.revision.clone().or(revision).ok_or_else(|| missing("--revision"))?,
            created,
            annotations: self.annotations.iter().cloned().collect::<BTreeMap<_, _>>(),
            ..PackOptions::default()
        })
    }

    fn refuse_dirty(&self, checkout: &Checkout) -> Result<(), Report> {
        if self.allow_dirty || checkout.dirty.is_empty() {
            return Ok(());
        }
        Err(Report::new("cannot name the revision of the bundle")
            .reason(format!("files differ from the commit: `{}`", checkout.dirty.join("`, `")))
            .now("nothing was pushed")
            .hint("commit first, or say `--allow-dirty`")
            .refused())
    }
}

impl View for PushView {
    fn text(&self, _: bool) -> String {
        format!("{}\n", self.url)
    }
}

fn read(folder: &std::path::Path) -> Result<Tree, Report> {
    let cannot = || format!("cannot pack `{}`", folder.display());
    if folder.is_dir() {
        return Tree::read_folder(folder, &manifest::Limits::default()).attempt(cannot);
    }
    let bytes = std::fs::read(folder).attempt(cannot)?;
    let name = folder.file_name().unwrap_or_default().to_string_lossy();
    let mut tree = Tree::new();
    tree.insert(&name, bytes).attempt(cannot)?;
    Ok(tree)
}

fn annotation(text: &str) -> Result<(String, String), String> {
    match text.split_once('=') {
        Some((key, value)) if !key.is_empty() => Ok((key.into(), value.into())),
        _ => Err(format!("`{text}` is not KEY=VALUE")),
    }
}
