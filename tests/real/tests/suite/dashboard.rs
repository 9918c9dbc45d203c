//! The dashboard in a real browser.

use std::time::Duration;

use wharf_real_tests::{Browser, Tool};

use crate::demo::Demo;

const PATIENCE: Duration = Duration::from_secs(15);

#[test]
fn the_dashboard_tells_the_story_and_follows_the_cluster() {
    let demo = Demo::play();
    let mut browser = Browser::open(&demo.dashboard);
    let text = browser.wait_for(PATIENCE, |text| text.contains("1.4.3"));
    for expected in ["dev", "preprod", "prod", "Rollout", "1.4.2", "hotfix, cannot wait", "olu"] {
        assert!(text.contains(expected), "no `{expected}` in:\n{text}");
    }
    follows_a_change_without_loading_again(&demo, &mut browser);
    explains_a_failure(&mut browser);
    reads_without_script(&demo);
}

/// Suspends a delivery; the open page says so, and is still the page that was opened.
fn follows_a_change_without_loading_again(demo: &Demo, browser: &mut Browser) {
    browser.evaluate("window.opened = 'once'");
    let kubectl = Tool::built("kubectl").with("KUBECONFIG", &demo.kubeconfig);
    let patch = r#"{"spec":{"suspend":true}}"#;
    let suspend = ["patch", "kustomization", "shop-prod", "--namespace=delivery", "--type=merge"];
    kubectl.run(&[&suspend[..], &["--patch", patch]].concat());
    browser.wait_for(PATIENCE, |text| text.to_lowercase().contains("suspended"));
    assert_eq!(browser.evaluate("window.opened"), "once");
}

/// Follows the link to the explanation of what fails.
fn explains_a_failure(browser: &mut Browser) {
    let links = "[...document.links].filter(link => link.href.includes('explain'))";
    let clicked = browser.evaluate(&format!("{links}.length && ({links}[0].click(), true)"));
    assert_eq!(clicked, true, "nothing to explain in:\n{}", browser.text());
    let text = browser.wait_for(PATIENCE, |text| text.contains("does not exist"));
    for expected in ["Rollout", "shop-server:1.4.3", "1.4.2"] {
        assert!(text.contains(expected), "no `{expected}` in:\n{text}");
    }
}

/// The page is whole before any script runs.
fn reads_without_script(demo: &Demo) {
    let page = wharf_real_tests::fetch(&demo.dashboard);
    assert!(page.starts_with("HTTP/1.0 200") || page.starts_with("HTTP/1.1 200"), "{page}");
    assert!(page.contains("1.4.3") && page.contains("Rollout"), "{page}");
}
