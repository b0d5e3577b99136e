package functions

import (
	"context"
	"maps"
	"strconv"
	"strings"

	"github.com/containerd/containerd"
	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/defects"
)

// seen is a function as its container shows it.
type seen struct {
	image      string
	envVars    map[string]string
	envProcess string
}

// readBack looks at a container where a defect says that it is what is reported; nil otherwise.
func (f *Functions) readBack(ctx context.Context, c containerd.Container) *seen {
	if !f.machine.Defects.Has(defects.LossyStatus) {
		return nil
	}
	s := &seen{envVars: map[string]string{}}
	if image, err := c.Image(ctx); err == nil {
		s.image = image.Name()
	}
	spec, err := c.Spec(ctx)
	if err != nil || spec.Process == nil {
		return s
	}
	for _, variable := range spec.Process.Env {
		parts := strings.Split(variable, "=")
		switch {
		case len(parts) < 2 || parts[0] == "PATH":
		case parts[0] == "fprocess":
			s.envProcess = parts[1]
		default:
			s.envVars[parts[0]] = parts[1]
		}
	}
	return s
}

func (f *Functions) status(key Key, v *view, inList bool) types.FunctionStatus {
	d := v.deployment
	replicas := uint64(0)
	if v.running() || (f.machine.Defects.Has(defects.LostTask) && !v.paused) {
		replicas = 1
	}
	s := types.FunctionStatus{
		Name: key.Name, Namespace: key.Namespace, Image: d.Image, EnvProcess: d.EnvProcess, EnvVars: d.EnvVars,
		Constraints: d.Constraints, Secrets: d.Secrets, Labels: d.Labels, Annotations: d.Annotations,
		Limits: d.Limits, Requests: d.Requests, ReadOnlyRootFilesystem: d.ReadOnlyRootFilesystem,
		Replicas: replicas, AvailableReplicas: replicas, CreatedAt: v.createdAt,
	}
	if v.container == nil {
		return s
	}
	s.Image, s.EnvVars, s.EnvProcess = v.container.image, v.container.envVars, v.container.envProcess
	s.Labels, s.Annotations = always(d.Labels), always(d.Annotations)
	s.Constraints, s.Requests, s.Limits, s.ReadOnlyRootFilesystem = nil, nil, nil, false
	if inList {
		s.AvailableReplicas = 0
		s.Limits = f.reportedLimits(d.Limits)
	}
	return s
}

// always makes a map of its own: what a container has no labels of is an empty map, not none.
func always(m *map[string]string) *map[string]string {
	made := map[string]string{}
	if m != nil {
		maps.Copy(made, *m)
	}
	return &made
}

// reportedLimits is the memory in the largest binary unit that divides it; nil where there is no limit.
func (f *Functions) reportedLimits(asked *types.FunctionResources) *types.FunctionResources {
	limits, err := f.limits(asked)
	if err != nil || limits.MemoryBytes == 0 {
		return nil
	}
	value, unit := limits.MemoryBytes, 0
	units := []string{"", "Ki", "Mi", "Gi", "Ti"}
	for value%1024 == 0 && unit < len(units)-1 {
		value, unit = value/1024, unit+1
	}
	return &types.FunctionResources{Memory: strconv.FormatUint(value, 10) + units[unit]}
}

// Log says where the lines of a deployed function begin in its log file, in bytes; ok is false for one that is not there.
func (f *Functions) Log(key Key) (from int64, ok bool) {
	_, v := f.lookup(key)
	if v == nil {
		return 0, false
	}
	return f.logStart(key, v.logFrom), true
}

// logStart is the beginning of a file that was cut since: a start cuts one that has grown too long.
func (f *Functions) logStart(key Key, from int64) int64 {
	if f.machine.LogSize(key.Namespace, key.Name) < from {
		return 0
	}
	return from
}
