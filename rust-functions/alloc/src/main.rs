//! The workload `alloc`: touches as much memory as asked for, and holds it for a while.

use std::process::ExitCode;
use std::time::Duration;

use givre_serve::{Failure, Request, Response, blocking, json, serve};

const PAGE: usize = 4096;

givre_serve::listen_first!();

fn main() -> ExitCode {
    serve(alloc)
}

async fn alloc(mut request: Request) -> Result<Response, Failure> {
    request.discard().await?;
    let query = request.query();
    let megabytes = query.integer("mb", 0..=1024)?.unwrap_or(16);
    let hold = Duration::from_millis(query.integer("hold_ms", 0..=60_000)?.unwrap_or(0));
    let memory = blocking(move || touched(megabytes << 20)).await;
    tokio::time::sleep(hold).await;
    let (pages, checksum) = blocking(move || (memory.len() / PAGE, checksum(&memory))).await;
    Ok(json(format!(r#"{{"mb":{megabytes},"pages":{pages},"checksum":{checksum}}}"#)))
}

/// Zeros, of which the kernel makes memory only where a page is written to.
fn touched(size: usize) -> Vec<u8> {
    let mut memory = vec![0; size];
    for (page, value) in memory.chunks_exact_mut(PAGE).zip((0..=250).cycle()) {
        page[0] = value;
    }
    memory
}

fn checksum(memory: &[u8]) -> u64 {
    memory.iter().step_by(PAGE).map(|first| u64::from(*first)).sum()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_page_begins_with_its_number_modulo_251() {
        let memory = touched(1 << 20);
        assert_eq!((memory[0], memory[PAGE], memory[250 * PAGE], memory[251 * PAGE]), (0, 1, 250, 0));
        assert_eq!(checksum(&memory), 250 * 251 / 2 + 10);
    }
}
