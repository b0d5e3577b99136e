//! The built program between plain sockets and a server of the real protocol.

mod server;

use std::net::{Ipv4Addr, TcpListener};
use std::time::{Duration, Instant};

use server::Server;
use testing::{Function, free_port};

const PROGRAM: &str = env!("CARGO_BIN_EXE_kv");

fn start(address: &str) -> Function {
    Function::start_with(PROGRAM, &[("KV_ADDRESS", address)])
}

#[test]
fn a_value_is_stored_and_found_again_over_one_connection() {
    let server = Server::start();
    let function = start(&server.address);
    assert!(function.get("").sentence(404).contains("givre"));
    let value: Vec<u8> = b"\r\n\xff\0$-1\r\n".repeat(50_000);
    let answer = function.post("key=a:b", &value);
    assert_eq!((answer.status, answer.header("content-type")), (200, Some("application/octet-stream")));
    assert!(answer.body == value);
    assert!(function.get("key=a:b").body == value);
    assert_eq!(function.post("key=empty", b"").status, 200);
    assert_eq!(function.get("key=empty").body, b"");
    assert_eq!(server.accepted(), 1);
}

#[test]
fn a_connection_that_the_server_closed_is_opened_anew() {
    let server = Server::start();
    let function = start(&server.address);
    assert_eq!(function.post("", b"value").text(), "value");
    server.close_connections();
    assert_eq!(function.get("").text(), "value");
    assert_eq!(server.accepted(), 2);
}

#[test]
fn a_server_that_is_not_there_or_silent_is_a_503_within_2_s() {
    let absent = format!("127.0.0.1:{}", free_port());
    let silent = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
    for address in [absent, silent.local_addr().unwrap().to_string(), "no address".to_owned()] {
        let function = start(&address);
        let begin = Instant::now();
        assert!(function.get("").sentence(503).contains(&address));
        assert!(begin.elapsed() < Duration::from_secs(2), "{:?}", begin.elapsed());
    }
}

#[test]
fn what_is_no_key_or_too_large_a_value_is_refused() {
    let function = start("127.0.0.1:1");
    for key in ["", "a%20b", "a/b", "%C3%A9"] {
        assert!(function.get(&format!("key={key}")).sentence(400).contains("key"));
    }
    assert!(function.post("", &vec![0; (1 << 20) + 1]).sentence(413).contains("1048576"));
}
