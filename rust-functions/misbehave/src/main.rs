//! The workload `misbehave`: what functions do when something is wrong with them, each in one `mode`.

mod half;
mod modes;

use std::env;
use std::process::ExitCode;
use std::thread::sleep;
use std::time::Duration;

use givre_serve::{serve, serve_until};
use tokio::signal::unix::{SignalKind, signal};

fn main() -> ExitCode {
    let delay = env::var("MISBEHAVE_START_MS").unwrap_or_default();
    match delay.parse() {
        Ok(milliseconds) => sleep(Duration::from_millis(milliseconds)),
        Err(_) if delay.is_empty() => {}
        Err(_) => {
            eprintln!("MISBEHAVE_START_MS is {delay:?}, expected a number of milliseconds");
            return ExitCode::FAILURE;
        }
    }
    if env::var("MISBEHAVE_IGNORE_SIGTERM").is_ok_and(|value| value == "true") {
        serve_until(interrupted(), modes::misbehave)
    } else {
        serve(modes::misbehave)
    }
}

/// Resolves on SIGINT; SIGTERM is taken and forgotten.
async fn interrupted() {
    let _ignored = signal(SignalKind::terminate()).expect("a handler for SIGTERM");
    signal(SignalKind::interrupt()).expect("a handler for SIGINT").recv().await;
}
