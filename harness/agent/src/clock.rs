//! Clocks and sleeps. Every time that leaves the agent is CLOCK_REALTIME, because containerd's events, the gateway's
//! `X-Start-Time` and the kernel's packet timestamps are on that clock too.

use serde::Serialize;
use std::time::{Duration, Instant};

fn read(clock: libc::clockid_t) -> i64 {
    let mut t = libc::timespec { tv_sec: 0, tv_nsec: 0 };
    // SAFETY: `t` is a valid timespec and both clocks exist on every Linux.
    unsafe { libc::clock_gettime(clock, &mut t) };
    t.tv_sec * 1_000_000_000 + t.tv_nsec
}

/// Nanoseconds since the epoch.
pub fn realtime_ns() -> i64 {
    read(libc::CLOCK_REALTIME)
}

/// Nanoseconds since boot.
pub fn monotonic_ns() -> i64 {
    read(libc::CLOCK_MONOTONIC)
}

/// Processor time of this process, all threads together.
pub fn process_cpu_ns() -> i64 {
    read(libc::CLOCK_PROCESS_CPUTIME_ID)
}

/// CLOCK_REALTIME minus CLOCK_MONOTONIC. The tightest of several sandwiches, so that being scheduled away between two
/// readings does not look like a step of the clock.
pub fn realtime_offset_ns() -> i64 {
    (0..7)
        .map(|_| {
            let before = monotonic_ns();
            let real = realtime_ns();
            let after = monotonic_ns();
            (after - before, real - (before + after) / 2)
        })
        .min_by_key(|(width, _)| *width)
        .map_or(0, |(_, offset)| offset)
}

#[derive(Serialize)]
#[serde(rename_all = "camelCase")]
pub struct Clocks {
    realtime_ns: String,
    monotonic_ns: String,
}

pub fn clocks() -> Clocks {
    Clocks { realtime_ns: realtime_ns().to_string(), monotonic_ns: monotonic_ns().to_string() }
}

const DAY_MS: u64 = 86_400_000;

/// A point in time after which waiting stops.
#[derive(Clone, Copy)]
pub struct Deadline(Instant);

impl Deadline {
    /// At most a day ahead: beyond what the clock can count, adding would end the process.
    pub fn after_ms(ms: u64) -> Self {
        Self(Instant::now() + Duration::from_millis(ms.min(DAY_MS)))
    }

    pub fn earliest(self, other: Self) -> Self {
        Self(self.0.min(other.0))
    }

    /// What is left; `None` once it has passed.
    pub fn remaining(self) -> Option<Duration> {
        self.0.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())
    }
}

/// Makes this thread's wake-ups prompt: no timer slack, and a short slice, which the scheduler of newer kernels takes as
/// a wish for low latency. Neither needs a privilege nor takes time from anybody; a refusal changes nothing.
pub fn ask_for_prompt_wakeups() {
    #[repr(C)]
    struct SchedAttr {
        size: u32,
        policy: u32,
        flags: u64,
        nice: i32,
        priority: u32,
        runtime: u64,
        deadline: u64,
        period: u64,
    }
    let wish = SchedAttr {
        size: std::mem::size_of::<SchedAttr>() as u32,
        policy: 0,
        flags: 0,
        nice: 0,
        priority: 0,
        runtime: 100_000,
        deadline: 0,
        period: 0,
    };
    // SAFETY: both calls concern only the calling thread; `wish` outlives the call and says its own size.
    unsafe {
        libc::prctl(libc::PR_SET_TIMERSLACK, 1usize, 0usize, 0usize, 0usize);
        libc::syscall(libc::SYS_sched_setattr, 0, &wish, 0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_offset_of_the_two_clocks_is_stable_to_well_below_a_tenth_of_a_millisecond() {
        let drift = realtime_offset_ns() - realtime_offset_ns();
        assert!(drift.abs() < 50_000, "drift {drift}");
    }

    #[test]
    fn a_deadline_that_has_passed_has_nothing_left() {
        assert!(Deadline::after_ms(0).remaining().is_none());
        assert!(Deadline::after_ms(5_000).remaining().is_some());
        assert!(Deadline::after_ms(u64::MAX).remaining().is_some());
        assert!(Deadline::after_ms(5_000).earliest(Deadline::after_ms(0)).remaining().is_none());
    }
}
