use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};

use givre_serve::Bytes;
use hyper::body::{Body, Frame, SizeHint};

/// The first half of an answer; the other one never comes.
pub(crate) struct Half(Option<Bytes>);

const FIRST: &str = "the first half\n";

impl Half {
    pub(crate) fn new() -> Self {
        Self(Some(Bytes::from_static(FIRST.as_bytes())))
    }
}

impl Body for Half {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(mut self: Pin<&mut Self>, _: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        // Nothing will ever wake the task, which is the point.
        self.0.take().map_or(Poll::Pending, |first| Poll::Ready(Some(Ok(Frame::data(first)))))
    }

    /// Promised, so that a client knows that something is missing.
    fn size_hint(&self) -> SizeHint {
        SizeHint::with_exact(2 * FIRST.len() as u64)
    }
}
