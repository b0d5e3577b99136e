//! The built program, spoken to over plain sockets.

use testing::{Function, once};

const PROGRAM: &str = env!("CARGO_BIN_EXE_json");

#[test]
fn a_document_is_summed_up() {
    let function = Function::start(PROGRAM);
    let answer = function.post("", br#"{"items":[{"id":"a","quantity":2,"price_cents":150,"tags":["x"]}]}"#);
    let expected =
        r#"{"count":1,"quantity":2,"total_cents":300,"tags":{"x":1},"items":[{"id":"a","total_cents":300}]}"#;
    assert_eq!((answer.text(), answer.header("content-type")), (expected, Some("application/json")));
}

#[test]
fn a_malformed_or_too_large_document_is_refused_with_a_sentence() {
    let function = Function::start(PROGRAM);
    assert!(function.get("").sentence(400).contains("malformed"));
    assert!(function.post("", b"{\"a\n\":1\n}").sentence(400).contains("control character"));
    assert!(function.post("", &b"[".repeat(100_000)).sentence(400).contains("nested"));
    assert!(function.post("", &b" ".repeat((2 << 20) + 1)).sentence(413).contains("2097152"));
    assert!(function.post("", &b" ".repeat(2 << 20)).status == 400);
}

#[test]
fn behind_the_classic_watchdog_a_refusal_is_an_exit_code_and_a_line_on_standard_error() {
    let summed = once(PROGRAM, br#"{"items":[]}"#);
    assert!(summed.status.success());
    assert!(summed.stdout.starts_with(br#"{"count":0,"#), "{summed:?}");
    let refused = once(PROGRAM, b"nonsense");
    assert_eq!((refused.status.code(), refused.stdout.len()), (Some(1), 0));
    assert!(refused.stderr.starts_with(b"The body is malformed"), "{refused:?}");
}
