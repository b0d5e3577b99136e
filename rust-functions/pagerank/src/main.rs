//! The workload `pagerank`: ranks of the nodes of a random graph.

mod graph;

use std::fmt::Write;
use std::process::ExitCode;

use givre_serve::{Failure, Request, Response, blocking, json, serve};
use graph::Graph;

/// How many of the highest ranks are told.
const TOP: usize = 5;

givre_serve::listen_first!();

fn main() -> ExitCode {
    serve(pagerank)
}

async fn pagerank(mut request: Request) -> Result<Response, Failure> {
    request.discard().await?;
    let query = request.query();
    let nodes = query.integer("nodes", 1..=100_000)?.unwrap_or(1000);
    let degree = query.integer("degree", 1..=64)?.unwrap_or(8);
    let seed = query.integer("seed", 1..=u32::MAX)?.unwrap_or(42);
    let iterations = query.integer("iterations", 1..=200)?.unwrap_or(20);
    let answer = blocking(move || {
        let ranks = Graph::random(nodes, degree, seed).ranks(iterations);
        described(&ranks, nodes * u32::from(degree), iterations)
    });
    Ok(json(answer.await))
}

fn described(ranks: &[f64], edges: u32, iterations: u32) -> String {
    let mut order: Vec<_> = (0..ranks.len()).collect();
    // A stable sort: equal ones stay in the order of the nodes.
    order.sort_by(|a, b| ranks[*b].total_cmp(&ranks[*a]));
    let mut top = String::new();
    for (place, node) in order.into_iter().take(TOP).enumerate() {
        let comma = if place == 0 { "" } else { "," };
        write!(top, r#"{comma}{{"node":{node},"rank":{}}}"#, ranks[node]).expect("writing to memory");
    }
    let (nodes, sum) = (ranks.len(), ranks.iter().sum::<f64>());
    format!(r#"{{"nodes":{nodes},"edges":{edges},"iterations":{iterations},"sum":{sum},"top":[{top}]}}"#)
}
