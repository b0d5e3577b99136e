// Package core runs core services in containers on the bridge, where faasd has them: a loopback each, one hosts file,
// containerd's default limits, and logs by the shim's collector.
package core

import (
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
)

// Service is one of a compose file's, as far as it is known here.
type Service struct {
	Image       string   `json:"image"`
	User        string   `json:"user"`
	Command     []string `json:"command"`
	Environment []string `json:"environment"`
	Volumes     []Volume `json:"volumes"`
	DependsOn   []string `json:"depends_on"`
	// Ports are HOST:PORT:TARGET or PORT:TARGET.
	Ports []string `json:"ports"`
	// ReadyLog is waited for in the service's log before what depends on it is started.
	ReadyLog string `json:"x-ready-log"`
}

// Volume is a bind mount; a source that is not absolute is relative to the folder of the services.
type Volume struct {
	Source   string `json:"source"`
	Target   string `json:"target"`
	ReadOnly bool   `json:"read_only"`
}

// Port is what the machine forwards to a service.
type Port struct{ Listen, Target string }

// Read reads a compose file that is written as JSON.
func Read(path string) (map[string]Service, error) {
	content, err := os.ReadFile(path)
	if err != nil {
		return nil, err
	}
	var file struct {
		Services map[string]Service `json:"services"`
	}
	if err := json.Unmarshal(content, &file); err != nil {
		return nil, fmt.Errorf("%s is no compose file in JSON: %w", path, err)
	}
	if len(file.Services) == 0 {
		return nil, fmt.Errorf("%s names no services", path)
	}
	return file.Services, nil
}

// Order sorts services so that each comes after what it depends on, by name where that leaves a choice.
func Order(services map[string]Service) ([]string, error) {
	var order []string
	for len(order) < len(services) {
		next := ""
		for name, service := range services {
			ready := !slices.Contains(order, name) && !slices.ContainsFunc(service.DependsOn, func(on string) bool {
				return !slices.Contains(order, on)
			})
			if ready && (next == "" || name < next) {
				next = name
			}
		}
		if next == "" {
			return nil, fmt.Errorf("only %v can be started: the others wait for each other, or for a service that is not named", order)
		}
		order = append(order, next)
	}
	return order, nil
}

// ports says where to listen, and which port of the service is meant.
func (s Service) ports() ([]Port, error) {
	var ports []Port
	for _, text := range s.Ports {
		parts := strings.Split(text, ":")
		switch len(parts) {
		case 2:
			ports = append(ports, Port{Listen: "0.0.0.0:" + parts[0], Target: parts[1]})
		case 3:
			ports = append(ports, Port{Listen: parts[0] + ":" + parts[1], Target: parts[2]})
		default:
			return nil, fmt.Errorf("%q is not [HOST:]PORT:TARGET", text)
		}
	}
	return ports, nil
}

func within(folder, path string) string {
	if filepath.IsAbs(path) {
		return path
	}
	return filepath.Join(folder, path)
}
