//! What holds for any input.

use manifest::yaml::{self, Node, Options, Schema, Style};
use proptest::prelude::*;
use serde_json::{Map, Value};

/// Strings that are likely to need care.
fn text() -> impl Strategy<Value = String> {
    prop_oneof![
        "[a-z]{0,8}",
        "[-+0-9._:eExXob ]{1,12}",
        "[ \\t\\n#:,?'\"|>&*!%@`{}\\[\\]a-c-]{0,12}",
        "(yes|no|on|off|null|~|true|<<|=|\\.inf|2001-01-01)[ \\n]?",
        "([a-z]{1,12} ){5,20}[a-z]{1,90}",
        "[ a\\u{a0}\\u{2028}é日😀\\u{feff}]{0,8}",
    ]
}

fn value() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i64>().prop_map(Value::from),
        any::<u64>().prop_map(Value::from),
        text().prop_map(Value::from),
    ];
    leaf.prop_recursive(4, 40, 5, |inner| {
        // Go prints the key `<<` plain, and it is then read as a merge.
        let key = text().prop_filter("a merge key", |key| key != "<<");
        let map = prop::collection::btree_map(key, inner.clone(), 0..5);
        prop_oneof![
            prop::collection::vec(inner, 0..5).prop_map(Value::from),
            map.prop_map(|map| Value::Object(map.into_iter().collect::<Map<_, _>>())),
        ]
    })
}

/// Text that looks like YAML from afar.
fn almost_yaml() -> impl Strategy<Value = String> {
    let word = prop_oneof![
        text(),
        Just("\n".to_owned()),
        Just("\n  ".to_owned()),
        Just("- ".to_owned()),
        Just(": ".to_owned()),
        Just("# c\n".to_owned()),
        Just("|\n ".to_owned()),
        Just(">-\n  ".to_owned()),
        Just("&a ".to_owned()),
        Just("*a ".to_owned()),
        Just("!!str ".to_owned()),
        Just("---\n".to_owned()),
        Just("? ".to_owned()),
        Just("\"".to_owned()),
        Just("\\".to_owned()),
    ];
    prop::collection::vec(word, 0..30).prop_map(|words| words.concat())
}

/// A node without comments and places; comments may move the place of an empty value.
fn bare(node: &Node) -> Node {
    let content = node.content.iter().map(bare).collect();
    Node { comments: None, line: 0, column: 0, content, ..node.clone() }
}

fn exercise(bytes: &[u8]) {
    drop(manifest::read("x", bytes));
    let without = yaml::parse_with(bytes, Options { comments: false, ..Options::default() });
    let Ok(roots) = yaml::parse(bytes) else {
        assert!(without.is_err(), "comments decide whether this can be read");
        return;
    };
    let without = without.expect("comments do not decide whether a text can be read");
    assert_eq!(
        without.iter().map(bare).collect::<Vec<_>>(),
        roots.iter().map(bare).collect::<Vec<_>>()
    );
    for root in &roots {
        drop((yaml::emit(root), root.to_json(), root.to_json_as(Schema::Kubernetes)));
        let direct = manifest::node_to_yaml(root).ok();
        assert_eq!(direct, root.to_json().ok().map(|value| manifest::to_yaml(&value)));
    }
    drop(yaml::emit_all(&roots));
}

proptest! {
    #![proptest_config(ProptestConfig { cases: 512, failure_persistence: None, ..ProptestConfig::default() })]

    #[test]
    fn any_bytes_are_read_or_refused(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        exercise(&bytes);
    }

    #[test]
    fn any_text_is_read_or_refused(text in "\\PC{0,60}") {
        exercise(text.as_bytes());
    }

    #[test]
    fn almost_yaml_is_read_or_refused(text in almost_yaml()) {
        exercise(text.as_bytes());
    }

    #[test]
    fn what_is_printed_for_kubernetes_is_read_as_the_same(value in value()) {
        let text = manifest::to_yaml(&value);
        let roots = yaml::parse(text.as_bytes()).unwrap();
        prop_assert_eq!(roots[0].to_json_as(Schema::Kubernetes).unwrap(), value, "{}", text);
    }

    #[test]
    fn what_is_printed_from_nodes_is_read_as_the_same(value in value()) {
        // go-yaml v3 cannot read back its own literal scalars that begin with a tab.
        let value: Value = serde_json::from_str(&value.to_string().replace("\\t", "")).unwrap();
        let text = yaml::emit(&Node::from_json(&value));
        let roots = yaml::parse(text.as_bytes()).unwrap();
        prop_assert_eq!(roots[0].to_json().unwrap(), value, "{}", text);
    }

    #[test]
    fn quoted_styles_hold_any_text(text in text(), single: bool) {
        let style = if single { Style::Single } else { Style::Double };
        let root = Node::sequence(vec![Node { style, ..Node::string(text.as_str()) }]);
        let printed = yaml::emit(&root);
        let roots = yaml::parse(printed.as_bytes()).unwrap();
        prop_assert_eq!(roots[0].content[0].value.as_str(), text, "{}", printed);
    }
}
