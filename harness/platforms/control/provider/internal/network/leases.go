package network

import (
	"fmt"
	"os"
	"path/filepath"
	"strconv"
	"strings"
)

// Lease is one file of host-local: an address and the attachment it belongs to.
type Lease struct{ ID, Address string }

// Leases reads every lease file. It is meant for a provider that starts; the hot path must not need it.
func (n *Network) Leases() ([]Lease, error) {
	entries, err := os.ReadDir(n.leaseDir)
	if os.IsNotExist(err) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("cannot read the lease files: %w", err)
	}
	var leases []Lease
	for _, e := range entries {
		content, err := os.ReadFile(filepath.Join(n.leaseDir, e.Name()))
		if err != nil {
			continue
		}
		owner, _, isLease := strings.Cut(string(content), "\n")
		if isLease {
			leases = append(leases, Lease{ID: strings.TrimSpace(owner), Address: e.Name()})
		}
	}
	return leases, nil
}

// ScanLeases finds an address by reading every lease file: the slow way that the defect leak-cni shows.
func (n *Network) ScanLeases(id string) (string, error) {
	leases, err := n.Leases()
	if err != nil {
		return "", err
	}
	for _, l := range leases {
		if l.ID == id {
			return l.Address, nil
		}
	}
	return "", fmt.Errorf("no lease of %s in %s", id, n.leaseDir)
}

// OfTask finds the attachment of a task by its lease.
func (n *Network) OfTask(leases []Lease, name string, pid uint32) (Attachment, bool) {
	for _, l := range leases {
		if a := n.Known(name, pid, l.Address); a.ID == l.ID {
			return a, true
		}
	}
	return Attachment{}, false
}

// Orphans are attachments of a name whose process is gone, left by a provider that did not live to remove them. Some
// have a lease, some only a namespace that is still held.
func (n *Network) Orphans(leases []Lease, name string) []Attachment {
	held, _ := os.ReadDir(n.holdDir)
	for _, e := range held {
		leases = append(leases, Lease{ID: e.Name()})
	}
	seen := map[string]bool{}
	var orphans []Attachment
	for _, l := range leases {
		digits, ok := strings.CutPrefix(l.ID, name+"-")
		pid, err := strconv.ParseUint(digits, 10, 32)
		if !ok || err != nil || seen[l.ID] {
			continue
		}
		seen[l.ID] = true
		if _, err := os.Stat(fmt.Sprintf("/proc/%d/ns/net", pid)); err == nil {
			continue
		}
		orphans = append(orphans, n.Known(name, uint32(pid), l.Address))
	}
	return orphans
}
