use super::*;

fn parts(text: &str) -> (String, String, Option<String>) {
    let reference = Reference::parse(text).unwrap();
    (
        reference.host().to_owned(),
        reference.repository().to_owned(),
        reference.tag().map(str::to_owned),
    )
}

#[test]
fn a_name_without_a_host_is_on_docker_hub_and_a_bare_one_in_library() {
    assert_eq!(parts("nginx"), ("docker.io".into(), "library/nginx".into(), None));
    assert_eq!(parts("acme/shop:1"), ("docker.io".into(), "acme/shop".into(), Some("1".into())));
    assert_eq!(parts("index.docker.io/nginx").1, "library/nginx");
    assert_eq!(parts("ghcr.io/shop").1, "shop");
    assert_eq!(parts("localhost/shop").0, "localhost");
}

#[test]
fn a_port_is_not_a_tag() {
    assert_eq!(parts("localhost:5000/shop"), ("localhost:5000".into(), "shop".into(), None));
    assert_eq!(parts("[::1]:5000/shop:a").0, "[::1]:5000");
}

#[test]
fn the_digest_decides_and_the_tag_is_kept() {
    let digest = format!("sha256:{}", "a".repeat(64));
    let text = format!("ghcr.io/acme/shop:1.4.2@{digest}");
    let reference = Reference::parse(&format!("oci://{text}")).unwrap();
    assert_eq!(reference.selector(), digest);
    assert_eq!(reference.tag(), Some("1.4.2"));
    assert_eq!(reference.to_string(), text);
}

#[test]
fn what_is_not_a_reference_is_refused() {
    for text in [
        "",
        "/",
        "ghcr.io/",
        "ghcr.io//shop",
        "ghcr.io/Shop",
        "ghcr.io/shop:",
        "ghcr.io/shop:-a",
        "ghcr.io/shop@sha256:abc",
        "ghcr.io/../shop",
        "ghcr.io/shop?x=1",
        "user@ghcr.io/shop",
        "ghcr.io:0/shop",
        "ghcr.io:99999/shop",
        "ghcr.io/a/-b",
        "https://ghcr.io/shop",
    ] {
        assert!(Reference::parse(text).is_err(), "{text:?} was accepted");
    }
}
