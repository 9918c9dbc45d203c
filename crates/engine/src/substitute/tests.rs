use super::{Variables, accept, expand::expand, substitute};

fn variables() -> Variables {
    let mut variables = Variables::new();
    let pairs = [("a", "foo.tar.gz"), ("empty", ""), ("n", "3"), ("up", "hÉllo"), ("u", "héllo")];
    accept(&mut variables, pairs.map(|(k, v)| (k.to_owned(), v.to_owned()))).unwrap();
    variables
}

#[test]
fn every_operation_of_the_grammar_gives_what_flux_gives() {
    for (text, expected) in [
        ("x ${a} y", "x foo.tar.gz y"),
        ("$a $ {a}", "$a $ {a}"),
        ("$$a", "$a"),
        ("$${a}", "${a}"),
        ("$$$${a}", "$${a}"),
        ("${#u}", "6"),
        ("${n^^}", "3"),
        ("${a^}", "Foo.tar.gz"),
        ("${a^^}", "FOO.TAR.GZ"),
        ("${up,,}", "héllo"),
        ("${a:4}", "tar.gz"),
        ("${a:0:3}", "foo"),
        ("${a#*.}", "tar.gz"),
        ("${a##*.}", "gz"),
        ("${a%.*}", "foo.tar"),
        ("${a%%.*}", "foo"),
        ("${missing:=d}", "d"),
        ("${missing:-d}", "d"),
        ("${missing=d}", "d"),
        ("${empty:-d}", "d"),
        ("${missing:=${n}}", "3"),
        ("${a/o/0}", "f0o.tar.gz"),
        ("${a//o/0}", "f00.tar.gz"),
        ("${a/#foo/bar}", "bar.tar.gz"),
        ("${a/%gz/xz}", "foo.tar.xz"),
        ("${a//./}", "footargz"),
        ("${missing:=\"}\"}", "\"\"}"),
    ] {
        assert_eq!(expand(text, &variables()).as_deref(), Ok(expected), "{text}");
    }
}

#[test]
fn what_flux_cannot_parse_is_refused() {
    for text in ["${a-d}", "${a+d}", "${a.b}", "${}", "${ a}", "${a", "${a:x}"] {
        assert!(expand(text, &variables()).is_err(), "{text}");
    }
    let deep = "${x:=".repeat(40) + &"}".repeat(40);
    assert!(expand(&deep, &variables()).is_err());
}

#[test]
fn a_variable_without_value_is_an_error_that_names_object_and_variable() {
    let (objects, _) = manifest::read(
        "a.yaml",
        b"apiVersion: v1\nkind: ConfigMap\nmetadata: {name: c, namespace: ns}\ndata: {x: '${nope}'}",
    );
    let error = substitute(objects, &variables()).unwrap_err();
    assert!(error.contains("ConfigMap/ns/c") && error.contains("nope"), "{error}");
}

#[test]
fn an_unquoted_number_becomes_a_number_and_marked_objects_are_left_alone() {
    let yaml = b"apiVersion: v1\nkind: X\nmetadata: {name: c}\nspec: {replicas: '${n}'}\n---\n\
        apiVersion: v1\nkind: X\nmetadata: {name: d, annotations: \
        {kustomize.toolkit.fluxcd.io/substitute: disabled}}\nspec: {replicas: '${n}'}\n";
    let (objects, _) = manifest::read("a.yaml", yaml);
    let objects = substitute(objects, &variables()).unwrap();
    assert_eq!(objects[0].value["spec"]["replicas"], 3);
    assert_eq!(objects[1].value["spec"]["replicas"], "${n}");
}

#[test]
fn a_bad_name_is_refused_and_line_ends_are_stripped() {
    let mut variables = Variables::new();
    assert!(accept(&mut variables, [("1a".to_owned(), String::new())]).is_err());
    accept(&mut variables, [("k".to_owned(), "a\nb\n".to_owned())]).unwrap();
    assert_eq!(variables["k"], "ab");
}
