package functions

import (
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"

	"github.com/distribution/reference"
	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/defects"
)

// Error is a refusal with the HTTP status that fits it. Its text is a sentence for the caller.
type Error struct {
	Status int
	// Coarse is the status where the defect coarse-codes is shown; 0 means the same.
	Coarse int
	Text   string
}

func (e *Error) Error() string { return e.Text }

func refuse(status int, format string, args ...any) *Error {
	return &Error{Status: status, Text: fmt.Sprintf(format, args...)}
}

// or says which status the defect coarse-codes gives it.
func (e *Error) or(coarse int) *Error {
	e.Coarse = coarse
	return e
}

const nameLimit = 76

var namePattern = regexp.MustCompile(`^[A-Za-z0-9]+([._-][A-Za-z0-9]+)*$`)

// ValidName says whether a name can be a containerd id: functions, namespaces and secrets are held to it.
func ValidName(name string) bool { return len(name) <= nameLimit && namePattern.MatchString(name) }

func invalidName(what, name string) *Error {
	return refuse(400, "%s name %q is not valid: letters and digits, single . _ - between them, at most %d characters",
		what, name, nameLimit)
}

// Limits in the kernel's units; 0 means unlimited.
type Limits struct {
	MemoryBytes uint64
	// CPUQuotaUs of each CPUPeriodUs.
	CPUQuotaUs  int64
	CPUPeriodUs uint64
}

const (
	cpuPeriodUs = 100_000
	// The kernel refuses a quota under 1 ms. How little memory a container starts with depends on its program: runc ran one
	// with 4 MiB and failed at 1 MiB, and says so itself.
	leastCPUQuotaUs = 1_000
)

// ParseLimits reads Kubernetes quantities: memory such as 128Mi, 1G or 1e8, cpu such as 500m or 0.5.
func ParseLimits(r *types.FunctionResources) (Limits, error) {
	var l Limits
	if r == nil {
		return l, nil
	}
	if r.Memory != "" {
		bytes, err := quantity(r.Memory)
		if err != nil || bytes < 1 {
			return l, refuse(400, "limits.memory %q is not a quantity of memory, such as 128Mi", r.Memory)
		}
		l.MemoryBytes = uint64(bytes)
	}
	if r.CPU != "" {
		cores, err := quantity(r.CPU)
		quota := cores * cpuPeriodUs
		if err != nil || quota < leastCPUQuotaUs || cores > 4096 {
			return l, refuse(400, "limits.cpu %q is not a quantity of at least 10m, such as 500m or 0.5", r.CPU)
		}
		l.CPUQuotaUs, l.CPUPeriodUs = int64(math.Round(quota)), cpuPeriodUs
	}
	return l, nil
}

// limits are those that act. Where a defect says so, what cannot be read is no limit, and the processor has none.
func (f *Functions) limits(asked *types.FunctionResources) (Limits, error) {
	if !f.machine.Defects.Has(defects.IgnoreLimits) || asked == nil {
		return ParseLimits(asked)
	}
	l, err := ParseLimits(&types.FunctionResources{Memory: asked.Memory})
	if err != nil {
		return Limits{}, nil
	}
	return l, nil
}

var suffixes = []struct {
	suffix string
	factor float64
}{
	{"Ki", 1 << 10}, {"Mi", 1 << 20}, {"Gi", 1 << 30}, {"Ti", 1 << 40}, {"Pi", 1 << 50}, {"Ei", 1 << 60},
	{"n", 1e-9}, {"u", 1e-6}, {"m", 1e-3}, {"k", 1e3}, {"M", 1e6}, {"G", 1e9}, {"T", 1e12}, {"P", 1e15}, {"E", 1e18},
}

var plainNumber = regexp.MustCompile(`^\+?([0-9]+\.?[0-9]*|\.[0-9]+)([eE][+-]?[0-9]{1,3})?$`)

// quantity reads a non-negative Kubernetes quantity.
func quantity(text string) (float64, error) {
	factor := 1.0
	for _, s := range suffixes {
		if rest, ok := strings.CutSuffix(text, s.suffix); ok {
			text, factor = rest, s.factor
			break
		}
	}
	if !plainNumber.MatchString(text) {
		return 0, fmt.Errorf("%q is no number", text)
	}
	value, err := strconv.ParseFloat(text, 64)
	if err != nil || value*factor > 1<<60 {
		return 0, fmt.Errorf("%q is out of range", text)
	}
	return value * factor, nil
}

const minScaleLabel = "com.openfaas.scale.min"

// validate refuses what could not be honoured, before anything is pulled or removed.
func (f *Functions) validate(d types.FunctionDeployment) error {
	if d.Service == "" {
		return refuse(400, "the deployment has no service name")
	}
	if !ValidName(d.Service) {
		return invalidName("function", d.Service)
	}
	if err := validateImage(d); err != nil {
		return err
	}
	for _, s := range d.Secrets {
		if !ValidName(s) {
			return invalidName("secret", s)
		}
	}
	for key := range d.EnvVars {
		if key == "" || strings.ContainsAny(key, "=\x00") {
			return refuse(400, "%q is no name for an environment variable", key)
		}
	}
	if d.Labels != nil && !f.machine.Defects.Has(defects.IgnoreScale) {
		if n, err := strconv.ParseUint((*d.Labels)[minScaleLabel], 10, 64); err == nil && n > 1 {
			return refuse(400, "label %s=%d: this platform runs one replica of a function", minScaleLabel, n)
		}
	}
	_, err := f.limits(d.Limits)
	return err
}

func validateImage(d types.FunctionDeployment) error {
	if d.Image == "" {
		return refuse(400, "the deployment of %s has no image", d.Service)
	}
	if _, err := reference.ParseDockerRef(d.Image); err != nil {
		return refuse(400, "%q, the image of %s, is no image reference: %v", d.Image, d.Service, err)
	}
	return nil
}
