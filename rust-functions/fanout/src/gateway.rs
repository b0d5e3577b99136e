use std::env;
use std::fmt;
use std::io::{self, ErrorKind};
use std::time::Duration;

use givre_serve::{Bytes, Failure};
use http_body_util::Empty;
use hyper::client::conn::http1::{SendRequest, handshake};
use hyper_util::rt::TokioIo;
use tokio::net::TcpStream;
use tokio::time::timeout;

const CONNECT_TIMEOUT: Duration = Duration::from_secs(2);

/// Where functions are called.
#[derive(Clone)]
pub(crate) struct Gateway {
    /// Host and port.
    authority: String,
}

impl Gateway {
    /// `GATEWAY_URL`, or where faasd's gateway is for a function.
    pub(crate) fn from_env() -> Result<Self, Failure> {
        let url = env::var("GATEWAY_URL").unwrap_or_else(|_| "http://10.62.0.1:8080".to_owned());
        let authority = url.trim_end_matches('/').strip_prefix("http://").filter(|rest| !rest.contains('/'));
        let Some(authority) = authority else {
            return Err(Failure::unavailable(format!("GATEWAY_URL is {url:?}, expected http://HOST:PORT.")));
        };
        let port = if authority.contains(':') { "" } else { ":80" };
        Ok(Self { authority: format!("{authority}{port}") })
    }

    pub(crate) fn authority(&self) -> &str {
        &self.authority
    }

    pub(crate) async fn connect(&self) -> io::Result<SendRequest<Empty<Bytes>>> {
        let stream = timeout(CONNECT_TIMEOUT, TcpStream::connect(&self.authority)).await??;
        stream.set_nodelay(true)?;
        let (sender, connection) = handshake(TokioIo::new(stream))
            .await
            .map_err(|error| io::Error::new(ErrorKind::ConnectionAborted, error))?;
        // It ends with its sender; what went wrong with it, the sender tells.
        tokio::spawn(connection);
        Ok(sender)
    }
}

impl fmt::Display for Gateway {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(formatter, "http://{}", self.authority)
    }
}
