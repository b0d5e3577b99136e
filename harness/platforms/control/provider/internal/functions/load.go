package functions

import (
	"context"
	"fmt"
	"log"

	"github.com/containerd/containerd"
	"github.com/containerd/containerd/namespaces"

	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/machine"
	"givre.dev/provider/internal/network"
)

// Load takes over the functions that an earlier provider left in a namespace, running or not.
func (f *Functions) Load(ctx context.Context, namespace string) error {
	ctx = namespaces.WithNamespace(ctx, namespace)
	containers, err := f.machine.Client.Containers(ctx)
	if err != nil {
		return fmt.Errorf("cannot list containers of namespace %s: %w", namespace, err)
	}
	leases, err := f.machine.Network.Leases()
	if err != nil {
		return err
	}
	for _, c := range containers {
		known, ours := recordOf(ctx, c)
		if !ours {
			continue
		}
		info, err := c.Info(ctx, containerd.WithoutRefreshedMetadata)
		if err != nil {
			return err
		}
		e := f.reserve(Key{namespace, c.ID()})
		e.unit = &machine.Unit{Namespace: namespace, Name: c.ID(), Container: c}
		e.view.Store(&view{deployment: known.Deployment, createdAt: info.CreatedAt, logFrom: known.LogFrom, container: f.readBack(ctx, c)})
		f.machine.FollowLog(namespace, c.ID())
		f.adopt(ctx, e, leases)
	}
	return nil
}

func (f *Functions) adopt(ctx context.Context, e *entry, leases []network.Lease) {
	task, err := e.unit.Container.Task(ctx, nil)
	if err == nil {
		e.unit.Task, e.unit.PID = task, task.Pid()
		// Also that of an ended task: the next start removes both.
		e.unit.Attachment, _ = f.machine.Network.OfTask(leases, e.unit.Name, e.unit.PID)
	}
	f.removeOrphans(ctx, e.unit, leases)
	if e.unit.Attachment.ID == "" {
		return // Without an address a task is of no use; the next start replaces it.
	}
	status, err := task.Status(ctx)
	if err != nil || (status.Status != containerd.Running && status.Status != containerd.Paused) {
		return
	}
	f.machine.Watch(ctx, e.unit)
	f.show(e)
	if status.Status == containerd.Paused {
		paused := *e.view.Load()
		paused.paused = true
		e.view.Store(&paused)
	}
}

// removeOrphans undoes the attachments of tasks that are gone altogether.
func (f *Functions) removeOrphans(ctx context.Context, u *machine.Unit, leases []network.Lease) {
	if f.machine.Defects.Has(defects.LeakCNI) {
		return
	}
	for _, orphan := range f.machine.Network.Orphans(leases, u.Name) {
		if orphan.ID == u.Attachment.ID {
			continue
		}
		if err := f.machine.Network.Detach(ctx, orphan); err != nil {
			log.Printf("%s: %v", orphan.ID, err)
		}
	}
}
