use std::io;

use givre_serve::Bytes;
use http_body_util::{BodyExt, Empty};
use hyper::client::conn::http1::SendRequest;
use hyper::header::HOST;
use hyper::{Request, StatusCode};

use crate::gateway::Gateway;

/// What came of some calls.
#[derive(Default)]
pub(crate) struct Tally {
    /// How many were answered with 200.
    pub(crate) ok: u32,
    /// The size of their bodies.
    pub(crate) bytes: usize,
}

impl Tally {
    pub(crate) fn add(&mut self, other: &Self) {
        self.ok += other.ok;
        self.bytes += other.bytes;
    }
}

/// Calls `function` so many times, one call after the other, over one connection as long as it lasts.
///
/// # Errors
/// When the gateway takes no connection. A call that fails otherwise is not ok, and the next one is made.
pub(crate) async fn make(gateway: Gateway, function: String, calls: u32) -> io::Result<Tally> {
    let mut tally = Tally::default();
    let mut sender = gateway.connect().await?;
    for _ in 0..calls {
        if sender.ready().await.is_err() {
            sender = gateway.connect().await?;
        }
        if let Ok(Some(bytes)) = call(&mut sender, &gateway, &function).await {
            tally.add(&Tally { ok: 1, bytes });
        }
    }
    Ok(tally)
}

/// The size of the answer, if it is one with status 200.
async fn call(
    sender: &mut SendRequest<Empty<Bytes>>,
    gateway: &Gateway,
    function: &str,
) -> Result<Option<usize>, hyper::Error> {
    let request = Request::get(format!("/function/{function}")).header(HOST, gateway.authority()).body(Empty::new());
    let response = sender.send_request(request.expect("a path of a checked name")).await?;
    let (status, mut body) = (response.status(), response.into_body());
    let mut bytes = 0;
    while let Some(frame) = body.frame().await {
        bytes += frame?.data_ref().map_or(0, Bytes::len);
    }
    Ok((status == StatusCode::OK).then_some(bytes))
}
