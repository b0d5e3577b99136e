// Package workloads has what the functions compute, a file each.
package workloads

import (
	"fmt"
	"maps"
	"slices"
	"strings"

	"givre.dev/peer-functions/go/workloads/internal/serving"
)

// Constructors, so that a workload that is not the chosen one costs nothing.
var byName = map[string]func() serving.Workload{
	"alloc":     alloc,
	"compress":  compress,
	"echo":      echo,
	"hash":      hash,
	"json":      jsonWorkload,
	"kv":        kv,
	"pagerank":  pagerank,
	"primes":    primes,
	"sleep":     sleep,
	"template":  templateWorkload,
	"thumbnail": thumbnail,
}

// New makes the workload of that name.
func New(name string) (serving.Workload, error) {
	if construct, known := byName[name]; known {
		return construct(), nil
	}
	names := slices.Sorted(maps.Keys(byName))
	return serving.Workload{}, fmt.Errorf("WORKLOAD is %q; set it to one of: %s", name, strings.Join(names, ", "))
}
