//! The built program, spoken to over plain sockets.

use testing::Function;

const PROGRAM: &str = env!("CARGO_BIN_EXE_pagerank");

#[test]
fn the_highest_ranks_are_told_and_equal_ones_in_order() {
    let function = Function::start(PROGRAM);
    let answer = function.get("nodes=1&degree=1&iterations=1");
    let expected = r#"{"nodes":1,"edges":1,"iterations":1,"sum":1,"top":[{"node":0,"rank":1}]}"#;
    assert_eq!((answer.text(), answer.header("content-type")), (expected, Some("application/json")));
    let answer = function.get("");
    assert!(answer.text().starts_with(r#"{"nodes":1000,"edges":8000,"iterations":20,"sum":"#), "{}", answer.text());
    assert_eq!(answer.text().matches("node\":").count(), 5);
}

#[test]
fn parameters_out_of_their_range_are_bad_requests() {
    let function = Function::start(PROGRAM);
    for query in ["nodes=0", "nodes=100001", "degree=65", "seed=0", "seed=4294967296", "iterations=201"] {
        let name = query.split('=').next().unwrap();
        assert!(function.get(query).sentence(400).contains(name));
    }
}
