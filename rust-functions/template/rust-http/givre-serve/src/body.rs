use std::pin::Pin;
use std::task::{Context, Poll};

use http_body_util::combinators::UnsyncBoxBody;
use http_body_util::{BodyExt, Either, Full};
use hyper::body::{Bytes, Frame, SizeHint};

use crate::BoxError;
use crate::inflight::Permit;

/// What an answer consists of: bytes that are there, or a stream.
pub struct Body {
    content: Either<Full<Bytes>, UnsyncBoxBody<Bytes, BoxError>>,
    _permit: Option<Permit>,
}

impl Body {
    /// Sends the pieces of `stream` as they arrive. An error of it ends the connection.
    pub fn streamed<B>(stream: B) -> Self
    where
        B: hyper::body::Body<Data = Bytes> + Send + 'static,
        B::Error: Into<BoxError>,
    {
        Self { content: Either::Right(stream.map_err(Into::into).boxed_unsync()), _permit: None }
    }

    pub(crate) fn holding(self, permit: Permit) -> Self {
        Self { _permit: Some(permit), ..self }
    }
}

impl<T: Into<Bytes>> From<T> for Body {
    fn from(whole: T) -> Self {
        Self { content: Either::Left(Full::new(whole.into())), _permit: None }
    }
}

impl hyper::body::Body for Body {
    type Data = Bytes;
    type Error = BoxError;

    fn poll_frame(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, BoxError>>> {
        Pin::new(&mut self.content).poll_frame(context)
    }

    fn is_end_stream(&self) -> bool {
        self.content.is_end_stream()
    }

    fn size_hint(&self) -> SizeHint {
        self.content.size_hint()
    }
}
