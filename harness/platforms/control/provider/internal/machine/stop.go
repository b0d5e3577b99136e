package machine

import (
	"context"
	"log"
	"syscall"
	"time"

	"github.com/containerd/containerd"

	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/network"
)

// Stop ends the task within the drain timeout, by force if it must, and removes all of it.
func (m *Machine) Stop(ctx context.Context, u *Unit) error {
	// Without Exited it was found ended by a provider that took it over.
	if u.Task == nil || u.Exited == nil {
		return m.RemoveRemains(ctx, u)
	}
	if m.Defects.Has(defects.Drain500) {
		return m.stopOrRefuse(ctx, u)
	}
	// A paused process gets no signal before it is resumed.
	if status, err := u.Task.Status(ctx); err == nil && status.Status == containerd.Paused {
		_ = u.Task.Resume(ctx)
	}
	_ = u.Task.Kill(ctx, syscall.SIGTERM)
	select {
	case <-u.Exited:
	case <-time.After(m.DrainTimeout):
		log.Printf("%s did not end within %s: killed", u.Name, m.DrainTimeout)
		_ = u.Task.Kill(ctx, syscall.SIGKILL, containerd.WithKillAll)
	}
	m.detach(ctx, u)
	return u.deleteTask(ctx)
}

// stopOrRefuse is the defect drain-500: the network goes first, and a task that had to be killed is left behind.
func (m *Machine) stopOrRefuse(ctx context.Context, u *Unit) error {
	m.detach(ctx, u)
	_ = u.Task.Kill(ctx, syscall.SIGTERM)
	select {
	case <-u.Exited:
		return u.deleteTask(ctx)
	case <-time.After(m.Defects.Delay(defects.Drain500)):
	}
	_ = u.Task.Kill(ctx, syscall.SIGKILL, containerd.WithKillAll)
	// One that is paused may end no sooner than it is resumed, depending on the version of cgroups.
	_ = u.Task.Resume(ctx)
	return ErrDraining
}

func (m *Machine) detach(ctx context.Context, u *Unit) {
	if u.Attachment.ID == "" {
		return
	}
	if err := m.Network.Detach(ctx, u.Attachment); err != nil {
		log.Printf("%s: %v", u.Name, err)
	}
	u.Attachment = network.Attachment{}
}
