use std::ffi::OsString;
use std::fmt::Display;
use std::io;
use std::net::{Ipv4Addr, TcpListener};

/// What OpenFaaS forwards to.
const DEFAULT_PORT: u16 = 8080;

/// Opens the listening socket, ready for the async runtime.
pub(crate) fn listen() -> io::Result<TcpListener> {
    let port = port(std::env::var_os("PORT"))?;
    let listener = TcpListener::bind((Ipv4Addr::UNSPECIFIED, port))
        .map_err(|error| sentence(error.kind(), format!("cannot listen on port {port}: {error}")))?;
    listener.set_nonblocking(true)?;
    Ok(listener)
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
