//! Signatures in both layouts.

use jiff::Timestamp;
use oci_spec::image::MediaType;
use registry::{Condition, Manifest, Pinned};
use serde_json::json;
use wharf_trust::{
    Bundle, Error, Evidence, KeyPair, Layout, Policy, PublicKey, Statement, attest, sign,
    verify_pinned,
};

use crate::world::World;

const BOTH: [Layout; 2] = [Layout::Bundle, Layout::Legacy];

async fn signed(world: &World, key: &KeyPair, layouts: &[Layout]) {
    let created = Timestamp::UNIX_EPOCH;
    sign(&world.registry, &world.pinned, key, layouts, created).await.unwrap();
}

async fn verified(world: &World, pinned: &Pinned, keys: &[&KeyPair]) -> Result<Evidence, Error> {
    let keys: Vec<PublicKey> = keys.iter().map(|key| key.public().clone()).collect();
    let verified = verify_pinned(&world.registry, pinned, &Policy::Keys(keys)).await?;
    assert_eq!(verified.get(), pinned);
    Ok(verified.evidence().clone())
}

#[tokio::test]
async fn either_layout_verifies_with_the_key_and_not_with_another() {
    for layout in BOTH {
        let world = World::new().await;
        assert!(verified(&world, &world.pinned, &[&world.key]).await.is_err());
        signed(&world, &world.key, &[layout]).await;
        let evidence = verified(&world, &world.pinned, &[&world.other, &world.key]).await.unwrap();
        assert_eq!(evidence, Evidence::Key { hint: world.key.public().hint() });
        let error = verified(&world, &world.pinned, &[&world.other]).await.unwrap_err();
        assert!(matches!(error, Error::NoMatch { .. }), "{error}");
    }
}

#[tokio::test]
async fn a_signature_for_one_digest_is_none_for_another() {
    let world = World::new().await;
    signed(&world, &world.key, &BOTH).await;
    let another = world.another().await;
    assert!(verified(&world, &another, &[&world.key]).await.is_err());
    // Somebody moves the signatures over to the other digest.
    let statement = Statement::new(&another.digest, "https://x/y", json!({}));
    attest(&world.registry, &another, &statement, &world.other, Timestamp::UNIX_EPOCH)
        .await
        .unwrap();
    let old = format!("sha256-{}.sig", world.pinned.digest.digest());
    let new = format!("sha256-{}.sig", another.digest.digest());
    let moved = world.store.manifest("acme/shop", &old).unwrap();
    world.store.put_manifest("acme/shop", &moved, Some(&new), Condition::None).unwrap();
    let bundle = &world.store.referrers("acme/shop", &world.pinned.digest)[0];
    let bundle = world.store.manifest("acme/shop", bundle.digest().as_ref()).unwrap();
    let text = String::from_utf8(bundle.bytes.to_vec()).unwrap();
    let text = text.replace(world.pinned.digest.as_ref(), another.digest.as_ref());
    let forged = Manifest::new(MediaType::ImageManifest, text);
    world.store.put_manifest("acme/shop", &forged, None, Condition::None).unwrap();
    let Err(Error::NoMatch { rejected, .. }) = verified(&world, &another, &[&world.key]).await
    else {
        panic!("a signature was moved to another digest")
    };
    let reasons = rejected.iter().filter(|reason| reason.contains("another digest")).count();
    assert_eq!(reasons, 2, "{rejected:?}");
}

#[tokio::test]
async fn an_attestation_of_something_else_is_no_signature() {
    let world = World::new().await;
    let statement = Statement::new(&world.pinned.digest, "https://x/verdict", json!("failed"));
    let created = Timestamp::UNIX_EPOCH;
    attest(&world.registry, &world.pinned, &statement, &world.key, created).await.unwrap();
    assert!(verified(&world, &world.pinned, &[&world.key]).await.is_err());
}

#[tokio::test]
async fn signatures_of_several_keys_live_side_by_side() {
    for layout in BOTH {
        let world = World::new().await;
        signed(&world, &world.key, &[layout]).await;
        signed(&world, &world.other, &[layout]).await;
        verified(&world, &world.pinned, &[&world.key]).await.unwrap();
        verified(&world, &world.pinned, &[&world.other]).await.unwrap();
    }
}

#[tokio::test]
async fn no_policy_is_met_by_accident() {
    let world = World::new().await;
    let empty = Policy::Keys(Vec::new());
    let error = verify_pinned(&world.registry, &world.pinned, &empty).await.unwrap_err();
    assert!(matches!(error, Error::EmptyPolicy));
    let open = verify_pinned(&world.registry, &world.pinned, &Policy::DigestOnly).await.unwrap();
    assert_eq!(open.evidence(), &Evidence::NotDemanded);
}

#[tokio::test]
async fn a_changed_bundle_is_refused() {
    let (key, digest) = (KeyPair::generate().unwrap(), registry::sha256(b"x"));
    let statement = Statement::new(&digest, "https://x/y", json!({ "n": 1 }));
    let bundle = Bundle::sign(&statement, &key).unwrap();
    let keys = [key.public().clone()];
    let read = Bundle::read(&bundle.to_json()).unwrap();
    assert_eq!(read.verify(&keys).unwrap().get(), &statement);
    let mut value: serde_json::Value = serde_json::from_slice(&bundle.to_json()).unwrap();
    let payload = value["dsseEnvelope"]["payload"].as_str().unwrap().to_owned();
    // `"n":1` becomes `"n":2`, or the type of the payload changes, or the signature goes.
    for (field, changed) in [
        ("payload", json!(format!("{}{}", &payload[..payload.len() - 8], "Om4yOjJ9"))),
        ("payloadType", json!("text/plain")),
        ("signatures", json!([])),
        ("signatures", json!([{ "sig": "!!" }])),
    ] {
        let before = value["dsseEnvelope"][field].take();
        value["dsseEnvelope"][field] = changed;
        let forged = Bundle::read(value.to_string().as_bytes()).unwrap();
        assert!(forged.verify(&keys).is_err(), "{field}");
        value["dsseEnvelope"][field] = before;
    }
    assert!(Bundle::read(b"{}").is_err());
}
