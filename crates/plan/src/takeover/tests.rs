use super::*;

fn live(managed: &Value) -> Fields {
    let value = json!({ "metadata": { "resourceVersion": "7", "managedFields": managed } });
    value.as_object().cloned().unwrap()
}

#[test]
fn nothing_is_patched_when_only_we_and_strangers_manage_fields() {
    let managed = json!([
        { "manager": "kustomize-controller", "operation": "Apply", "fieldsV1": { "f:a": {} } },
        { "manager": "hpa", "operation": "Update", "fieldsV1": { "f:b": {} } },
    ]);
    assert_eq!(takeover(&live(&managed), &[]), Vec::<Value>::new());
}

#[test]
fn kubectl_fields_join_ours_and_strangers_keep_theirs() {
    let managed = json!([
        { "manager": "kustomize-controller", "operation": "Apply", "fieldsV1": { "f:a": {} } },
        { "manager": "hpa", "operation": "Update", "fieldsV1": { "f:b": {} } },
        { "manager": "kubectl-client-side-apply", "operation": "Update", "fieldsV1": { "f:c": {} } },
        { "manager": "kubectl-edit", "operation": "Update", "subresource": "status", "fieldsV1": { "f:d": {} } },
    ]);
    let patch = takeover(&live(&managed), &[]);
    assert_eq!(
        patch[0]["value"],
        json!([
            { "manager": "hpa", "operation": "Update", "fieldsV1": { "f:b": {} } },
            { "manager": "kubectl-edit", "operation": "Update", "subresource": "status", "fieldsV1": { "f:d": {} } },
            { "manager": "kustomize-controller", "operation": "Apply", "fieldsV1": { "f:a": {}, "f:c": {} } },
        ])
    );
    assert_eq!(
        patch[1],
        json!({ "op": "replace", "path": "/metadata/resourceVersion", "value": "7" })
    );
}

#[test]
fn without_an_entry_of_ours_the_first_foreign_one_becomes_it() {
    let managed =
        json!([{ "manager": "kubectl", "operation": "Update", "fieldsV1": { "f:c": {} } }]);
    let patch = takeover(&live(&managed), &[]);
    assert_eq!(
        patch[0]["value"],
        json!([{ "manager": "kustomize-controller", "operation": "Apply", "fieldsV1": { "f:c": {} } }])
    );
}

#[test]
fn left_over_marks_of_older_tools_are_removed() {
    let value = json!({ "metadata": {
        "annotations": { "kubectl.kubernetes.io/last-applied-configuration": "{}" },
        "labels": { "fluxcd.io/sync-gc-mark": "x" } } });
    assert_eq!(
        takeover(value.as_object().unwrap(), &[]),
        [
            json!({ "op": "remove", "path": "/metadata/annotations/kubectl.kubernetes.io~1last-applied-configuration" }),
            json!({ "op": "remove", "path": "/metadata/labels/fluxcd.io~1sync-gc-mark" }),
        ]
    );
}
