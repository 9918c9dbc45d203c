use manifest::yaml;

use super::*;

fn patched(object: &str, patch: &str) -> Result<String, String> {
    let mut object = yaml::parse(object.as_bytes()).unwrap().remove(0);
    apply(&mut object, &read(patch)?)?;
    manifest::node_to_yaml(&object).map_err(|problem| problem.message)
}

#[test]
fn operations_work_on_objects_and_lists() {
    let patch = "[{\"op\": \"add\", \"path\": \"/l/1\", \"value\": 9}, {\"op\": \"remove\", \"path\": \"/a\"}, {\"op\": \"add\", \"path\": \"/l/-\", \"value\": {\"b~c\": 1}}]";
    assert_eq!(patched("{a: 1, l: [1, 2]}", patch).unwrap(), "l:\n- 1\n- 9\n- 2\n- b~c: 1\n");
}

#[test]
fn a_path_that_is_not_there_is_refused() {
    assert!(patched("{a: 1}", "- {op: add, path: /b/c, value: 1}").is_err());
    assert!(patched("{a: 1}", "- {op: remove, path: /b}").is_err());
    assert!(patched("{a: 1}", "- {op: test, path: /a, value: 2}").is_err());
}

#[test]
fn replacing_a_missing_key_adds_it() {
    assert_eq!(
        patched("{a: 1}", "- {op: replace, path: /b, value: yes}").unwrap(),
        "a: 1\nb: true\n"
    );
}
