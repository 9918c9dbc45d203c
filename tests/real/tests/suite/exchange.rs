//! What wharf and other tools must agree on through any registry.

use std::{fs, path::Path};

use bundle::{Limits, PackOptions, Packed, content_layer, pack, unpack};
use bytes::Bytes;
use manifest::Tree;
use oci_spec::image::{Descriptor, MediaType};
use registry::{Error, Reference, Registry, Settings};
use serde_json::Value;
use wharf_real_tests::Tool;

/// A registry under test: how wharf and the tools reach it.
pub(crate) struct World {
    pub(crate) host: String,
    pub(crate) registry: Registry,
    /// Whether the registry answers the referrers API, or only holds the fallback tag.
    pub(crate) lists_referrers: bool,
    /// Flags that crane and oras need to reach it.
    pub(crate) crane_flags: &'static [&'static str],
    pub(crate) oras_flags: &'static [&'static str],
    /// The home that holds the tools' credentials, if they need any.
    pub(crate) docker_config: Option<String>,
}

impl World {
    /// A registry that needs no login and speaks plain HTTP.
    pub(crate) fn open(host: String, lists_referrers: bool) -> Self {
        Self {
            host,
            registry: Registry::new(Settings::default()).expect("the default settings are good"),
            lists_referrers,
            crane_flags: &[],
            oras_flags: &["--plain-http"],
            docker_config: None,
        }
    }

    fn reference(&self, text: &str) -> Reference {
        Reference::parse(&format!("{}/{text}", self.host)).expect("a good reference")
    }

    pub(crate) fn crane(&self, arguments: &[&str]) -> String {
        self.tool("crane").run(&[self.crane_flags, arguments].concat())
    }

    pub(crate) fn oras(&self, verb: &[&str], arguments: &[&str]) -> String {
        self.tool("oras").run(&[verb, self.oras_flags, arguments].concat())
    }

    fn tool(&self, name: &str) -> Tool {
        let tool = Tool::built(name);
        match &self.docker_config {
            Some(folder) => tool.with("DOCKER_CONFIG", folder),
            None => tool,
        }
    }
}

/// Pushes with wharf; `crane` and `oras` read the same bytes.
pub(crate) async fn crane_and_oras_read_what_wharf_wrote(world: &World) {
    let packed = sample();
    let to = world.reference("read/shop:1.0.0");
    push(&world.registry, &to, &packed).await;

    let name = to.to_string();
    assert_eq!(world.crane(&["digest", &name]), packed.digest.to_string());
    assert_eq!(world.crane(&["manifest", &name]).as_bytes(), packed.manifest);
    let validated = world.crane(&["validate", "--remote", &name]);
    assert!(validated.starts_with("PASS"), "{validated}");
    let fetched = world.oras(&["manifest", "fetch", "--descriptor"], &[&name]);
    let fetched: Value = serde_json::from_str(&fetched).expect("oras prints JSON");
    assert_eq!(fetched["digest"], packed.digest.to_string());

    let folder = tempfile::tempdir().expect("a folder can be made");
    let layer = folder.path().join("layer.tgz");
    let blob = format!("{}@{}", to.name(), packed.layer_descriptor.digest());
    let output = ["--output", layer.to_str().expect("UTF-8"), &blob];
    world.oras(&["blob", "fetch"], &output);
    assert_eq!(fs::read(&layer).expect("oras wrote the blob"), packed.layer);
    let listed = world.crane(&["ls", &to.name()]);
    assert_eq!(listed, "1.0.0");
}

/// Writes with `oras` and `crane`; wharf reads the files, tags and digests.
pub(crate) async fn wharf_reads_what_crane_and_oras_wrote(world: &World) {
    let folder = tempfile::tempdir().expect("a folder can be made");
    write_tree(folder.path());
    let archive = folder.path().join("shop.tgz");
    let status = std::process::Command::new("tar")
        .args(["-czf"])
        .arg(&archive)
        .args(["-C", folder.path().to_str().expect("UTF-8"), "deployment.yaml", "overlays"])
        .status();
    assert!(status.expect("tar starts").success());

    let from = world.reference("write/shop:by-oras");
    let media_type = "application/vnd.cncf.flux.content.v1.tar+gzip";
    let file = format!("{}:{media_type}", archive.display());
    let flags = ["--disable-path-validation", &from.to_string(), &file];
    world.oras(&["push"], &flags);
    let tree = pull(&world.registry, &from).await;
    assert_eq!(tree.iter().map(|(path, _)| path).collect::<Vec<_>>(), NAMES);
    assert_eq!(&tree.get(NAMES[0]).expect("a file").bytes[..], DEPLOYMENT.as_bytes());

    world.crane(&["copy", &from.to_string(), &world.reference("write/shop:by-crane").to_string()]);
    let copied = world.registry.resolve(&world.reference("write/shop:by-crane")).await;
    let original = world.registry.resolve(&from).await.expect("the tag resolves");
    assert_eq!(copied.expect("the copy resolves").digest(), original.digest());
    let mut tags = world.registry.tags(&from).await.expect("tags are listed");
    tags.sort();
    assert_eq!(tags, ["by-crane", "by-oras"]);
}

