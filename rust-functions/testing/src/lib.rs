//! Starts a workload's program for its tests and speaks to it over plain sockets.
//!
//! Everything here panics where it does not find what it expects: it serves tests only.
#![allow(clippy::missing_panics_doc)]

mod answer;

use std::io::Write;
use std::net::{Ipv4Addr, TcpListener, TcpStream};
use std::process::{Child, Command, ExitStatus, Output, Stdio};
use std::sync::atomic::{AtomicU32, Ordering};
use std::time::{Duration, Instant};

pub use answer::{Answer, read_answer};

/// How long anything may take before a test gives up.
pub const PATIENCE: Duration = Duration::from_secs(30);

/// What a program does with one body on its standard input, as behind the classic watchdog.
#[must_use]
pub fn once(program: &str, body: &[u8]) -> Output {
    let pipes = || Stdio::piped();
    let mut process = Command::new(program).arg("once").stdin(pipes()).stdout(pipes()).stderr(pipes()).spawn().unwrap();
    process.stdin.take().unwrap().write_all(body).unwrap();
    process.wait_with_output().unwrap()
}

/// A running function; it is killed when the test ends.
pub struct Function {
    process: Child,
    port: u16,
}

impl Function {
    /// `program` is `env!("CARGO_BIN_EXE_…")`.
    #[must_use]
    pub fn start(program: &str) -> Self {
        Self::start_with(program, &[])
    }

    #[must_use]
    pub fn start_with(program: &str, environment: &[(&str, &str)]) -> Self {
        let port = free_port();
        let process = Command::new(program)
            .env("PORT", port.to_string())
            .envs(environment.iter().copied())
            .stdout(Stdio::null())
            .spawn()
            .unwrap();
        let function = Self { process, port };
        drop(function.connect());
        function
    }

    #[must_use]
    pub fn connect(&self) -> TcpStream {
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

    /// The answer to a GET of `/?query`, on a connection of its own.
    #[must_use]
    pub fn get(&self, query: &str) -> Answer {
        let mut stream = self.connect();
        write!(stream, "GET /?{query} HTTP/1.1\r\nHost: x\r\n\r\n").unwrap();
        read_answer(&mut stream)
    }

    /// The answer to a POST to `/?query`. It is sent with a length and once more chunked, and both must agree.
    #[must_use]
    pub fn post(&self, query: &str, body: &[u8]) -> Answer {
        let mut stream = self.connect();
        write!(stream, "POST /?{query} HTTP/1.1\r\nHost: x\r\nContent-Length: {}\r\n\r\n", body.len()).unwrap();
        stream.write_all(body).unwrap();
        let answer = read_answer(&mut stream);
        write!(stream, "POST /?{query} HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n").unwrap();
        for piece in body.chunks(0x8000) {
            write!(stream, "{:x}\r\n", piece.len()).unwrap();
            stream.write_all(piece).unwrap();
            write!(stream, "\r\n").unwrap();
        }
        write!(stream, "0\r\n\r\n").unwrap();
        let chunked = read_answer(&mut stream);
        assert_eq!((chunked.status, &chunked.body), (answer.status, &answer.body));
        answer
    }

    pub fn terminate(&self) {
        // The shell's own `kill`: a small image has no program of that name.
        let killed = Command::new("sh").args(["-c", &format!("kill -TERM {}", self.process.id())]).status().unwrap();
        assert!(killed.success());
    }

    /// Whether the process is there.
    pub fn runs(&mut self) -> bool {
        self.process.try_wait().unwrap().is_none()
    }

    /// The exit status, and how long the end took.
    pub fn wait(&mut self) -> (ExitStatus, Duration) {
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

/// A port that nobody listens on, given out once. The kernel takes those of connections from 32768 on, so that none of
/// them can take this one before it is listened on.
#[must_use]
pub fn free_port() -> u16 {
    static NEXT: AtomicU32 = AtomicU32::new(0);
    loop {
        // Programs of tests that run at the same time begin at different ones.
        let offset = std::process::id().wrapping_mul(101).wrapping_add(NEXT.fetch_add(1, Ordering::Relaxed));
        let port = 10_000 + u16::try_from(offset % 20_000).unwrap();
        if TcpListener::bind((Ipv4Addr::UNSPECIFIED, port)).is_ok() {
            return port;
        }
    }
}
