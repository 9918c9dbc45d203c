use super::*;

const SHOP: &str = include_str!("../../../../examples/shop/wharf.yaml");

fn problem(from: &str, to: &str) -> String {
    let text = SHOP.replace(from, to);
    assert_ne!(text, SHOP, "the sample no longer holds `{from}`");
    App::parse("wharf.yaml", &text).unwrap_err().to_string()
}

#[test]
fn the_sample_application_reads() {
    let app = App::parse("wharf.yaml", SHOP).unwrap();
    let names: Vec<&str> = app.environments.iter().map(|one| one.name.as_str()).collect();
    assert_eq!((app.name.as_str(), names), ("shop", vec!["dev", "preprod", "prod"]));
    assert_eq!(app.environment("prod").unwrap().after.as_deref(), Some("preprod"));
}

#[test]
fn an_unknown_field_is_an_error_that_names_it_and_its_line() {
    let said = problem("  repository:", "  repositories: []\n  repository:");
    assert!(said.contains("repositories") && said.contains("line 7"), "{said}");
}

#[test]
fn a_path_that_leaves_the_checkout_is_refused() {
    for path in ["../dev", "/etc", "overlays/../../dev"] {
        assert!(
            problem("build: overlays/dev ", &format!("build: {path} "))
                .contains("leaves the checkout")
        );
    }
}

#[test]
fn an_order_that_runs_in_circles_cannot_be_written() {
    let said = problem(
        "{ name: dev, build: overlays/dev }",
        "{ name: dev, build: overlays/dev, after: prod }",
    );
    assert!(said.contains("after `prod` names no environment that stands before it"), "{said}");
}

#[test]
fn all_that_does_not_fit_is_said_at_once() {
    let text = SHOP.replace("name: dev,", "name: Dev,").replace("oci://", "https://");
    let said = App::parse("wharf.yaml", &text).unwrap_err().to_string();
    assert!(
        said.contains("`Dev` is not a DNS label") && said.contains("does not start with `oci://`"),
        "{said}"
    );
}
