//! The built program, spoken to over plain sockets; what it compressed is taken apart again.

use std::io::Read;

use flate2::read::MultiGzDecoder;
use testing::Function;

const PROGRAM: &str = env!("CARGO_BIN_EXE_compress");

fn inputs() -> [Vec<u8>; 3] {
    let varied = (0..500_000_u32).map(|i| (i.wrapping_mul(2_654_435_761) >> 24).to_le_bytes()[0]).collect();
    [Vec::new(), b"givre ".repeat(50_000), varied]
}

#[test]
fn gzip_can_be_taken_apart_again() {
    let function = Function::start(PROGRAM);
    for input in inputs() {
        let answer = function.post("", &input);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/gzip")));
        assert_eq!(answer.header("content-encoding"), None);
        let mut output = Vec::new();
        MultiGzDecoder::new(answer.body.as_slice()).read_to_end(&mut output).unwrap();
        assert!(output == input);
    }
    assert!(function.post("format=gzip", &b"givre ".repeat(50_000)).body.len() < 2_000);
}

#[test]
fn zstd_can_be_taken_apart_again() {
    let function = Function::start(PROGRAM);
    for input in inputs() {
        let answer = function.post("format=zstd", &input);
        assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/zstd")));
        assert!(zstd::bulk::decompress(&answer.body, input.len()).unwrap() == input);
    }
}

#[test]
fn another_format_or_too_large_a_body_is_refused() {
    let function = Function::start(PROGRAM);
    assert!(function.post("format=br", b"x").sentence(400).contains("format"));
    assert!(function.post("", &vec![0; (16 << 20) + 1]).sentence(413).contains("16777216"));
}