/// Attaches with both; each finds what the other attached, by the API or the fallback tag.
pub(crate) async fn referrers_are_found_from_both_sides(world: &World) {
    let packed = sample();
    let subject = world.reference("referrers/shop:1.0.0");
    push(&world.registry, &subject, &packed).await;
    let mine = attach(&world.registry, &subject, &packed).await;

    let folder = tempfile::tempdir().expect("a folder can be made");
    let note = folder.path().join("note.txt");
    fs::write(&note, "reviewed").expect("a file can be written");
    let file = format!("{}:text/plain", note.display());
    let name = subject.to_string();
    let flags = ["--artifact-type", "text/x-note", "--disable-path-validation", &name, &file];
    world.oras(&["attach"], &flags);

    let found = world.registry.referrers(&subject, &packed.digest, None).await;
    let mut types: Vec<String> = found
        .expect("referrers are listed")
        .iter()
        .filter_map(|descriptor| descriptor.artifact_type().as_ref().map(ToString::to_string))
        .collect();
    types.sort();
    assert_eq!(types, ["application/x-verdict", "text/x-note"]);
    let listed = world.oras(&["discover", "--format", "json"], &[&name]);
    assert!(listed.contains(&mine), "{mine} is not in {listed}");
    let tag = packed.digest.to_string().replace(':', "-");
    let has_fallback =
        world.registry.find(&subject.with_tag(&tag).expect("a tag")).await.expect("an answer");
    assert_eq!(has_fallback.is_none(), world.lists_referrers);
}

/// Pages through more tags than a page holds.
pub(crate) async fn all_tags_are_listed_however_many(world: &World) {
    let packed = sample();
    let first = world.reference("tags/shop:t0000");
    push(&world.registry, &first, &packed).await;
    for number in 1..130 {
        let tagged = world.registry.tag(&first, &format!("t{number:04}")).await;
        tagged.expect("a tag is written");
    }
    let tags = world.registry.tags(&first).await.expect("tags are listed");
    assert_eq!(tags.len(), 130);
    let by_crane = world.crane(&["ls", &first.name()]);
    assert_eq!(by_crane.lines().count(), 130);
}

/// Asks for what is not there.
pub(crate) async fn what_is_not_there_is_said_to_be_not_there(world: &World) {
    let packed = sample();
    let known = world.reference("gone/shop:1.0.0");
    push(&world.registry, &known, &packed).await;
    for text in ["gone/shop:2.0.0", "never/heard/of:1"] {
        let error =
            world.registry.resolve(&world.reference(text)).await.expect_err("nothing there");
        assert!(error.is_not_found(), "{text}: {error}");
        assert!(world.registry.find(&world.reference(text)).await.expect("an answer").is_none());
    }
    let unknown = known.with_digest(registry::sha256(b"never pushed"));
    let error = world.registry.manifest(&unknown).await.expect_err("nothing there");
    assert!(error.is_not_found(), "{error}");
}

/// Deletes a manifest; wharf and crane agree that it is gone.
pub(crate) async fn a_deleted_manifest_is_gone_for_everyone(world: &World) {
    let packed = sample();
    let reference = world.reference("delete/shop:1.0.0");
    push(&world.registry, &reference, &packed).await;
    let deleted = world.registry.delete_manifest(&reference, &packed.digest).await;
    deleted.expect("the registry deletes");
    assert!(world.registry.find(&reference).await.expect("an answer").is_none());
    let crane = world.tool("crane").attempt(&["digest", &reference.to_string()]);
    assert!(!crane.success);
}

