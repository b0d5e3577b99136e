use proptest::prelude::*;
use serde_json::{Value, json};

use super::summary;

const ITEM: &str = r#"{"id":"a","quantity":2,"price_cents":150,"tags":["x"]}"#;

fn summed(body: &str) -> Value {
    serde_json::from_slice(&summary(body.as_bytes()).unwrap()).unwrap()
}

fn refused(body: &[u8]) -> bool {
    summary(body).is_err_and(|failure| failure.status().unwrap() == 400)
}

#[test]
fn items_are_summed_up_and_put_in_order() {
    let body = r#"{"note":[{}],"items":[
        {"id":"small","quantity":1,"price_cents":5,"tags":["x","x"],"other":null},
        {"id":"first","quantity":10000,"price_cents":10000000,"tags":["y"]},
        {"tags":[],"price_cents":5,"quantity":1,"id":"smäll"}]}"#;
    let expected = json!({
        "count": 3, "quantity": 10_002, "total_cents": 100_000_000_010_u64, "tags": {"x": 2, "y": 1},
        "items": [
            {"id": "first", "total_cents": 100_000_000_000_u64},
            {"id": "small", "total_cents": 5},
            {"id": "smäll", "total_cents": 5},
        ],
    });
    assert_eq!(summed(body), expected);
    let none = json!({"count": 0, "quantity": 0, "total_cents": 0, "tags": {}, "items": []});
    assert_eq!(summed(r#" {"items":[]} "#), none);
}

#[test]
fn another_shape_or_range_is_a_bad_request() {
    for (from, to) in [
        ("2", "-1"),
        ("2", "10001"),
        ("2", "2.5"),
        ("2", "\"2\""),
        ("2", "1e999"),
        ("150", "10000001"),
        ("150", "null"),
        ("[\"x\"]", "[1]"),
        ("[\"x\"]", "{}"),
        ("\"a\"", "1"),
        ("\"quantity\"", "\"amount\""),
        ("}", "},"),
    ] {
        let body = format!(r#"{{"items":[{}]}}"#, ITEM.replace(from, to));
        assert!(refused(body.as_bytes()), "{body}");
    }
    for body in ["", "null", "[]", "{}", "{\"items\":{}}", "{\"items\":[1]}", "{\"items\":[]} x", "{\"items\":[]"] {
        assert!(refused(body.as_bytes()), "{body}");
    }
    assert!(refused(b"{\"items\":[],\"x\":\"\xff\"}"));
}

#[test]
fn up_to_64_levels_are_taken_and_no_more() {
    let nested = |levels| format!(r#"{{"items":[],"x":{}{}}}"#, "[".repeat(levels), "]".repeat(levels));
    summed(&nested(63));
    assert!(refused(nested(64).as_bytes()));
    assert!(refused("[".repeat(1_000_000).as_bytes()));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(10_000))]

    #[test]
    fn any_bytes_are_a_bad_request(body in prop::collection::vec(any::<u8>(), 0..64)) {
        prop_assert!(refused(&body));
    }

    #[test]
    fn a_document_that_was_tampered_with_is_a_bad_request_or_still_one(
        at in any::<prop::sample::Index>(),
        instead in "[\\[\\]{}\",:0-9eE.\\\\a\u{0}é-]{0,4}",
    ) {
        let body = format!(r#"{{"items":[{ITEM},{ITEM}]}}"#);
        let at = at.index(body.len());
        let body = format!("{}{instead}{}", &body[..at], &body[at + 1..]);
        if !refused(body.as_bytes()) {
            summed(&body);
        }
    }
}
