//! cosign signs what wharf pushed, where wharf put it, and wharf finds the signature.

use registry::Reference;
use wharf_real_tests::Tool;

use crate::{
    debian_registry, embedded_registry,
    exchange::{World, push, sample},
};

#[tokio::test]
async fn a_signature_in_the_embedded_registry_is_found_and_holds() {
    let ((), world) = embedded_registry::in_memory();
    cosign_signs_and_wharf_finds(&world).await;
}

#[tokio::test]
async fn a_signature_in_a_registry_without_referrers_is_found_and_holds() {
    let (_server, world) = debian_registry::start();
    cosign_signs_and_wharf_finds(&world).await;
}

async fn cosign_signs_and_wharf_finds(world: &World) {
    let packed = sample();
    let to = Reference::parse(&format!("{}/signed/shop:1", world.host)).expect("a reference");
    push(&world.registry, &to, &packed).await;
    let before = world.registry.referrers(&to, &packed.digest, None).await.expect("a list");
    assert!(before.is_empty(), "{before:?}");

    let cosign = Tool::built("cosign").with("COSIGN_PASSWORD", "anchor").with("COSIGN_YES", "true");
    cosign.run(&["generate-key-pair"]);
    let image = to.without_selector().with_digest(packed.digest.clone()).to_string();
    let sign = ["sign", "--key", "cosign.key", "--use-signing-config=false", "--tlog-upload=false"];
    cosign.run(&[&sign[..], &["--allow-insecure-registry", &image]].concat());
    let verify = ["verify", "--key", "cosign.pub", "--insecure-ignore-tlog=true"];
    cosign.run(&[&verify[..], &["--allow-insecure-registry", &image]].concat());

    let found = world.registry.referrers(&to, &packed.digest, None).await.expect("a list");
    let types: Vec<_> = found.iter().filter_map(|one| one.artifact_type().as_ref()).collect();
    let bundle = "application/vnd.dev.sigstore.bundle.v0.3+json";
    assert!(types.iter().any(|one| one.as_ref() == bundle), "{found:?}");
}
