//! The workload `json`: sums and an order over a parsed document.

mod nesting;
mod order;

use std::env;
use std::process::ExitCode;

use givre_serve::{Failure, Request, Response, blocking, json, once, serve};

const LIMIT: usize = 2 << 20;

givre_serve::listen_first!();

fn main() -> ExitCode {
    // Behind the classic watchdog: a process a request.
    if env::args().nth(1).as_deref() == Some("once") { once(answer) } else { serve(answer) }
}

async fn answer(mut request: Request) -> Result<Response, Failure> {
    let body = request.read(LIMIT).await?;
    // A document of this size takes milliseconds, which is long for those who wait behind it.
    blocking(move || summary(&body)).await.map(json)
}

/// The answer's document.
fn summary(body: &[u8]) -> Result<Vec<u8>, Failure> {
    let text = std::str::from_utf8(body).map_err(|_| Failure::malformed("The body is not UTF-8."))?;
    if nesting::depth(text) > nesting::MAX_DEPTH {
        return Err(Failure::malformed(format!("The body is nested more than {} deep.", nesting::MAX_DEPTH)));
    }
    let order: order::Order = serde_json::from_str(text).map_err(|error| {
        // Its message may quote the input, line feeds and all.
        Failure::malformed(format!("The body is malformed: {}.", error.to_string().replace(char::is_control, " ")))
    })?;
    Ok(serde_json::to_vec(&order.summary()).expect("a summary of texts and numbers"))
}

#[cfg(test)]
mod tests;
