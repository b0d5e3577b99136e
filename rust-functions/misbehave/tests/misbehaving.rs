//! Every mode, and with it what the serving crate does about a handler that fails, over plain sockets.

use std::io::{Read, Write};
use std::time::{Duration, Instant};

use testing::{Function, read_answer};

const PROGRAM: &str = env!("CARGO_BIN_EXE_misbehave");

#[test]
fn a_panic_is_answered_with_500_and_the_process_and_its_connection_live_on() {
    let function = Function::start(PROGRAM);
    let mut stream = function.connect();
    write!(stream, "GET /?mode=panic HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(read_answer(&mut stream).sentence(500), "The function failed unexpectedly");
    write!(stream, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(read_answer(&mut stream).text(), "behaved\n");
}

#[test]
fn exit_and_abort_end_the_process() {
    for (query, code) in [("mode=exit&code=7", Some(7)), ("mode=abort", None)] {
        let mut function = Function::start(PROGRAM);
        // Open until the end: the request of a client that has gone may never reach the handler.
        let mut stream = function.connect();
        write!(stream, "GET /?{query} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        assert_eq!(function.wait().0.code(), code);
    }
}

#[test]
fn slow_answers_late_and_exec_timeout_makes_it_a_504() {
    let function = Function::start(PROGRAM);
    let begin = Instant::now();
    assert_eq!(function.get("mode=slow&ms=300").text(), "misbehaved\n");
    assert!(begin.elapsed() >= Duration::from_millis(300));
    let function = Function::start_with(PROGRAM, &[("exec_timeout", "200ms")]);
    assert_eq!(function.get("mode=slow&ms=1").status, 200);
    let answer = function.get("mode=slow&ms=5000");
    assert_eq!(answer.sentence(504), "The function took longer than 200ms");
    let seconds: f64 = answer.header("x-duration-seconds").unwrap().parse().unwrap();
    assert!((0.2..5.0).contains(&seconds), "{seconds}");
}

#[test]
fn over_max_inflight_a_request_is_answered_with_429_and_health_still_with_200() {
    let function = Function::start_with(PROGRAM, &[("max_inflight", "1")]);
    let mut first = function.connect();
    write!(first, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\nExpect: 100-continue\r\n\r\n").unwrap();
    // The function asks for the body, so it has the request, and does not end it before.
    first.read_exact(&mut [0; 25]).unwrap();
    let mut second = function.connect();
    write!(second, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody").unwrap();
    assert_eq!(read_answer(&mut second).sentence(429), "Too many requests are in flight");
    write!(second, "GET /_/health HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(read_answer(&mut second).text(), "ok\n");
    write!(first, "body").unwrap();
    assert_eq!(read_answer(&mut first).status, 200);
    write!(second, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(read_answer(&mut second).status, 200);
}

#[test]
fn an_answer_that_stalls_is_in_flight_until_its_client_leaves() {
    let function = Function::start_with(PROGRAM, &[("max_inflight", "1")]);
    let mut stream = function.connect();
    write!(stream, "GET /?mode=stall HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    let mut half = Vec::new();
    while !half.ends_with(b"the first half\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        half.extend(byte);
    }
    stream.set_read_timeout(Some(Duration::from_millis(200))).unwrap();
    assert!(stream.read(&mut [0]).is_err(), "nothing more comes");
    assert_eq!(function.get("").status, 429);
    drop(stream);
    let end = Instant::now() + testing::PATIENCE;
    while function.get("").status == 429 {
        assert!(Instant::now() < end, "still in flight");
    }
}

#[test]
fn reset_closes_the_connection_without_an_answer() {
    let function = Function::start(PROGRAM);
    let mut stream = function.connect();
    write!(stream, "GET /?mode=reset HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(stream.read(&mut [0]).unwrap(), 0);
    assert_eq!(function.get("").status, 200);
}

#[test]
fn logs_leaks_statuses_and_headers_come_as_asked_for() {
    let mut function = Function::start(PROGRAM);
    for query in ["mode=big-log&bytes=1000000", "mode=many-logs&lines=10", "mode=leak&mb=1"] {
        assert_eq!(function.get(query).text(), "misbehaved\n");
    }
    for code in [201, 404, 418, 503, 599] {
        assert_eq!(function.get(&format!("mode=status&code={code}")).status, code);
    }
    let answer = function.get("mode=big-header&bytes=100000");
    assert_eq!(answer.header("x-misbehave").unwrap().len(), 100_000);
    assert!(function.runs());
}

#[test]
fn an_unknown_mode_or_a_parameter_out_of_its_range_is_a_bad_request() {
    let function = Function::start(PROGRAM);
    assert!(function.get("mode=behave").sentence(400).contains("mode"));
    assert!(function.get("mode=exit&code=256").sentence(400).contains("code"));
    assert!(function.get("mode=slow&ms=-1").sentence(400).contains("ms"));
}

#[test]
fn it_can_start_late() {
    let begin = Instant::now();
    let function = Function::start_with(PROGRAM, &[("MISBEHAVE_START_MS", "500")]);
    assert!(begin.elapsed() >= Duration::from_millis(500));
    assert_eq!(function.get("").text(), "behaved\n");
}

#[test]
fn it_can_ignore_sigterm() {
    let mut function = Function::start_with(PROGRAM, &[("MISBEHAVE_IGNORE_SIGTERM", "true")]);
    assert_eq!(function.get("").status, 200);
    function.terminate();
    std::thread::sleep(Duration::from_millis(300));
    assert!(function.runs());
    assert_eq!(function.get("").text(), "behaved\n");
}
