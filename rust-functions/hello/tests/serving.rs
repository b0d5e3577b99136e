//! The built program, spoken to over plain sockets.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus};
use std::time::{Duration, Instant};

const GREETING: &str = "Hello from givre\n";
const PATIENCE: Duration = Duration::from_secs(10);

struct Function {
    process: Child,
    port: u16,
}

impl Function {
    fn start() -> Self {
        let port = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap().local_addr().unwrap().port();
        let process = Command::new(env!("CARGO_BIN_EXE_hello")).env("PORT", port.to_string()).spawn().unwrap();
        let function = Self { process, port };
        drop(function.connect());
        function
    }

    fn connect(&self) -> TcpStream {
        let end = Instant::now() + PATIENCE;
        loop {
            match TcpStream::connect((Ipv4Addr::LOCALHOST, self.port)) {
                Ok(stream) => {
                    stream.set_read_timeout(Some(PATIENCE)).unwrap();
                    return stream;
                }
                Err(error) => assert!(Instant::now() < end, "not listening: {error}"),
            }
            std::thread::sleep(Duration::from_millis(1));
        }
    }

    fn terminate(&self) {
        let killed = Command::new("kill").args(["-TERM", &self.process.id().to_string()]).status().unwrap();
        assert!(killed.success());
    }

    /// The exit status, and how long the end took.
    fn wait(&mut self) -> (ExitStatus, Duration) {
        let begin = Instant::now();
        loop {
            if let Some(status) = self.process.try_wait().unwrap() {
                return (status, begin.elapsed());
            }
            assert!(begin.elapsed() < PATIENCE, "still running");
            std::thread::sleep(Duration::from_millis(1));
        }
    }
}

impl Drop for Function {
    fn drop(&mut self) {
        let _ = self.process.kill();
        let _ = self.process.wait();
    }
}

/// Reads one response whose length is stated: its head in lower case, and its body.
fn response(stream: &mut TcpStream) -> (String, String) {
    let mut head = Vec::new();
    while !head.ends_with(b"\r\n\r\n") {
        let mut byte = [0];
        stream.read_exact(&mut byte).unwrap();
        head.extend(byte);
    }
    let head = String::from_utf8(head).unwrap().to_lowercase();
    let length = head.split("content-length: ").nth(1).and_then(|rest| rest.split("\r\n").next()).unwrap();
    let mut body = vec![0; length.parse().unwrap()];
    stream.read_exact(&mut body).unwrap();
    (head, String::from_utf8(body).unwrap())
}

#[test]
fn every_method_and_path_gets_the_greeting_on_one_connection() {
    let function = Function::start();
    let mut stream = function.connect();
    for method in ["GET", "POST", "PUT", "DELETE", "OPTIONS", "ODD"] {
        for path in ["/", "/deep/er?x=1", "//double/../dots"] {
            write!(stream, "{method} {path} HTTP/1.1\r\nHost: x\r\nContent-Length: 4\r\n\r\nbody").unwrap();
            let (head, body) = response(&mut stream);
            assert!(head.starts_with("http/1.1 200"), "{head}");
            assert!(head.contains("content-type: text/plain; charset=utf-8\r\n"), "{head}");
            assert_eq!(body, GREETING);
        }
    }
}

#[test]
fn a_large_chunked_body_is_read_to_its_end() {
    let function = Function::start();
    let mut stream = function.connect();
    write!(stream, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    for _ in 0..64 {
        write!(stream, "10000\r\n").unwrap();
        stream.write_all(&vec![b'x'; 0x10000]).unwrap();
        write!(stream, "\r\n").unwrap();
    }
    write!(stream, "0\r\n\r\n").unwrap();
    assert_eq!(response(&mut stream).1, GREETING);
    write!(stream, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(response(&mut stream).1, GREETING);
}

#[test]
fn a_malformed_body_is_answered_with_400_and_the_server_lives_on() {
    let function = Function::start();
    let mut stream = function.connect();
    write!(stream, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\nnonsense\r\n").unwrap();
    assert!(response(&mut stream).0.starts_with("http/1.1 400"));
    let mut stream = function.connect();
    write!(stream, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    assert_eq!(response(&mut stream).1, GREETING);
}

#[test]
fn health_and_ready_answer_ok() {
    let function = Function::start();
    let mut stream = function.connect();
    for path in ["/_/health", "/_/ready"] {
        write!(stream, "GET {path} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        assert_eq!(response(&mut stream).1, "ok\n");
    }
}

#[test]
fn sigterm_ends_the_process_at_once_when_nothing_is_in_flight() {
    let mut function = Function::start();
    let mut idle = function.connect();
    write!(idle, "GET / HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
    response(&mut idle);
    function.terminate();
    let (status, took) = function.wait();
    assert!(status.success(), "{status}");
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn sigterm_lets_a_request_in_flight_finish() {
    let mut function = Function::start();
    let mut stream = function.connect();
    write!(stream, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n").unwrap();
    // The function asks for the body, so it has the request.
    let mut go_on = [0; 25];
    stream.read_exact(&mut go_on).unwrap();
    assert_eq!(&go_on, b"HTTP/1.1 100 Continue\r\n\r\n");
    function.terminate();
    std::thread::sleep(Duration::from_millis(200));
    write!(stream, "the rest").unwrap();
    assert_eq!(response(&mut stream).1, GREETING);
    let (status, took) = function.wait();
    assert!(status.success(), "{status}");
    assert!(took < Duration::from_secs(1), "{took:?}");
}

#[test]
fn sigterm_does_not_wait_for_ever_for_a_client_that_stalls() {
    let mut function = Function::start();
    let mut stream = function.connect();
    write!(stream, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 8\r\nExpect: 100-continue\r\n\r\n").unwrap();
    stream.read_exact(&mut [0; 25]).unwrap();
    function.terminate();
    let (status, took) = function.wait();
    assert!(status.success(), "{status}");
    assert!(took < Duration::from_secs(5), "{took:?}");
}

#[test]
fn a_port_that_is_taken_or_no_number_is_a_clear_failure() {
    let taken = TcpListener::bind((Ipv4Addr::UNSPECIFIED, 0)).unwrap();
    let port = taken.local_addr().unwrap().port().to_string();
    for (setting, expected) in [(port.as_str(), "cannot listen on port"), ("http", "PORT is \"http\"")] {
        let output = Command::new(env!("CARGO_BIN_EXE_hello")).env("PORT", setting).output().unwrap();
        assert!(!output.status.success());
        let message = String::from_utf8(output.stderr).unwrap();
        assert!(message.contains(expected), "{message}");
    }
}
