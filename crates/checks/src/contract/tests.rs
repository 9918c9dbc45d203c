use super::*;

fn objects(text: &str) -> Vec<Object> {
    let (objects, problems) = manifest::read("app.yaml", text.as_bytes());
    assert!(problems.is_empty(), "{problems:?}");
    objects
}

fn contract() -> Contract {
    Contract {
        allow: vec!["Service".parse().unwrap(), "Deployment.apps".parse().unwrap()],
        namespaces: vec!["shop".into()],
    }
}

#[test]
fn objects_within_the_contract_pass() {
    let text = "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, namespace: shop}\n";
    assert_eq!(contract().check(&objects(text)), vec![]);
}

#[test]
fn every_crossing_is_named_with_file_and_line() {
    let text = "apiVersion: v1\nkind: Service\nmetadata: {name: web, namespace: kube-system}\n---\n\
                apiVersion: rbac.authorization.k8s.io/v1\nkind: ClusterRole\nmetadata: {name: all}\n";
    let said: Vec<String> =
        contract().check(&objects(text)).iter().map(Finding::to_string).collect();
    assert_eq!(
        said,
        [
            "app.yaml:1: Service/kube-system/web: namespace `kube-system` is not in the contract: shop",
            "app.yaml:5: ClusterRole/all: kind `ClusterRole.rbac.authorization.k8s.io` is not in the \
             contract: it must come from the platform",
        ]
    );
}

#[test]
fn a_kind_of_another_group_is_not_the_kind() {
    let text = "apiVersion: serving.knative.dev/v1\nkind: Service\nmetadata: {name: web, namespace: shop}\n";
    assert_eq!(contract().check(&objects(text)).len(), 1);
}

#[test]
fn a_namespace_object_counts_as_its_own_namespace() {
    let text = "apiVersion: v1\nkind: Namespace\nmetadata: {name: other}\n";
    let only_namespaces = Contract { allow: vec![], ..contract() };
    assert_eq!(only_namespaces.check(&objects(text)).len(), 1);
}

#[test]
fn patterns_that_name_no_kind_are_refused() {
    for text in ["", "deployment", "Deployment.", ".apps", "De*"] {
        assert_eq!(text.parse::<KindPattern>(), Err(Error::NotAKind(text.into())));
    }
}
