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

// Deploy creates a function and returns when it listens. A function that cannot be started leaves nothing behind.
func (f *Functions) Deploy(ctx context.Context, key Key, d types.FunctionDeployment) error {
	if err := validate(d, f.machine.Defects.Has(defects.IgnoreScale)); err != nil {
		return err
	}
	e := f.reserve(key)
	e.change.Lock()
	defer e.change.Unlock()
	if e.view.Load() != nil {
		return refuse(409, "function %s is already deployed in namespace %s: update it with PUT", key.Name, key.Namespace)
	}
	if err := f.refuseBeyondEdition(); err != nil {
		return err
	}
	ctx, cancel := key.context(ctx)
	defer cancel()
	image, err := f.image(ctx, d)
	if err != nil {
		return err
	}
	if err := f.install(ctx, key, e, d, image); err != nil {
		return err
	}
	if err := f.start(ctx, key, e); err != nil {
		if cleanErr := f.remove(ctx, key, e); cleanErr != nil {
			log.Printf("%s: cannot undo the deployment: %v", key.Name, cleanErr)
		}
		return fmt.Errorf("%s was not deployed: %w", key.Name, err)
	}
	return nil
}

// editionFunctions is how many functions the community edition of faasd allows.
const editionFunctions = 15

// refuseBeyondEdition counts functions of all namespaces, as the edition does, where a defect says so.
func (f *Functions) refuseBeyondEdition() error {
	if !f.machine.Defects.Has(defects.FunctionLimit) {
		return nil
	}
	f.mu.RLock()
	defer f.mu.RUnlock()
	deployed := 0
	for _, e := range f.entries {
		if e.view.Load() != nil {
			deployed++
		}
	}
	if deployed < editionFunctions {
		return nil
	}
	return refuse(400, "the OpenFaaS CE EULA allows %d/%d function(s)", editionFunctions, deployed+1)
}

// Update replaces a function. Until the new image is here, the old function is not touched.
func (f *Functions) Update(ctx context.Context, key Key, d types.FunctionDeployment) error {
	if err := validate(d, f.machine.Defects.Has(defects.IgnoreScale)); err != nil {
		return err
	}
	e, v := f.lookup(key)
	if v == nil {
		return notFound(key)
	}
	e.change.Lock()
	defer e.change.Unlock()
	if e.view.Load() == nil {
		return notFound(key)
	}
	ctx, cancel := key.context(ctx)
	defer cancel()
	if f.machine.Defects.Has(defects.UpdateRemoves) {
		if err := f.remove(ctx, key, e); err != nil {
			return err
		}
	}
	image, err := f.image(ctx, d)
	if err != nil {
		return err
	}
	if _, err := f.secretMounts(key, d.Secrets); err != nil {
		return err
	}
	if err := f.remove(ctx, key, e); err != nil {
		return err
	}
	if err := f.install(ctx, key, e, d, image); err != nil {
		return err
	}
	return f.start(ctx, key, e)
}

// Delete drains a function and removes task, network, container and snapshot.
func (f *Functions) Delete(ctx context.Context, key Key) error {
	e, v := f.lookup(key)
	if v == nil {
		return notFound(key)
	}
	e.change.Lock()
	defer e.change.Unlock()
	if e.view.Load() == nil {
		return notFound(key)
	}
	ctx, cancel := key.context(ctx)
	defer cancel()
	return f.remove(ctx, key, e)
}

// Scale to 0 pauses, back to 1 resumes; a function whose task is gone is started. It returns when the function listens.
func (f *Functions) Scale(ctx context.Context, key Key, replicas uint64) error {
	if replicas > 1 {
		if !f.machine.Defects.Has(defects.IgnoreScale) {
			return refuse(400, "%d replicas of %s were asked for: this platform runs one replica of a function, or none",
				replicas, key.Name)
		}
		replicas = 1
	}
	e, v := f.lookup(key)
	if v == nil {
		return notFound(key)
	}
	e.change.Lock()
	defer e.change.Unlock()
	if v = e.view.Load(); v == nil {
		return notFound(key)
	}
	ctx, cancel := key.context(ctx)
	defer cancel()
	if replicas == 0 {
		return f.pause(ctx, e, v)
	}
	if v.running() {
		return nil
	}
	if v.paused && !ended(v) {
		return f.resume(ctx, e, v)
	}
	return f.start(ctx, key, e)
}

func ended(v *view) bool {
	awake := *v
	awake.paused = false
	return !awake.running()
}

func (f *Functions) pause(ctx context.Context, e *entry, v *view) error {
	if !v.running() {
		return nil
	}
	// First out of sight, then paused: no invocation is sent to a process that cannot answer.
	paused := *v
	paused.paused = true
	e.view.Store(&paused)
	if err := e.unit.Task.Pause(ctx); err != nil {
		e.view.Store(v)
		return fmt.Errorf("cannot pause %s: %w", e.unit.Name, err)
	}
	return nil
}

func (f *Functions) resume(ctx context.Context, e *entry, v *view) error {
	if err := e.unit.Task.Resume(ctx); err != nil {
		return fmt.Errorf("cannot resume %s: %w", e.unit.Name, err)
	}
	awake := *v
	awake.paused = false
	e.view.Store(&awake)
	return nil
}

func (f *Functions) image(ctx context.Context, d types.FunctionDeployment) (containerd.Image, error) {
	image, err := f.machine.Image(ctx, d.Image, f.machine.Defects.Has(defects.PullAlways))
	if err != nil {
		return nil, refuse(500, "%v", err)
	}
	return image, nil
}

func (f *Functions) install(ctx context.Context, key Key, e *entry, d types.FunctionDeployment, image containerd.Image) error {
	container, err := f.create(ctx, key, d, image)
	if err != nil {
		return err
	}
	e.unit = &machine.Unit{Namespace: key.Namespace, Name: key.Name, Container: container}
	e.view.Store(&view{deployment: d, createdAt: time.Now().UTC()})
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
		return fmt.Errorf("function %s was not started: %w", key.Name, err)
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
	next.exited, next.paused = e.unit.Exited, false
	e.view.Store(&next)
}

func (f *Functions) remove(ctx context.Context, key Key, e *entry) error {
	if e.unit == nil {
		return nil
	}
	// First out of sight: the gateway then asks to scale, and waits until this change is done.
	f.hide(e)
	if err := f.machine.Stop(ctx, e.unit); err != nil {
		return fmt.Errorf("cannot stop %s: %w", key.Name, err)
	}
	if err := e.unit.Container.Delete(ctx, containerd.WithSnapshotCleanup); err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("cannot remove the container of %s: %w", key.Name, err)
	}
	e.unit = nil
	e.view.Store(nil)
	return nil
}
