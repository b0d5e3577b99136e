use std::io::Write;
use std::process::{abort, exit};
use std::time::Duration;

use givre_serve::{Body, Failure, Query, Request, Response, blocking, text};
use hyper::StatusCode;
use hyper::header::HeaderValue;

use crate::half::Half;

#[derive(Clone, Copy)]
enum Mode {
    None,
    Panic,
    Exit,
    Abort,
    Slow,
    Stall,
    Reset,
    BigLog,
    ManyLogs,
    Leak,
    Status,
    BigHeader,
}

const MODES: [(&str, Mode); 12] = [
    ("none", Mode::None),
    ("panic", Mode::Panic),
    ("exit", Mode::Exit),
    ("abort", Mode::Abort),
    ("slow", Mode::Slow),
    ("stall", Mode::Stall),
    ("reset", Mode::Reset),
    ("big-log", Mode::BigLog),
    ("many-logs", Mode::ManyLogs),
    ("leak", Mode::Leak),
    ("status", Mode::Status),
    ("big-header", Mode::BigHeader),
];

pub(crate) async fn misbehave(mut request: Request) -> Result<Response, Failure> {
    request.discard().await?;
    let query = request.query();
    let done = || Ok(text("misbehaved\n"));
    match query.choice("mode", &MODES)? {
        Mode::None => Ok(text("behaved\n")),
        Mode::Panic => panic!("misbehaving as told"),
        Mode::Exit => exit(query.integer("code", 0..=255)?.unwrap_or(1)),
        Mode::Abort => abort(),
        Mode::Slow => {
            let milliseconds = query.integer("ms", 0..=600_000)?.unwrap_or(1000);
            tokio::time::sleep(Duration::from_millis(milliseconds)).await;
            done()
        }
        Mode::Stall => Ok(Response::new(Body::streamed(Half::new()))),
        Mode::Reset => Err(Failure::hang_up()),
        Mode::BigLog => {
            // faasd reads lines up to 64 KiB.
            let bytes = query.integer("bytes", 1..=67_108_864)?.unwrap_or(70_000);
            log(move |out| writeln!(out, "{}", "x".repeat(bytes))).await;
            done()
        }
        Mode::ManyLogs => {
            let lines = query.integer("lines", 1..=10_000_000)?.unwrap_or(1000);
            log(move |out| (1..=lines).try_for_each(|line: u32| writeln!(out, "line {line} of {lines}"))).await;
            done()
        }
        Mode::Leak => {
            let megabytes: usize = query.integer("mb", 1..=4096)?.unwrap_or(16);
            // Ones, because zeros would be promised by the kernel and never use memory.
            blocking(move || vec![1_u8; megabytes << 20].leak()).await;
            done()
        }
        Mode::Status => status(query),
        Mode::BigHeader => {
            let bytes = query.integer("bytes", 1..=16_777_216)?.unwrap_or(65_536);
            let mut response = text("misbehaved\n");
            let value = HeaderValue::from_str(&"x".repeat(bytes)).expect("letters");
            response.headers_mut().insert("x-misbehave", value);
            Ok(response)
        }
    }
}

fn status(query: Query<'_>) -> Result<Response, Failure> {
    let code: u16 = query.integer("code", 200..=599)?.unwrap_or(500);
    let mut response = text("misbehaved\n");
    *response.status_mut() = StatusCode::from_u16(code).expect("a code in the range");
    Ok(response)
}

/// Writes to standard output, which blocks for ever when whoever reads the log has stopped.
async fn log(write: impl FnOnce(&mut std::io::StdoutLock<'static>) -> std::io::Result<()> + Send + 'static) {
    blocking(move || {
        let mut out = std::io::stdout().lock();
        // A log that nobody takes is no reason to answer differently.
        let _ = write(&mut out).and_then(|()| out.flush());
    })
    .await;
}
