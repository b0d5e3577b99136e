//! The built program, spoken to over plain sockets.

use testing::Function;

const PROGRAM: &str = env!("CARGO_BIN_EXE_template");

#[test]
fn a_page_of_numbers_is_rendered() {
    let function = Function::start(PROGRAM);
    let answer = function.post("", r#"{"username":"Zoë <3","size":10000,"seed":42}"#.as_bytes());
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("text/html; charset=utf-8")));
    assert_eq!(answer.text().matches("<li>").count(), 10_000);
    assert!(answer.text().contains("<h1>Hello, Zoë &lt;3!</h1>"));
}

#[test]
fn a_malformed_or_too_large_order_is_refused_with_a_sentence() {
    let function = Function::start(PROGRAM);
    assert!(function.get("").sentence(400).contains("malformed"));
    assert!(function.post("", br#"{"username":"","size":1,"seed":1}"#).sentence(400).contains("username"));
    assert!(function.post("", &b" ".repeat((64 << 10) + 1)).sentence(413).contains("65536"));
}
