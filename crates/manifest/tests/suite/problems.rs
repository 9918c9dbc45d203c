//! What is wrong is said with its place.

use std::fmt::Write as _;

use expect_test::{Expect, expect};
use manifest::yaml;

fn check(input: impl AsRef<[u8]>, expected: &Expect) {
    let found = yaml::parse(input.as_ref());
    expected.assert_eq(&found.expect_err("the input is broken").to_string());
}

#[test]
fn a_problem_names_line_and_column() {
    check("a: 1\nb: c: d\n", &expect![":2:5: mapping values are not allowed in this context"]);
    check(
        "a:\n    b: 1\n  c: 2\n",
        &expect![
            ":3:3: did not find expected key while parsing a block mapping that begins on line 1"
        ],
    );
    check("é: 1\nü\n", &expect![":2:1: could not find expected ':' while scanning a simple key"]);
    check(
        "a: [1,\n  2\nb: 3\n",
        &expect![
            ":3:2: did not find expected ',' or ']' while parsing a flow sequence that begins on line 1"
        ],
    );
    check(
        "a:\n  b: 'x\n",
        &expect![":2:6: found unexpected end of stream while scanning a quoted scalar"],
    );
    check("a: *x\n", &expect![":1:4: unknown anchor 'x' referenced"]);
}

#[test]
fn bytes_that_are_no_text_are_refused_where_they_stand() {
    check(b"a: 1\nb: \xff\n", &expect![":2:4: the text is not valid UTF-8"]);
    check("a: 1\nb: x\x00y\n", &expect![":2:5: control characters are not allowed"]);
    check("a: \u{7f}\n", &expect![":1:4: control characters are not allowed"]);
    check("a: \u{84}\n", &expect![":1:4: control characters are not allowed"]);
    check("a: \u{FFFE}\n", &expect![":1:4: control characters are not allowed"]);
    check(b"\xff\xfea", &expect![":1:1: the text is not valid UTF-16"]);
}

#[test]
fn utf_16_behind_a_byte_order_mark_is_read() {
    let wide = |text: &str| text.encode_utf16().flat_map(u16::to_be_bytes).collect::<Vec<_>>();
    let bytes = [&[0xFE, 0xFF][..], &wide("a: é\n")].concat();
    assert_eq!(yaml::parse(&bytes).unwrap()[0].text(&["a"]), Some("é"));
}

#[test]
fn nesting_beyond_the_limit_is_refused_and_up_to_it_handled() {
    for (open, close) in [("[", "]"), ("{a: ", "}"), ("- ", ""), ("? ", "")] {
        let nest = |depth: usize| format!("{}x{}", open.repeat(depth), close.repeat(depth));
        let deep = yaml::parse(nest(yaml::MAX_DEPTH - 1).as_bytes()).unwrap();
        drop((yaml::emit(&deep[0]), deep[0].to_json(), manifest::node_to_yaml(&deep[0])));
        for depth in [yaml::MAX_DEPTH + 1, 100_000] {
            let refused = yaml::parse(nest(depth).as_bytes()).unwrap_err();
            assert!(refused.message.contains("exceeded max depth"), "{refused}");
        }
    }
}

#[test]
fn a_document_that_grows_through_aliases_is_refused() {
    let mut text = String::from("a0: &a0 [x, x, x, x, x, x, x, x, x]\n");
    for level in 1..20 {
        let before = format!("*a{}", level - 1);
        let items = [before.as_str(); 9].join(", ");
        writeln!(text, "a{level}: &a{level} [{items}]").expect("a string takes all");
    }
    let root = &yaml::parse(text.as_bytes()).unwrap()[0];
    for refused in
        [root.to_json().unwrap_err(), root.to_json_as(yaml::Schema::Kubernetes).unwrap_err()]
    {
        assert_eq!(refused.message, "document contains excessive aliasing");
    }
    let (objects, problems) = manifest::read("bomb.yaml", text.as_bytes());
    assert_eq!((objects.len(), problems.len()), (0, 1));
}

#[test]
fn an_anchor_inside_itself_is_refused() {
    let root = &yaml::parse(b"a: &x [*x]\n").unwrap()[0];
    assert_eq!(root.to_json().unwrap_err().message, "anchor 'x' value contains itself");
}

#[test]
fn a_long_text_that_is_repeated_through_aliases_is_refused() {
    let aliases = ["*a"; 400].join(", ");
    let text = format!("a: &a {}\nb: [{aliases}]\n", "x".repeat(200_000));
    let root = &yaml::parse(text.as_bytes()).unwrap()[0];
    assert_eq!(root.to_json().unwrap_err().message, "document contains excessive aliasing");
}
