package network

import (
	"encoding/json"
	"net"
	"os"
	"path/filepath"
	"testing"
	"time"
)

type parsed struct {
	Name    string
	Plugins []struct {
		Type, Bridge, Delay string
		IPMasq, IsGateway   bool
		MTU                 *int
		IPAM                struct{ Type, Subnet, DataDir string }
	}
}

func parse(t *testing.T, content []byte) parsed {
	t.Helper()
	var p parsed
	if err := json.Unmarshal(content, &p); err != nil {
		t.Fatal(err)
	}
	return p
}

func TestTheConflistIsWhatEveryPlatformShares(t *testing.T) {
	content, err := conflist(0, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := parse(t, content)
	if p.Name != "openfaas-cni-bridge" || len(p.Plugins) != 2 || p.Plugins[1].Type != "firewall" {
		t.Fatalf("%s", content)
	}
	b := p.Plugins[0]
	if b.Type != "bridge" || b.Bridge != "openfaas0" || !b.IPMasq || !b.IsGateway ||
		b.IPAM.Type != "host-local" || b.IPAM.Subnet != "10.62.0.0/16" || b.IPAM.DataDir != "/var/run/cni" {
		t.Errorf("%s", content)
	}
	if b.MTU != nil {
		t.Errorf("an MTU that nobody asked for: %s", content)
	}
}

func TestFunctionsGetTheMTUOfABridgeThatWasMadeForASmallerNetwork(t *testing.T) {
	content, err := conflist(0, 1450)
	if err != nil {
		t.Fatal(err)
	}
	if mtu := parse(t, content).Plugins[0].MTU; mtu == nil || *mtu != 1450 {
		t.Errorf("%s", content)
	}
	loopback, err := net.InterfaceByName("lo")
	if err != nil {
		t.Fatal(err)
	}
	if got := bridgeMTU("lo"); got != loopback.MTU || got == 0 {
		t.Errorf("%d instead of %d", got, loopback.MTU)
	}
	if got := bridgeMTU("givre-no-such"); got != 0 {
		t.Errorf("a bridge that is not there has the MTU %d", got)
	}
}

func TestADelayIsAPluginAtTheEndOfTheChain(t *testing.T) {
	content, err := conflist(17*time.Millisecond, 0)
	if err != nil {
		t.Fatal(err)
	}
	p := parse(t, content)
	if len(p.Plugins) != 3 || p.Plugins[2].Type != "givre-delay" || p.Plugins[2].Delay != "17ms" {
		t.Errorf("%s", content)
	}
}

func TestTheConflistIsWrittenOnlyIfAbsentOrDifferent(t *testing.T) {
	dir := filepath.Join(t.TempDir(), "net.d")
	path := filepath.Join(dir, conflistFile)
	if err := writeConflist(dir, []byte("one")); err != nil {
		t.Fatal(err)
	}
	long := time.Now().Add(-time.Hour).Truncate(time.Second)
	if err := os.Chtimes(path, long, long); err != nil {
		t.Fatal(err)
	}
	if err := writeConflist(dir, []byte("one")); err != nil {
		t.Fatal(err)
	}
	if info, _ := os.Stat(path); !info.ModTime().Equal(long) {
		t.Error("the same content was written again")
	}
	if err := writeConflist(dir, []byte("two")); err != nil {
		t.Fatal(err)
	}
	if content, _ := os.ReadFile(path); string(content) != "two" {
		t.Errorf("%q", content)
	}
}

func TestLeasesAreFoundByTheirOwner(t *testing.T) {
	dir := t.TempDir()
	for name, content := range map[string]string{
		"10.62.0.2": "hello-4000000001\r\neth0", "10.62.0.3": "hello-2-4000000002\r\neth0",
		"10.62.0.4": "other-4000000003\neth0", "last_reserved_ip.0": "10.62.0.4", "lock": "",
	} {
		if err := os.WriteFile(filepath.Join(dir, name), []byte(content), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	n := &Network{leaseDir: dir}
	if got, err := n.ScanLeases("other-4000000003"); err != nil || got != "10.62.0.4" {
		t.Errorf("%q %v", got, err)
	}
	if _, err := n.ScanLeases("nobody-1"); err == nil {
		t.Error("a lease of nobody was found")
	}
	leases, err := n.Leases()
	if err != nil || len(leases) != 3 {
		t.Fatalf("%v %v", leases, err)
	}
	orphans := n.Orphans(leases, "hello")
	if len(orphans) != 1 || orphans[0].Address != "10.62.0.2" {
		t.Errorf("another function's lease was taken for one of hello: %v", orphans)
	}
	if a, ok := n.OfTask(leases, "hello-2", 4000000002); !ok || a.Address != "10.62.0.3" {
		t.Errorf("%v %v", a, ok)
	}
}
