use super::*;

fn id(group: &str, kind: &str, namespace: &str, name: &str) -> ObjectId {
    let own = str::to_owned;
    ObjectId { group: own(group), kind: own(kind), namespace: own(namespace), name: own(name) }
}

#[test]
fn ids_are_written_as_flux_writes_them() {
    let written = [
        (id("apps", "Deployment", "default", "podinfo"), "default_podinfo_apps_Deployment"),
        (id("", "Namespace", "", "apps"), "_apps__Namespace"),
        (
            id("rbac.authorization.k8s.io", "ClusterRole", "", "system:shop:reader"),
            "_system__shop__reader_rbac.authorization.k8s.io_ClusterRole",
        ),
    ];
    for (id, text) in written {
        assert_eq!(inventory_id(&id), text);
        assert_eq!(parse_inventory_id(text).unwrap(), id);
    }
}

#[test]
fn texts_that_are_no_ids_are_refused() {
    for text in ["", "a", "a_b", "a_b_c", "a_b_c_", "__v1_Pod_", "a_b_x_c_d_E"] {
        let refused = parse_inventory_id(text);
        assert_eq!(refused, Err(Error::InventoryId { id: text.to_owned() }), "{text}");
    }
}

#[test]
fn a_new_version_of_an_object_does_not_make_it_stale() {
    let hpa = id("autoscaling", "HorizontalPodAutoscaler", "shop", "web");
    let old: Inventory = [(hpa.clone(), "v1".to_owned())].into_iter().collect();
    let new: Inventory = [(hpa, "v2".to_owned())].into_iter().collect();
    assert_eq!(old.stale(&new), []);
}

#[test]
fn stale_objects_come_in_the_order_to_delete_them() {
    let entries = [("_shop__Namespace", "v1"), ("shop_web_apps_Deployment", "v1")];
    let old = Inventory::parse(entries).unwrap();
    let gone = old.stale(&Inventory::default());
    let kinds: Vec<&str> = gone.iter().map(|(id, _)| id.kind.as_str()).collect();
    assert_eq!(kinds, ["Deployment", "Namespace"]);
}
