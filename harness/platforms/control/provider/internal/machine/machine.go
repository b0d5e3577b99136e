// Package machine is the start path that provider and floor share: remains, NewTask, CNI ADD, start, listening.
package machine

import (
	"context"
	"errors"
	"fmt"
	"log"
	"time"

	"github.com/containerd/containerd"
	"github.com/containerd/containerd/api/services/tasks/v1"
	"github.com/containerd/containerd/errdefs"

	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/logtimes"
	"givre.dev/provider/internal/network"
)

// Reasons why a started task did not become ready.
var (
	ErrExited       = errors.New("the process ended before it listened on port 8080")
	ErrNotListening = errors.New("the process did not listen on port 8080 in time")
	// ErrDraining is the defect drain-500.
	ErrDraining = errors.New("cannot delete running task: failed precondition")
)

// Machine is what a start needs; one per process.
type Machine struct {
	Client  *containerd.Client
	Network *network.Network
	Defects *defects.Set
	// ReadyTimeout bounds the wait for a started task to listen, DrainTimeout the one for a task to end.
	ReadyTimeout, DrainTimeout time.Duration
	// LogsDir receives one file per container: NAMESPACE/NAME.log.
	LogsDir string
	// LogTimes knows when what is in these files was written; nil where nobody asks.
	LogTimes *logtimes.Times
}

// Unit is one container and its task, if it has one. It is not safe for concurrent use.
type Unit struct {
	Namespace, Name string
	Container       containerd.Container
	Task            containerd.Task
	PID             uint32
	Attachment      network.Attachment
	// Exited is closed when the task has ended.
	Exited chan struct{}
}

// Timings of one start in nanoseconds, on the monotonic clock; a step that had nothing to do is near 0.
type Timings struct {
	RemainsNs int64 `json:"remainsNs"`
	NewTaskNs int64 `json:"newTaskNs"`
	CniNs     int64 `json:"cniNs"`
	StartNs   int64 `json:"startNs"`
	ListenNs  int64 `json:"listenNs"`
}

// Start brings a unit without a live task to listening. The order of the steps is fixed, because an observer outside
// takes their edges from containerd's events: /tasks/delete ends the remains, /tasks/create ends NewTask, /tasks/start
// ends CNI and start. On an error nothing of the new task is left.
func (m *Machine) Start(ctx context.Context, u *Unit) (t Timings, err error) {
	log.Printf("%s starts", u.Name)
	begin := time.Now()
	lap := func(into *int64) {
		now := time.Now()
		*into = now.Sub(begin).Nanoseconds()
		begin = now
	}
	if err := m.RemoveRemains(ctx, u); err != nil {
		return t, err
	}
	lap(&t.RemainsNs)
	defer func() {
		if err != nil {
			m.abandon(ctx, u)
		}
	}()
	if err := m.newTask(ctx, u); err != nil {
		return t, err
	}
	lap(&t.NewTaskNs)
	u.Attachment, err = m.Network.Attach(ctx, u.Name, u.PID)
	if err != nil {
		return t, err
	}
	lap(&t.CniNs)
	log.Printf("%s has IP: %s", u.Name, u.Attachment.Address)
	if err := m.startTask(ctx, u); err != nil {
		return t, err
	}
	lap(&t.StartNs)
	if err := m.awaitListening(ctx, u); err != nil {
		return t, err
	}
	lap(&t.ListenNs)
	return t, nil
}

// RemoveRemains clears away an ended task. CNI DEL comes first, so that the event /tasks/delete marks the end of it all.
func (m *Machine) RemoveRemains(ctx context.Context, u *Unit) error {
	if u.Task != nil {
		m.Defects.Sleep(defects.DelayRemains)
	}
	if u.Attachment.ID != "" {
		if m.Defects.Has(defects.LeakCNI) {
			m.Network.Forget(u.Attachment)
		} else if err := m.Network.Detach(ctx, u.Attachment); err != nil {
			// A leftover is better than a function that never starts again.
			log.Printf("%s: %v", u.Name, err)
		}
		u.Attachment = network.Attachment{}
	}
	return u.deleteTask(ctx)
}

