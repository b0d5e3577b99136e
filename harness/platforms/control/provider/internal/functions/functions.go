// Package functions keeps the state of every function and changes it: deploy, update, scale, delete.
package functions

import (
	"context"
	"sort"
	"sync"
	"sync/atomic"
	"time"

	"github.com/containerd/containerd/namespaces"
	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/machine"
)

// Key names a function.
type Key struct{ Namespace, Name string }

// Functions is the state of one provider.
type Functions struct {
	machine    *machine.Machine
	secretsDir string
	mu         sync.RWMutex
	entries    map[Key]*entry
}

// entry is one function. Its mutex serialises every change of it: a second scale of a starting function waits for the
// first and then finds it running. Readers never take that mutex, they load view.
type entry struct {
	change sync.Mutex
	unit   *machine.Unit
	view   atomic.Pointer[view]
}

// view is what status and invocation see. It is replaced, never changed.
type view struct {
	deployment types.FunctionDeployment
	createdAt  time.Time
	// logFrom: where this deployment's own lines begin in the log file, in bytes.
	logFrom int64
	// container is what it looks like from there; nil where what was deployed is reported.
	container *seen
	address   string
	leaseID   string
	paused    bool
	exited    <-chan struct{}
}

func (v *view) running() bool {
	if v.exited == nil || v.paused {
		return false
	}
	select {
	case <-v.exited:
		return false
	default:
		return true
	}
}

// New makes an empty state; Load fills it with what an earlier process left.
func New(m *machine.Machine, secretsDir string) *Functions {
	return &Functions{machine: m, secretsDir: secretsDir, entries: map[Key]*entry{}}
}

// Context carries the containerd namespace. It outlives the request: a client that hangs up must not leave half a start.
func (k Key) context(ctx context.Context) (context.Context, context.CancelFunc) {
	return context.WithTimeout(namespaces.WithNamespace(context.WithoutCancel(ctx), k.Namespace), 10*time.Minute)
}

// lookup returns the entry of a deployed function and what is to be seen of it, or nil.
func (f *Functions) lookup(key Key) (*entry, *view) {
	f.mu.RLock()
	e := f.entries[key]
	f.mu.RUnlock()
	if e == nil {
		return nil, nil
	}
	return e, e.view.Load()
}

// reserve returns the entry for a name, made if need be.
func (f *Functions) reserve(key Key) *entry {
	f.mu.Lock()
	defer f.mu.Unlock()
	e := f.entries[key]
	if e == nil {
		e = &entry{}
		f.entries[key] = e
	}
	return e
}

func notFound(key Key) *Error {
	return refuse(404, "function %s is not deployed in namespace %s", key.Name, key.Namespace)
}

// Status reports one function. A killed or paused one has no replicas: the gateway scales it from zero when it is
// invoked, and it asks for that only where replicas is 0.
func (f *Functions) Status(ctx context.Context, key Key) (types.FunctionStatus, error) {
	f.machine.Defects.Sleep(defects.SlowStatus)
	_, v := f.lookup(key)
	if v == nil {
		return types.FunctionStatus{}, notFound(key)
	}
	f.slowLookups(ctx, key, v)
	return f.status(key, v, false), nil
}

// List reports every function of a namespace, sorted by name.
func (f *Functions) List(namespace string) []types.FunctionStatus {
	f.mu.RLock()
	defer f.mu.RUnlock()
	list := []types.FunctionStatus{}
	for key, e := range f.entries {
		if v := e.view.Load(); v != nil && key.Namespace == namespace {
			list = append(list, f.status(key, v, true))
		}
	}
	sort.Slice(list, func(i, j int) bool { return list[i].Name < list[j].Name })
	return list
}

// Address is where an invocation goes: host and port of the running function.
func (f *Functions) Address(ctx context.Context, key Key) (string, error) {
	_, v := f.lookup(key)
	if v == nil {
		return "", notFound(key)
	}
	f.slowLookups(ctx, key, v)
	if !v.running() && f.machine.Defects.Has(defects.StoppedIsGateway) {
		return "127.0.0.1", nil
	}
	if !v.running() && !f.machine.Defects.Has(defects.LostTask) {
		return "", refuse(503, "function %s is not running: invoke it through the gateway or scale it to 1", key.Name)
	}
	address := v.address
	if f.machine.Defects.Has(defects.LeakCNI) {
		scanned, err := f.machine.Network.ScanLeases(v.leaseID)
		if err != nil {
			return "", refuse(503, "function %s has no address: %v", key.Name, err)
		}
		address = scanned
	}
	return address, nil
}

// slowLookups asks for what is already known, where a defect says so.
func (f *Functions) slowLookups(ctx context.Context, key Key, v *view) {
	if f.machine.Defects.Has(defects.LeakCNI) {
		_, _ = f.machine.Network.ScanLeases(v.leaseID)
	}
	if !f.machine.Defects.Has(defects.LookupPerCall) {
		return
	}
	ctx = namespaces.WithNamespace(ctx, key.Namespace)
	container, err := f.machine.Client.LoadContainer(ctx, key.Name)
	if err != nil {
		return
	}
	_, _ = container.Labels(ctx)
	_, _ = container.Info(ctx)
	_, _ = container.Spec(ctx)
	_, _ = container.Image(ctx)
	if task, err := container.Task(ctx, nil); err == nil {
		_, _ = task.Status(ctx)
	}
}
