//! The built program, spoken to over plain sockets. The expected digests are `sha256sum`'s.

use std::io::Write;
use std::time::{Duration, Instant};

use testing::{Function, read_answer};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hash");
const OF_NOTHING: &str = "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n";
const OF_ABC: &str = "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n";
const OF_ABC_TWICE: &str = "4f8b42c22dd3729b519ba6f68d2da7cc5b2d606d05daed5ad5128cc03e6c6358\n";

#[test]
fn the_body_is_hashed_in_as_many_rounds_as_asked_for() {
    let function = Function::start(PROGRAM);
    assert_eq!(function.get("").text(), OF_NOTHING);
    let answer = function.post("", b"abc");
    assert_eq!((answer.text(), answer.header("content-type")), (OF_ABC, Some("text/plain; charset=utf-8")));
    assert_eq!(function.post("rounds=2", b"abc").text(), OF_ABC_TWICE);
}

#[test]
fn a_size_takes_the_place_of_the_body() {
    let function = Function::start(PROGRAM);
    assert_eq!(function.post("size=0", b"abc").text(), OF_NOTHING);
    assert_eq!(function.get("size=1").text(), "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d\n");
}

#[test]
fn parameters_out_of_their_range_are_bad_requests() {
    let function = Function::start(PROGRAM);
    for rounds in ["0", "1000001", "-1", "1.5", "%201", ""] {
        assert!(function.get(&format!("rounds={rounds}")).sentence(400).contains("rounds"));
    }
    assert!(function.get("size=67108865").sentence(400).contains("size"));
}

#[test]
fn a_body_over_the_limit_is_read_up_to_four_times_it_and_then_refused() {
    let function = Function::start(PROGRAM);
    let mut stream = function.connect();
    let over = (64 << 20) + 1;
    write!(stream, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {over}\r\n\r\n").unwrap();
    stream.write_all(&vec![0; over]).unwrap();
    assert!(read_answer(&mut stream).sentence(413).contains("67108864"));
    // Far over it nothing is read: the answer comes before a body.
    write!(stream, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", 5_u64 * (64 << 20)).unwrap();
    assert_eq!(read_answer(&mut stream).status, 413);
}

#[test]
fn health_is_answered_while_the_processor_is_busy() {
    let function = Function::start(PROGRAM);
    let end = Instant::now() + testing::PATIENCE;
    // One thread that did the work itself would answer in order, always. On a busy machine the work may be over before
    // this test gets to ask: then that shows nothing.
    while !overtakes(&function) {
        assert!(Instant::now() < end, "the work was over each time before health was answered");
    }
}

/// Whether an answer about health comes before that to a long request which was sent earlier.
fn overtakes(function: &Function) -> bool {
    let mut busy = function.connect();
    write!(busy, "GET /?rounds=1000000 HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut stream = function.connect();
    write!(stream, "GET /_/health HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(read_answer(&mut stream).text(), "ok\n");
    busy.set_read_timeout(Some(Duration::from_millis(1))).unwrap();
    let first = busy.peek(&mut [0]).is_err();
    busy.set_read_timeout(Some(testing::PATIENCE)).unwrap();
    assert_eq!(read_answer(&mut busy).status, 200);
    first
}
