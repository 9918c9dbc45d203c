use serde_json::json;

use super::decode;

/// Writes a field that has a length.
fn bytes(number: u8, content: &[u8]) -> Vec<u8> {
    let length = u8::try_from(content.len()).expect("a short field");
    [&[number << 3 | 2, length], content].concat()
}

/// Writes an integer below 128.
fn number(number: u8, value: u8) -> Vec<u8> {
    vec![number << 3, value]
}

/// Wraps an object as clients do.
fn body(api_version: &str, kind: &str, object: &[u8]) -> Vec<u8> {
    let meta = [bytes(1, api_version.as_bytes()), bytes(2, kind.as_bytes())].concat();
    [b"k8s\0".to_vec(), bytes(1, &meta), bytes(2, object)].concat()
}

#[test]
fn a_config_map_is_read_with_its_maps_and_without_what_json_omits() {
    let metadata = [bytes(1, b"hours"), bytes(2, b""), bytes(3, b"shop"), bytes(8, b"")].concat();
    let pair = [bytes(1, b"open"), bytes(2, b"9")].concat();
    let file = [bytes(1, b"logo"), bytes(2, &[0xff, 0xd8])].concat();
    let object = [bytes(1, &metadata), bytes(2, &pair), bytes(3, &file)].concat();
    assert_eq!(
        decode(&body("v1", "ConfigMap", &object)),
        Ok(json!({
            "apiVersion": "v1", "kind": "ConfigMap",
            "metadata": { "name": "hours", "namespace": "shop" },
            "data": { "open": "9" }, "binaryData": { "logo": "/9g=" },
        }))
    );
}

#[test]
fn what_go_embeds_belongs_to_the_parent() {
    let port = [number(1, 0), number(2, 80)].concat();
    let get = [bytes(1, b"/healthz"), bytes(2, &port)].concat();
    let probe = [bytes(1, &bytes(2, &get)), number(2, 0), number(4, 5)].concat();
    let container = [bytes(1, b"main"), bytes(10, &probe)].concat();
    let pod = bytes(2, &bytes(2, &container));
    assert_eq!(
        decode(&body("v1", "Pod", &pod)).expect("a Pod")["spec"]["containers"],
        json!([{ "name": "main", "livenessProbe": {
            "httpGet": { "path": "/healthz", "port": 80 }, "periodSeconds": 5,
        } }])
    );
}

#[test]
fn a_quantity_and_a_time_are_texts() {
    let limit = [bytes(1, b"memory"), bytes(2, &bytes(1, b"64Mi"))].concat();
    let container = [bytes(1, b"main"), bytes(8, &bytes(1, &limit))].concat();
    let deleted = bytes(9, &[1 << 3, 0x80, 0x94, 0xeb, 0xdc, 0x03]);
    let pod = [bytes(1, &deleted), bytes(2, &bytes(2, &container))].concat();
    let pod = decode(&body("v1", "Pod", &pod)).expect("a Pod");
    assert_eq!(
        pod["spec"]["containers"][0]["resources"],
        json!({ "limits": { "memory": "64Mi" } })
    );
    assert_eq!(pod["metadata"]["deletionTimestamp"], "2001-09-09T01:46:40Z");
}

#[test]
fn a_broken_body_is_refused_whatever_it_breaks_off_in() {
    let good = body("v1", "ConfigMap", &bytes(1, &bytes(1, b"hours")));
    assert!(decode(&good).is_ok());
    for length in 0..good.len() {
        // A shorter body may be an object with less in it, but never a panic.
        drop(decode(&good[..length]));
    }
    assert!(decode(&good[..good.len() - 1]).is_err());
    assert!(decode(b"{}").is_err());
    let unknown = decode(&body("example.com/v1", "Boat", b"")).expect_err("nobody knows boats");
    assert!(unknown.contains("`Boat` of `example.com/v1`"), "{unknown}");
}
