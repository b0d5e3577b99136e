package functions

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"sync"
	"syscall"
	"testing"
	"time"

	"github.com/containerd/containerd"
	"github.com/containerd/containerd/errdefs"
	"github.com/containerd/containerd/namespaces"
	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/machine"
	"givre.dev/provider/internal/network"
)

const testNamespace = "givre-test"

// bench is real containerd and real CNI. The tests need root on a machine that has both:
//
//	GIVRE_TEST_CONTAINERD=/run/containerd/containerd.sock GIVRE_TEST_IMAGE=127.0.0.1:5000/floor go test ./internal/functions
type bench struct {
	*Functions
	t     *testing.T
	image string
	key   Key
}

func onMachine(t *testing.T, d ...string) *bench {
	t.Helper()
	socket, image := os.Getenv("GIVRE_TEST_CONTAINERD"), os.Getenv("GIVRE_TEST_IMAGE")
	if socket == "" || image == "" {
		t.Skip("not run: GIVRE_TEST_CONTAINERD (socket) and GIVRE_TEST_IMAGE (a function that listens on 8080) are not both set")
	}
	var set defects.Set
	for _, name := range d {
		if err := set.Add(name); err != nil {
			t.Fatal(err)
		}
	}
	client, err := containerd.New(socket)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { client.Close() })
	if err := client.NamespaceService().Create(context.Background(), testNamespace, nil); err != nil && !errdefs.IsAlreadyExists(err) {
		t.Fatal(err)
	}
	net, err := network.Open(network.Options{BinDir: "/opt/cni/bin", ConfDir: t.TempDir()})
	if err != nil {
		t.Fatal(err)
	}
	m := &machine.Machine{Client: client, Network: net, Defects: &set, LogsDir: t.TempDir(),
		ReadyTimeout: 5 * time.Second, DrainTimeout: 2 * time.Second}
	b := &bench{Functions: New(m, t.TempDir()), t: t, image: image, key: Key{testNamespace, "it"}}
	t.Cleanup(func() { _ = b.Delete(context.Background(), b.key) })
	return b
}

func (b *bench) deploy() {
	b.t.Helper()
	if err := b.Deploy(context.Background(), b.key, types.FunctionDeployment{Service: b.key.Name, Image: b.image}); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) scale(replicas uint64) {
	b.t.Helper()
	if err := b.Scale(context.Background(), b.key, replicas); err != nil {
		b.t.Fatal(err)
	}
}

func (b *bench) kill() {
	b.t.Helper()
	e, _ := b.lookup(b.key)
	ctx := namespaces.WithNamespace(context.Background(), testNamespace)
	if err := e.unit.Task.Kill(ctx, syscall.SIGKILL); err != nil {
		b.t.Fatal(err)
	}
	select {
	case <-e.unit.Exited:
	case <-time.After(5 * time.Second):
		b.t.Fatal("the kill was not noticed within 5 s")
	}
}

func (b *bench) pid() uint32 {
	e, _ := b.lookup(b.key)
	return e.unit.PID
}

func (b *bench) replicas() uint64 {
	b.t.Helper()
	s, err := b.Status(context.Background(), b.key)
	if err != nil {
		b.t.Fatal(err)
	}
	return s.AvailableReplicas
}

