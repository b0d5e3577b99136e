package main

import (
	"context"
	"fmt"
	"io"
	"net"
	"strings"
	"syscall"
	"time"

	"github.com/containerd/containerd"
	"github.com/containerd/containerd/errdefs"
	"github.com/containerd/containerd/images"
	"github.com/containerd/containerd/namespaces"
	"github.com/containerd/containerd/oci"

	"givre.dev/provider/internal/machine"
)

const (
	namespace     = "givre-floor"
	containerName = "givre-floor"
	answerPoll    = 200 * time.Microsecond
	answerTimeout = 10 * time.Second
)

type floor struct {
	machine *machine.Machine
	ref     string
	image   containerd.Image
	unit    *machine.Unit
}

// phases of one start in nanoseconds; one that the level does not have is 0. Their sum is at most the total.
type phases struct {
	PullNs      int64 `json:"pullNs"`
	ContainerNs int64 `json:"containerNs"`
	machine.Timings
	AnswerNs int64 `json:"answerNs"`
}

type sample struct {
	Level   string `json:"level"`
	TotalNs int64  `json:"totalNs"`
	Phases  phases `json:"phases"`
	PID     uint32 `json:"pid"`
}

// setup pulls the image and starts the server once, so that every level has something to prepare from.
func (f *floor) setup(ctx context.Context, ref string) error {
	if ref == "" {
		return failed("bad-request", "setup needs an image")
	}
	if err := f.teardown(ctx); err != nil {
		return err
	}
	store := f.machine.Client.NamespaceService()
	if err := store.Create(ctx, namespace, nil); err != nil && !errdefs.IsAlreadyExists(err) {
		return fmt.Errorf("cannot make containerd namespace %s: %w", namespace, err)
	}
	ctx = namespaces.WithNamespace(ctx, namespace)
	image, err := f.machine.Image(ctx, ref, false)
	if err != nil {
		return failed("no-image", "%v", err)
	}
	f.ref, f.image = ref, image
	if err := f.removeOld(ctx); err != nil {
		return err
	}
	if err := f.create(ctx); err != nil {
		return err
	}
	if _, err := f.machine.Start(ctx, f.unit); err != nil {
		return err
	}
	_, err = f.firstAnswer()
	return err
}

// start prepares the level outside the window, and then measures from nothing to the first correct answer.
func (f *floor) start(ctx context.Context, level string) (any, error) {
	if f.image == nil {
		return nil, failed("not-set-up", "call setup first")
	}
	if level != "L1" && level != "L2" && level != "L3" {
		return nil, failed("bad-request", "unknown level %q; known: L1, L2, L3", level)
	}
	ctx = namespaces.WithNamespace(ctx, namespace)
	if err := f.prepare(ctx, level); err != nil {
		return nil, fmt.Errorf("cannot prepare level %s: %w", level, err)
	}
	s := sample{Level: level}
	begin := time.Now()
	lapBegin := begin
	lap := func() int64 {
		now := time.Now()
		d := now.Sub(lapBegin).Nanoseconds()
		lapBegin = now
		return d
	}
	var err error
	if level == "L3" {
		if f.image, err = f.machine.Image(ctx, f.ref, false); err != nil {
			return nil, failed("no-image", "%v", err)
		}
		s.Phases.PullNs = lap()
	}
	if level != "L1" {
		if err := f.create(ctx); err != nil {
			return nil, err
		}
		s.Phases.ContainerNs = lap()
	}
	if s.Phases.Timings, err = f.machine.Start(ctx, f.unit); err != nil {
		return nil, err
	}
	s.PID = f.unit.PID
	lap()
	if s.Phases.AnswerNs, err = f.firstAnswer(); err != nil {
		return nil, err
	}
	s.TotalNs = time.Since(begin).Nanoseconds()
	return s, nil
}

// prepare brings the machine to where the level begins. L1 leaves the remains of a killed task to the measured start,
// as the provider does: they are a phase of their own there.
func (f *floor) prepare(ctx context.Context, level string) error {
	if f.unit == nil {
		if err := f.create(ctx); err != nil {
			return err
		}
	}
	if f.unit.Task == nil {
		if _, err := f.machine.Start(ctx, f.unit); err != nil {
			return err
		}
	}
	if level == "L1" {
		if err := f.unit.Task.Kill(ctx, syscall.SIGKILL); err != nil && !errdefs.IsNotFound(err) {
			return err
		}
		select {
		case <-f.unit.Exited:
			return nil
		case <-time.After(5 * time.Second):
			return fmt.Errorf("process %d did not end within 5 s of SIGKILL", f.unit.PID)
		}
	}
	if err := f.remove(ctx); err != nil {
		return err
	}
	if level == "L3" {
		return f.removeImage(ctx)
	}
	return nil
}

