use api::receiver::ReceiverType;
use axum::http::{HeaderMap, HeaderValue};

use super::{Refusal, authenticate};
use crate::webhook::Hook;

fn hook(kind: ReceiverType, events: &[&str]) -> Hook {
    Hook {
        receiver: ("ns".to_owned(), "r".to_owned()),
        kind,
        token: b"secret".to_vec(),
        events: events.iter().map(|event| (*event).to_owned()).collect(),
        resources: Vec::new(),
        is_suspended: false,
    }
}

fn call(hook: &Hook, headers: &[(&'static str, &'static str)]) -> Result<(), Refusal> {
    let headers: HeaderMap = headers
        .iter()
        .map(|(name, value)| (name.parse().unwrap(), HeaderValue::from_static(value)))
        .collect();
    authenticate(hook, &headers, b"{}")
}

// printf '{}' | openssl dgst -sha256 -hmac secret
const SIGNED: &str = "sha256=77325902caca812dc259733aacd046b73817372c777b8d95b402647474516e13";

#[test]
fn a_body_signed_with_the_token_is_accepted_and_another_signature_is_not() {
    let hook = hook(ReceiverType::GenericHmac, &[]);
    assert_eq!(call(&hook, &[("X-Signature", SIGNED)]), Ok(()));
    let wrong = "sha256=77325902caca812dc259733aacd046b73817372c777b8d95b402647474516e10";
    for bad in [wrong, "sha256=zz", "md5=00", "nothing"] {
        assert!(matches!(call(&hook, &[("X-Signature", bad)]), Err(Refusal::Invalid(_))), "{bad}");
    }
    assert!(call(&hook, &[]).is_err());
}

#[test]
fn an_event_that_is_not_listed_is_accepted_and_does_nothing() {
    let hook = hook(ReceiverType::Github, &["push"]);
    let signed = ("X-Hub-Signature-256", SIGNED);
    assert_eq!(call(&hook, &[signed, ("X-GitHub-Event", "PUSH")]), Ok(()));
    assert_eq!(call(&hook, &[signed, ("X-GitHub-Event", "star")]), Err(Refusal::Uninteresting));
}

#[test]
fn a_plain_token_has_to_be_the_same() {
    let gitlab = hook(ReceiverType::Gitlab, &[]);
    assert_eq!(call(&gitlab, &[("X-Gitlab-Token", "secret")]), Ok(()));
    assert!(call(&gitlab, &[("X-Gitlab-Token", "Secret")]).is_err());
    let harbor = hook(ReceiverType::Harbor, &[]);
    assert_eq!(call(&harbor, &[("Authorization", "secret")]), Ok(()));
}
