//! The workload `fanout`: calls another function through the gateway, several times.

mod calls;
mod gateway;

use std::process::ExitCode;

use calls::Tally;
use gateway::Gateway;
use givre_serve::{Failure, Query, Request, Response, json, serve};
use tokio::task::JoinSet;

/// OpenFaaS keeps names at this length.
const MAX_NAME: usize = 76;

givre_serve::listen_first!();

fn main() -> ExitCode {
    serve(fanout)
}

async fn fanout(mut request: Request) -> Result<Response, Failure> {
    request.discard().await?;
    let query = request.query();
    let function = function(query)?;
    let n: u32 = query.integer("n", 1..=64)?.unwrap_or(4);
    let parallel = query.choice("parallel", &[("true", true), ("false", false)])?;
    let gateway = Gateway::from_env()?;
    let unreachable = |error| Failure::unavailable(format!("The gateway at {gateway} cannot be reached: {error}."));
    // Each connection makes its calls one after the other.
    let (connections, calls_each) = if parallel { (n, 1) } else { (1, n) };
    let mut running: JoinSet<_> =
        (0..connections).map(|_| calls::make(gateway.clone(), function.clone(), calls_each)).collect();
    let mut all = Tally::default();
    while let Some(made) = running.join_next().await {
        let made = made.map_err(|error| Failure::unavailable(format!("A call was lost: {error}.")))?;
        all.add(&made.map_err(unreachable)?);
    }
    let Tally { ok, bytes } = all;
    Ok(json(format!(r#"{{"function":"{function}","calls":{n},"ok":{ok},"bytes":{bytes}}}"#)))
}

/// A name as OpenFaaS takes it: letters and digits, joined by one of `. _ -` each.
fn function(query: Query<'_>) -> Result<String, Failure> {
    let name = query.text("function").map_or_else(|| "rust-hello".to_owned(), String::from);
    let words = |part: &str| !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric());
    if name.len() <= MAX_NAME && name.split(['.', '_', '-']).all(words) {
        return Ok(name);
    }
    Err(Failure::malformed("The parameter function must be the name of a function."))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_openfaas_takes_is_the_name_of_a_function() {
        assert_eq!(function(Query::new("")).unwrap(), "rust-hello");
        for name in ["a", "a-b.c_d", "A9", &"a".repeat(76)] {
            assert_eq!(function(Query::new(&format!("function={name}"))).unwrap(), name);
        }
        for name in ["", "-a", "a-", "a--b", "../a", "a%2Fb", "a%0D%0A", "é", &"a".repeat(77)] {
            assert_eq!(function(Query::new(&format!("function={name}"))).unwrap_err().status().unwrap(), 400, "{name}");
        }
    }
}
