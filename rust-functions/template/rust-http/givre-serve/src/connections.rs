use std::future::{Future, poll_fn};
use std::io;
use std::pin::pin;
use std::task::Poll;
use std::time::Duration;

use hyper::server::conn::http1;
use hyper::service::service_fn;
use hyper_util::rt::{TokioIo, TokioTimer};
use hyper_util::server::graceful::GracefulShutdown;
use tokio::net::TcpListener;

use crate::answer::Function;
use crate::{DRAIN, Failure, Request, Response};

/// Pause after a failed accept (usually: out of file descriptors), so that the loop does not spin.
const ACCEPT_RETRY: Duration = Duration::from_millis(10);

/// Answers on every connection until `stop` resolves, then lets requests in flight finish.
pub(crate) async fn serve<H, F>(
    listener: std::net::TcpListener,
    function: Function<H>,
    stop: impl Future<Output = ()>,
) -> io::Result<()>
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Response, Failure>> + Send + 'static,
{
    let listener = TcpListener::from_std(listener)?;
    let connections = GracefulShutdown::new();
    // Lives as long as the process, so connections can borrow it without counting references.
    let function: &'static Function<H> = Box::leak(Box::new(function));
    until(stop, accept(listener, function, &connections)).await;
    let _ = tokio::time::timeout(DRAIN, connections.shutdown()).await;
    Ok(())
}

async fn accept<H, F>(listener: TcpListener, function: &'static Function<H>, connections: &GracefulShutdown)
where
    H: Fn(Request) -> F + Send + Sync + 'static,
    F: Future<Output = Result<Response, Failure>> + Send + 'static,
{
    loop {
        let Ok((stream, _peer)) = listener.accept().await else {
            tokio::time::sleep(ACCEPT_RETRY).await;
            continue;
        };
        // Without it the kernel may hold a short answer back for 40 ms; a connection that refuses it is already gone.
        let _ = stream.set_nodelay(true);
        let answer = service_fn(move |request| function.answer(Request::received(request)));
        let connection = http1::Builder::new().timer(TokioTimer::new()).serve_connection(TokioIo::new(stream), answer);
        tokio::spawn(connections.watch(connection));
    }
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
