//! The workload `hello`: the same short answer to every request, after reading all of it.

use std::process::ExitCode;

use givre_serve::{Failure, Request, Response, serve, text};

fn main() -> ExitCode {
    serve(hello)
}

async fn hello(mut request: Request) -> Result<Response, Failure> {
    // A body that is left unread would cost the client its connection.
    request.discard().await?;
    Ok(text("Hello from givre\n"))
}
