//! A minimal HTTP/1.1 client: one request on one fresh TCP connection, with the times of its edges.

use crate::clock::{realtime_ns, Deadline};
use crate::failure::{Failure, Outcome};
use base64::engine::general_purpose::STANDARD as BASE64;
use base64::Engine;
use serde::{Deserialize, Serialize};
use sha2::{Digest, Sha256};
use std::collections::BTreeMap;
use std::io::{ErrorKind, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

use answer::AnswerReader;

mod answer;

const SHOWN_BODY_BYTES: usize = 512;

#[derive(Deserialize, Clone)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HttpRequest {
    pub address: String,
    pub method: String,
    pub path: String,
    #[serde(default)]
    pub headers: BTreeMap<String, String>,
    pub body_base64: Option<String>,
}

/// What makes an answer the right one.
#[derive(Deserialize, Clone, Default)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct Expect {
    pub status: u16,
    pub body_base64: Option<String>,
    pub body_sha256: Option<String>,
}

#[derive(Serialize, Clone, Debug, Default)]
#[serde(rename_all = "camelCase")]
pub struct Exchange {
    /// The moment before connect(2) is called.
    pub sent_ns: i64,
    /// connect(2) returned; the request is written right after.
    pub connected_ns: Option<i64>,
    pub first_byte_ns: Option<i64>,
    /// The last byte of the body was read.
    pub done_ns: Option<i64>,
    pub status: Option<u16>,
    pub error: Option<String>,
    pub headers: BTreeMap<String, String>,
    /// The first 512 bytes of the body.
    pub body_base64: String,
    pub body_bytes: usize,
    pub correct: bool,
}

/// A request made ready: nothing is parsed or encoded between t0 and the first byte on the wire.
pub struct Prepared {
    address: SocketAddr,
    wire: Vec<u8>,
    expects_body: bool,
}

pub struct Expected {
    status: Option<u16>,
    body: Option<Vec<u8>>,
    sha256: Option<String>,
}

impl Expected {
    pub fn parse(expect: Option<&Expect>) -> Outcome<Self> {
        let Some(expect) = expect else { return Ok(Self::any_success()) };
        let body = expect.body_base64.as_deref().map(decode_base64).transpose()?;
        let sha256 = expect.body_sha256.as_ref().map(|s| s.to_ascii_lowercase());
        Ok(Self { status: Some(expect.status), body, sha256 })
    }

    /// Any 2xx will do.
    pub fn any_success() -> Self {
        Self { status: None, body: None, sha256: None }
    }

    fn accepts(&self, status: u16, body: &[u8]) -> bool {
        self.status.map_or((200..300).contains(&status), |wanted| wanted == status)
            && self.body.as_deref().is_none_or(|wanted| wanted == body)
            && self.sha256.as_deref().is_none_or(|wanted| wanted == sha256_hex(body))
    }
}

fn sha256_hex(bytes: &[u8]) -> String {
    Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect()
}

fn decode_base64(text: &str) -> Outcome<Vec<u8>> {
    BASE64.decode(text).map_err(|e| Failure::new("bad_request", format!("not base64: {e}")))
}

impl Prepared {
    pub fn parse(request: &HttpRequest) -> Outcome<Self> {
        let address = request
            .address
            .parse()
            .map_err(|_| Failure::new("bad_request", format!("address must be IP:PORT, got {:?}", request.address)))?;
        let body = request.body_base64.as_deref().map(decode_base64).transpose()?;
        let pieces = [&request.method, &request.path].into_iter();
        let headers = request.headers.iter().flat_map(|(name, value)| [name, value]);
        if pieces.chain(headers).any(|text| text.contains(['\r', '\n'])) {
            return Err(Failure::new("bad_request", "a line break in method, path or header"));
        }
        let has = |name: &str| request.headers.keys().any(|key| key.eq_ignore_ascii_case(name));
        let mut wire = format!("{} {} HTTP/1.1\r\n", request.method, request.path);
        if !has("host") {
            wire += &format!("Host: {}\r\n", request.address);
        }
        for (name, value) in &request.headers {
            wire += &format!("{name}: {value}\r\n");
        }
        if let Some(body) = &body {
            wire += &format!("Content-Length: {}\r\n", body.len());
        }
        wire += "\r\n";
        let mut wire = wire.into_bytes();
        wire.extend(body.unwrap_or_default());
        Ok(Self { address, wire, expects_body: !request.method.eq_ignore_ascii_case("HEAD") })
    }

