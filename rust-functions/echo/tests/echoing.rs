//! The built program, spoken to over plain sockets.

use std::io::{Read, Write};
use std::net::Shutdown;
use std::time::Duration;

use testing::{Function, read_answer};

const PROGRAM: &str = env!("CARGO_BIN_EXE_echo");

#[test]
fn bytes_come_back_as_they_are() {
    let function = Function::start(PROGRAM);
    let body: Vec<u8> = (0..300_000_u32).map(|i| (i % 251).to_le_bytes()[0]).collect();
    let answer = function.post("", &body[..100_000]);
    assert_eq!(answer.status, 200);
    assert_eq!(answer.body, body[..100_000]);
    assert_eq!(answer.header("content-type"), Some("application/octet-stream"));
    assert!(function.get("").body.is_empty());
}

#[test]
fn the_media_type_comes_back_too() {
    let function = Function::start(PROGRAM);
    let mut stream = function.connect();
    write!(stream, "POST / HTTP/1.1\r\nHost: x\r\nContent-Type: text/x-odd\r\nContent-Length: 2\r\n\r\nhi").unwrap();
    let answer = read_answer(&mut stream);
    assert_eq!((answer.header("content-type"), answer.text()), (Some("text/x-odd"), "hi"));
}

#[test]
fn the_answer_begins_when_the_body_has_ended() {
    let function = Function::start(PROGRAM);
    let mut stream = function.connect();
    write!(stream, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n").unwrap();
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert!(stream.read(&mut [0]).is_err(), "an answer came too early");
    stream.set_read_timeout(Some(testing::PATIENCE)).unwrap();
    write!(stream, "7\r\n second\r\n0\r\n\r\n").unwrap();
    assert_eq!(read_answer(&mut stream).text(), "first second");
}

#[test]
fn a_promise_of_more_than_there_is_memory_does_no_harm() {
    let function = Function::start(PROGRAM);
    let mut stream = function.connect();
    write!(stream, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", u64::MAX / 4).unwrap();
    stream.shutdown(Shutdown::Write).unwrap();
    assert_eq!(read_answer(&mut stream).status, 400);
    assert_eq!(function.get("").status, 200);
}
