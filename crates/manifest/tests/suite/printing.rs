//! Nodes that were made or changed by hand print as kyaml prints them.

use expect_test::{Expect, expect};
use manifest::yaml::{self, Comments, Node, Style, Tag};
use serde_json::json;

fn check(node: &Node, expected: &Expect) {
    expected.assert_eq(&yaml::emit(node));
}

#[test]
fn made_strings_are_quoted_only_where_they_would_read_otherwise() {
    let texts = ["a", "yes", "1", "true", "", "null", "a: b", "- a", "two\nlines", "0x1F", "1e3"];
    let items = texts.iter().map(|text| Node::string(*text)).collect();
    check(
        &Node::sequence(items),
        &expect![[r#"
            - a
            - yes
            - "1"
            - "true"
            - ""
            - "null"
            - 'a: b'
            - '- a'
            - |-
              two
              lines
            - "0x1F"
            - "1e3"
        "#]],
    );
}

#[test]
fn a_scalar_whose_text_does_not_fit_its_type_gets_a_tag() {
    let items = vec![Node::scalar(Tag::Int, "x"), Node::scalar(Tag::Float, "1"), Node::null()];
    check(
        &Node::sequence(items),
        &expect![[r"
            - !!int x
            - !!float 1
            - null
        "]],
    );
}

#[test]
fn entries_are_replaced_in_place_and_added_at_the_end() {
    let mut root = yaml::parse(b"b: 1 # one\na: 2\n").unwrap().remove(0);
    root.set("b", Node::integer(3));
    root.set("c", Node::boolean(true));
    root.get_or_insert_mapping("metadata").unwrap().set("name", Node::string("x"));
    let two = Node { line: 2, column: 4, ..Node::scalar(Tag::Int, "2") };
    assert_eq!((root.remove("a"), root.remove("nothing")), (Some(two), None));
    check(
        &root,
        &expect![[r"
            b: 3
            c: true
            metadata:
              name: x
        "]],
    );
}

#[test]
fn comments_can_be_set_and_taken_away() {
    let mut root = yaml::parse(b"a: 1 # one\n").unwrap().remove(0);
    root.content[0].comments =
        Some(Box::new(Comments { head: "# above\nbelow".into(), ..Comments::default() }));
    check(
        &root,
        &expect![[r"
            # above
            # below
            a: 1 # one
        "]],
    );
    root.strip_comments();
    check(
        &root,
        &expect![[r"
            a: 1
        "]],
    );
}

#[test]
fn json_becomes_nodes_and_json_again() {
    let value = json!({"a": [1, -2, 1.5, true, null, "x", ""], "b": {"c": {}}, "d": []});
    let node = Node::from_json(&value);
    assert_eq!(node.to_json().unwrap(), value);
    check(
        &node,
        &expect![[r#"
            a:
            - 1
            - -2
            - 1.5
            - true
            - null
            - x
            - ""
            b:
              c: {}
            d: []
        "#]],
    );
}

#[test]
fn styles_can_be_set() {
    let mut root = yaml::parse(b"a: [1, {b: c}]\nd:\n- e\n").unwrap().remove(0);
    root.get_mut("a").unwrap().style = Style::Plain;
    root.get_mut("d").unwrap().style = Style::Flow;
    root.at_mut(&["d"]).unwrap().content[0].style = Style::Double;
    check(
        &root,
        &expect![[r#"
            a:
            - 1
            - {b: c}
            d: ["e"]
        "#]],
    );
}

#[test]
fn numbers_print_as_go_prints_them() {
    let value =
        json!([1.0, 1e20, 1e21, 1e-7, 1_234_567.5, 0.1, -0.0, u64::MAX, i64::MIN, 123_456.0]);
    expect![[r"
        - 1
        - 1e+20
        - 1e+21
        - 1e-07
        - 1.2345675e+06
        - 0.1
        - 0
        - 18446744073709551615
        - -9223372036854775808
        - 123456
    "]]
    .assert_eq(&manifest::to_yaml(&value));
}
