package functions

import (
	"context"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"sort"

	"github.com/containerd/containerd"
	"github.com/containerd/containerd/errdefs"
	"github.com/containerd/containerd/oci"
	"github.com/containerd/typeurl/v2"
	specs "github.com/opencontainers/runtime-spec/specs-go"
	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/machine"
)

const (
	runtime = "io.containerd.runc.v2"
	// The deployment is kept as asked for, so that a restarted provider knows what it runs. It is an extension, not a
	// label, because labels end at 4 KiB.
	deploymentExtension = "givre.dev/deployment"
)

type record struct {
	Deployment types.FunctionDeployment `json:"deployment"`
	// LogFrom is how long the log file was when this was deployed, in bytes: what comes before it is not this function's.
	LogFrom int64 `json:"logFrom"`
}

func init() { typeurl.Register(&record{}, deploymentExtension) }

// create makes the container and its writable snapshot; there is no task yet.
func (f *Functions) create(ctx context.Context, key Key, r record, image containerd.Image) (containerd.Container, error) {
	d := r.Deployment
	options, err := f.specOptions(key, d, image)
	if err != nil {
		return nil, err
	}
	// A snapshot of that name can only be left over from a container that is gone.
	snapshots := f.machine.Client.SnapshotService(machine.Snapshotter)
	if err := snapshots.Remove(ctx, key.Name); err != nil && !errdefs.IsNotFound(err) {
		return nil, fmt.Errorf("cannot remove an old snapshot of %s: %w", key.Name, err)
	}
	container, err := f.machine.Client.NewContainer(ctx, key.Name,
		containerd.WithImage(image),
		containerd.WithSnapshotter(machine.Snapshotter),
		containerd.WithNewSnapshot(key.Name, image),
		containerd.WithRuntime(runtime, nil),
		containerd.WithNewSpec(options...),
		containerd.WithContainerExtension(deploymentExtension, &r),
	)
	if err != nil {
		_ = snapshots.Remove(ctx, key.Name)
		return nil, fmt.Errorf("cannot create the container of %s: %w", key.Name, err)
	}
	return container, nil
}

func (f *Functions) specOptions(key Key, d types.FunctionDeployment, image containerd.Image) ([]oci.SpecOpts, error) {
	limits, err := f.limits(d.Limits)
	if err != nil {
		return nil, err
	}
	mounts, err := f.secretMounts(key, d.Secrets, !f.machine.Defects.Has(defects.UpdateRemoves))
	if err != nil {
		return nil, err
	}
	options := []oci.SpecOpts{
		oci.WithImageConfig(image),
		oci.WithHostname(key.Name),
		oci.WithEnv(environment(d)),
		oci.WithMounts(append(mounts, resolverMount()...)),
	}
	if limits.MemoryBytes > 0 && !f.machine.Defects.Has(defects.IgnoreMemory) {
		options = append(options, oci.WithMemoryLimit(limits.MemoryBytes))
	}
	if f.machine.Defects.Has(defects.IgnoreLimits) {
		return options, nil
	}
	if limits.CPUQuotaUs > 0 {
		options = append(options, oci.WithCPUCFS(limits.CPUQuotaUs, limits.CPUPeriodUs))
	}
	if d.ReadOnlyRootFilesystem {
		// /tmp stays writable, as OpenFaaS promises for functions with a read-only root.
		options = append(options, oci.WithRootFSReadonly(), oci.WithMounts([]specs.Mount{{
			Destination: "/tmp", Type: "tmpfs", Source: "tmpfs", Options: []string{"nosuid", "nodev", "mode=1777"},
		}}))
	}
	return options, nil
}

func environment(d types.FunctionDeployment) []string {
	var env []string
	for name, value := range d.EnvVars {
		env = append(env, name+"="+value)
	}
	sort.Strings(env)
	if d.EnvProcess != "" {
		env = append(env, "fprocess="+d.EnvProcess)
	}
	return env
}

func (f *Functions) secretMounts(key Key, names []string, mustExist bool) ([]specs.Mount, error) {
	var mounts []specs.Mount
	for _, name := range names {
		source := filepath.Join(f.secretsDir, key.Namespace, name)
		if _, err := os.Stat(source); err != nil && mustExist {
			return nil, refuse(400, "secret %q does not exist in namespace %s: create it before the function", name, key.Namespace)
		}
		mounts = append(mounts, specs.Mount{
			Destination: "/var/openfaas/secrets/" + name, Type: "bind", Source: source, Options: []string{"rbind", "ro"},
		})
	}
	return mounts, nil
}

func resolverMount() []specs.Mount {
	const path = "/etc/resolv.conf"
	if _, err := os.Stat(path); err != nil {
		return nil
	}
	return []specs.Mount{{Destination: path, Type: "bind", Source: path, Options: []string{"rbind", "ro"}}}
}

// recordOf reads back what was deployed; ok is false for a container that is not ours.
func recordOf(ctx context.Context, c containerd.Container) (r record, ok bool) {
	extensions, err := c.Extensions(ctx)
	if err != nil {
		return r, false
	}
	stored, found := extensions[deploymentExtension]
	if !found || json.Unmarshal(stored.GetValue(), &r) != nil {
		return record{}, false
	}
	return r, true
}
