use manifest::yaml::Node;

use super::*;

fn printed(node: &Node) -> String {
    let mut out = String::new();
    write_document(&mut out, node).unwrap();
    out
}

fn map(entries: &[(&str, Node)]) -> Node {
    Node::mapping(entries.iter().map(|(key, value)| (Node::string(*key), value.clone())))
}

#[test]
fn collections_take_the_compact_layout() {
    let inner = map(&[("b", Node::string("1")), ("a", Node::integer(1))]);
    let list = Node::sequence(vec![inner.clone(), Node::sequence(vec![Node::string("x")])]);
    let root = map(&[("list", list), ("empty", map(&[])), ("map", inner)]);
    assert_eq!(
        printed(&root),
        "empty: {}\nlist:\n- a: 1\n  b: \"1\"\n- - x\nmap:\n  a: 1\n  b: \"1\"\n"
    );
}

#[test]
fn a_key_that_is_there_twice_is_refused() {
    let root = map(&[("a", Node::null()), ("a", Node::null())]);
    assert!(write_document(&mut String::new(), &root).is_err());
}

#[test]
fn block_scalars_carry_their_chomping() {
    for (text, expected) in [
        ("a\nb", "a: |-\n  a\n  b\n"),
        ("a\n", "a: |\n  a\n"),
        ("a\n\n", "a: |+\n  a\n\n"),
        ("\na\n", "a: |2\n\n  a\n"),
        (" a\n", "a: |2\n   a\n"),
        ("a \nb", "a: \"a \\nb\"\n"),
    ] {
        assert_eq!(printed(&map(&[("a", Node::string(text))])), expected, "{text:?}");
    }
}

#[test]
fn long_text_is_folded_at_single_spaces() {
    let text = format!("{} {} end", "x".repeat(79), "y".repeat(10));
    let expected = format!("a: {}\n  {} end\n", "x".repeat(79), "y".repeat(10));
    assert_eq!(printed(&map(&[("a", Node::string(text.as_str()))])), expected);
}
