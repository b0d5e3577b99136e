//! Reading an HTTP/1.1 answer as its bytes come.

use std::collections::BTreeMap;

const KEPT_HEADERS: [&str; 5] =
    ["x-openfaas-internal", "x-start-time", "x-duration-seconds", "x-call-id", "content-type"];
const MAX_HEAD_BYTES: usize = 64 * 1024;
const MAX_BODY_BYTES: usize = 16 * 1024 * 1024;
/// Of a chunk's size with its extensions; one that ends later is of nobody who means well.
const MAX_CHUNK_LINE_BYTES: usize = 8 * 1024;
const MAX_TRAILER_BYTES: usize = 64 * 1024;

/// The head of an answer, as far as it matters here.
#[derive(Debug, Clone, PartialEq)]
pub struct Head {
    pub status: u16,
    pub headers: BTreeMap<String, String>,
    framing: Framing,
}

#[derive(Debug, Clone, Copy, PartialEq)]
enum Framing {
    None,
    Length(usize),
    Chunked,
    UntilClose,
}

/// Takes bytes as they come and knows when the answer is complete (RFC 9112, sections 6 and 7.1).
pub struct AnswerReader {
    expects_body: bool,
    pending: Vec<u8>,
    pub head: Option<Head>,
    pub body: Vec<u8>,
    chunks: Chunks,
}

/// How far a chunked body has come.
#[derive(Debug, Clone, Copy, PartialEq)]
enum Chunks {
    Coming,
    /// The last chunk is there. In the trailer section behind it no end lies before this byte.
    Trailer(usize),
    Ended,
}

impl AnswerReader {
    pub fn new(expects_body: bool) -> Self {
        Self { expects_body, pending: Vec::new(), head: None, body: Vec::new(), chunks: Chunks::Coming }
    }

    /// True once the whole answer has been seen.
    pub fn feed(&mut self, bytes: &[u8]) -> Result<bool, String> {
        self.pending.extend_from_slice(bytes);
        while self.head.is_none() {
            let Some((head, used)) = parse_head(&self.pending, self.expects_body)? else {
                return match self.pending.len() > MAX_HEAD_BYTES {
                    true => Err("the answer's head is over 64 KiB".into()),
                    false => Ok(false),
                };
            };
            self.pending.drain(..used);
            // 1xx answers are interim: the real one follows on the same connection.
            if head.status >= 200 {
                self.head = Some(head);
            }
        }
        self.take_body()
    }

    fn take_body(&mut self) -> Result<bool, String> {
        let Some(framing) = self.head.as_ref().map(|head| head.framing) else { return Ok(false) };
        match framing {
            Framing::None => return Ok(true),
            Framing::Chunked => self.take_chunks()?,
            Framing::Length(_) | Framing::UntilClose => self.body.append(&mut self.pending),
        }
        if self.body.len() > MAX_BODY_BYTES {
            return Err("the answer's body is over 16 MiB".into());
        }
        match framing {
            Framing::Length(length) => {
                let complete = self.body.len() >= length;
                self.body.truncate(length);
                Ok(complete)
            }
            Framing::Chunked => Ok(self.chunks == Chunks::Ended),
            Framing::None | Framing::UntilClose => Ok(false),
        }
    }

    fn take_chunks(&mut self) -> Result<(), String> {
        let mut at = 0;
        while self.chunks == Chunks::Coming {
            let rest = &self.pending[at..];
            let (head, size) = match httparse::parse_chunk_size(rest) {
                Ok(httparse::Status::Complete((head, size))) => (head, size as usize),
                Ok(httparse::Status::Partial) if rest.len() > MAX_CHUNK_LINE_BYTES => {
                    return Err("the answer has a chunk size line over 8 KiB".into());
                }
                Ok(httparse::Status::Partial) => break,
                Err(_) => return Err("the answer has a malformed chunk size".into()),
            };
            if size > MAX_BODY_BYTES {
                return Err("the answer has a chunk over 16 MiB".into());
            }
            if size == 0 {
                // The size's own line end stays: an empty line right behind it ends the section, too.
                at += head - 2;
                self.chunks = Chunks::Trailer(0);
                break;
            }
            let Some(data) = rest.get(head..head + size + 2) else { break };
            if &data[size..] != b"\r\n" {
                return Err("the answer has a chunk longer than its size says".into());
            }
            self.body.extend_from_slice(&data[..size]);
            at += head + size + 2;
        }
        self.pending.drain(..at);
        self.take_trailer()
    }

    /// The trailer section ends with an empty line. Its fields are of no use here.
    fn take_trailer(&mut self) -> Result<(), String> {
        let Chunks::Trailer(from) = self.chunks else { return Ok(()) };
        let end = self.pending[from..].windows(4).position(|four| four == b"\r\n\r\n");
        self.chunks = match end {
            Some(_) => Chunks::Ended,
            None if self.pending.len() > MAX_TRAILER_BYTES => {
                return Err("the answer's trailers are over 64 KiB".into());
            }
            // An end that is there in part is looked at again.
            None => Chunks::Trailer(self.pending.len().saturating_sub(3)),
        };
        Ok(())
    }

    /// The peer closed the connection: complete only if the framing says that closing ends the body.
    pub fn end(&mut self) -> Result<bool, String> {
        match self.head.as_ref().map(|head| head.framing) {
            Some(Framing::UntilClose | Framing::None) => Ok(true),
            Some(_) => Err(format!("connection closed in the middle of the body, after {} bytes", self.body.len())),
            None if self.pending.is_empty() => Err("connection closed without an answer".into()),
            None => Err("connection closed in the middle of the head".into()),
        }
    }
}

fn parse_head(bytes: &[u8], expects_body: bool) -> Result<Option<(Head, usize)>, String> {
    let mut slots = [httparse::EMPTY_HEADER; 96];
    let mut response = httparse::Response::new(&mut slots);
    let used = match response.parse(bytes) {
        Ok(httparse::Status::Complete(used)) => used,
        Ok(httparse::Status::Partial) => return Ok(None),
        Err(e) => return Err(format!("not an HTTP answer: {e}")),
    };
    let status = response.code.unwrap_or(0);
    let mut headers = BTreeMap::new();
    let mut framing = Framing::UntilClose;
    for header in response.headers.iter() {
        let name = header.name.to_ascii_lowercase();
        let value = String::from_utf8_lossy(header.value).trim().to_string();
        if name == "transfer-encoding" && value.to_ascii_lowercase().ends_with("chunked") {
            framing = Framing::Chunked;
        } else if name == "content-length" && framing != Framing::Chunked {
            let length = value.parse().map_err(|_| format!("content-length is {value:?}"))?;
            framing = Framing::Length(length);
        }
        if KEPT_HEADERS.contains(&name.as_str()) {
            headers.insert(name, value);
        }
    }
    if !expects_body || status < 200 || status == 204 || status == 304 || framing == Framing::Length(0) {
        framing = Framing::None;
    }
    Ok(Some((Head { status, headers, framing }, used)))
}
