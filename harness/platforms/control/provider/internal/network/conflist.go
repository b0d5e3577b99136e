// Package network attaches a task to the CNI bridge and finds its address.
package network

import (
	"bytes"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"time"
)

// What every platform under test shares, so that an observer need not know which one runs.
const (
	Name         = "openfaas-cni-bridge"
	bridgeName   = "openfaas0"
	subnet       = "10.62.0.0/16"
	leaseDataDir = "/var/run/cni"
	conflistFile = "10-openfaas.conflist"
	delayPlugin  = "givre-delay"
)

type object = map[string]any

// conflist is the network configuration; a delay above 0 adds the plugin that waits that long.
func conflist(delay time.Duration) ([]byte, error) {
	plugins := []object{
		{
			"type": "bridge", "bridge": bridgeName, "isGateway": true, "ipMasq": true,
			"ipam": object{
				"type": "host-local", "subnet": subnet, "dataDir": leaseDataDir,
				"routes": []object{{"dst": "0.0.0.0/0"}},
			},
		},
		{"type": "firewall"},
	}
	if delay > 0 {
		plugins = append(plugins, object{"type": delayPlugin, "delay": delay.String()})
	}
	// 0.4.0 is spoken by every plugin release in use, Debian 12's included.
	return json.MarshalIndent(object{"cniVersion": "0.4.0", "name": Name, "plugins": plugins}, "", "  ")
}

// writeConflist puts the configuration in place if it is absent or different.
func writeConflist(dir string, content []byte) error {
	path := filepath.Join(dir, conflistFile)
	if old, err := os.ReadFile(path); err == nil && bytes.Equal(old, content) {
		return nil
	}
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return fmt.Errorf("cannot make the CNI configuration folder: %w", err)
	}
	next := path + ".tmp"
	if err := os.WriteFile(next, content, 0o644); err != nil {
		return fmt.Errorf("cannot write the CNI configuration: %w", err)
	}
	return os.Rename(next, path)
}
