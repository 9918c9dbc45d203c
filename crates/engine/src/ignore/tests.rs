use manifest::Tree;

use super::filter;

fn kept(files: &[&str], rules: Option<&str>) -> Vec<String> {
    let mut tree = Tree::new();
    for file in files {
        tree.insert(file, "x").unwrap();
    }
    filter(&tree, rules).iter().map(|(path, _)| path.to_owned()).collect()
}

#[test]
fn without_rules_pictures_and_pipelines_are_left_out() {
    let files =
        ["a.yaml", "logo.png", ".github/x.yml", ".git/config", "deep/.sops.yaml", "b/c.yaml"];
    assert_eq!(kept(&files, None), ["a.yaml", "b/c.yaml"]);
}

#[test]
fn own_rules_take_the_place_of_the_defaults_but_not_of_version_control() {
    let files = ["a.yaml", "logo.png", ".git/config", "secret.yaml"];
    assert_eq!(kept(&files, Some("secret.yaml")), ["a.yaml", "logo.png"]);
}

#[test]
fn the_last_rule_that_matches_wins() {
    let files = ["deploy/a.yaml", "deploy/keep.yaml", "readme.md"];
    assert_eq!(kept(&files, Some("/*\n!/deploy\n")), ["deploy/a.yaml", "deploy/keep.yaml"]);
    assert_eq!(kept(&files, Some("deploy/\n!keep.yaml\n")), ["deploy/keep.yaml", "readme.md"]);
}

#[test]
fn a_slash_anchors_and_two_stars_reach_any_depth() {
    let files = ["x/test/a.yaml", "test/b.yaml", "c.yaml"];
    assert_eq!(kept(&files, Some("/test/")), ["c.yaml", "x/test/a.yaml"]);
    assert_eq!(kept(&files, Some("**/test/")), ["c.yaml"]);
    assert_eq!(kept(&files, Some("# test\n\n")), ["c.yaml", "test/b.yaml", "x/test/a.yaml"]);
}

#[test]
fn rules_inside_the_artifact_count_in_their_own_folder() {
    let mut tree = Tree::new();
    tree.insert("a/.sourceignore", "*.tmp").unwrap();
    tree.insert("a/x.tmp", "x").unwrap();
    tree.insert("b/x.tmp", "x").unwrap();
    let kept: Vec<_> = filter(&tree, None).iter().map(|(path, _)| path.to_owned()).collect();
    assert_eq!(kept, ["a/.sourceignore", "b/x.tmp"]);
}
