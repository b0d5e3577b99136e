"""The workload `pagerank`: ranks the nodes of a made-up graph by power iteration, in plain Python."""

import json
from array import array
from heapq import nsmallest
from itertools import islice

from exchange import JSON, Answer
from xorshift import xorshift32

BODY_LIMIT = None
DAMPING = 0.85
TOP = 5


def answer(request):
    nodes = request.number("nodes", 1000, 1, 100_000)
    degree = request.number("degree", 8, 1, 64)
    seed = request.number("seed", 42, 1, 0xFFFFFFFF)
    iterations = request.number("iterations", 20, 1, 200)
    # Node by node: the edges of node u are those from u * degree on.
    targets = array("I", (number % nodes for number in islice(xorshift32(seed), nodes * degree)))
    ranks = ranked(nodes, degree, targets, iterations)
    top = nsmallest(TOP, range(nodes), key=lambda node: (-ranks[node], node))
    result = {
        "nodes": nodes,
        "edges": len(targets),
        "iterations": iterations,
        "sum": sum(ranks),
        "top": [{"node": node, "rank": ranks[node]} for node in top],
    }
    return Answer(JSON, json.dumps(result).encode())


def ranked(nodes, degree, targets, iterations):
    ranks = [1 / nodes] * nodes
    base = (1 - DAMPING) / nodes
    for _ in range(iterations):
        incoming = [0.0] * nodes
        for node, rank in enumerate(ranks):
            share = rank / degree
            for target in targets[node * degree : (node + 1) * degree]:
                incoming[target] += share
        ranks = [base + DAMPING * share for share in incoming]
    return ranks
