//! The workload `primes`: the sieve of Eratosthenes.

use std::process::ExitCode;

use givre_serve::{Failure, Request, Response, blocking, json, serve};

givre_serve::listen_first!();

fn main() -> ExitCode {
    serve(primes)
}

async fn primes(mut request: Request) -> Result<Response, Failure> {
    request.discard().await?;
    let n = request.query().integer("n", 1..=10_000_000)?.unwrap_or(100_000);
    let (count, largest) = blocking(move || count_and_largest(n)).await;
    Ok(json(format!(r#"{{"n":{n},"count":{count},"largest":{largest}}}"#)))
}

/// How many primes there are up to and with `n`, and the last one; 0 where there is none.
fn count_and_largest(n: usize) -> (usize, usize) {
    let mut prime = vec![true; n + 1];
    prime[..2].fill(false);
    let mut candidate = 2;
    while candidate * candidate <= n {
        if prime[candidate] {
            prime[candidate * candidate..].iter_mut().step_by(candidate).for_each(|multiple| *multiple = false);
        }
        candidate += 1;
    }
    let count = prime.iter().filter(|is_prime| **is_prime).count();
    (count, prime.iter().rposition(|is_prime| *is_prime).unwrap_or(0))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_counts_are_those_of_the_prime_counting_function() {
        let known = [(1, (0, 0)), (2, (1, 2)), (3, (2, 3)), (4, (2, 3)), (25, (9, 23)), (100, (25, 97))];
        for (n, expected) in known {
            assert_eq!(count_and_largest(n), expected, "{n}");
        }
        assert_eq!(count_and_largest(1_000_000), (78_498, 999_983));
    }
}
