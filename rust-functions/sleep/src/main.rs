//! The workload `sleep`: an answer after a while, without using the processor.

use std::process::ExitCode;
use std::time::Duration;

use givre_serve::{Failure, Request, Response, serve, text};

givre_serve::listen_first!();

fn main() -> ExitCode {
    serve(sleep)
}

async fn sleep(mut request: Request) -> Result<Response, Failure> {
    request.discard().await?;
    let milliseconds = request.query().integer("ms", 0..=60_000)?.unwrap_or(100);
    tokio::time::sleep(Duration::from_millis(milliseconds)).await;
    Ok(text(format!("slept {milliseconds} ms\n")))
}
