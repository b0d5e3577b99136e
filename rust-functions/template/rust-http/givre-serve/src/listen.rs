use std::env;
use std::ffi::OsString;
use std::fmt::Display;
use std::io;
use std::net::{Ipv4Addr, TcpListener};
use std::sync::Mutex;

/// What OpenFaaS forwards to.
const DEFAULT_PORT: u16 = 8080;

/// What was opened before `main`.
static OPENED: Mutex<Option<TcpListener>> = Mutex::new(None);

/// Opens the listening socket before `main`; for [`listen_first`](crate::listen_first) alone.
#[doc(hidden)]
pub extern "C" fn before_main() {
    // Words are for something else than serving (`once`). Some C libraries tell them only later: then it does no harm.
    if env::args_os().len() > 1 {
        return;
    }
    // Nothing can be said here: what is wrong is wrong again, and said, in `listen`.
    if let (Ok(listener), Ok(mut opened)) = (open(), OPENED.lock()) {
        *opened = Some(listener);
    }
}

/// The listening socket, ready for the async runtime.
pub(crate) fn listen() -> io::Result<TcpListener> {
    let opened = OPENED.lock().ok().and_then(|mut opened| opened.take());
    let listener = opened.map_or_else(open, Ok)?;
    listener.set_nonblocking(true)?;
    Ok(listener)
}

fn open() -> io::Result<TcpListener> {
    let port = port(env::var_os("PORT"))?;
    TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))
        .map_err(|error| sentence(error.kind(), format!("cannot listen on port {port}: {error}")))
}

fn port(setting: Option<OsString>) -> io::Result<u16> {
    let Some(setting) = setting else {
        return Ok(DEFAULT_PORT);
    };
    setting.to_str().and_then(|text| text.parse().ok()).ok_or_else(|| {
        let shown = setting.to_string_lossy();
        sentence(io::ErrorKind::InvalidInput, format!("PORT is {shown:?}, expected a number from 0 to 65535"))
    })
}

fn sentence(kind: io::ErrorKind, message: impl Display) -> io::Error {
    io::Error::new(kind, message.to_string())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_port_is_8080_unless_port_says_otherwise() {
        assert_eq!(port(None).unwrap(), 8080);
        assert_eq!(port(Some("9001".into())).unwrap(), 9001);
    }

    #[test]
    fn a_port_that_is_no_number_is_named_in_the_error() {
        for wrong in ["", "http", "-1", "65536"] {
            let error = port(Some(wrong.into())).unwrap_err().to_string();
            assert!(error.contains(&format!("{wrong:?}")), "{error}");
        }
    }
}
