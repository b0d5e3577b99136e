use super::answer::Head;
use super::*;
use std::net::TcpListener;

fn read_in_steps(answer: &[u8], step: usize) -> Result<(Head, Vec<u8>), String> {
    let mut reader = AnswerReader::new(true);
    let mut complete = false;
    for piece in answer.chunks(step) {
        assert!(!complete, "complete before the last byte");
        complete = reader.feed(piece)?;
    }
    if !complete {
        reader.end()?;
    }
    Ok((reader.head.ok_or("no head")?, reader.body))
}

#[test]
fn an_answer_with_a_length_is_read_whole_however_it_is_cut() {
    let answer =
        b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\nX-Start-Time: 1700000000123456789\r\nX-Other: 1\r\n\r\nhello";
    for step in 1..=answer.len() {
        let (head, body) = read_in_steps(answer, step).unwrap();
        assert_eq!((head.status, body.as_slice()), (200, b"hello".as_slice()));
        assert_eq!(head.headers["x-start-time"], "1700000000123456789");
        assert!(!head.headers.contains_key("x-other"));
    }
}

#[test]
fn a_chunked_answer_is_joined_however_it_is_cut() {
    let answer =
        b"HTTP/1.1 500 X\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nwiki\r\n5;a=b\r\npedia\r\n0\r\nTrailer: x\r\n\r\n";
    for step in 1..=answer.len() {
        let (head, body) = read_in_steps(answer, step).unwrap();
        assert_eq!((head.status, body.as_slice()), (500, b"wikipedia".as_slice()));
    }
}

#[test]
fn a_chunked_answer_without_trailers_ends_with_its_empty_line() {
    let answer = b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n2\r\nok\r\n0;a=b\r\n\r\n";
    for step in 1..=answer.len() {
        assert_eq!(read_in_steps(answer, step).unwrap().1, b"ok");
    }
}

