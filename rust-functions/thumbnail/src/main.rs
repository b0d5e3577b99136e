//! The workload `thumbnail`: an image made small.

mod picture;

use std::process::ExitCode;

use givre_serve::{Failure, Request, Response, blocking, bytes, serve};

const LIMIT: usize = 10 << 20;

givre_serve::listen_first!();

fn main() -> ExitCode {
    serve(thumbnail)
}

async fn thumbnail(mut request: Request) -> Result<Response, Failure> {
    let body = request.read(LIMIT).await?;
    let query = request.query();
    let width = query.integer("width", 1..=2048)?.unwrap_or(128);
    let height = query.integer("height", 1..=2048)?.unwrap_or(128);
    let png = blocking(move || picture::decode(&body).map(|picture| picture::thumbnail(picture, width, height)));
    Ok(bytes("image/png", png.await?))
}
