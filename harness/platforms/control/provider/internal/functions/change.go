package functions

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/containerd/containerd"
	"github.com/containerd/containerd/errdefs"
	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/machine"
)

func (f *Functions) image(ctx context.Context, d types.FunctionDeployment) (containerd.Image, error) {
	return f.machine.Image(ctx, d.Image, f.machine.Defects.Has(defects.PullAlways))
}

func (f *Functions) install(ctx context.Context, key Key, e *entry, d types.FunctionDeployment, image containerd.Image) error {
	logFrom := f.machine.LogSize(key.Namespace, key.Name)
	container, err := f.create(ctx, key, record{Deployment: d, LogFrom: logFrom}, image)
	if err != nil {
		return err
	}
	e.unit = &machine.Unit{Namespace: key.Namespace, Name: key.Name, Container: container}
	e.view.Store(&view{deployment: d, createdAt: time.Now().UTC(), logFrom: logFrom, container: f.readBack(ctx, container)})
	return nil
}

func (f *Functions) start(ctx context.Context, key Key, e *entry) error {
	timings, err := f.machine.Start(ctx, e.unit)
	if err != nil {
		f.hide(e)
		log.Printf("%s did not start: %v", key.Name, err)
		if errors.Is(err, machine.ErrNotListening) {
			return refuse(504, "function %s was started: %v (%s)", key.Name, err, f.machine.ReadyTimeout)
		}
		return refuse(500, "function %s was not started: %v", key.Name, err).or(400)
	}
	f.show(e)
	log.Printf("%s started: pid=%d remains=%s newtask=%s cni=%s start=%s listen=%s", key.Name, e.unit.PID,
		time.Duration(timings.RemainsNs), time.Duration(timings.NewTaskNs), time.Duration(timings.CniNs),
		time.Duration(timings.StartNs), time.Duration(timings.ListenNs))
	return nil
}

// hide publishes a function without a task.
func (f *Functions) hide(e *entry) {
	next := *e.view.Load()
	next.exited, next.paused = nil, false
	e.view.Store(&next)
}

// show publishes a unit with a live task.
func (f *Functions) show(e *entry) {
	next := *e.view.Load()
	next.address = e.unit.Attachment.Address
	next.leaseID = e.unit.Attachment.ID
	next.logFrom = f.logStart(Key{e.unit.Namespace, e.unit.Name}, next.logFrom)
	next.exited, next.paused = e.unit.Exited, false
	e.view.Store(&next)
}

func (f *Functions) remove(ctx context.Context, key Key, e *entry) error {
	if e.unit == nil {
		return nil
	}
	// First out of sight: the gateway then asks to scale, and waits until this change is done.
	if !f.machine.Defects.Has(defects.Drain500) {
		f.hide(e)
	}
	if err := f.machine.Stop(ctx, e.unit); err != nil {
		f.hide(e)
		return fmt.Errorf("cannot stop %s: %w", key.Name, err)
	}
	if err := e.unit.Container.Delete(ctx, containerd.WithSnapshotCleanup); err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("cannot remove the container of %s: %w", key.Name, err)
	}
	e.unit = nil
	e.view.Store(nil)
	return nil
}
