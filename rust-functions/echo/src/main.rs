//! The workload `echo`: the same bytes back, as they arrive.

use std::process::ExitCode;

use givre_serve::{Failure, Request, Response, serve};
use hyper::header::{CONTENT_TYPE, HeaderValue};

fn main() -> ExitCode {
    serve(echo)
}

async fn echo(request: Request) -> Result<Response, Failure> {
    let media_type = request.header(CONTENT_TYPE).cloned();
    let mut response = Response::new(request.into_body());
    let media_type = media_type.unwrap_or(HeaderValue::from_static("application/octet-stream"));
    response.headers_mut().insert(CONTENT_TYPE, media_type);
    Ok(response)
}