func (f *floor) create(ctx context.Context) error {
	container, err := f.machine.Client.NewContainer(ctx, containerName,
		containerd.WithImage(f.image),
		containerd.WithSnapshotter(machine.Snapshotter),
		containerd.WithNewSnapshot(containerName, f.image),
		containerd.WithRuntime("io.containerd.runc.v2", nil),
		containerd.WithNewSpec(oci.WithImageConfig(f.image), oci.WithHostname(containerName)),
	)
	if err != nil {
		return fmt.Errorf("cannot create the container: %w", err)
	}
	f.unit = &machine.Unit{Namespace: namespace, Name: containerName, Container: container}
	return nil
}

func (f *floor) remove(ctx context.Context) error {
	if f.unit == nil {
		return nil
	}
	if err := f.machine.Stop(ctx, f.unit); err != nil {
		return err
	}
	if err := f.unit.Container.Delete(ctx, containerd.WithSnapshotCleanup); err != nil && !errdefs.IsNotFound(err) {
		return err
	}
	f.unit = nil
	return nil
}

// removeOld clears what a floor that was killed by force has left.
func (f *floor) removeOld(ctx context.Context) error {
	leases, err := f.machine.Network.Leases()
	if err != nil {
		return err
	}
	container, err := f.machine.Client.LoadContainer(ctx, containerName)
	if err == nil {
		if task, err := container.Task(ctx, nil); err == nil {
			_, _ = task.Delete(ctx, containerd.WithProcessKill)
		}
		if err := container.Delete(ctx, containerd.WithSnapshotCleanup); err != nil && !errdefs.IsNotFound(err) {
			return err
		}
	}
	for _, orphan := range f.machine.Network.Orphans(leases, containerName) {
		if err := f.machine.Network.Detach(ctx, orphan); err != nil {
			return err
		}
	}
	return nil
}

// removeImage waits for the garbage collection, so that the next pull fetches the blobs again.
func (f *floor) removeImage(ctx context.Context) error {
	err := f.machine.Client.ImageService().Delete(ctx, f.image.Name(), images.SynchronousDelete())
	if errdefs.IsNotFound(err) {
		return nil
	}
	return err
}

func (f *floor) teardown(ctx context.Context) error {
	if f.image == nil {
		return nil
	}
	ctx, cancel := context.WithTimeout(namespaces.WithNamespace(context.WithoutCancel(ctx), namespace), 30*time.Second)
	defer cancel()
	if err := f.remove(ctx); err != nil {
		return err
	}
	err := f.removeImage(ctx)
	f.image = nil
	return err
}

// firstAnswer asks over a fresh connection each time until the answer is right. It returns nanoseconds.
func (f *floor) firstAnswer() (int64, error) {
	begin := time.Now()
	address := net.JoinHostPort(f.unit.Attachment.Address, fmt.Sprint(machine.FunctionPort))
	for {
		err := ask(address)
		if err == nil {
			return time.Since(begin).Nanoseconds(), nil
		}
		if time.Since(begin) > answerTimeout {
			return 0, failed("no-answer", "no correct answer from %s within %s: %v", address, answerTimeout, err)
		}
		time.Sleep(answerPoll)
	}
}

func ask(address string) error {
	connection, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return err
	}
	defer connection.Close()
	_ = connection.SetDeadline(time.Now().Add(time.Second))
	if _, err := io.WriteString(connection, "GET / HTTP/1.1\r\nHost: floor\r\nConnection: close\r\n\r\n"); err != nil {
		return err
	}
	answer, err := io.ReadAll(connection)
	if err != nil {
		return err
	}
	if text := string(answer); !strings.HasPrefix(text, "HTTP/1.1 200 ") || !strings.HasSuffix(text, "hello") {
		return fmt.Errorf("wrong answer %.80q", text)
	}
	return nil
}
