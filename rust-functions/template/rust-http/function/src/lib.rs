use givre_serve::{Failure, Request, Response, text};

/// More of a body is answered with 413.
const BODY_LIMIT: usize = 1 << 20;

/// Answers one request, of any method and path.
///
/// # Errors
/// Anything but an ordinary answer: a status and one sentence.
pub async fn handle(mut request: Request) -> Result<Response, Failure> {
    let body = request.read(BODY_LIMIT).await?;
    let name = String::from_utf8(body).map_err(|_| Failure::malformed("The body is not UTF-8."))?;
    let name = if name.is_empty() { "world" } else { &name };
    Ok(text(format!("Hello, {name}!\n")))
}

#[cfg(test)]
mod tests {
    use givre_serve::{Bytes, answer_to, http};

    use super::handle;

    fn post(body: &'static [u8]) -> http::Response<Bytes> {
        answer_to(handle, http::Request::post("/").body(body).unwrap())
    }

    #[test]
    fn the_name_in_the_body_is_greeted() {
        assert_eq!(post(b"Ada").body(), "Hello, Ada!\n");
        assert_eq!(post(b"").body(), "Hello, world!\n");
    }

    #[test]
    fn a_body_that_is_no_text_is_refused() {
        assert_eq!(post(b"\xff").status(), 400);
    }
}
