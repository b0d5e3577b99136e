//! The built program, spoken to over plain sockets.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::process::Command;
use std::time::Duration;

use testing::{Function, once, read_answer};

const PROGRAM: &str = env!("CARGO_BIN_EXE_hello");
/// How long requests in flight may take after SIGTERM: whoever has none must not wait for it.
const DRAIN: Duration = Duration::from_secs(3);
const GREETING: &str = "Hello from givre\n";

#[test]
fn every_method_and_path_gets_the_greeting_on_one_connection() {
    let function = Function::start(PROGRAM);
    let mut stream = function.connect();
    for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS", "ODD"] {
        for path in ["/", "/deep/er?x=1", "//double/../dots"] {
            write!(stream, "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody").unwrap();
            let answer = read_answer(&mut stream);
            assert_eq!((answer.status, answer.text()), (200, GREETING));
            assert_eq!(answer.header("content-type"), Some("text/plain; charset=utf-8"));
            let seconds: f64 = answer.header("x-duration-seconds").unwrap().parse().unwrap();
            assert!((0.0..10.0).contains(&seconds), "{seconds}");
        }
    }
}

#[test]
fn a_large_chunked_body_is_read_to_its_end() {
    let function = Function::start(PROGRAM);
    let mut stream = function.connect();
    write!(stream, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    for _ in 0..64 {
        write!(stream, "10000\r\n").unwrap();
        stream.write_all(&vec![b'x'; 0x10000]).unwrap();
        write!(stream, "\r\n").unwrap();
    }
    write!(stream, "0\r\n\r\n").unwrap();
    assert_eq!(read_answer(&mut stream).text(), GREETING);
    write!(stream, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(read_answer(&mut stream).text(), GREETING);
}

#[test]
fn a_malformed_body_is_answered_with_400_and_the_server_lives_on() {
    let function = Function::start(PROGRAM);
    let mut stream = function.connect();
    write!(stream, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n").unwrap();
    let answer = read_answer(&mut stream);
    assert_eq!(answer.sentence(400), "The request body ended early or is malformed");
    let mut stream = function.connect();
    write!(stream, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(read_answer(&mut stream).text(), GREETING);
}

#[test]
fn health_and_ready_answer_ok() {
    let function = Function::start(PROGRAM);
    let mut stream = function.connect();
    for path in ["/_/health", "/_/ready"] {
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        let answer = read_answer(&mut stream);
        assert_eq!(answer.text(), "ok\n");
        assert!(answer.header("x-duration-seconds").is_some());
    }
}

#[test]
fn sigterm_ends_the_process_at_once_when_nothing_is_in_flight() {
    let mut function = Function::start(PROGRAM);
    let mut idle = function.connect();
    write!(idle, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let _ = read_answer(&mut idle);
    function.terminate();
    let (status, took) = function.wait();
    assert!(status.success(), "{status}");
    assert!(took < DRAIN, "{took:?}");
}

#[test]
fn sigterm_lets_a_request_in_flight_finish() {
    let mut function = Function::start(PROGRAM);
    let mut stream = function.connect();
    write!(stream, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n").unwrap();
    // The function asks for the body, so it has the request.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    function.terminate();
    std::thread::sleep(Duration::from_millis(200));
    write!(stream, "the rest").unwrap();
    assert_eq!(read_answer(&mut stream).text(), GREETING);
    let (status, took) = function.wait();
    assert!(status.success(), "{status}");
    assert!(took < DRAIN, "{took:?}");
}

#[test]
fn sigterm_does_not_wait_for_ever_for_a_client_that_stalls() {
    let mut function = Function::start(PROGRAM);
    let mut stream = function.connect();
    write!(stream, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n").unwrap();
    stream.read_exact(&mut [0; 25]).unwrap();
    function.terminate();
    let (status, took) = function.wait();
    assert!(status.success(), "{status}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_port_that_is_taken_and_settings_that_make_no_sense_are_clear_failures() {
    let taken = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    let wrong = [
        ("PORT", port.as_str(), "cannot listen on port"),
        ("PORT", "http", "PORT is \"http\""),
        ("exec_timeout", "soon", "exec_timeout is \"soon\""),
        ("max_inflight", "many", "max_inflight is \"many\""),
    ];
    for (name, setting, expected) in wrong {
        let output = Command::new(PROGRAM).env("PORT", "0").env(name, setting).output().unwrap();
        assert!(!output.status.success());
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains(expected), "{message}");
    }
}

#[test]
fn behind_the_classic_watchdog_it_greets_and_ends() {
    let greeted = once(PROGRAM, b"dropped");
    assert_eq!((greeted.status.code(), &*greeted.stdout), (Some(0), GREETING.as_bytes()));
}
