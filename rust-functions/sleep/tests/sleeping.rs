//! The built program, spoken to over plain sockets.

use std::time::{Duration, Instant};

use testing::Function;

const PROGRAM: &str = env!("CARGO_BIN_EXE_sleep");

#[test]
fn the_answer_comes_after_the_time_and_not_much_later() {
    let function = Function::start(PROGRAM);
    let begin = Instant::now();
    assert_eq!(function.get("ms=300").text(), "slept 300 ms\n");
    assert!(begin.elapsed() >= Duration::from_millis(300));
    assert_eq!(function.get("ms=0").text(), "slept 0 ms\n");
    assert_eq!(function.get("").text(), "slept 100 ms\n");
    assert!(begin.elapsed() < Duration::from_secs(10));
}

#[test]
fn sleepers_do_not_wait_for_each_other() {
    let function = Function::start(PROGRAM);
    let begin = Instant::now();
    std::thread::scope(|scope| {
        for _ in 0..20 {
            scope.spawn(|| assert_eq!(function.get("ms=500").status, 200));
        }
    });
    assert!(begin.elapsed() < Duration::from_secs(5));
}

#[test]
fn a_time_out_of_its_range_is_a_bad_request() {
    let function = Function::start(PROGRAM);
    for milliseconds in ["60001", "-1", "1s", ""] {
        assert!(function.get(&format!("ms={milliseconds}")).sentence(400).contains("ms"));
    }
}
