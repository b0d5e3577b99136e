//! Serves one function over HTTP/1.1 the way OpenFaaS wants it.
//!
//! The listening socket is opened before anything else, because gateways forward the first request as soon as the
//! process exists and do not retry. Connections are kept alive, bodies may be chunked, every method and path reaches
//! the handler except [`HEALTH_PATH`] and [`READY_PATH`], and SIGTERM lets requests in flight finish, for at most
//! [`DRAIN`].
//!
//! A handler is an async function from a [`Request`] to a [`Response`] or a [`Failure`], which is answered with its
//! status and sentence. Work that keeps the processor busy goes through [`blocking`]. Two variables of of-watchdog act
//! here as there: `max_inflight` (over it: 429) and `exec_timeout` (over it: 504). Tests call a handler by [`answer_to`],
//! and behind the classic watchdog, which starts a process a request, [`once`] takes the place of [`serve`].

mod answer;
mod answer_to;
mod blocking;
mod body;
mod connections;
mod failure;
mod inflight;
mod listen;
mod once;
mod query;
mod request;
mod response;
mod settings;
mod stop;

use std::error::Error;
use std::future::Future;
use std::io;
use std::process::ExitCode;
use std::time::Duration;

pub use answer_to::answer_to;
pub use blocking::blocking;
pub use body::Body;
pub use failure::Failure;
pub use hyper::body::Bytes;
pub use hyper::http;
#[doc(hidden)]
pub use listen::before_main;
pub use once::once;
pub use query::Query;
pub use request::Request;
pub use response::{Response, bytes, json, text};
use tokio::runtime::{Builder, Runtime};

/// Answered with 200 as soon as the process listens.
pub const HEALTH_PATH: &str = "/_/health";
/// Answered with 200 when requests are welcome.
pub const READY_PATH: &str = "/_/ready";
/// How long requests in flight may take to finish after SIGTERM.
pub const DRAIN: Duration = Duration::from_secs(3);

type BoxError = Box<dyn Error + Send + Sync>;

/// Has a program that is started without arguments listen before its `main` begins: write it once, outside of any
/// function, where `main` then calls [`serve`].
///
/// A gateway without a readiness check forwards the first request as soon as the process exists. Before `main`, Rust's
/// standard library looks at signals, standard streams and the stack (it reads `/proc/self/maps`), which takes longer
/// than all that a server in C does. Until the socket is served, requests wait in its queue.
///
/// Where this cannot be done (other systems than Linux) or does not succeed, [`serve`] listens.
#[macro_export]
macro_rules! listen_first {
    () => {
        #[cfg(all(target_os = "linux", not(test)))]
        #[used]
        // The C library calls, by their numbers, the functions that such sections point to: at 99 Rust learns the
        // arguments, and after all numbers GCC's start-up code walks through the tables for unwinding, which takes long.
        #[unsafe(link_section = ".init_array.00100")]
        static LISTEN_FIRST: extern "C" fn() = $crate::before_main;
    };
}

/// Listens on 0.0.0.0 (`PORT`, or 8080) and answers with `handler` until SIGTERM or SIGINT.
///
/// Call it as the first act of `main`, and initialise what the function needs inside the handler. With [`listen_first`]
/// the socket is open by then.
pub fn serve<H, F>(handler: H) -> ExitCode
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Response, Failure>> + Send + 'static,
{
    serve_until(stop::signalled(), handler)
}

/// Like [`serve`], but until `stop` resolves. It is polled inside the runtime, and no signal is handled besides.
pub fn serve_until<S, H, F>(stop: S, handler: H) -> ExitCode
where
    S: Future<Output = ()>,
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Response, Failure>> + Send + 'static,
{
    match run(stop, handler) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

fn run<S, H, F>(stop: S, handler: H) -> Result<(), BoxError>
where
    S: Future<Output = ()>,
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Response, Failure>> + Send + 'static,
{
    let listener = listen::listen()?;
    let function = answer::Function::new(handler, &settings::Settings::from_env()?);
    let runtime = runtime()?;
    let served = runtime.block_on(connections::serve(listener, function, stop));
    // Blocking work cannot be cancelled, and after the drain nobody waits for it.
    runtime.shutdown_background();
    Ok(served?)
}

/// One thread for all connections: what keeps it busy goes through [`blocking`].
fn runtime() -> io::Result<Runtime> {
    Builder::new_current_thread().enable_all().build()
}
