import { setImmediate as breathe } from 'node:timers/promises';
import { dropBody } from '../serving/body.ts';
import { integer } from '../serving/parameters.ts';
import { json, type Workload } from '../serving/workload.ts';
import { xorshift32 } from './xorshift.ts';

const damping = 0.85;
const shown = 5;

interface Graph {
  readonly nodes: number;
  readonly degree: number;
  /** The targets of node 0's edges first, `degree` of them, then those of node 1, and so on. */
  readonly edges: Uint32Array;
}

export const workload: Workload = {
  bodyLimitBytes: Number.POSITIVE_INFINITY,
  async answer({ parameters, body }) {
    const nodes = integer(parameters, 'nodes', { fallback: 1000, low: 1, high: 100_000 });
    const degree = integer(parameters, 'degree', { fallback: 8, low: 1, high: 64 });
    const seed = integer(parameters, 'seed', { fallback: 42, low: 1, high: 2 ** 32 - 1 });
    const iterations = integer(parameters, 'iterations', { fallback: 20, low: 1, high: 200 });
    await dropBody(body);
    const random = xorshift32(seed);
    const edges = new Uint32Array(nodes * degree).map(() => random() % nodes);
    const ranks = await rank({ nodes, degree, edges }, iterations);
    const sum = ranks.reduce((total, value) => total + value, 0);
    return json({ nodes, edges: edges.length, iterations, sum, top: top(ranks) });
  },
};

/** The power iteration of Page, Brin, Motwani and Winograd, "The PageRank Citation Ranking" (1999). */
async function rank(graph: Graph, iterations: number): Promise<Float64Array> {
  let ranks = new Float64Array(graph.nodes).fill(1 / graph.nodes);
  let next = new Float64Array(graph.nodes);
  for (let iteration = 0; iteration < iterations; iteration++) {
    spread(graph, ranks, next);
    [ranks, next] = [next, ranks];
    // Health checks and signals have their turn in between.
    await breathe();
  }
  return ranks;
}

function spread({ nodes, degree, edges }: Graph, ranks: Float64Array, next: Float64Array): void {
  next.fill((1 - damping) / nodes);
  let edge = 0;
  for (let node = 0; node < nodes; node++) {
    const share = (damping * (ranks[node] ?? 0)) / degree;
    for (const end = edge + degree; edge < end; edge++) {
      const target = edges[edge] ?? 0;
      next[target] = (next[target] ?? 0) + share;
    }
  }
}

/** The highest ranks, equal ones by rising node. */
function top(ranks: Float64Array) {
  const all = Array.from(ranks, (rank, node) => ({ node, rank }));
  return all.sort((a, b) => b.rank - a.rank || a.node - b.node).slice(0, shown);
}
