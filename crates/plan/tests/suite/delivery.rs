//! What a plan does with objects, owners and marks.

use std::collections::BTreeMap;

use manifest::Object;
use proptest::prelude::*;
use wharf_plan::{
    Action, ChangeSet, Deletion, DeletionPolicy, Drift, Error, Inventory, Judgement, Owner,
    Request, Skip, compare, is_forced, is_immutable_refusal, judge, keeps_foreign_managers,
    may_delete, on_owner_deletion, plan,
};

use crate::world::{live, objects};

fn owner() -> Owner {
    Owner { name: "shop".into(), namespace: "flux-system".into() }
}

const SHOP: &str = "
apiVersion: apps/v1
kind: Deployment
metadata: { name: web, namespace: shop }
---
apiVersion: v1
kind: Namespace
metadata: { name: shop }
---
apiVersion: v1
kind: ConfigMap
metadata: { name: web, namespace: shop }
";

#[test]
fn what_is_no_longer_delivered_is_pruned_after_everything_is_applied() {
    let first = plan(objects(SHOP), Request::new(owner())).unwrap();
    let namespace = objects("{apiVersion: v1, kind: Namespace, metadata: {name: shop}}");
    let second =
        plan(namespace, Request { previous: first.inventory, ..Request::new(owner()) }).unwrap();
    let pruned: Vec<String> = second.prune.iter().map(|(id, _)| id.to_string()).collect();
    assert_eq!(pruned, ["Deployment/shop/web", "ConfigMap/shop/web"]);
    assert_eq!(second.len(), 1);
}

#[test]
fn an_empty_delivery_prunes_everything() {
    let first = plan(objects(SHOP), Request::new(owner())).unwrap();
    let request = Request { previous: first.inventory, ..Request::new(owner()) };
    let last = plan(Vec::new(), request).unwrap();
    assert_eq!(last.prune.len(), 3);
    assert!(last.waves.is_empty());
    assert!(!last.is_empty());
}

#[test]
fn without_prune_nothing_is_deleted() {
    let first = plan(objects(SHOP), Request::new(owner())).unwrap();
    let request = Request { previous: first.inventory, prune: false, ..Request::new(owner()) };
    assert!(plan(Vec::new(), request).unwrap().is_empty());
}

#[test]
fn the_same_object_twice_is_refused() {
    let twice = objects(&format!("{SHOP}---{SHOP}"));
    let refused = plan(twice, Request::new(owner())).unwrap_err();
    assert!(matches!(refused, Error::Duplicate { .. }));
    assert_eq!(refused.to_string(), "`Deployment/shop/web` occurs more than once");
}

fn marked(marks: &str) -> Object {
    let yaml = format!("{{apiVersion: v1, kind: X, metadata: {{name: a, {marks}}}}}");
    objects(&yaml).remove(0)
}

#[test]
fn marks_decide_on_either_side_and_in_any_case() {
    let plain = marked("labels: {}");
    let ignored = marked("annotations: {kustomize.toolkit.fluxcd.io/ssa: ignore}");
    let disabled = marked("labels: {kustomize.toolkit.fluxcd.io/reconcile: Disabled}");
    let once = marked("annotations: {kustomize.toolkit.fluxcd.io/ssa: IfNotPresent}");
    let rows = [
        (&plain, None, Judgement::Apply),
        (&plain, Some(&plain), Judgement::Apply),
        (&ignored, None, Judgement::Skip(Skip::Ignored)),
        (&plain, Some(&ignored), Judgement::Skip(Skip::Ignored)),
        (&plain, Some(&disabled), Judgement::Skip(Skip::Disabled)),
        (&once, None, Judgement::Apply),
        (&once, Some(&plain), Judgement::Skip(Skip::Present)),
        (&plain, Some(&once), Judgement::Apply),
    ];
    for (desired, live, expected) in rows {
        assert_eq!(judge(desired, live.map(|object| &object.value)), expected);
    }
}

#[test]
fn force_and_merge_are_read_from_marks() {
    let plain = marked("labels: {}");
    let forced = marked("annotations: {kustomize.toolkit.fluxcd.io/force: enabled}");
    let merged = marked("annotations: {kustomize.toolkit.fluxcd.io/ssa: Merge}");
    assert!(!is_forced(&plain, None, false));
    assert!(is_forced(&plain, None, true));
    assert!(is_forced(&plain, Some(&forced.value), false));
    assert!(keeps_foreign_managers(&merged, None));
    assert!(!keeps_foreign_managers(&forced, None));
}

