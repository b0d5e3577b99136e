//! The built program, spoken to over plain sockets.

use std::time::{Duration, Instant};

use testing::Function;

const PROGRAM: &str = env!("CARGO_BIN_EXE_alloc");

#[test]
fn memory_is_touched_page_by_page_and_held() {
    let function = Function::start(PROGRAM);
    let answer = function.get("mb=1");
    assert_eq!(answer.text(), r#"{"mb":1,"pages":256,"checksum":31385}"#);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(function.get("mb=0").text(), r#"{"mb":0,"pages":0,"checksum":0}"#);
    assert!(function.get("").text().starts_with(r#"{"mb":16,"pages":4096,"#));
    let begin = Instant::now();
    assert_eq!(function.get("mb=1&hold_ms=200").status, 200);
    assert!(begin.elapsed() >= Duration::from_millis(200));
}

#[test]
fn parameters_out_of_their_range_are_bad_requests() {
    let function = Function::start(PROGRAM);
    assert!(function.get("mb=1025").sentence(400).contains("mb"));
    assert!(function.get("hold_ms=60001").sentence(400).contains("hold_ms"));
}
