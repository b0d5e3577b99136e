use std::any::Any;
use std::future::{Future, poll_fn};
use std::panic::{AssertUnwindSafe, catch_unwind};
use std::pin::pin;
use std::task::Poll;
use std::time::{Duration, Instant};

use hyper::StatusCode;
use hyper::header::{HeaderName, HeaderValue};

use crate::failure::HungUp;
use crate::inflight::Inflight;
use crate::settings::Settings;
use crate::{Failure, HEALTH_PATH, READY_PATH, Request, Response, text};

/// of-watchdog's name for the time from a request's head to its answer's.
const DURATION: HeaderName = HeaderName::from_static("x-duration-seconds");

/// What of a body is read when its request is turned away: enough to keep the connection of an ordinary client.
const REJECTED_BYTES: usize = 1 << 20;

/// A handler with what applies to every one of its requests.
pub(crate) struct Function<H> {
    handler: H,
    inflight: Inflight,
    exec_timeout: Option<Duration>,
}

impl<H, F> Function<H>
where
    H: Fn(Request) -> F,
    F: Future<Output = Result<Response, Failure>>,
{
    pub(crate) fn new(handler: H, settings: &Settings) -> Self {
        Self { handler, inflight: Inflight::new(settings.max_inflight), exec_timeout: settings.exec_timeout }
    }

    pub(crate) async fn answer(&self, request: Request) -> Result<Response, HungUp> {
        let begun = Instant::now();
        let mut response = match self.outcome(request).await {
            Ok(response) => response,
            Err(failure) => failure.into_response()?,
        };
        let seconds = format!("{:.6}", begun.elapsed().as_secs_f64());
        let seconds = HeaderValue::from_str(&seconds).expect("digits and a point");
        response.headers_mut().insert(DURATION, seconds);
        Ok(response)
    }

    async fn outcome(&self, mut request: Request) -> Result<Response, Failure> {
        if matches!(request.path(), HEALTH_PATH | READY_PATH) {
            return Ok(text("ok\n"));
        }
        let Some(permit) = self.inflight.enter() else {
            // Whatever comes of it, the answer is the same.
            let _ = request.each(REJECTED_BYTES, |_| ()).await;
            return Err(Failure::new(StatusCode::TOO_MANY_REQUESTS, "Too many requests are in flight."));
        };
        let response = self.in_time(caught(|| (self.handler)(request))).await?;
        // A streamed answer is in flight until it has been sent.
        Ok(response.map(|body| body.holding(permit)))
    }

    async fn in_time(&self, answer: impl Future<Output = Result<Response, Failure>>) -> Result<Response, Failure> {
        let Some(limit) = self.exec_timeout else {
            return answer.await;
        };
        tokio::time::timeout(limit, answer).await.unwrap_or_else(|_elapsed| {
            Err(Failure::new(StatusCode::GATEWAY_TIMEOUT, format!("The function took longer than {limit:?}.")))
        })
    }
}

/// Turns a panic of the handler into an answer. The default hook has printed its message by then.
async fn caught<F>(handle: impl FnOnce() -> F) -> Result<Response, Failure>
where
    F: Future<Output = Result<Response, Failure>>,
{
    let panicked = |_payload: Box<dyn Any + Send>| {
        Failure::new(StatusCode::INTERNAL_SERVER_ERROR, "The function failed unexpectedly.")
    };
    // A future that panicked is dropped without another look, so nobody sees a state that it left half-changed.
    let mut future = pin!(catch_unwind(AssertUnwindSafe(handle)).map_err(panicked)?);
    poll_fn(|context| match catch_unwind(AssertUnwindSafe(|| future.as_mut().poll(context))) {
        Ok(poll) => poll,
        Err(payload) => Poll::Ready(Err(panicked(payload))),
    })
    .await
}