// deleteTask removes the task, which is killed first unless it is known to have ended: that costs three more calls.
func (u *Unit) deleteTask(ctx context.Context) error {
	if u.Task == nil {
		return nil
	}
	var options []containerd.ProcessDeleteOpts
	if !u.ended() {
		options = append(options, containerd.WithProcessKill)
	}
	if _, err := u.Task.Delete(ctx, options...); err != nil && !errdefs.IsNotFound(err) {
		return fmt.Errorf("cannot remove the task: %w", err)
	}
	u.Task, u.PID = nil, 0
	return nil
}

func (u *Unit) ended() bool {
	if u.Exited == nil {
		return false
	}
	select {
	case <-u.Exited:
		return true
	default:
		return false
	}
}

func (m *Machine) newTask(ctx context.Context, u *Unit) error {
	output, err := m.output(u)
	if err != nil {
		return err
	}
	m.Defects.Sleep(defects.DelayNewTask)
	task, err := u.Container.NewTask(ctx, output)
	if errdefs.IsAlreadyExists(err) {
		if err := m.clearUnknownTask(ctx, u); err != nil {
			return err
		}
		task, err = u.Container.NewTask(ctx, output)
	}
	if err != nil {
		return fmt.Errorf("cannot create the task: %w", err)
	}
	u.Task, u.PID, u.Exited = task, task.Pid(), nil
	return nil
}

// clearUnknownTask removes a task that was being created while its provider was killed: it came up after the next
// provider had looked. One whose creation was cut off is not listed by containerd, but still takes the name.
func (m *Machine) clearUnknownTask(ctx context.Context, u *Unit) error {
	if task, err := u.Container.Task(ctx, nil); err == nil {
		if err := m.Network.Detach(ctx, m.Network.Known(u.Name, task.Pid(), "")); err != nil {
			log.Printf("%s: %v", u.Name, err)
		}
		if _, err := task.Delete(ctx, containerd.WithProcessKill); err == nil {
			return nil
		}
	}
	_, err := m.Client.TaskService().Delete(ctx, &tasks.DeleteTaskRequest{ContainerID: u.Name})
	if err != nil && !errdefs.IsNotFound(errdefs.FromGRPC(err)) {
		return fmt.Errorf("cannot remove a task that is in the way: %w", err)
	}
	return nil
}

func (m *Machine) startTask(ctx context.Context, u *Unit) error {
	m.Defects.Sleep(defects.DelayStart)
	if err := u.Task.Start(ctx); err != nil {
		return fmt.Errorf("cannot start the task: %w", err)
	}
	m.Watch(ctx, u)
	return nil
}

// Watch closes u.Exited when the task has ended.
func (m *Machine) Watch(ctx context.Context, u *Unit) {
	u.Exited = make(chan struct{})
	task, exited := u.Task, u.Exited
	ctx = context.WithoutCancel(ctx)
	go func() {
		defer close(exited)
		for {
			ended, err := task.Wait(ctx)
			if err != nil {
				return
			}
			// Another error than "no such task" is a lost connection (containerd was restarted), not an exit: ask again.
			if status := <-ended; status.Error() == nil || errdefs.IsNotFound(errdefs.FromGRPC(status.Error())) {
				return
			}
			time.Sleep(100 * time.Millisecond)
		}
	}()
}

func (m *Machine) awaitListening(ctx context.Context, u *Unit) error {
	if m.Defects.Has(defects.NoReadiness) {
		return nil
	}
	bounded, cancel := context.WithTimeout(ctx, m.ReadyTimeout)
	defer cancel()
	if err := waitListening(bounded, u.PID, u.Exited); err != nil {
		return err
	}
	m.Defects.Sleep(defects.DelayReady)
	return nil
}

func (m *Machine) abandon(ctx context.Context, u *Unit) {
	ctx, cancel := context.WithTimeout(context.WithoutCancel(ctx), 30*time.Second)
	defer cancel()
	if u.Attachment.ID != "" {
		_ = m.Network.Detach(ctx, u.Attachment)
	}
	_ = u.deleteTask(ctx)
	u.Task, u.PID, u.Attachment = nil, 0, network.Attachment{}
}
