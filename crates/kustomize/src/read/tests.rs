use super::*;

fn names(text: &str) -> Result<Vec<String>, String> {
    let read = objects(&"x.yaml".into(), text.as_bytes()).map_err(|problem| problem.to_string())?;
    Ok(read
        .iter()
        .map(|resource| format!("{}:{}", resource.name(), resource.origin.line))
        .collect())
}

#[test]
fn documents_are_numbered_by_their_line() {
    let text =
        "# c\nkind: A\nmetadata: {name: a}\n--- # next\n\nkind: B\nmetadata: {name: b}\n---\n";
    assert_eq!(names(text).unwrap(), ["a:2", "b:6"]);
}

#[test]
fn items_of_a_list_come_after_the_other_documents() {
    let text = "kind: FooList\nitems:\n- {kind: A, metadata: {name: a}}\n---\nkind: B\nmetadata: {name: b}\n";
    assert_eq!(names(text).unwrap(), ["b:5", "a:3"]);
}

#[test]
fn an_object_without_name_is_refused_with_its_line() {
    let problem = names("a: 1\n---\nkind: A\n").unwrap_err();
    assert!(problem.starts_with("x.yaml:1:"), "{problem}");
    let problem = names("kind: B\nmetadata: {name: b}\n---\nkind: A\n").unwrap_err();
    assert!(problem.starts_with("x.yaml:4:"), "{problem}");
}

#[test]
fn merge_keys_give_way_to_own_keys() {
    let text =
        "kind: A\nbase: &b {x: 1, y: 2}\nmetadata:\n  name: a\n  labels:\n    <<: *b\n    x: 3\n";
    let read = objects(&"x.yaml".into(), text.as_bytes()).unwrap();
    let labels = read[0].labels();
    assert_eq!(labels.get("x").unwrap(), "3");
    assert_eq!(labels.get("y").unwrap(), "2");
}
