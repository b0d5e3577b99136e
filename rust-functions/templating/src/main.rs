//! The workload `template`: a page of numbers by a template engine.

mod page;

use std::process::ExitCode;

use givre_serve::{Failure, Request, Response, blocking, bytes, serve};

const LIMIT: usize = 64 << 10;

givre_serve::listen_first!();

fn main() -> ExitCode {
    serve(template)
}

async fn template(mut request: Request) -> Result<Response, Failure> {
    let body = request.read(LIMIT).await?;
    let order = page::Order::parse(&body)?;
    let html = blocking(move || page::render(&order)).await;
    Ok(bytes("text/html; charset=utf-8", html))
}
