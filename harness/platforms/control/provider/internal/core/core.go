package core

import (
	"bytes"
	"context"
	"fmt"
	"log"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"syscall"
	"time"

	"github.com/containerd/containerd"
	"github.com/containerd/containerd/cio"
	"github.com/containerd/containerd/errdefs"
	"github.com/containerd/containerd/oci"
	specs "github.com/opencontainers/runtime-spec/specs-go"

	"givre.dev/provider/internal/machine"
	"givre.dev/provider/internal/network"
)

// Namespace of containerd in which OpenFaaS platforms keep their core services.
const Namespace = "openfaas"

const (
	readyTimeout = 20 * time.Second
	endTimeout   = 3 * time.Second
)

// Core is a group of services; one per process.
type Core struct {
	Client  *containerd.Client
	Network *network.Network
	// Folder is what relative paths in the services begin from; it receives the hosts file.
	Folder string
	// LogsDir receives one file per service: NAME.log.
	LogsDir string
	// ProviderHost is the name by which services find the machine itself, at GatewayAddress.
	ProviderHost, GatewayAddress string

	running []running
}

type running struct {
	name       string
	container  containerd.Container
	task       containerd.Task
	attachment network.Attachment
}

// Start runs the services one after the other and says where the machine is to forward what. What an earlier process
// has left of them is removed first.
func (c *Core) Start(ctx context.Context, services map[string]Service) ([]Port, error) {
	order, err := Order(services)
	if err != nil {
		return nil, err
	}
	for _, name := range order {
		if err := c.clear(ctx, name); err != nil {
			return nil, fmt.Errorf("cannot remove an old %s: %w", name, err)
		}
	}
	hosts := fmt.Sprintf("127.0.0.1\tlocalhost\n%s\t%s\n", c.GatewayAddress, c.ProviderHost)
	if err := os.WriteFile(c.hostsFile(), []byte(hosts), 0o644); err != nil {
		return nil, err
	}
	var forwarded []Port
	for _, name := range order {
		address, err := c.start(ctx, name, services[name])
		if err != nil {
			return nil, fmt.Errorf("cannot start %s: %w", name, err)
		}
		ports, err := services[name].ports()
		if err != nil {
			return nil, err
		}
		for _, port := range ports {
			forwarded = append(forwarded, Port{Listen: port.Listen, Target: address + ":" + port.Target})
		}
	}
	return forwarded, nil
}

func (c *Core) hostsFile() string { return filepath.Join(c.Folder, "hosts") }

func (c *Core) logFile(name string) string { return filepath.Join(c.LogsDir, name+".log") }

func (c *Core) start(ctx context.Context, name string, s Service) (string, error) {
	image, err := (&machine.Machine{Client: c.Client}).Image(ctx, s.Image, true)
	if err != nil {
		return "", err
	}
	mounts, err := c.mounts(s)
	if err != nil {
		return "", err
	}
	options := []oci.SpecOpts{
		oci.WithImageConfig(image), oci.WithHostname(name), oci.WithCapabilities(nil), oci.WithMounts(mounts), oci.WithEnv(s.Environment),
	}
	if s.User != "" {
		options = append(options, oci.WithUser(s.User))
	}
	if len(s.Command) > 0 {
		options = append(options, oci.WithProcessArgs(s.Command...))
	}
	container, err := c.Client.NewContainer(ctx, name, containerd.WithImage(image), containerd.WithSnapshotter(machine.Snapshotter),
		containerd.WithNewSnapshot(snapshotOf(name), image), containerd.WithNewSpec(options...))
	if err != nil {
		return "", err
	}
	return c.run(ctx, name, s, container)
}

func (c *Core) run(ctx context.Context, name string, s Service, container containerd.Container) (string, error) {
	self, err := os.Executable()
	if err != nil {
		return "", err
	}
	written := sizeOf(c.logFile(name))
	task, err := container.NewTask(ctx, cio.BinaryIO(self, map[string]string{machine.CollectAll: c.logFile(name)}))
	if err != nil {
		return "", err
	}
	attachment, err := c.Network.Attach(ctx, name, task.Pid())
	if err != nil {
		return "", err
	}
	c.running = append(c.running, running{name, container, task, attachment})
	log.Printf("%s has IP: %s", name, attachment.Address)
	if err := c.addHost(attachment.Address, name); err != nil {
		return "", err
	}
	if err := task.Start(ctx); err != nil {
		return "", err
	}
	return attachment.Address, c.awaitReady(ctx, name, s.ReadyLog, written)
}

