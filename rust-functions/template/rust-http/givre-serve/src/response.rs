use hyper::header::{CONTENT_TYPE, HeaderValue};

use crate::{Body, Bytes};

pub type Response = hyper::Response<Body>;

/// An answer with status 200 and this media type.
#[must_use]
pub fn bytes(media_type: &'static str, body: impl Into<Bytes>) -> Response {
    let mut response = Response::new(Body::from(body));
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(media_type));
    response
}

/// A plain-text answer with status 200.
#[must_use]
pub fn text(body: impl Into<Bytes>) -> Response {
    bytes("text/plain; charset=utf-8", body)
}

/// An answer with status 200 that is JSON already.
#[must_use]
pub fn json(body: impl Into<Bytes>) -> Response {
    bytes("application/json", body)
}
