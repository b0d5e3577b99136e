//! The built program, spoken to over plain sockets.

use std::io::{Read, Write};

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
fn the_first_piece_comes_back_before_the_second_is_sent() {
    let function = Function::start(PROGRAM);
    let mut stream = function.connect();
    write!(stream, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nfirst\r\n").unwrap();
    let mut seen = Vec::new();
    while !seen.ends_with(b"5\r\nfirst\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        seen.extend(byte);
    }
    write!(stream, "6\r\nsecond\r\n0\r\n\r\n").unwrap();
    let mut rest = [0; 16];
    stream.read_exact(&mut rest).unwrap();
    assert_eq!(&rest, b"6\r\nsecond\r\n0\r\n\r\n");
}
