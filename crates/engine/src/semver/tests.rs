use super::{Range, Version, newest};

fn is_in(range: &str, version: &str) -> bool {
    Range::parse(range).unwrap().contains(&Version::parse(version).unwrap())
}

#[test]
fn a_bound_admits_what_its_operator_says() {
    for (range, inside, outside) in [
        ("1.2.3", "1.2.3", "1.2.4"),
        ("=2.0", "2.0.9", "2.1.0"),
        ("!=4.1", "4.2.0", "4.1.3"),
        (">11", "12.0.0", "11.1.0"),
        (">11.1", "11.2.0", "11.1.1"),
        ("<2.0.0", "1.9.9", "2.0.0"),
        ("<=11", "11.9.9", "12.0.0"),
        ("<=1.2", "1.2.9", "1.3.0"),
        (">= 1.2.3", "1.2.3", "1.2.2"),
        ("1.x", "1.99.0", "2.0.0"),
        ("*", "0.0.1", "1.0.0-rc.1"),
        ("~1.2.3", "1.2.9", "1.3.0"),
        ("~1", "1.9.0", "2.0.0"),
        ("^1.2.3", "1.9.0", "2.0.0"),
        ("^0.2.3", "0.2.9", "0.3.0"),
        ("^0.0.3", "0.0.3", "0.0.4"),
        ("^0.0", "0.0.9", "0.1.0"),
        ("1.2 - 1.4.5", "1.4.5", "1.4.6"),
        (">=1.2.0, <3.0.0 || >=4.2.3", "4.2.3", "3.5.0"),
        (">=1.0.0 <2.0.0", "1.5.0", "2.0.0"),
    ] {
        assert!(is_in(range, inside), "{inside} is in {range}");
        assert!(!is_in(range, outside), "{outside} is not in {range}");
    }
}

#[test]
fn a_prerelease_is_admitted_only_where_the_bound_names_one() {
    assert!(!is_in(">=1.0.0", "1.1.0-beta.1"));
    assert!(is_in(">=1.0.0-0", "1.1.0-beta.1"));
    assert!(is_in(">=1.2.0-alpha <1.3.0-0", "1.2.0-beta"));
    assert!(!is_in("<2.0.0", "1.0.0-rc.1"));
}

#[test]
fn precedence_is_that_of_the_specification() {
    let order = [
        "1.0.0-alpha",
        "1.0.0-alpha.1",
        "1.0.0-alpha.beta",
        "1.0.0-beta",
        "1.0.0-beta.2",
        "1.0.0-beta.11",
        "1.0.0-rc.1",
        "1.0.0",
        "1.0.1",
        "1.10.0",
        "2.0.0",
    ];
    for pair in order.windows(2) {
        assert!(Version::parse(pair[0]).unwrap() < Version::parse(pair[1]).unwrap(), "{pair:?}");
    }
}

#[test]
fn what_is_no_version_or_range_is_refused() {
    for text in ["", "1", "1.2", "1.2.3.4", "latest", "1.2.x", "1.2.3-", "a.b.c", "1.2.3-ä"] {
        assert!(Version::parse(text).is_none(), "{text}");
    }
    for text in ["", "||", "1.2.3 ||", ">>1", "1.2.3.4", "abc", "> ", "1.2 -"] {
        assert!(Range::parse(text).is_none(), "{text}");
    }
    assert!(Version::parse("v01.2.3").is_some(), "a v and leading zeros are allowed");
}

#[test]
fn the_highest_version_wins_whatever_the_order_of_the_tags() {
    let tags = ["latest", "1.0.0", "v1.10.0", "1.9.0", "2.0.0-rc.1", "1.9.0-dev.7", "main-abc"];
    let range = Range::parse("1.x").unwrap();
    assert_eq!(newest(tags, &range, None), Some("v1.10.0"));
    assert_eq!(newest(tags.into_iter().rev(), &range, None), Some("v1.10.0"));
    let dev = regex::Regex::new("-dev").unwrap();
    let any = Range::parse(">=0.0.0-0").unwrap();
    assert_eq!(newest(tags, &any, Some(&dev)), Some("1.9.0-dev.7"));
    assert_eq!(newest(["latest"], &range, None), None);
}
