//! The workload `kv`: a value in a key-value server that speaks the protocol of Redis.

mod connection;
mod reply;
mod store;

use std::process::ExitCode;

use givre_serve::{Failure, Query, Request, Response, bytes, serve};
use hyper::{Method, StatusCode};
use store::Store;

const LIMIT: usize = 1 << 20;

static STORE: Store = Store::new();

givre_serve::listen_first!();

fn main() -> ExitCode {
    serve(kv)
}

async fn kv(mut request: Request) -> Result<Response, Failure> {
    let value = request.read(LIMIT).await?;
    let key = key(request.query())?;
    let value = matches!(*request.method(), Method::POST | Method::PUT).then_some(value);
    let found = STORE.visit(&key, value.as_deref()).await.map_err(|error| {
        Failure::unavailable(format!("The key-value server at {} cannot be reached: {error}.", store::address()))
    })?;
    let found = found.ok_or_else(|| Failure::new(StatusCode::NOT_FOUND, format!("There is no value for {key}.")))?;
    Ok(bytes("application/octet-stream", found))
}

fn key(query: Query<'_>) -> Result<String, Failure> {
    let key = query.text("key").map_or_else(|| "givre".to_owned(), String::from);
    let fits = |byte: u8| byte.is_ascii_alphanumeric() || b"._:-".contains(&byte);
    if (1..=256).contains(&key.len()) && key.bytes().all(fits) {
        return Ok(key);
    }
    Err(Failure::malformed("The parameter key must be 1 to 256 of A-Z, a-z, 0-9, dot, underscore, colon and hyphen."))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_key_is_short_and_plain_and_givre_if_absent() {
        assert_eq!(key(Query::new("")).unwrap(), "givre");
        assert_eq!(key(Query::new("key=a.B_9:-")).unwrap(), "a.B_9:-");
        assert!(key(Query::new(&format!("key={}", "k".repeat(256)))).is_ok());
        assert!(key(Query::new(&format!("key={}", "k".repeat(257)))).is_err());
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(10_000))]

        #[test]
        fn a_key_with_any_other_character_is_a_bad_request(before in "[a-z]{0,9}", bad in "[^A-Za-z0-9._:&-]") {
            // A plus sign is a space in a query, and a percent sign may begin a good character.
            prop_assume!(bad != "%");
            let query = format!("key={before}{bad}");
            prop_assert_eq!(key(Query::new(&query)).unwrap_err().status().unwrap(), 400);
        }
    }
}
