//! The workload `hash`: SHA-256 of the body, in as many rounds as asked for.

use std::process::ExitCode;

use givre_serve::{Failure, Request, Response, blocking, serve, text};
use sha2::digest::Output;
use sha2::{Digest, Sha256};

const LIMIT: usize = 64 << 20;

givre_serve::listen_first!();

fn main() -> ExitCode {
    serve(hash)
}

async fn hash(mut request: Request) -> Result<Response, Failure> {
    // Piece by piece: a body of 64 MiB would otherwise be in memory as a whole.
    let mut body = Sha256::new();
    request.each(LIMIT, |piece| body.update(piece)).await?;
    let query = request.query();
    let rounds = query.integer("rounds", 1..=1_000_000)?.unwrap_or(1);
    let size = query.integer("size", 0..=LIMIT)?;
    let digest = blocking(move || {
        let first = size.map_or_else(|| body.finalize(), |size| pattern(size).finalize());
        (1..rounds).fold(first, |digest, _round: u32| Sha256::digest(digest))
    })
    .await;
    Ok(text(hex(&digest)))
}

/// The hash state after `size` bytes `i mod 251`.
fn pattern(size: usize) -> Sha256 {
    // A whole number of periods, so that every block begins with 0.
    let block: Vec<u8> = (0..=250).cycle().take(251 * 256).collect();
    let mut state = Sha256::new();
    for _ in 0..size / block.len() {
        state.update(&block);
    }
    state.update(&block[..size % block.len()]);
    state
}

fn hex(digest: &Output<Sha256>) -> String {
    format!("{digest:x}\n")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_pattern_is_the_same_in_blocks_as_byte_by_byte() {
        for size in [0, 1, 251, 64_256, 64_257, 200_000] {
            let bytes: Vec<u8> = (0..=250).cycle().take(size).collect();
            assert_eq!(pattern(size).finalize(), Sha256::digest(&bytes), "{size}");
        }
    }
}
