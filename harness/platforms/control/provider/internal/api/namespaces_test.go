package api

import (
	"context"
	"slices"
	"testing"

	"github.com/containerd/containerd/namespaces"
)

// labelled is a store of namespaces that knows their labels and nothing else.
type labelled struct {
	namespaces.Store
	labels map[string]map[string]string
}

func (l labelled) List(context.Context) ([]string, error) {
	var names []string
	for name := range l.labels {
		names = append(names, name)
	}
	return names, nil
}

func (l labelled) Labels(_ context.Context, name string) (map[string]string, error) {
	return l.labels[name], nil
}

func TestNamespacesWithEitherOfFaasdsLabelsHoldFunctions(t *testing.T) {
	store := labelled{labels: map[string]map[string]string{
		"openfaas-fn": {},
		"one":         {"openfaas": "1"},
		"true":        {"openfaas": "true"},
		"yes":         {"openfaas": "yes"},
		"openfaas":    {},
	}}
	names, err := Namespaces(context.Background(), store, "openfaas-fn")
	if err != nil || !slices.Equal(names, []string{"one", "openfaas-fn", "true"}) {
		t.Fatal(names, err)
	}
}
