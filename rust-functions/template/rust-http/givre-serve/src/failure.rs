use std::borrow::Cow;
use std::error::Error;
use std::fmt;

use hyper::StatusCode;

use crate::{Response, text};

/// Why a request has no ordinary answer.
#[derive(Debug, PartialEq, Eq)]
pub struct Failure(Reason);

#[derive(Debug, PartialEq, Eq)]
enum Reason {
    Told(StatusCode, Cow<'static, str>),
    HangUp,
}

/// The connection is closed without an answer.
#[derive(Debug)]
pub(crate) struct HungUp;

impl Failure {
    /// Answers with this status, and one English sentence in plain text; the line feed is added.
    pub fn new(status: StatusCode, sentence: impl Into<Cow<'static, str>>) -> Self {
        Self(Reason::Told(status, sentence.into()))
    }

    /// 400: malformed input, or a parameter out of its range. The sentence names it.
    pub fn malformed(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::BAD_REQUEST, sentence)
    }

    /// 413: more than the workload takes.
    pub fn too_large(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::PAYLOAD_TOO_LARGE, sentence)
    }

    /// 503: something that the workload needs cannot be reached.
    pub fn unavailable(sentence: impl Into<Cow<'static, str>>) -> Self {
        Self::new(StatusCode::SERVICE_UNAVAILABLE, sentence)
    }

    /// Closes the connection without an answer.
    #[must_use]
    pub fn hang_up() -> Self {
        Self(Reason::HangUp)
    }

    /// The status of the answer, if there is one.
    #[must_use]
    pub fn status(&self) -> Option<StatusCode> {
        match self.0 {
            Reason::Told(status, _) => Some(status),
            Reason::HangUp => None,
        }
    }

    pub(crate) fn into_response(self) -> Result<Response, HungUp> {
        match self.0 {
            Reason::Told(status, sentence) => {
                let mut response = text(format!("{sentence}\n"));
                *response.status_mut() = status;
                Ok(response)
            }
            Reason::HangUp => Err(HungUp),
        }
    }
}

impl fmt::Display for HungUp {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        formatter.write_str("the function hung up")
    }
}

impl Error for HungUp {}
