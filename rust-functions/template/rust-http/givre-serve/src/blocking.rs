use std::panic::resume_unwind;
use std::sync::OnceLock;
use std::thread::available_parallelism;

use tokio::sync::Semaphore;

/// As many pieces of work at a time as there are processors. Requests that are given up while they wait are forgotten.
static PROCESSORS: OnceLock<Semaphore> = OnceLock::new();

/// Does `work` on a thread of its own, so that accepting and health checks go on meanwhile.
///
/// # Panics
/// When `work` does.
pub async fn blocking<T, W>(work: W) -> T
where
    T: Send + 'static,
    W: FnOnce() -> T + Send + 'static,
{
    let processors = PROCESSORS.get_or_init(|| Semaphore::new(available_parallelism().map_or(1, Into::into)));
    let permit = processors.acquire().await.expect("a semaphore that is never closed");
    let worked = tokio::task::spawn_blocking(move || {
        // Given back by the work, not by its request, which may be given up before.
        let _permit = permit;
        work()
    });
    worked.await.unwrap_or_else(|error| resume_unwind(error.into_panic()))
}
