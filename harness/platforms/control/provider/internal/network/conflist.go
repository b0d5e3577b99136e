// Package network attaches a task to the CNI bridge and finds its address.
package network

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net"
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
	// ethernetMTU is what the bridge plugin gives to both ends when it is told nothing.
	ethernetMTU = 1500
)

type object = map[string]any

// bridgeMTU is that of a bridge which was made before, to suit a machine whose network carries smaller packets than
// Ethernet's; 0 where there is nothing to say.
func bridgeMTU(name string) int {
	bridge, err := net.InterfaceByName(name)
	if err != nil || bridge.MTU == ethernetMTU {
		return 0
	}
	return bridge.MTU
}

// conflist is the network configuration; a delay above 0 adds the plugin that waits that long, an MTU above 0 holds for
// both ends of a function's link.
func conflist(delay time.Duration, mtu int) ([]byte, error) {
	bridge := object{
		"type": "bridge", "bridge": bridgeName, "isGateway": true, "ipMasq": true,
		"ipam": object{
			"type": "host-local", "subnet": subnet, "dataDir": leaseDataDir,
			"routes": []object{{"dst": "0.0.0.0/0"}},
		},
	}
	if mtu > 0 {
		bridge["mtu"] = mtu
	}
	plugins := []object{bridge, {"type": "firewall"}}
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