#[test]
fn only_objects_that_still_carry_both_owner_labels_may_be_deleted() {
    let labelled = |name: &str, namespace: &str, more: &str| {
        live(&format!(
            "{{apiVersion: v1, kind: X, metadata: {{name: a, labels: {{kustomize.toolkit.fluxcd.io/name: {name}, kustomize.toolkit.fluxcd.io/namespace: {namespace}, {more}}}}}}}"
        ))
    };
    assert!(may_delete(&labelled("shop", "flux-system", ""), &owner()));
    assert!(!may_delete(&labelled("other", "flux-system", ""), &owner()));
    assert!(!may_delete(&labelled("shop", "default", ""), &owner()));
    assert!(!may_delete(&live("{apiVersion: v1, kind: X, metadata: {name: a}}"), &owner()));
    let kept = "kustomize.toolkit.fluxcd.io/prune: disabled";
    assert!(!may_delete(&labelled("shop", "flux-system", kept), &owner()));
    let disabled = "kustomize.toolkit.fluxcd.io/reconcile: disabled";
    assert!(!may_delete(&labelled("shop", "flux-system", disabled), &owner()));
}

#[test]
fn the_deletion_policy_decides_what_happens_to_the_objects() {
    use Deletion::{Delete, DeleteAndWait, Keep};
    let rows = [
        (DeletionPolicy::MirrorPrune, true, false, Delete),
        (DeletionPolicy::MirrorPrune, false, false, Keep),
        (DeletionPolicy::Delete, false, false, Delete),
        (DeletionPolicy::WaitForTermination, false, false, DeleteAndWait),
        (DeletionPolicy::Orphan, true, false, Keep),
        (DeletionPolicy::Delete, true, true, Keep),
    ];
    for (policy, prune, is_suspended, expected) in rows {
        assert_eq!(on_owner_deletion(policy, prune, is_suspended), expected, "{policy:?}");
    }
}

#[test]
fn a_change_set_reads_as_flux_writes_it() {
    let mut changes = ChangeSet::default();
    let actions = [Action::Created, Action::Configured, Action::Unchanged];
    for (object, action) in objects(SHOP).iter().zip(actions) {
        changes.push(object.id(), action);
    }
    assert_eq!(
        changes.to_string(),
        "Deployment/shop/web created\nNamespace/shop configured\nConfigMap/shop/web unchanged"
    );
    assert_eq!(
        changes.effective().to_string(),
        "Deployment/shop/web created\nNamespace/shop configured"
    );
}

#[test]
fn only_refusals_that_recreating_cures_count_as_immutable() {
    assert!(is_immutable_refusal(422, "Invalid", "spec.selector: field is immutable"));
    assert!(is_immutable_refusal(409, "Conflict", ""));
    assert!(is_immutable_refusal(400, "BadRequest", "immutable field changed"));
    assert!(!is_immutable_refusal(403, "Forbidden", "no"));
    assert!(!is_immutable_refusal(500, "InternalError", "etcd"));
}

fn some_objects() -> impl Strategy<Value = Vec<Object>> {
    let kinds = prop::sample::select(vec![
        ("v1", "Namespace"),
        ("v1", "ConfigMap"),
        ("apps/v1", "Deployment"),
        ("scheduling.k8s.io/v1", "PriorityClass"),
        ("shop.example/v1", "Order"),
        ("admissionregistration.k8s.io/v1", "ValidatingWebhookConfiguration"),
    ]);
    let object = (kinds, "[a-c]{0,1}", "[a-d]{1,2}");
    prop::collection::vec(object, 0..20).prop_map(|parts| {
        let unique: BTreeMap<_, _> = parts
            .into_iter()
            .filter_map(|((api_version, kind), namespace, name)| {
                let metadata = serde_json::json!({ "name": name, "namespace": namespace });
                let value = serde_json::json!(
                    { "apiVersion": api_version, "kind": kind, "metadata": metadata }
                );
                let object = Object::from_value(value, "test")?;
                Some((object.id(), object))
            })
            .collect();
        unique.into_values().collect()
    })
}

proptest! {
    #[test]
    fn a_plan_applies_each_object_once_in_an_order_that_does_not_depend_on_the_input(
        desired in some_objects().prop_shuffle(),
    ) {
        let mut reversed = desired.clone();
        reversed.reverse();
        let mut expected: Vec<_> = desired.iter().map(Object::id).collect();
        let ids = |objects: Vec<Object>| -> Vec<_> {
            plan(objects, Request::new(owner())).unwrap().objects().map(Object::id).collect()
        };
        let planned = ids(desired);
        prop_assert_eq!(&planned, &ids(reversed));
        let mut sorted = planned;
        sorted.sort();
        expected.sort();
        prop_assert_eq!(sorted, expected);
    }

    #[test]
    fn a_plan_of_applied_state_changes_nothing(desired in some_objects()) {
        let first = plan(desired.clone(), Request::new(owner())).unwrap();
        let previous = first.inventory.clone();
        let again = plan(desired, Request { previous, ..Request::new(owner()) }).unwrap();
        prop_assert!(again.prune.is_empty());
        for (applied, object) in first.objects().zip(again.objects()) {
            prop_assert_eq!(compare(Some(&applied.value), &object.value, &[]), Drift::Unchanged);
        }
    }

    #[test]
    fn an_inventory_survives_the_status(desired in some_objects()) {
        let inventory = Inventory::of(&desired);
        let entries = inventory.to_entries();
        let read = Inventory::parse(entries.iter().map(|(id, v)| (id.as_str(), v.as_str())));
        prop_assert_eq!(read.unwrap(), inventory);
    }
}
