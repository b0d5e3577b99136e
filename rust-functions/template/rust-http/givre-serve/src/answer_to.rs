use std::future::Future;

use http_body_util::BodyExt;

use crate::answer::Function;
use crate::settings::Settings;
use crate::{Bytes, Failure, Request, Response, http, runtime};

/// What a client would be answered by `handler`, for its tests: without a socket, and whatever the environment says.
///
/// # Panics
/// When there is no whole answer: the handler hangs up, or what it streams breaks off.
pub fn answer_to<H, F, B>(handler: H, request: http::Request<B>) -> http::Response<Bytes>
where
    H: Fn(Request) -> F,
    F: Future<Output = Result<Response, Failure>>,
    B: Into<Bytes>,
{
    let function = Function::new(handler, &Settings::default());
    runtime().expect("a runtime for the test").block_on(async {
        let answer = function.answer(Request::made(request)).await.expect("an answer");
        let (head, body) = answer.into_parts();
        let whole = body.collect().await.expect("a body that is whole");
        http::Response::from_parts(head, whole.to_bytes())
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::text;

    async fn echo(mut request: Request) -> Result<Response, Failure> {
        Ok(text(request.read(4).await?))
    }

    fn post(body: &'static str) -> http::Response<Bytes> {
        answer_to(echo, http::Request::post("/").body(body).unwrap())
    }

    #[test]
    fn a_handler_is_answered_for_without_a_socket() {
        assert_eq!(post("four").body(), "four");
        assert!(post("four").headers().contains_key("x-duration-seconds"));
    }

    #[test]
    fn what_a_handler_refuses_or_panics_about_is_an_answer_too() {
        let refused = post("fifth");
        assert_eq!(refused.status(), 413);
        assert_eq!(refused.body(), "The request body is larger than 4 bytes.\n");
        let panicking = |_: Request| async { panic!("as asked") };
        assert_eq!(answer_to(panicking, http::Request::get("/").body("").unwrap()).status(), 500);
    }
}
