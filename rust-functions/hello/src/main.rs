//! The workload `hello`: the same short answer to every request, after reading all of it.

use std::env;
use std::process::ExitCode;

use givre_serve::{Failure, Request, Response, once, serve, text};

givre_serve::listen_first!();

fn main() -> ExitCode {
    // Behind the classic watchdog: a process a request.
    if env::args().nth(1).as_deref() == Some("once") { once(hello) } else { serve(hello) }
}

async fn hello(mut request: Request) -> Result<Response, Failure> {
    // A body that is left unread would cost the client its connection.
    request.discard().await?;
    Ok(text("Hello from givre\n"))
}
