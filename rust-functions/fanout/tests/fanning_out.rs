//! The built program between plain sockets and another function of ours in the gateway's place.

use std::io::{Read, Write};
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use testing::{Function, free_port};

const PROGRAM: &str = env!("CARGO_BIN_EXE_fanout");

struct Gateway {
    url: String,
    connections: Arc<AtomicUsize>,
}

/// Answers every request with `answer`, as long as its client likes.
fn gateway(answer: &'static str) -> Gateway {
    let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    let url = format!("http://{}", listener.local_addr().unwrap());
    let connections = Arc::new(AtomicUsize::new(0));
    let counted = Arc::clone(&connections);
    thread::spawn(move || {
        for stream in listener.incoming() {
            counted.fetch_add(1, Ordering::SeqCst);
            let mut stream = stream.unwrap();
            thread::spawn(move || {
                let mut request = [0; 4096];
                while let Ok(1..) = stream.read(&mut request) {
                    assert!(request.starts_with(b"GET /function/some-name HTTP/1.1\r\n"));
                    if stream.write_all(answer.as_bytes()).is_err() {
                        break;
                    }
                }
            });
        }
    });
    Gateway { url, connections }
}

fn start(url: &str) -> Function {
    Function::start_with(PROGRAM, &[("GATEWAY_URL", url)])
}

#[test]
fn a_function_is_called_in_parallel_or_one_call_after_the_other() {
    let gateway = gateway("HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello");
    let function = start(&gateway.url);
    let answer = function.get("function=some-name");
    assert_eq!(answer.text(), r#"{"function":"some-name","calls":4,"ok":4,"bytes":20}"#);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(gateway.connections.load(Ordering::SeqCst), 4);
    let answer = function.get("function=some-name&n=64&parallel=false");
    assert_eq!(answer.text(), r#"{"function":"some-name","calls":64,"ok":64,"bytes":320}"#);
    assert_eq!(gateway.connections.load(Ordering::SeqCst), 5);
}

#[test]
fn calls_that_fail_are_counted_as_calls_only() {
    let refusing = gateway("HTTP/1.1 500 Oh\r\nContent-Length: 2\r\n\r\nno");
    let answer = start(&refusing.url).get("function=some-name&n=3&parallel=false");
    assert_eq!(answer.text(), r#"{"function":"some-name","calls":3,"ok":0,"bytes":0}"#);
    let nonsense = gateway("nonsense\r\n\r\n");
    let answer = start(&nonsense.url).get("function=some-name&n=3&parallel=false");
    assert_eq!(answer.text(), r#"{"function":"some-name","calls":3,"ok":0,"bytes":0}"#);
}

#[test]
fn a_gateway_that_cannot_be_reached_is_a_503() {
    let url = format!("http://127.0.0.1:{}", free_port());
    assert!(start(&url).get("").sentence(503).contains(&url));
    assert!(start("https://example").get("").sentence(503).contains("GATEWAY_URL"));
}

#[test]
fn parameters_out_of_their_range_are_bad_requests() {
    let function = start("http://127.0.0.1:1");
    for query in ["function=..", "n=0", "n=65", "parallel=yes"] {
        let name = query.split('=').next().unwrap();
        assert!(function.get(query).sentence(400).contains(name));
    }
}
