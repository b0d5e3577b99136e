//! The workload `echo`: the same bytes back.

use std::process::ExitCode;

use givre_serve::{Body, Failure, Request, Response, serve};
use hyper::header::{CONTENT_TYPE, HeaderValue};

givre_serve::listen_first!();

fn main() -> ExitCode {
    serve(echo)
}

async fn echo(mut request: Request) -> Result<Response, Failure> {
    // Not sent on as it arrives: Go's HTTP server, on which the gateway stands, drops what is left of a body when its
    // answer begins.
    let body = request.read(usize::MAX).await?;
    let media_type = request.header(CONTENT_TYPE).cloned();
    let mut response = Response::new(Body::from(body));
    let media_type = media_type.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    Ok(response)
}
