//! Serves one function over HTTP/1.1 the way OpenFaaS wants it.
//!
//! The listening socket is opened before anything else, because gateways forward the first request as soon as the
//! process exists and do not retry. Connections are kept alive, bodies may be chunked, every method and path reaches
//! the handler except [`HEALTH_PATH`] and [`READY_PATH`], and SIGTERM lets requests in flight finish, for at most
//! [`DRAIN`].

mod listen;

use std::error::Error;
use std::future::{Future, poll_fn};
use std::pin::pin;
use std::process::ExitCode;
use std::task::Poll;
use std::time::Duration;

use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Body, Bytes, Incoming};
use hyper::header::{CONTENT_TYPE, HeaderValue};
use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;
use tokio::signal::unix::{SignalKind, signal};

/// Answered with 200 as soon as the process listens.
pub const HEALTH_PATH: &str = "/_/health";
/// Answered with 200 when requests are welcome.
pub const READY_PATH: &str = "/_/ready";
/// How long requests in flight may take to finish after SIGTERM.
pub const DRAIN: Duration = Duration::from_secs(3);

/// Pause after a failed accept (usually: out of file descriptors), so that the loop does not spin.
const ACCEPT_RETRY: Duration = Duration::from_millis(10);

pub type Request = hyper::Request<Incoming>;
pub type Response<B = Full<Bytes>> = hyper::Response<B>;
type BoxError = Box<dyn Error + Send + Sync>;

/// Listens on 0.0.0.0 (`PORT`, or 8080) and answers with `handler` until SIGTERM or SIGINT.
///
/// Call it as the first act of `main`, and initialise what the function needs inside the handler.
/// An `Err` of the handler closes the connection without an answer.
pub fn serve<H, F, B, E>(handler: H) -> ExitCode
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Response<B>, E>> + Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
    E: Into<BoxError> + 'static,
{
    match listen::listen().map_err(Into::into).and_then(|listener| run(listener, handler)) {
        Ok(()) => ExitCode::SUCCESS,
        Err(error) => {
            eprintln!("{error}");
            ExitCode::FAILURE
        }
    }
}

/// A plain-text answer in UTF-8.
///
/// # Panics
/// When `status` is no HTTP status code.
#[must_use]
pub fn text(status: u16, body: &'static str) -> Response {
    let mut response = Response::new(Full::new(Bytes::from_static(body.as_bytes())));
    *response.status_mut() = status.try_into().expect("a status code between 100 and 999");
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static("text/plain; charset=utf-8"));
    response
}

/// Reads a body to its end without keeping it, and returns its size in bytes.
///
/// # Errors
/// When the client breaks off or sends a malformed body.
pub async fn drain(mut body: Incoming) -> Result<u64, hyper::Error> {
    let mut size_bytes = 0;
    while let Some(frame) = body.frame().await {
        if let Some(data) = frame?.data_ref() {
            size_bytes += data.len() as u64;
        }
    }
    Ok(size_bytes)
}

fn run<H, F, B, E>(listener: std::net::TcpListener, handler: H) -> Result<(), BoxError>
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Response<B>, E>> + Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
    E: Into<BoxError> + 'static,
{
    // Lives as long as the process, so connections can borrow it without counting references.
    let handler: &'static H = Box::leak(Box::new(handler));
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    runtime.block_on(async move {
        let listener = TcpListener::from_std(listener)?;
        let connections = GracefulShutdown::new();
        until(stop_signal()?, accept(listener, handler, &connections)).await;
        let _ = tokio::time::timeout(DRAIN, connections.shutdown()).await;
        Ok(())
    })
}

async fn accept<H, F, B, E>(listener: TcpListener, handler: &'static H, connections: &GracefulShutdown)
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Response<B>, E>> + Send + 'static,
    B: Body<Data = Bytes> + Send + 'static,
    B::Error: Into<BoxError>,
    E: Into<BoxError> + 'static,
{
    loop {
        let Ok((stream, _peer)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_RETRY).await;
            continue;
        };
        // Without it the kernel may hold a short answer back for 40 ms; a connection that refuses it is already gone.
        let _ = stream.set_nodelay(true);
        let connection = http1::Builder::new()
            .timer(TokioTimer::new())
            .serve_connection(TokioIo::new(stream), service_fn(move |request| answer(request, handler)));
        tokio::spawn(connections.watch(connection));
    }
}

async fn answer<H, F, B, E>(request: Request, handler: &'static H) -> Result<Response<Either<Full<Bytes>, B>>, E>
where
    H: Fn(Request) -> F,
    F: Future<Output = Result<Response<B>, E>>,
{
    if matches!(request.uri().path(), HEALTH_PATH | READY_PATH) {
        return Ok(text(200, "ok\n").map(Either::Left));
    }
    Ok(handler(request).await?.map(Either::Right))
}

/// Resolves on SIGTERM or SIGINT. As PID 1 a process that installs no handler never sees them.
fn stop_signal() -> std::io::Result<impl Future<Output = ()>> {
    let mut terminate = signal(SignalKind::terminate())?;
    let mut interrupt = signal(SignalKind::interrupt())?;
    Ok(poll_fn(move |context| {
        if terminate.poll_recv(context).is_ready() || interrupt.poll_recv(context).is_ready() {
            Poll::Ready(())
        } else {
            Poll::Pending
        }
    }))
}

/// Works on `task` until `stop` resolves, then drops it, and with it what it owns.
async fn until(stop: impl Future<Output = ()>, task: impl Future<Output = ()>) {
    let (mut stop, mut task) = (pin!(stop), pin!(task));
    poll_fn(|context| match stop.as_mut().poll(context) {
        Poll::Ready(()) => Poll::Ready(()),
        Poll::Pending => task.as_mut().poll(context),
    })
    .await;
}