/// Sends a large blob in pieces, and reads it back whole.
pub(crate) async fn a_large_blob_arrives_whole(world: &World) {
    let mut settings = world.registry.settings().clone();
    settings.chunk_bytes = 1 << 20;
    let registry = Registry::new(settings).expect("good settings");
    let to = world.reference("large/blob:1");
    let scrambled = (0..1_250_001_u32).map(|n| n.wrapping_mul(2_654_435_761));
    let bytes: Vec<u8> = scrambled.flat_map(u32::to_le_bytes).collect();
    let bytes = Bytes::from(bytes);
    let blob = registry.push_blob(&to, bytes.clone()).await.expect("the blob is stored");
    let read = registry.blob(&to, &blob, 10 << 20).await.expect("the blob is read");
    assert!(read == bytes);
    let error = registry.blob(&to, &blob, 1 << 20).await.expect_err("larger than allowed");
    assert!(matches!(error, Error::TooLarge { .. }), "{error}");
}

/// Pushes a bundle as wharf does.
pub(crate) async fn push(registry: &Registry, to: &Reference, packed: &Packed) {
    for blob in [&packed.config, &packed.layer] {
        registry.push_blob(to, blob.clone()).await.expect("a blob is stored");
    }
    let manifest = packed.manifest.clone();
    let digest = registry.push_manifest(to, &MediaType::ImageManifest, manifest).await;
    assert_eq!(digest.expect("the manifest is stored"), packed.digest);
}

/// Pulls a bundle as wharf does.
pub(crate) async fn pull(registry: &Registry, from: &Reference) -> Tree {
    let found = registry.manifest(from).await.expect("the manifest is read");
    let manifest = found.image(from).expect("an image manifest");
    let layer = content_layer(&manifest, None).expect("a layer");
    let bytes = registry.blob(from, layer, 1 << 24).await.expect("the layer is read");
    unpack(&bytes, &Limits::default()).expect("the layer unpacks")
}

/// Attaches a verdict to a bundle; returns the digest of the attached manifest.
async fn attach(registry: &Registry, subject: &Reference, packed: &Packed) -> String {
    let empty = registry.push_blob(subject, Bytes::from_static(b"{}")).await.expect("stored");
    let empty = Descriptor::new(MediaType::EmptyJSON, empty.size(), empty.digest().clone());
    let manifest = serde_json::json!({
        "schemaVersion": 2,
        "mediaType": "application/vnd.oci.image.manifest.v1+json",
        "artifactType": "application/x-verdict",
        "config": empty,
        "layers": [empty],
        "subject": packed.manifest_descriptor,
    });
    let bytes = Bytes::from(manifest.to_string());
    let to = subject.without_selector().with_digest(registry::sha256(&bytes));
    let digest = registry.push_manifest(&to, &MediaType::ImageManifest, bytes).await;
    digest.expect("the manifest is stored").to_string()
}

const NAMES: [&str; 2] = ["deployment.yaml", "overlays/prod/kustomization.yaml"];
const DEPLOYMENT: &str = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: shop}\n";
const OVERLAY: &str = "resources: [../../deployment.yaml]\n";

pub(crate) fn sample() -> Packed {
    let mut tree = Tree::new();
    tree.insert(NAMES[0], DEPLOYMENT).expect("a good path");
    tree.insert(NAMES[1], OVERLAY).expect("a good path");
    let options = PackOptions {
        source: "https://git.example.com/shop".into(),
        revision: "main@sha1:0123456789012345678901234567890123456789".into(),
        ..PackOptions::default()
    };
    pack(&tree, &options).expect("the sample packs")
}

fn write_tree(folder: &Path) {
    fs::create_dir_all(folder.join("overlays/prod")).expect("a folder can be made");
    fs::write(folder.join(NAMES[0]), DEPLOYMENT).expect("a file can be written");
    fs::write(folder.join(NAMES[1]), OVERLAY).expect("a file can be written");
}

/// Makes a test of every agreement for the registry that `$world` starts.
macro_rules! agreements {
    ($world:expr) => {
        crate::exchange::agreements!($world,
            crane_and_oras_read_what_wharf_wrote,
            wharf_reads_what_crane_and_oras_wrote,
            referrers_are_found_from_both_sides,
            all_tags_are_listed_however_many,
            what_is_not_there_is_said_to_be_not_there,
            a_deleted_manifest_is_gone_for_everyone,
            a_large_blob_arrives_whole,
        );
    };
    ($world:expr, $($name:ident,)+) => {
        $(
            #[tokio::test]
            async fn $name() {
                let (_server, world) = $world();
                crate::exchange::$name(&world).await;
            }
        )+
    };
}
pub(crate) use agreements;
