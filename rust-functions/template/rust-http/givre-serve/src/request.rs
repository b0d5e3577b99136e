use http_body_util::{BodyExt, Either, Full};
use hyper::Method;
use hyper::body::{Body as _, Bytes, Incoming};
use hyper::header::{AsHeaderName, HeaderValue};

use crate::{Failure, Query};

/// How far over its limit a body is still read, so that its sender gets to read the answer: up to so many times it.
const PATIENCE: usize = 4;

/// Room that is made for a body on its sender's word alone, who may promise more than there is memory.
const BELIEVED: usize = 16 << 20;

/// What a client sent. Read the body before you look at the parameters: an error is answered after all of it.
pub struct Request(hyper::Request<Either<Incoming, Full<Bytes>>>);

impl Request {
    /// From a connection.
    pub(crate) fn received(request: hyper::Request<Incoming>) -> Self {
        Self(request.map(Either::Left))
    }

    /// From a test.
    pub(crate) fn made<B: Into<Bytes>>(request: hyper::Request<B>) -> Self {
        Self(request.map(|body| Either::Right(Full::new(body.into()))))
    }

    #[must_use]
    pub fn method(&self) -> &Method {
        self.0.method()
    }

    #[must_use]
    pub fn path(&self) -> &str {
        self.0.uri().path()
    }

    #[must_use]
    pub fn query(&self) -> Query<'_> {
        Query::new(self.0.uri().query().unwrap_or_default())
    }

    pub fn header(&self, name: impl AsHeaderName) -> Option<&HeaderValue> {
        self.0.headers().get(name)
    }

    /// The whole body.
    ///
    /// # Errors
    /// 413 when it has more than `limit` bytes, 400 when the client breaks off or sends a malformed body.
    pub async fn read(&mut self, limit: usize) -> Result<Vec<u8>, Failure> {
        let stated = usize::try_from(self.0.body().size_hint().lower()).unwrap_or(usize::MAX);
        let mut whole = Vec::with_capacity(stated.min(limit).min(BELIEVED));
        self.each(limit, |piece| whole.extend_from_slice(piece)).await?;
        Ok(whole)
    }

    /// Reads the body without keeping it.
    ///
    /// # Errors
    /// 400 when the client breaks off or sends a malformed body.
    pub async fn discard(&mut self) -> Result<(), Failure> {
        self.each(usize::MAX, |_| ()).await
    }

    /// Hands over the body piece by piece as it arrives, `limit` bytes of it at most.
    ///
    /// # Errors
    /// 413 when it has more than `limit` bytes, 400 when the client breaks off or sends a malformed body.
    pub async fn each(&mut self, limit: usize, mut take: impl FnMut(&[u8])) -> Result<(), Failure> {
        let patience = limit.saturating_mul(PATIENCE);
        if self.0.body().size_hint().lower() > patience as u64 {
            return Err(over(limit));
        }
        let mut size: usize = 0;
        while size <= patience {
            let Some(frame) = self.0.body_mut().frame().await else { break };
            let frame = frame.map_err(|_cut| Failure::malformed("The request body ended early or is malformed."))?;
            let Some(piece) = frame.data_ref() else { continue };
            size = size.saturating_add(piece.len());
            if size <= limit {
                take(piece);
            }
        }
        if size <= limit { Ok(()) } else { Err(over(limit)) }
    }
}

fn over(limit: usize) -> Failure {
    Failure::too_large(format!("The request body is larger than {limit} bytes."))
}
