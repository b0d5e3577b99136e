use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

/// Counts the requests that are being answered, against `max_inflight`.
pub(crate) struct Inflight {
    count: Arc<AtomicUsize>,
    limit: Option<usize>,
}

/// One request in flight; dropping it makes room for the next.
pub(crate) struct Permit(Arc<AtomicUsize>);

impl Inflight {
    pub(crate) fn new(limit: Option<usize>) -> Self {
        Self { count: Arc::default(), limit }
    }

    /// `None` when there is no room.
    pub(crate) fn enter(&self) -> Option<Permit> {
        let permit = Permit(Arc::clone(&self.count));
        let before = self.count.fetch_add(1, Ordering::Relaxed);
        self.limit.is_none_or(|limit| before < limit).then_some(permit)
    }
}

impl Drop for Permit {
    fn drop(&mut self) {
        self.0.fetch_sub(1, Ordering::Relaxed);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_request_over_the_limit_finds_no_room_until_another_ends() {
        let inflight = Inflight::new(Some(2));
        let first = inflight.enter().unwrap();
        let _second = inflight.enter().unwrap();
        assert!(inflight.enter().is_none());
        drop(first);
        assert!(inflight.enter().is_some());
    }

    #[test]
    fn without_a_limit_there_is_always_room() {
        let inflight = Inflight::new(None);
        assert!((0..1000).map(|_| inflight.enter()).collect::<Vec<_>>().iter().all(Option::is_some));
    }
}
