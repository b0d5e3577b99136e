//! The workload `hello`: the same short answer to every request, after reading all of it.

use std::convert::Infallible;
use std::process::ExitCode;

use givre_serve::{Request, Response, drain, text};

fn main() -> ExitCode {
    givre_serve::serve(hello)
}

async fn hello(request: Request) -> Result<Response, Infallible> {
    // A body that is left unread would cost the client its connection.
    Ok(match drain(request.into_body()).await {
        Ok(_bytes) => text(200, "Hello from givre\n"),
        Err(_cut) => text(400, "The request body ended early.\n"),
    })
}
