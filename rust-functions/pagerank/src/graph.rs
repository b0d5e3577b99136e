/// The chance of following an edge instead of starting anew somewhere.
const DAMPING: f64 = 0.85;
const RESTART: f64 = 0.15;

/// Each node has the same number of edges, which may go to itself or twice to the same node.
pub(crate) struct Graph {
    nodes: u32,
    degree: u8,
    /// Node by node, where its edges lead.
    edges: Vec<u32>,
}

impl Graph {
    pub(crate) fn random(nodes: u32, degree: u8, seed: u32) -> Self {
        let count = nodes as usize * usize::from(degree);
        let edges = xorshift::numbers(seed).take(count).map(|number| number % nodes).collect();
        Self { nodes, degree, edges }
    }

    /// `rank'[v] = 0.15/nodes + 0.85 × sum over edges u→v of rank[u]/degree`, from 1/nodes each.
    pub(crate) fn ranks(&self, iterations: u32) -> Vec<f64> {
        let nodes = f64::from(self.nodes);
        let mut ranks = vec![1.0 / nodes; self.nodes as usize];
        let mut next = ranks.clone();
        for _ in 0..iterations {
            next.fill(RESTART / nodes);
            for (targets, rank) in self.edges.chunks_exact(self.degree.into()).zip(&ranks) {
                let share = DAMPING * rank / f64::from(self.degree);
                for target in targets {
                    next[*target as usize] += share;
                }
            }
            std::mem::swap(&mut ranks, &mut next);
        }
        ranks
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn close(a: f64, b: f64) -> bool {
        (a - b).abs() < 1e-12
    }

    #[test]
    fn one_node_keeps_all_of_the_rank() {
        assert!(close(Graph::random(1, 3, 7).ranks(50)[0], 1.0));
    }

    #[test]
    fn rank_flows_along_the_edges() {
        // 0 → 1 → 1: the rank of 0 is what everybody gets.
        let graph = Graph { nodes: 2, degree: 1, edges: vec![1, 1] };
        let ranks = graph.ranks(1);
        assert!(close(ranks[0], 0.075) && close(ranks[1], 0.925), "{ranks:?}");
    }

    #[test]
    fn no_rank_is_lost() {
        let ranks = Graph::random(500, 8, 42).ranks(20);
        assert!(close(ranks.iter().sum(), 1.0));
    }
}
