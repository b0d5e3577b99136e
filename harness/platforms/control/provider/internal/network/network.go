package network

import (
	"context"
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"time"

	gocni "github.com/containerd/go-cni"
	"golang.org/x/sys/unix"
)

// Options say where things are. BinDir holds the plugins, ConfDir receives the conflist.
type Options struct {
	BinDir, ConfDir string
	// LeaveConfig uses the configuration without writing it: the file belongs to the platform under test.
	LeaveConfig bool
	// Delay above 0 puts a plugin into the chain that waits that long on ADD.
	Delay time.Duration
}

// Network is one loaded CNI configuration, reused for every start.
type Network struct {
	add gocni.CNI
	// del lacks the plugin that waits, so that a delay of ADD costs nothing on DEL.
	del      gocni.CNI
	leaseDir string
	// holdDir pins the namespaces of tasks until Detach, so that CNI DEL of a killed task can undo everything: without
	// the namespace the bridge plugin leaves its masquerading rules behind.
	holdDir string
}

// Attachment is one task's place in the network.
type Attachment struct {
	// ID is what CNI knows it by: name and pid, because host-local refuses a second lease for one id.
	ID            string
	NamespacePath string
	Address       string
}

// Open writes the configuration where needed and loads it.
func Open(o Options) (*Network, error) {
	delay := o.Delay
	if delay > 0 {
		spawn, err := installDelayPlugin(o.BinDir)
		if err != nil {
			return nil, err
		}
		delay = max(delay-spawn, time.Microsecond)
	}
	mtu := bridgeMTU(bridgeName)
	content, err := conflist(delay, mtu)
	if err != nil {
		return nil, err
	}
	if !o.LeaveConfig {
		if err := writeConflist(o.ConfDir, content); err != nil {
			return nil, err
		}
	}
	for _, plugin := range []string{"bridge", "host-local", "firewall"} {
		if _, err := os.Stat(filepath.Join(o.BinDir, plugin)); err != nil {
			return nil, fmt.Errorf("CNI plugin %s is missing in %s: install containernetworking-plugins or name the folder with --cni-bin", plugin, o.BinDir)
		}
	}
	n := &Network{leaseDir: filepath.Join(leaseDataDir, Name), holdDir: "/run/givre/netns"}
	if n.add, err = load(o, content); err != nil {
		return nil, err
	}
	if content, err = conflist(0, mtu); err != nil {
		return nil, err
	}
	if n.del, err = load(o, content); err != nil {
		return nil, err
	}
	if err := os.MkdirAll(n.holdDir, 0o700); err != nil {
		return nil, fmt.Errorf("cannot make the folder for network namespaces: %w", err)
	}
	return n, nil
}

func load(o Options, content []byte) (gocni.CNI, error) {
	cni, err := gocni.New(gocni.WithPluginDir([]string{o.BinDir}), gocni.WithPluginConfDir(o.ConfDir))
	if err != nil {
		return nil, err
	}
	if err := cni.Load(gocni.WithConfListBytes(content)); err != nil {
		return nil, fmt.Errorf("cannot load the CNI configuration: %w", err)
	}
	return cni, nil
}

// Attach runs CNI ADD for a created task and returns its address.
func (n *Network) Attach(ctx context.Context, name string, pid uint32) (Attachment, error) {
	a := n.Known(name, pid, "")
	if err := n.hold(a, pid); err != nil {
		return a, err
	}
	result, err := n.add.Setup(ctx, a.ID, fmt.Sprintf("/proc/%d/ns/net", pid))
	if err != nil {
		return a, fmt.Errorf("CNI ADD failed: %w", err)
	}
	for _, i := range result.Interfaces {
		for _, c := range i.IPConfigs {
			if v4 := c.IP.To4(); v4 != nil && c.Gateway != nil {
				a.Address = v4.String()
			}
		}
	}
	if a.Address == "" {
		return a, errors.New("CNI ADD gave no IPv4 address")
	}
	return a, nil
}

// Known rebuilds the attachment of a task that was started by an earlier process.
func (n *Network) Known(name string, pid uint32, address string) Attachment {
	id := fmt.Sprintf("%s-%d", name, pid)
	return Attachment{ID: id, NamespacePath: filepath.Join(n.holdDir, id), Address: address}
}

// hold pins the namespace by a bind mount, which outlives the task and this process.
func (n *Network) hold(a Attachment, pid uint32) error {
	file, err := os.OpenFile(a.NamespacePath, os.O_CREATE|os.O_RDONLY, 0o400)
	if err != nil {
		return fmt.Errorf("cannot hold the network namespace: %w", err)
	}
	file.Close()
	if err := unix.Mount(fmt.Sprintf("/proc/%d/ns/net", pid), a.NamespacePath, "", unix.MS_BIND, ""); err != nil {
		return fmt.Errorf("cannot hold the network namespace of process %d: %w", pid, err)
	}
	return nil
}

// Detach runs CNI DEL and lets the namespace go. It works for a task that is long dead.
func (n *Network) Detach(ctx context.Context, a Attachment) error {
	path := a.NamespacePath
	if _, err := os.Stat(path); err != nil {
		path = ""
	}
	err := n.del.Remove(ctx, a.ID, path)
	n.Forget(a)
	if err != nil {
		return fmt.Errorf("CNI DEL failed: %w", err)
	}
	return nil
}

// Forget lets the namespace go without CNI DEL: lease and rules stay behind.
func (n *Network) Forget(a Attachment) {
	_ = unix.Unmount(a.NamespacePath, unix.MNT_DETACH)
	_ = os.Remove(a.NamespacePath)
}
