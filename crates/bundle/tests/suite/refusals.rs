use bundle::{Error, Limits, unpack};
use expect_test::{Expect, expect};
use tar::EntryType;

use crate::tapes::{Tape, gzip, record, tar};

fn check(entries: &[Tape<'_>], expected: Expect) {
    check_bytes(&gzip(&tar(entries)), &Limits::default(), expected);
}

fn check_bytes(layer: &[u8], limits: &Limits, expected: Expect) {
    let error = unpack(layer, limits).unwrap_err();
    let debug = format!("{error:?}");
    let variant = debug.split([' ', '(']).next().unwrap();
    expected.assert_eq(&format!("{variant}: {error}"));
}

#[test]
fn names_that_leave_the_tree_are_refused() {
    check(
        &[Tape::file("../evil", b"")],
        expect!["Traversal: `../evil` in the archive climbs out of the bundle with `..`"],
    );
    check(
        &[Tape::file("a/../b", b"")],
        expect!["Traversal: `a/../b` in the archive climbs out of the bundle with `..`"],
    );
    check(
        &[Tape::file("a/..", b"")],
        expect!["Traversal: `a/..` in the archive climbs out of the bundle with `..`"],
    );
    check(
        &[Tape::file("/etc/passwd", b"")],
        expect!["AbsoluteName: `/etc/passwd` in the archive is an absolute name"],
    );
    check(
        &[Tape::file("a\\..\\b", b"")],
        expect![[r#"ForbiddenCharacter: "a\\..\\b" in the archive holds a backslash or a NUL"#]],
    );
    check(&[Tape::file("", b"")], expect!["EmptyName: an entry of the archive has an empty name"]);
    check(&[Tape::file(".", b"")], expect!["EmptyName: an entry of the archive has an empty name"]);
}

#[test]
fn a_name_in_an_extended_header_is_checked_too() {
    let pax = |value: &[u8]| {
        let path = record("path", value);
        let header = Tape { kind: EntryType::XHeader, ..Tape::file("pax", &path) };
        gzip(&tar(&[header, Tape::file("harmless", b"")]))
    };
    let limits = Limits::default();
    check_bytes(
        &pax(b"../evil"),
        &limits,
        expect!["Traversal: `../evil` in the archive climbs out of the bundle with `..`"],
    );
    check_bytes(
        &pax(b"a\0b"),
        &limits,
        expect![[r#"ForbiddenCharacter: "a\0b" in the archive holds a backslash or a NUL"#]],
    );
    check_bytes(
        &pax(b"a\xff"),
        &limits,
        expect![[r#"NameNotUtf8: the name "a�" in the archive is not UTF-8"#]],
    );
    check_bytes(
        &pax(&[b'a'; 5000]),
        &limits,
        expect!["PathTooLong: a path in the archive is longer than 4096 bytes"],
    );
    let long = Tape { kind: EntryType::GNULongName, ..Tape::file("././@LongLink", b"/abs\0") };
    check(
        &[long, Tape::file("harmless", b"")],
        expect!["AbsoluteName: `/abs` in the archive is an absolute name"],
    );
}

#[test]
fn links_out_of_the_tree_are_refused() {
    check(
        &[Tape::other("a/b", EntryType::Symlink, "../../etc")],
        expect!["LinkLeavesTree: `a/b` in the archive is a link out of the bundle, to `../../etc`"],
    );
    check(
        &[Tape::other("a", EntryType::Symlink, "/etc/passwd")],
        expect!["LinkLeavesTree: `a` in the archive is a link out of the bundle, to `/etc/passwd`"],
    );
    check(
        &[Tape::other("a", EntryType::Link, "../b")],
        expect!["LinkLeavesTree: `a` in the archive is a link out of the bundle, to `../b`"],
    );
    check(
        &[Tape::other("a", EntryType::Link, "b")],
        expect!["LinkTargetMissing: `a` in the archive is a hard link to `b`, which is not there"],
    );
}

#[test]
fn special_files_are_refused() {
    check(
        &[Tape::other("a", EntryType::Char, "")],
        expect!["SpecialFile: `a` in the archive is a character device"],
    );
    check(
        &[Tape::other("a", EntryType::Block, "")],
        expect!["SpecialFile: `a` in the archive is a block device"],
    );
    check(
        &[Tape::other("a", EntryType::Fifo, "")],
        expect!["SpecialFile: `a` in the archive is a fifo"],
    );
    check(
        &[Tape::other("a", EntryType::GNUSparse, "")],
        expect!["Unsupported: the layer uses a sparse file, which is not supported"],
    );
    check(
        &[Tape::other("a", EntryType::new(b'Z'), "")],
        expect!["SpecialFile: `a` in the archive is an entry of unknown type"],
    );
}

#[test]
fn nothing_is_unpacked_twice() {
    check(
        &[Tape::file("a", b"1"), Tape::file("a", b"2")],
        expect!["Duplicate: `a` is in the archive twice"],
    );
    check(
        &[Tape::file("a", b"1"), Tape::file("./a", b"2")],
        expect!["Duplicate: `a` is in the archive twice"],
    );
    check(
        &[Tape::file("a", b"1"), Tape::file("a/b", b"2")],
        expect!["Duplicate: `a` is in the archive twice"],
    );
    check(
        &[Tape::file("a/b", b"1"), Tape::file("a", b"2")],
        expect!["Duplicate: `a` is in the archive twice"],
    );
    let folder = || Tape::other("a", EntryType::Directory, "");
    check(&[folder(), folder()], expect!["Duplicate: `a` is in the archive twice"]);
    check(
        &[Tape::other("a", EntryType::Symlink, "b"), Tape::file("a/c", b"")],
        expect!["Duplicate: `a` is in the archive twice"],
    );
}

#[test]
fn every_limit_holds() {
    let limits = Limits { bytes: 4096, entries: 3, depth: 2, path_bytes: 10, ratio: 10 };
    let check = |entries: &[Tape<'_>], expected| {
        check_bytes(&gzip(&tar(entries)), &limits, expected);
    };
    check(
        &[Tape::file("a", &[7; 5000])],
        expect!["TooLarge: the bundle unpacks to more than 4096 bytes"],
    );
    check(
        &[Tape::file("a", &[7; 3000])],
        expect!["TooLarge: the bundle unpacks to more than 4096 bytes"],
    );
    check(
        &["a", "b", "c", "d"].map(|name| Tape::file(name, b"")),
        expect!["TooManyEntries: the bundle has more than 3 entries"],
    );
    check(
        &[Tape::file("a/b/c", b"")],
        expect!["TooDeep: `a/b/c` in the archive is more than 2 folders deep"],
    );
    check(
        &[Tape::file("a.long.name.yaml", b"")],
        expect!["PathTooLong: a path in the archive is longer than 10 bytes"],
    );
}

#[test]
fn a_bomb_is_stopped_by_its_ratio_long_before_the_size_limit() {
    let limits = Limits { bytes: u64::MAX, ..Limits::default() };
    let bomb = gzip(&tar(&[Tape::file("zeros", &vec![0; 9 << 20])]));
    assert!(bomb.len() < 20_000);
    check_bytes(
        &bomb,
        &limits,
        expect!["TooCompressed: the bundle unpacks to more than 250 times its size"],
    );
    let nested = gzip(&bomb);
    check_bytes(&nested, &limits, expect!["NotAnArchive: the layer is no archive"]);
}

#[test]
fn a_size_that_only_the_header_claims_reserves_no_memory() {
    let mut archive = tar(&[Tape::file("a", b"")]);
    archive[124..136].copy_from_slice(b"77777777777\0");
    let sum: u32 =
        (0..512).map(|at| if (148..156).contains(&at) { 32 } else { u32::from(archive[at]) }).sum();
    archive[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
    check_bytes(
        &gzip(&archive),
        &Limits::default(),
        expect!["TooLarge: the bundle unpacks to more than 268435456 bytes"],
    );
    let unlimited = Limits { bytes: u64::MAX, ..Limits::default() };
    check_bytes(&gzip(&archive), &unlimited, expect!["Truncated: the archive is cut off"]);
}

#[test]
fn an_archive_cut_anywhere_is_refused() {
    let layer = gzip(&tar(&[Tape::file("a", b"some content")]));
    for length in 0..layer.len() {
        let error = unpack(&layer[..length], &Limits::default()).unwrap_err();
        assert!(matches!(error, Error::Truncated | Error::NotAnArchive), "{length}: {error:?}");
    }
    let plain = tar(&[Tape::file("a", b"some content")]);
    for length in 0..plain.len() - 512 {
        let error = unpack(&plain[..length], &Limits::default()).unwrap_err();
        assert!(matches!(error, Error::Truncated | Error::NotAnArchive), "{length}: {error:?}");
    }
}

#[test]
fn damage_and_garbage_are_refused() {
    let plain = tar(&[Tape::file("a", b"some content")]);
    let layer = gzip(&plain);
    let limits = Limits::default();
    check_bytes(
        &[&layer[..], b"garbage"].concat(),
        &limits,
        expect!["TrailingGarbage: bytes follow the end of the archive"],
    );
    check_bytes(
        &gzip(&[&plain[..], b"garbage"].concat()),
        &limits,
        expect!["TrailingGarbage: bytes follow the end of the archive"],
    );
    let mut flipped = layer.clone();
    let middle = layer.len() / 2;
    flipped[middle] ^= 0x10;
    assert!(unpack(&flipped, &limits).is_err());
    let mut wrong_sum = layer.clone();
    let crc = layer.len() - 8;
    wrong_sum[crc] ^= 1;
    check_bytes(&wrong_sum, &limits, expect!["Corrupt: the compressed stream is damaged"]);
    let mut bad_header = plain.clone();
    bad_header[0] = b'z';
    check_bytes(
        &bad_header,
        &limits,
        expect!["BadHeader: the archive has a bad header: its checksum does not match"],
    );
    check_bytes(&gzip(b"just text"), &limits, expect!["NotAnArchive: the layer is no archive"]);
    check_bytes(&[b'x'; 2048], &limits, expect!["NotAnArchive: the layer is no archive"]);
    check_bytes(
        &[0x28, 0xb5, 0x2f, 0xfd, 0, 0],
        &limits,
        expect!["Unsupported: the layer uses zstd, which is not supported"],
    );
    check_bytes(b"", &limits, expect!["NotAnArchive: the layer is no archive"]);
}
