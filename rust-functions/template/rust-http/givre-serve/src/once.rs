use std::error::Error;
use std::future::Future;
use std::io::{Read, Write, stderr, stdin, stdout};
use std::process::ExitCode;

use crate::{Failure, Request, Response, answer_to, http};

/// Answers the one request whose body is the standard input: what the classic watchdog starts a process for.
///
/// The answer's body goes to standard output. One that is no success goes to standard error, and the exit code is 1.
/// Method, path and query are not looked at: it is a POST of `/`.
pub fn once<H, F>(handler: H) -> ExitCode
where
    H: Fn(Request) -> F,
    F: Future<Output = Result<Response, Failure>>,
{
    run(handler).unwrap_or_else(|error| {
        eprintln!("{error}");
        ExitCode::FAILURE
    })
}

fn run<H, F>(handler: H) -> Result<ExitCode, Box<dyn Error>>
where
    H: Fn(Request) -> F,
    F: Future<Output = Result<Response, Failure>>,
{
    let mut body = Vec::new();
    stdin().lock().read_to_end(&mut body)?;
    let answer = answer_to(handler, http::Request::post("/").body(body)?);
    if answer.status().is_success() {
        stdout().write_all(answer.body())?;
        return Ok(ExitCode::SUCCESS);
    }
    stderr().write_all(answer.body())?;
    Ok(ExitCode::FAILURE)
}
