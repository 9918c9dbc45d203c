//! What the demo leaves behind, looked at with the tools that people have.

use wharf_real_tests::Tool;

use crate::demo::Demo;

#[test]
fn real_tools_find_what_the_demo_tells() {
    let demo = Demo::play();
    the_registry_has_the_channels_and_their_moves(&demo);
    the_cluster_runs_what_the_channels_name(&demo);
}

fn the_registry_has_the_channels_and_their_moves(demo: &Demo) {
    let crane = Tool::built("crane");
    let repository = format!("{}/acme/shop", demo.registry);
    let tags = crane.run(&["ls", &repository]);
    let tags: Vec<&str> = tags.lines().collect();
    for channel in ["dev", "preprod", "prod", "1.4.2", "1.4.3"] {
        assert!(tags.contains(&channel), "no `{channel}` in {tags:?}");
    }
    let moves = tags.iter().filter(|tag| tag.starts_with("prod.move-")).count();
    assert_eq!(moves, 3, "promoted twice and rolled back once: {tags:?}");
    let digest = |tag: &str| crane.run(&["digest", &format!("{repository}:{tag}")]);
    assert_eq!(digest("prod"), digest("1.4.2"));
    assert_eq!(digest("dev"), digest("1.4.3"));
    let validated = crane.run(&["validate", "--remote", &format!("{repository}:prod")]);
    assert!(validated.starts_with("PASS"), "{validated}");
}

fn the_cluster_runs_what_the_channels_name(demo: &Demo) {
    let kubectl = Tool::built("kubectl").with("KUBECONFIG", &demo.kubeconfig);
    let get = ["get", "deployment", "shop", "--namespace=shop-prod", "--output"];
    let image = "jsonpath={.spec.template.spec.containers[0].image}";
    let image = kubectl.run(&[&get[..], &[image]].concat());
    assert!(image.ends_with("shop-server:1.4.2"), "{image}");
    let ready = r#"jsonpath={.status.conditions[?(@.type=="Ready")].status}"#;
    let delivery = ["get", "kustomization", "--namespace=delivery", "--output", ready];
    assert_eq!(kubectl.run(&[&delivery[..], &["shop-prod"]].concat()), "True");
    assert_eq!(kubectl.run(&[&delivery[..], &["shop-dev"]].concat()), "False");
    let reasons = "jsonpath={.items[*].status.containerStatuses[*].state.waiting.reason}";
    let reasons = kubectl.run(&["get", "pods", "--namespace=shop-dev", "--output", reasons]);
    assert!(["ErrImagePull", "ImagePullBackOff"].contains(&&*reasons), "{reasons}");
}
