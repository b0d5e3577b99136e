package workloads

import (
	"cmp"
	"math"
	"net/http"
	"slices"

	"givre.dev/peer-functions/go/workloads/internal/serving"
)

const (
	damping   = 0.85
	topRanked = 5
)

type ranking struct {
	Nodes      int      `json:"nodes"`
	Edges      int      `json:"edges"`
	Iterations int      `json:"iterations"`
	Sum        float64  `json:"sum"`
	Top        []ranked `json:"top"`
}

type ranked struct {
	Node int     `json:"node"`
	Rank float64 `json:"rank"`
}

func pagerank() serving.Workload {
	return serving.Workload{Answer: answerPagerank}
}

func answerPagerank(w http.ResponseWriter, r *http.Request) error {
	parameters := serving.ParametersOf(r)
	nodes := parameters.Integer("nodes", 1000, 1, 100_000)
	degree := parameters.Integer("degree", 8, 1, 64)
	seed := parameters.Integer("seed", 42, 1, math.MaxUint32)
	iterations := parameters.Integer("iterations", 20, 1, 200)
	if err := parameters.Err(); err != nil {
		return err
	}
	if err := serving.DropBody(r); err != nil {
		return err
	}
	edges := randomEdges(nodes, degree, uint32(seed))
	ranks := rank(edges, nodes, degree, iterations)
	sum := 0.0
	for _, rank := range ranks {
		sum += rank
	}
	return serving.JSON(w, ranking{nodes, len(edges), iterations, sum, top(ranks)})
}

// randomEdges has the targets of node 0's edges first, degree of them, then those of node 1, and so on.
func randomEdges(nodes, degree int, seed uint32) []uint32 {
	random := xorshift32(seed)
	edges := make([]uint32, nodes*degree)
	for i := range edges {
		edges[i] = random.next() % uint32(nodes)
	}
	return edges
}

// rank is the power iteration of Page, Brin, Motwani and Winograd, "The PageRank Citation Ranking" (1999).
func rank(edges []uint32, nodes, degree, iterations int) []float64 {
	ranks, next := make([]float64, nodes), make([]float64, nodes)
	for node := range ranks {
		ranks[node] = 1 / float64(nodes)
	}
	for range iterations {
		for node := range next {
			next[node] = (1 - damping) / float64(nodes)
		}
		for node, rank := range ranks {
			share := damping * rank / float64(degree)
			for _, target := range edges[node*degree : (node+1)*degree] {
				next[target] += share
			}
		}
		ranks, next = next, ranks
	}
	return ranks
}

// top has the highest ranks, equal ones by rising node.
func top(ranks []float64) []ranked {
	all := make([]ranked, len(ranks))
	for node, rank := range ranks {
		all[node] = ranked{node, rank}
	}
	slices.SortStableFunc(all, func(a, b ranked) int { return cmp.Compare(b.Rank, a.Rank) })
	return all[:min(topRanked, len(all))]
}