func (c *Core) addHost(address, name string) error {
	file, err := os.OpenFile(c.hostsFile(), os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		return err
	}
	defer file.Close()
	_, err = fmt.Fprintf(file, "%s\t%s\n", address, name)
	return err
}

// awaitReady waits for a text in what the service's log has got since `from`.
func (c *Core) awaitReady(ctx context.Context, name, text string, from int64) error {
	if text == "" {
		return nil
	}
	for deadline := time.Now().Add(readyTimeout); time.Now().Before(deadline); time.Sleep(20 * time.Millisecond) {
		if content, err := os.ReadFile(c.logFile(name)); err == nil && int64(len(content)) > from && bytes.Contains(content[from:], []byte(text)) {
			return nil
		}
		if ctx.Err() != nil {
			return ctx.Err()
		}
	}
	return fmt.Errorf("%q did not appear in its log within %s", text, readyTimeout)
}

func (c *Core) mounts(s Service) ([]specs.Mount, error) {
	var mounts []specs.Mount
	for _, volume := range s.Volumes {
		source := within(c.Folder, volume.Source)
		if err := c.folderFor(source, s.User); err != nil {
			return nil, err
		}
		mounts = append(mounts, bind(source, volume.Target, volume.ReadOnly))
	}
	resolver := filepath.Join(c.Folder, "resolv.conf")
	if _, err := os.Stat(resolver); err == nil {
		mounts = append(mounts, bind(resolver, "/etc/resolv.conf", true))
	}
	return append(mounts, bind(c.hostsFile(), "/etc/hosts", true)), nil
}

// folderFor makes a folder that is to be mounted and is not there, and gives it to the service's user.
func (c *Core) folderFor(source, user string) error {
	if _, err := os.Stat(source); err == nil {
		return nil
	}
	if err := os.MkdirAll(source, 0o755); err != nil {
		return err
	}
	if id, err := strconv.Atoi(user); err == nil {
		return os.Chown(source, id, -1)
	}
	return nil
}

func bind(source, target string, readOnly bool) specs.Mount {
	mode := "rw"
	if readOnly {
		mode = "ro"
	}
	return specs.Mount{Source: source, Destination: target, Type: "bind", Options: []string{"rbind", mode}}
}

// Stop ends all services and removes them.
func (c *Core) Stop(ctx context.Context) {
	for i := len(c.running) - 1; i >= 0; i-- {
		if err := c.clear(ctx, c.running[i].name); err != nil {
			log.Printf("%s: %v", c.running[i].name, err)
		}
	}
	c.running = nil
}

// clear removes a service with its task, its place in the network and its writable layer, whoever has started it.
func (c *Core) clear(ctx context.Context, name string) error {
	container, err := c.Client.LoadContainer(ctx, name)
	if err == nil {
		err = c.clearContainer(ctx, name, container)
	}
	if err != nil && !errdefs.IsNotFound(err) {
		return err
	}
	leases, err := c.Network.Leases()
	if err != nil {
		return err
	}
	for _, orphan := range c.Network.Orphans(leases, name) {
		if err := c.Network.Detach(ctx, orphan); err != nil {
			log.Printf("%s: %v", name, err)
		}
	}
	err = c.Client.SnapshotService(machine.Snapshotter).Remove(ctx, snapshotOf(name))
	if err != nil && !errdefs.IsNotFound(err) && !strings.Contains(err.Error(), "not found") {
		return err
	}
	return nil
}

func (c *Core) clearContainer(ctx context.Context, name string, container containerd.Container) error {
	task, err := container.Task(ctx, nil)
	if err == nil {
		if err := c.end(ctx, task); err != nil {
			return err
		}
		if err := c.Network.Detach(ctx, c.Network.Known(name, task.Pid(), "")); err != nil {
			log.Printf("%s: %v", name, err)
		}
		if _, err := task.Delete(ctx, containerd.WithProcessKill); err != nil && !errdefs.IsNotFound(err) {
			return err
		}
	}
	return container.Delete(ctx, containerd.WithSnapshotCleanup)
}

func (c *Core) end(ctx context.Context, task containerd.Task) error {
	ended, err := task.Wait(ctx)
	if err != nil {
		return err
	}
	_ = task.Kill(ctx, syscall.SIGTERM)
	select {
	case <-ended:
	case <-time.After(endTimeout):
		_ = task.Kill(ctx, syscall.SIGKILL, containerd.WithKillAll)
		<-ended
	}
	return nil
}

func snapshotOf(name string) string { return name + "-snapshot" }

func sizeOf(path string) int64 {
	info, err := os.Stat(path)
	if err != nil {
		return 0
	}
	return info.Size()
}
