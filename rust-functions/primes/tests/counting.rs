//! The built program, spoken to over plain sockets.

use testing::Function;

const PROGRAM: &str = env!("CARGO_BIN_EXE_primes");

#[test]
fn primes_are_counted_up_to_n() {
    let function = Function::start(PROGRAM);
    let answer = function.get("");
    assert_eq!(answer.text(), r#"{"n":100000,"count":9592,"largest":99991}"#);
    assert_eq!(answer.header("content-type"), Some("application/json"));
    assert_eq!(function.post("n=1", b"dropped").text(), r#"{"n":1,"count":0,"largest":0}"#);
}

#[test]
fn a_number_out_of_its_range_is_a_bad_request() {
    let function = Function::start(PROGRAM);
    for n in ["0", "10000001", "1e3", ""] {
        assert!(function.get(&format!("n={n}")).sentence(400).contains('n'));
    }
}