    /// Sends the request and reads the answer. Never fails: what went wrong is part of the record.
    pub fn exchange(&self, t0: i64, deadline: Deadline, expected: &Expected) -> Exchange {
        let mut record = Exchange { sent_ns: realtime_ns() - t0, ..Exchange::default() };
        match self.talk(t0, deadline, &mut record) {
            Ok((status, body)) => {
                record.done_ns = Some(realtime_ns() - t0);
                record.correct = expected.accepts(status, &body);
                record.body_bytes = body.len();
                record.body_base64 = BASE64.encode(&body[..body.len().min(SHOWN_BODY_BYTES)]);
            }
            Err(error) => record.error = Some(error),
        }
        record
    }

    fn talk(&self, t0: i64, deadline: Deadline, record: &mut Exchange) -> Result<(u16, Vec<u8>), String> {
        let left = |doing: &str| deadline.remaining().ok_or_else(|| format!("deadline passed while {doing}"));
        let mut stream =
            TcpStream::connect_timeout(&self.address, left("connecting")?).map_err(|e| format!("connect: {e}"))?;
        record.connected_ns = Some(realtime_ns() - t0);
        let _ = stream.set_nodelay(true);
        stream.set_write_timeout(Some(left("sending")?)).map_err(|e| e.to_string())?;
        stream.write_all(&self.wire).map_err(|e| format!("send: {e}"))?;

        let mut reader = AnswerReader::new(self.expects_body);
        let mut chunk = [0u8; 8192];
        loop {
            let timeout = left("waiting for the answer")?.max(Duration::from_millis(1));
            stream.set_read_timeout(Some(timeout)).map_err(|e| e.to_string())?;
            let count = match stream.read(&mut chunk) {
                Ok(count) => count,
                Err(e) if e.kind() == ErrorKind::Interrupted => continue,
                Err(e) if matches!(e.kind(), ErrorKind::WouldBlock | ErrorKind::TimedOut) => continue,
                Err(e) => return Err(format!("read: {e}")),
            };
            if count > 0 && record.first_byte_ns.is_none() {
                record.first_byte_ns = Some(realtime_ns() - t0);
            }
            let complete = if count == 0 { reader.end()? } else { reader.feed(&chunk[..count])? };
            if let Some(head) = &reader.head {
                record.status = Some(head.status);
                record.headers.clone_from(&head.headers);
            }
            // Its head stays with an answer of which more is to come.
            if let Some(head) = complete.then(|| reader.head.take()).flatten() {
                return Ok((head.status, reader.body));
            }
        }
    }
}

#[derive(Deserialize)]
#[serde(rename_all = "camelCase", deny_unknown_fields)]
pub struct HttpParams {
    request: HttpRequest,
    expect: Option<Expect>,
    deadline_ms: u64,
}

/// An exchange outside a window; its times are relative to `t0RealtimeNs`, taken just before it.
#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct SingleExchange {
    t0_realtime_ns: String,
    #[serde(flatten)]
    exchange: Exchange,
}

pub fn single(params: &HttpParams) -> Outcome<SingleExchange> {
    let prepared = Prepared::parse(&params.request)?;
    let expected = Expected::parse(params.expect.as_ref())?;
    let t0 = realtime_ns();
    let exchange = prepared.exchange(t0, Deadline::after_ms(params.deadline_ms), &expected);
    Ok(SingleExchange { t0_realtime_ns: t0.to_string(), exchange })
}

#[cfg(test)]
mod tests;
