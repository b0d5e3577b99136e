use std::io::{self, ErrorKind};

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::reply::{self, Reply};

/// A connection on which one command at a time is answered.
pub(crate) struct Connection {
    stream: TcpStream,
    received: Vec<u8>,
}

impl Connection {
    pub(crate) async fn open(address: &str) -> io::Result<Self> {
        let stream = TcpStream::connect(address).await?;
        stream.set_nodelay(true)?;
        Ok(Self { stream, received: Vec::new() })
    }

    /// Stores `value`, if there is one, and reads what is stored then.
    pub(crate) async fn visit(&mut self, key: &str, value: Option<&[u8]>) -> io::Result<Option<Vec<u8>>> {
        if let Some(value) = value {
            match self.ask(&[b"SET", key.as_bytes(), value]).await? {
                Reply::Simple(word) if word == "OK" => {}
                other => return Err(unexpected(other)),
            }
        }
        match self.ask(&[b"GET", key.as_bytes()]).await? {
            Reply::Value(found) => Ok(found),
            other => Err(unexpected(other)),
        }
    }

    async fn ask(&mut self, command: &[&[u8]]) -> io::Result<Reply> {
        let mut sent = format!("*{}\r\n", command.len()).into_bytes();
        for word in command {
            sent.extend(format!("${}\r\n", word.len()).as_bytes());
            sent.extend_from_slice(word);
            sent.extend(b"\r\n");
        }
        self.stream.write_all(&sent).await?;
        loop {
            let parsed = reply::parse(&self.received);
            let parsed = parsed.map_err(|reply::Malformed| io::Error::new(ErrorKind::InvalidData, "no Redis reply"))?;
            if let Some((reply, size)) = parsed {
                self.received.drain(..size);
                return Ok(reply);
            }
            if self.stream.read_buf(&mut self.received).await? == 0 {
                return Err(ErrorKind::UnexpectedEof.into());
            }
        }
    }
}

fn unexpected(reply: Reply) -> io::Error {
    io::Error::other(match reply {
        Reply::Error(message) => message,
        Reply::Simple(word) => format!("it answered {word:?}"),
        Reply::Value(_) => "it answered with a value".to_owned(),
    })
}
