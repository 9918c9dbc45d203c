use super::*;

fn text(value: &str) -> Typed<'_> {
    Typed::Text(Cow::Borrowed(value))
}

#[test]
fn integers_follow_the_prefixes_of_go() {
    for (input, value) in
        [("0644", 420), ("0x1F", 31), ("1_000", 1000), ("0b11", 3), ("+5", 5), ("0o17", 15)]
    {
        assert_eq!(resolve(input, Dialect::Objects), Typed::Int(value), "{input}");
    }
    assert_eq!(resolve("08", Dialect::Objects), Typed::Float(8.0));
    assert_eq!(resolve("1.2.3", Dialect::Objects), text("1.2.3"));
}

#[test]
fn yes_is_a_boolean_only_in_configuration() {
    assert_eq!(resolve("yes", Dialect::Objects), text("yes"));
    assert_eq!(resolve("yes", Dialect::Configuration), Typed::Bool(true));
}

#[test]
fn strings_that_look_like_something_else_need_quotes() {
    for input in ["yes", "1e3", "0644", "12:30", "2020-01-01", "", "~", "<<", ".5"] {
        assert!(needs_quotes(input), "{input}");
    }
    for input in ["yess", "1.2.3", "12:90", "-", "a", ".", "2020-13-01"] {
        assert!(!needs_quotes(input), "{input}");
    }
}

#[test]
fn floats_print_as_go_prints_them() {
    assert_eq!(shortest(1_234_567.5), "1.2345675e+06");
    assert_eq!(shortest(0.1), "0.1");
    assert_eq!(shortest(1e-7), "1e-07");
    assert_eq!(json_number(1e21), "1e+21");
    assert_eq!(json_number(1_000_000.0), "1000000");
    assert_eq!(json_number(1e-7), "1e-7");
}