/// How many bytes of a line that is repeated for ever are taken before the reader has had enough, and what it says.
fn taken_of_endless(beginning: &[u8], line: &[u8], step: usize) -> (usize, String) {
    let mut reader = AnswerReader::new(true);
    reader.feed(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
    reader.feed(beginning).unwrap();
    let endless: Vec<u8> = line.iter().copied().cycle().take(step).collect();
    for taken in 0..(1 << 24) / step {
        if let Err(error) = reader.feed(&endless) {
            return (taken * step, error);
        }
    }
    panic!("16 MiB were taken");
}

#[test]
fn trailers_without_end_are_refused_and_take_no_time_however_they_are_cut() {
    let begun = std::time::Instant::now();
    for step in [1, 7, 8192] {
        let (taken, error) = taken_of_endless(b"0\r\n", b"X-More: trailers\r\n", step);
        assert!(error.contains("trailers are over 64 KiB"), "{error}");
        assert!(taken < 80 * 1024, "{taken}");
    }
    assert!(begun.elapsed() < Duration::from_secs(2));
}

#[test]
fn a_chunk_size_line_without_end_is_refused() {
    let (taken, error) = taken_of_endless(b"5;name=", b"value", 512);
    assert!(error.contains("chunk size line over 8 KiB"), "{error}");
    assert!(taken < 16 * 1024, "{taken}");
}

#[test]
fn a_body_without_framing_ends_when_the_connection_closes() {
    let (_, body) = read_in_steps(b"HTTP/1.0 200 OK\r\n\r\nabc", 7).unwrap();
    assert_eq!(body, b"abc");
}

#[test]
fn an_interim_answer_is_skipped() {
    let (head, body) =
        read_in_steps(b"HTTP/1.1 100 Continue\r\n\r\nHTTP/1.1 200 OK\r\nContent-Length: 1\r\n\r\nx", 9).unwrap();
    assert_eq!((head.status, body.as_slice()), (200, b"x".as_slice()));
}

#[test]
fn no_body_is_awaited_after_204_and_head() {
    assert!(AnswerReader::new(true).feed(b"HTTP/1.1 204 No Content\r\n\r\n").unwrap());
    assert!(AnswerReader::new(false).feed(b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\n").unwrap());
}

#[test]
fn a_cut_answer_is_an_error_and_says_where() {
    for (answer, words) in [
        (&b"HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhel"[..], "middle of the body, after 3"),
        (&b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n5\r\nhel"[..], "middle of the body"),
        (&b"HTTP/1.1 200"[..], "middle of the head"),
        (&b""[..], "without an answer"),
        (&b"garbage\r\n\r\n"[..], "not an HTTP answer"),
        (&b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n"[..], "malformed chunk"),
        (&b"HTTP/1.1 200 OK\r\nContent-Length: many\r\n\r\n"[..], "content-length"),
    ] {
        let error = read_in_steps(answer, 4096).unwrap_err();
        assert!(error.contains(words), "{error}");
    }
}

fn serve_once(answer: &'static [u8]) -> String {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap().to_string();
    std::thread::spawn(move || {
        let (mut peer, _) = listener.accept().unwrap();
        let mut request = [0u8; 4096];
        let count = peer.read(&mut request).unwrap();
        assert!(request[..count].starts_with(b"POST /function/x HTTP/1.1\r\nHost: 127.0.0.1:"));
        peer.write_all(answer).unwrap();
        std::thread::sleep(Duration::from_millis(300));
    });
    address
}

fn request(address: String) -> HttpRequest {
    HttpRequest {
        address,
        method: "POST".into(),
        path: "/function/x".into(),
        headers: BTreeMap::from([("X-A".into(), "b".into())]),
        body_base64: Some(BASE64.encode("hi")),
    }
}

#[test]
fn an_exchange_has_its_edges_in_order_and_judges_the_body() {
    let wanted = |body: &str| Expect { status: 200, body_base64: Some(BASE64.encode(body)), body_sha256: None };
    for (body, correct) in [("ok", true), ("no", false)] {
        let prepared =
            Prepared::parse(&request(serve_once(b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok"))).unwrap();
        let expected = Expected::parse(Some(&wanted(body))).unwrap();
        let got = prepared.exchange(realtime_ns(), Deadline::after_ms(2_000), &expected);
        assert_eq!((got.status, got.correct, got.error.as_deref()), (Some(200), correct, None));
        assert!(0 <= got.sent_ns && Some(got.sent_ns) < got.connected_ns);
        assert!(got.connected_ns < got.first_byte_ns && got.first_byte_ns <= got.done_ns);
    }
}

#[test]
fn an_answer_that_takes_several_reads_is_read_to_its_end() {
    let body = "x".repeat(20_000);
    let answer = format!("HTTP/1.1 200 OK\r\nContent-Length: {}\r\n\r\n{body}", body.len());
    let prepared = Prepared::parse(&request(serve_once(answer.leak().as_bytes()))).unwrap();
    let got = prepared.exchange(realtime_ns(), Deadline::after_ms(2_000), &Expected::parse(None).unwrap());
    assert_eq!((got.status, got.body_bytes, got.error.as_deref()), (Some(200), 20_000, None));
}

#[test]
fn a_body_is_judged_by_its_digest_too() {
    let digest = "2689367B205C16CE32ED4200942B8B8B1E262DFC70D9BC9FBC77C49699A4F1DF";
    let expect = Expect { status: 200, body_base64: None, body_sha256: Some(digest.into()) };
    let expected = Expected::parse(Some(&expect)).unwrap();
    assert!(expected.accepts(200, b"ok"));
    assert!(!expected.accepts(200, b"ko") && !expected.accepts(201, b"ok"));
}

#[test]
fn silence_ends_at_the_deadline() {
    let prepared = Prepared::parse(&request(serve_once(b""))).unwrap();
    let got = prepared.exchange(realtime_ns(), Deadline::after_ms(60), &Expected::parse(None).unwrap());
    assert_eq!(got.error.as_deref(), Some("deadline passed while waiting for the answer"));
    assert!(got.connected_ns.is_some() && got.first_byte_ns.is_none());
}

#[test]
fn a_closed_port_is_a_record_and_not_a_failure() {
    let prepared = Prepared::parse(&request("127.0.0.1:1".into())).unwrap();
    let got = prepared.exchange(realtime_ns(), Deadline::after_ms(500), &Expected::parse(None).unwrap());
    assert!(got.error.unwrap().starts_with("connect: "));
    assert_eq!(got.connected_ns, None);
}

#[test]
fn a_request_that_would_smuggle_a_header_is_refused() {
    let mut bad = request("127.0.0.1:1".into());
    bad.headers.insert("X-B".into(), "a\r\nEvil: 1".into());
    assert_eq!(Prepared::parse(&bad).err().map(|e| e.code), Some("bad_request"));
}
