use std::collections::HashMap;
use std::io::{BufRead, BufReader, Write};
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::{Arc, Mutex};
use std::thread;

/// A key-value server: SET and GET of the Redis protocol, and no more.
pub struct Server {
    pub address: String,
    accepted: Arc<AtomicUsize>,
    streams: Arc<Mutex<Vec<TcpStream>>>,
}

type Values = Arc<Mutex<HashMap<Vec<u8>, Vec<u8>>>>;

impl Server {
    pub fn start() -> Self {
        let listener = TcpListener::bind((Ipv4Addr::LOCALHOST, 0)).unwrap();
        let address = listener.local_addr().unwrap().to_string();
        let server = Self { address, accepted: Arc::default(), streams: Arc::default() };
        let (accepted, streams) = (Arc::clone(&server.accepted), Arc::clone(&server.streams));
        thread::spawn(move || {
            let values = Values::default();
            for stream in listener.incoming() {
                let stream = stream.unwrap();
                accepted.fetch_add(1, Ordering::SeqCst);
                streams.lock().unwrap().push(stream.try_clone().unwrap());
                let values = Arc::clone(&values);
                thread::spawn(move || answer(stream, &values));
            }
        });
        server
    }

    /// How many connections there have been.
    pub fn accepted(&self) -> usize {
        self.accepted.load(Ordering::SeqCst)
    }

    pub fn close_connections(&self) {
        for stream in self.streams.lock().unwrap().drain(..) {
            let _ = stream.shutdown(std::net::Shutdown::Both);
        }
    }
}

/// Ends with its client.
fn answer(mut stream: TcpStream, values: &Values) {
    let mut reader = BufReader::new(stream.try_clone().unwrap());
    while let Some(command) = command(&mut reader) {
        let reply = match command.as_slice() {
            [word, key, value] if word == b"SET" => {
                values.lock().unwrap().insert(key.clone(), value.clone());
                b"+OK\r\n".to_vec()
            }
            [word, key] if word == b"GET" => match values.lock().unwrap().get(key) {
                Some(value) => [format!("${}\r\n", value.len()).as_bytes(), value, b"\r\n"].concat(),
                None => b"$-1\r\n".to_vec(),
            },
            _ => b"-ERR unknown command\r\n".to_vec(),
        };
        if stream.write_all(&reply).is_err() {
            return;
        }
    }
}

fn command(reader: &mut impl BufRead) -> Option<Vec<Vec<u8>>> {
    (0..number(reader, '*')?).map(|_| word(reader)).collect()
}

fn word(reader: &mut impl BufRead) -> Option<Vec<u8>> {
    let mut word = vec![0; number(reader, '$')? + 2];
    reader.read_exact(&mut word).ok()?;
    word.truncate(word.len() - 2);
    Some(word)
}

fn number(reader: &mut impl BufRead, kind: char) -> Option<usize> {
    let mut line = String::new();
    reader.read_line(&mut line).ok()?;
    line.strip_prefix(kind)?.trim_end().parse().ok()
}