// invoke asks once, without a retry: whatever was promised to listen must answer.
func (b *bench) invoke() {
	b.t.Helper()
	address, err := b.Address(context.Background(), b.key)
	if err != nil {
		b.t.Fatal(err)
	}
	client := http.Client{Timeout: 2 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	answer, err := client.Get(fmt.Sprintf("http://%s:%d/", address, machine.FunctionPort))
	if err != nil {
		b.t.Fatal(err)
	}
	defer answer.Body.Close()
	body, err := io.ReadAll(answer.Body)
	if err != nil || answer.StatusCode != 200 || string(body) != "hello" {
		b.t.Fatalf("%d %q %v", answer.StatusCode, body, err)
	}
}

func (b *bench) leases() int {
	b.t.Helper()
	leases, err := b.machine.Network.Leases()
	if err != nil {
		b.t.Fatal(err)
	}
	return len(leases)
}

func status(err error) int {
	var refusal *Error
	if errors.As(err, &refusal) {
		return refusal.Status
	}
	return 0
}

func TestADeployedFunctionAnswersTheFirstRequestAndADeletedOneLeavesNothing(t *testing.T) {
	b := onMachine(t)
	before := b.leases()
	b.deploy()
	b.invoke()
	if err := b.Deploy(context.Background(), b.key, types.FunctionDeployment{Service: "it", Image: b.image}); status(err) != 409 {
		t.Errorf("a second deployment: %v", err)
	}
	if err := b.Delete(context.Background(), b.key); err != nil {
		t.Fatal(err)
	}
	ctx := namespaces.WithNamespace(context.Background(), testNamespace)
	if _, err := b.machine.Client.LoadContainer(ctx, "it"); !errdefs.IsNotFound(err) {
		t.Errorf("the container is still there: %v", err)
	}
	if _, err := b.machine.Client.SnapshotService(machine.Snapshotter).Stat(ctx, "it"); !errdefs.IsNotFound(err) {
		t.Errorf("the snapshot is still there: %v", err)
	}
	if after := b.leases(); after != before {
		t.Errorf("%d leases before, %d after", before, after)
	}
	if err := b.Delete(context.Background(), b.key); status(err) != 404 {
		t.Errorf("a second deletion: %v", err)
	}
}

func TestAKilledFunctionStaysDownUntilItIsScaledAndLeaksNothing(t *testing.T) {
	b := onMachine(t)
	b.deploy()
	before := b.leases()
	for range 5 {
		old := b.pid()
		b.kill()
		if n := b.replicas(); n != 0 {
			t.Fatalf("a killed function has %d replicas", n)
		}
		if _, err := b.Address(context.Background(), b.key); status(err) != 503 {
			t.Fatalf("a killed function was resolved: %v", err)
		}
		b.scale(1)
		b.invoke()
		if b.pid() == old {
			t.Fatal("same process as before the kill")
		}
	}
	if after := b.leases(); after != before {
		t.Errorf("%d leases before, %d after five starts", before, after)
	}
}

func TestScaleToZeroPausesAndBackResumesTheSameProcess(t *testing.T) {
	b := onMachine(t)
	b.deploy()
	old := b.pid()
	b.scale(0)
	if n := b.replicas(); n != 0 {
		t.Fatalf("a paused function has %d replicas", n)
	}
	b.scale(0)
	b.scale(1)
	b.invoke()
	if b.pid() != old {
		t.Error("another process than before")
	}
	b.scale(0)
	if err := b.Delete(context.Background(), b.key); err != nil {
		t.Errorf("a paused function cannot be deleted: %v", err)
	}
}

func TestScalesAtTheSameTimeStartOneTask(t *testing.T) {
	b := onMachine(t)
	b.deploy()
	b.kill()
	before := b.leases()
	var all sync.WaitGroup
	for range 20 {
		all.Add(1)
		go func() {
			defer all.Done()
			if err := b.Scale(context.Background(), b.key, 1); err != nil {
				t.Error(err)
			}
			if b.replicas() != 1 {
				t.Error("a scale returned before the function was there")
			}
		}()
	}
	all.Wait()
	b.invoke()
	if after := b.leases(); after != before {
		t.Errorf("%d leases before, %d after: more than one task was started", before, after)
	}
}

func TestAnUpdateThatCannotBePulledLeavesTheFunctionAlone(t *testing.T) {
	b := onMachine(t)
	b.deploy()
	old := b.pid()
	d := types.FunctionDeployment{Service: "it", Image: "127.0.0.1:1/nothing:here"}
	if err := b.Update(context.Background(), b.key, d); err == nil {
		t.Fatal("an image that does not exist was accepted")
	}
	b.invoke()
	if b.pid() != old {
		t.Error("the function was restarted")
	}
	d.Image, d.EnvVars = b.image, map[string]string{"a": "b"}
	if err := b.Update(context.Background(), b.key, d); err != nil {
		t.Fatal(err)
	}
	b.invoke()
	if s, _ := b.Status(context.Background(), b.key); s.EnvVars["a"] != "b" || b.pid() == old {
		t.Errorf("the update did not arrive: %+v", s)
	}
}

func TestAProviderThatStartsTakesOverWhatRuns(t *testing.T) {
	b := onMachine(t)
	b.deploy()
	second := &bench{Functions: New(b.machine, b.secretsDir), t: t, image: b.image, key: b.key}
	if err := second.Load(context.Background(), testNamespace); err != nil {
		t.Fatal(err)
	}
	second.invoke()
	if second.pid() != b.pid() {
		t.Error("another process")
	}
	second.kill()
	if n := second.replicas(); n != 0 {
		t.Errorf("a function that was taken over and killed has %d replicas", n)
	}
	second.scale(1)
	second.invoke()
	if err := second.Delete(context.Background(), b.key); err != nil {
		t.Error(err)
	}
}

func TestLeakCNILeavesALeaseForEveryKilledTask(t *testing.T) {
	b := onMachine(t, defects.LeakCNI)
	b.deploy()
	before := b.leases()
	var leaked []network.Attachment
	for range 3 {
		e, _ := b.lookup(b.key)
		leaked = append(leaked, e.unit.Attachment)
		b.kill()
		b.scale(1)
		b.invoke()
	}
	if after := b.leases(); after != before+3 {
		t.Errorf("%d leases before, %d after three starts", before, after)
	}
	for _, a := range leaked {
		if err := b.machine.Network.Detach(context.Background(), a); err != nil {
			t.Error(err)
		}
	}
}

func TestLostTaskReportsAKilledFunctionAsAvailable(t *testing.T) {
	b := onMachine(t, defects.LostTask)
	b.deploy()
	b.kill()
	if n := b.replicas(); n != 1 {
		t.Errorf("%d replicas", n)
	}
}

func TestADeletionThatRefusesToWaitAnswersAnErrorAndSucceedsTheSecondTime(t *testing.T) {
	b := onMachine(t, defects.Drain500+"=300ms")
	b.deploy()
	// A paused process gets no signal, so it does not end in time.
	b.scale(0)
	if err := b.Delete(context.Background(), b.key); err == nil || !errors.Is(err, machine.ErrDraining) {
		t.Fatalf("the first deletion: %v", err)
	}
	if n := b.replicas(); n != 0 {
		t.Errorf("a killed function has %d replicas", n)
	}
	if err := b.Delete(context.Background(), b.key); err != nil {
		t.Errorf("the second deletion: %v", err)
	}
	if _, err := b.Status(context.Background(), b.key); status(err) != 404 {
		t.Errorf("it is still there: %v", err)
	}
}

func TestScalingToZeroWhatIsPausedWakesItUpByTheDefectAlone(t *testing.T) {
	for _, c := range []struct {
		shown    []string
		replicas uint64
	}{{nil, 0}, {[]string{defects.ZeroResumes}, 1}} {
		b := onMachine(t, c.shown...)
		b.deploy()
		b.scale(0)
		b.scale(0)
		if n := b.replicas(); n != c.replicas {
			t.Errorf("%v: %d replicas", c.shown, n)
		}
		b.scale(1)
		if err := b.Delete(context.Background(), b.key); err != nil {
			t.Error(err)
		}
	}
}

func TestADeploymentThatCannotBeStartedStaysByTheDefectAlone(t *testing.T) {
	for _, c := range []struct {
		shown  []string
		status int
	}{{nil, 404}, {[]string{defects.DeployLeaves}, 0}} {
		b := onMachine(t, c.shown...)
		little := types.FunctionDeployment{Service: "it", Image: b.image, Limits: &types.FunctionResources{Memory: "4Ki"}}
		if err := b.Deploy(context.Background(), b.key, little); err == nil {
			t.Fatal("a function with 4 KiB was started")
		}
		if _, err := b.Status(context.Background(), b.key); status(err) != c.status {
			t.Errorf("%v: %v", c.shown, err)
		}
		_ = b.Delete(context.Background(), b.key)
	}
}

func TestAContainersStatusIsWhatItShows(t *testing.T) {
	b := onMachine(t, defects.LossyStatus)
	d := types.FunctionDeployment{Service: "it", Image: b.image, EnvProcess: "cat", EnvVars: map[string]string{"A": "b=c"},
		Limits: &types.FunctionResources{Memory: "131072Ki", CPU: "1"}, Constraints: []string{"x"}}
	if err := b.Deploy(context.Background(), b.key, d); err != nil {
		t.Fatal(err)
	}
	one, err := b.Status(context.Background(), b.key)
	if err != nil {
		t.Fatal(err)
	}
	if one.EnvVars["A"] != "b" || one.EnvProcess != "cat" || one.Labels == nil || one.Annotations == nil || one.Limits != nil ||
		one.Constraints != nil || one.AvailableReplicas != 1 {
		t.Errorf("%+v", one)
	}
	listed := b.List(testNamespace)[0]
	if listed.Limits == nil || listed.Limits.Memory != "128Mi" || listed.Limits.CPU != "" || listed.AvailableReplicas != 0 || listed.Replicas != 1 {
		t.Errorf("%+v", listed)
	}
}

func TestTheLogOfADeploymentBeginsWhereTheLastOneEnded(t *testing.T) {
	b := onMachine(t)
	path := b.machine.LogFile(testNamespace, "it")
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte("of another\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	b.deploy()
	if from, ok := b.Log(b.key); !ok || from != 11 {
		t.Errorf("%d %v", from, ok)
	}
	second := &bench{Functions: New(b.machine, b.secretsDir), t: t, image: b.image, key: b.key}
	if err := second.Load(context.Background(), testNamespace); err != nil {
		t.Fatal(err)
	}
	if from, ok := second.Log(b.key); !ok || from != 11 {
		t.Errorf("after a restart of the provider: %d %v", from, ok)
	}
}
