package workloads

import (
	"encoding/json"
	"math"
	"net/http"
	"testing"
)

func TestPrimesAreCountedUpToAndWithN(t *testing.T) {
	url := start(t, "primes")
	for query, want := range map[string]string{
		"":           `{"n":100000,"count":9592,"largest":99991}`,
		"?n=1":       `{"n":1,"count":0,"largest":0}`,
		"?n=2":       `{"n":2,"count":1,"largest":2}`,
		"?n=9":       `{"n":9,"count":4,"largest":7}`,
		"?n=1000000": `{"n":1000000,"count":78498,"largest":999983}`,
	} {
		expectJSON(t, post(t, url+query, "dropped"), want)
	}
	expectRefusal(t, post(t, url+"?n=0", ""), http.StatusBadRequest, "parameter n ")
	expectRefusal(t, post(t, url+"?n=10000001", ""), http.StatusBadRequest, "parameter n ")
}

func TestPagerankOfOneNodeIsOne(t *testing.T) {
	expectJSON(t, post(t, start(t, "pagerank")+"?nodes=1&degree=2", ""),
		`{"nodes":1,"edges":2,"iterations":20,"sum":1,"top":[{"node":0,"rank":1}]}`)
}

func TestPagerankFollowsItsFormulaOnASmallGraph(t *testing.T) {
	// xorshift32 from seed 1 begins 270369, 67634689, 2647435461: edges 0→0, 1→1, 2→0 modulo 3.
	got := post(t, start(t, "pagerank")+"?nodes=3&degree=1&seed=1&iterations=1", "")
	var ranking ranking
	if err := json.Unmarshal([]byte(got.body), &ranking); err != nil {
		t.Fatal(err)
	}
	want := []ranked{{0, 0.05 + 0.85*2/3}, {1, 0.05 + 0.85/3}, {2, 0.05}}
	if len(ranking.Top) != 3 || ranking.Edges != 3 || math.Abs(ranking.Sum-1) > 1e-9 {
		t.Fatalf("got %+v", got)
	}
	for i, top := range ranking.Top {
		if top.Node != want[i].Node || math.Abs(top.Rank-want[i].Rank) > 1e-9 {
			t.Errorf("got %+v, want %+v", top, want[i])
		}
	}
}

func TestPagerankKeepsTheSumOfAllRanksAndShowsFiveFallingOnes(t *testing.T) {
	got := post(t, start(t, "pagerank"), "dropped")
	var ranking ranking
	if err := json.Unmarshal([]byte(got.body), &ranking); err != nil {
		t.Fatal(err)
	}
	if ranking.Nodes != 1000 || ranking.Edges != 8000 || len(ranking.Top) != 5 || math.Abs(ranking.Sum-1) > 1e-9 {
		t.Errorf("got %+v", ranking)
	}
	for i := range ranking.Top[1:] {
		if ranking.Top[i].Rank < ranking.Top[i+1].Rank {
			t.Errorf("got %+v", ranking.Top)
		}
	}
}

func TestPagerankRefusesParametersOutOfTheirRange(t *testing.T) {
	url := start(t, "pagerank")
	for query, word := range map[string]string{
		"nodes=0": "nodes", "nodes=100001": "nodes", "degree=65": "degree", "seed=0": "seed", "seed=4294967296": "seed",
		"iterations=201": "iterations",
	} {
		expectRefusal(t, post(t, url+"?"+query, ""), http.StatusBadRequest, word)
	}
}
