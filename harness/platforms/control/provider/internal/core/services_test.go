package core

import (
	"os"
	"path/filepath"
	"slices"
	"testing"
)

func TestServicesStartAfterWhatTheyDependOn(t *testing.T) {
	order, err := Order(map[string]Service{
		"queue-worker": {DependsOn: []string{"nats", "gateway"}},
		"gateway":      {DependsOn: []string{"nats", "prometheus"}},
		"nats":         {},
		"prometheus":   {},
	})
	if want := []string{"nats", "prometheus", "gateway", "queue-worker"}; err != nil || !slices.Equal(order, want) {
		t.Fatalf("%v, %v", order, err)
	}
}

func TestServicesThatWaitForEachOtherAreRefused(t *testing.T) {
	for _, services := range []map[string]Service{
		{"a": {DependsOn: []string{"b"}}, "b": {DependsOn: []string{"a"}}},
		{"a": {DependsOn: []string{"nobody"}}},
	} {
		if order, err := Order(services); err == nil {
			t.Fatalf("ordered as %v", order)
		}
	}
}

func TestPortsAreTakenFromAComposeFile(t *testing.T) {
	path := filepath.Join(t.TempDir(), "services.json")
	content := `{"services":{"gateway":{"image":"i","ports":["8080:8080","127.0.0.1:9090:90"]},"odd":{"ports":["1"]}}}`
	if err := os.WriteFile(path, []byte(content), 0o644); err != nil {
		t.Fatal(err)
	}
	services, err := Read(path)
	if err != nil {
		t.Fatal(err)
	}
	ports, err := services["gateway"].ports()
	want := []Port{{"0.0.0.0:8080", "8080"}, {"127.0.0.1:9090", "90"}}
	if err != nil || !slices.Equal(ports, want) {
		t.Fatalf("%v, %v", ports, err)
	}
	if _, err := services["odd"].ports(); err == nil {
		t.Fatal("a port without a target was taken")
	}
}
