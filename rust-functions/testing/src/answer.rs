use std::io::{BufRead, BufReader, Read};
use std::net::TcpStream;

/// What a function answered.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    /// Status line and headers in lower case.
    pub head: String,
    pub body: Vec<u8>,
}

impl Answer {
    /// The value of a header; `name` in lower case.
    #[must_use]
    pub fn header(&self, name: &str) -> Option<&str> {
        self.head.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(": "))
    }

    #[must_use]
    pub fn text(&self) -> &str {
        std::str::from_utf8(&self.body).unwrap()
    }

    /// Asserts what every error looks like, and gives its sentence.
    #[must_use]
    pub fn sentence(&self, status: u16) -> &str {
        assert_eq!(self.status, status, "{}{:?}", self.head, self.body);
        assert_eq!(self.header("content-type"), Some("text/plain; charset=utf-8"));
        let sentence = self.text().strip_suffix(".\n").expect("a sentence and a line feed");
        assert!(!sentence.is_empty() && !sentence.contains('\n'), "{sentence}");
        sentence
    }
}

/// Reads one answer, whose length is stated or which is chunked, and nothing behind it.
#[must_use]
pub fn read_answer(stream: &mut TcpStream) -> Answer {
    // Nothing is lost in the buffer as long as the client waits for one answer before the next request.
    let mut reader = BufReader::new(stream);
    let mut head = String::new();
    while !head.ends_with("\r\n\r\n") {
        assert!(reader.read_line(&mut head).unwrap() > 0, "the connection ended: {head:?}");
    }
    let head = head.to_lowercase();
    let status = head.split(' ').nth(1).unwrap().parse().unwrap();
    let mut answer = Answer { status, head, body: Vec::new() };
    match answer.header("content-length") {
        Some(length) => answer.body = exactly(&mut reader, length.parse().unwrap()),
        None => answer.body = chunks(&mut reader),
    }
    answer
}

fn chunks(reader: &mut impl BufRead) -> Vec<u8> {
    let mut body = Vec::new();
    loop {
        let mut size = String::new();
        reader.read_line(&mut size).unwrap();
        let size = usize::from_str_radix(size.trim_end(), 16).expect("the size of a chunk");
        body.extend(exactly(reader, size));
        assert_eq!(exactly(reader, 2), b"\r\n");
        if size == 0 {
            return body;
        }
    }
}

fn exactly(reader: &mut impl Read, size: usize) -> Vec<u8> {
    let mut bytes = vec![0; size];
    reader.read_exact(&mut bytes).unwrap();
    bytes
}
