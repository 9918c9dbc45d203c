//! Trees hold what a folder holds, under paths that cannot leave it.

use manifest::{Error, File, Limits, Tree};

#[test]
fn a_path_cannot_leave_the_tree() {
    for path in ["", "/a", "a/", "a//b", ".", "..", "a/../b", "./a", "a\\b", "a\0b"] {
        let refused = Tree::new().insert(path, "x");
        assert!(matches!(refused, Err(Error::BadPath { .. })), "{path:?} was accepted");
    }
}

#[test]
fn a_file_cannot_stand_where_a_folder_is_and_the_other_way_round() {
    let mut tree = Tree::new();
    tree.insert("a/b", "1").unwrap();
    for path in ["a/b", "a", "a/b/c"] {
        assert!(matches!(tree.insert(path, "2"), Err(Error::Occupied { .. })), "{path}");
    }
    tree.insert("a.b", "3").unwrap();
    tree.insert("a/c", "4").unwrap();
    assert_eq!(tree.iter().map(|(path, _)| path).collect::<Vec<_>>(), ["a.b", "a/b", "a/c"]);
}

#[test]
fn a_subtree_holds_only_its_folder_with_shorter_paths() {
    let mut tree = Tree::new();
    for path in ["app/a", "app/sub/b", "app.yaml", "application/c"] {
        tree.insert(path, path.to_owned()).unwrap();
    }
    let paths = |tree: &Tree| tree.iter().map(|(path, _)| path.to_owned()).collect::<Vec<_>>();
    assert_eq!(paths(&tree.subtree("app")), ["a", "sub/b"]);
    assert_eq!(paths(&tree.subtree("./app/")), ["a", "sub/b"]);
    assert_eq!(paths(&tree.subtree("nothing")), [""; 0]);
    assert_eq!(tree.subtree("."), tree);
}

#[test]
fn a_folder_is_read_without_following_links() {
    let folder = tempfile::tempdir().unwrap();
    let root = folder.path();
    std::fs::create_dir(root.join("sub")).unwrap();
    std::fs::write(root.join("b.yaml"), "b").unwrap();
    std::fs::write(root.join("sub/a.sh"), "a").unwrap();
    #[cfg(unix)]
    {
        use std::os::unix::fs::PermissionsExt as _;
        let executable = std::fs::Permissions::from_mode(0o755);
        std::fs::set_permissions(root.join("sub/a.sh"), executable).unwrap();
        std::os::unix::fs::symlink("/etc/passwd", root.join("link")).unwrap();
        std::os::unix::fs::symlink("/etc", root.join("links")).unwrap();
    }
    let tree = Tree::read_folder(root, &Limits::default()).unwrap();
    let expected = [
        ("b.yaml", &File { bytes: "b".into(), executable: false }),
        ("sub/a.sh", &File { bytes: "a".into(), executable: cfg!(unix) }),
    ];
    assert_eq!(tree.iter().collect::<Vec<_>>(), expected);
}

#[test]
fn a_folder_beyond_a_limit_is_refused() {
    let folder = tempfile::tempdir().unwrap();
    std::fs::create_dir_all(folder.path().join("x/y")).unwrap();
    std::fs::write(folder.path().join("x/y/a"), "12345").unwrap();
    std::fs::write(folder.path().join("b"), "12345").unwrap();
    let read = |limits| Tree::read_folder(folder.path(), &limits);
    let limits = Limits { files: 2, file_bytes: 5, total_bytes: 10, depth: 2 };
    assert_eq!(read(limits).unwrap().len(), 2);
    for smaller in [
        Limits { files: 1, ..limits },
        Limits { file_bytes: 4, ..limits },
        Limits { total_bytes: 9, ..limits },
        Limits { depth: 1, ..limits },
    ] {
        assert!(matches!(read(smaller), Err(Error::TooMuch { .. })), "{smaller:?}");
    }
}
