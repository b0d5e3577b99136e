package functions

import (
	"strings"
	"testing"

	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/machine"
)

func TestNamesAreContainerdIDs(t *testing.T) {
	good := []string{"a", "hello", "A-b_c.d", "rust-hello-of", strings.Repeat("a", 76)}
	bad := []string{"", "-a", "a-", "a--b", "a..b", "a/b", "../x", "a b", "ä", strings.Repeat("a", 77), "a\n"}
	for _, name := range good {
		if !ValidName(name) {
			t.Errorf("%q was refused", name)
		}
	}
	for _, name := range bad {
		if ValidName(name) {
			t.Errorf("%q was accepted", name)
		}
	}
}

func TestLimitsAreKubernetesQuantities(t *testing.T) {
	cases := []struct {
		memory, cpu string
		bytes       uint64
		quotaUs     int64
	}{
		{"", "", 0, 0},
		{"128Mi", "500m", 128 << 20, 50_000},
		{"1G", "2", 1_000_000_000, 200_000},
		{"1.5Gi", "0.25", 1_610_612_736, 25_000},
		{"1e8", "10m", 100_000_000, 1_000},
		{"20M", ".5", 20_000_000, 50_000},
		{"65536k", "1e0", 65_536_000, 100_000},
		{"4Mi", "", 4 << 20, 0},
		{"1Pi", "1e-1", 1 << 50, 10_000},
		{"5.", "+1", 5, 100_000},
	}
	for _, c := range cases {
		l, err := ParseLimits(&types.FunctionResources{Memory: c.memory, CPU: c.cpu})
		if err != nil || l.MemoryBytes != c.bytes || l.CPUQuotaUs != c.quotaUs {
			t.Errorf("%q %q: %+v %v", c.memory, c.cpu, l, err)
		}
		if (l.CPUQuotaUs > 0) != (l.CPUPeriodUs == cpuPeriodUs) {
			t.Errorf("%q: period %d", c.cpu, l.CPUPeriodUs)
		}
	}
}

func TestLimitsThatCannotBeHonouredAreRefused(t *testing.T) {
	for _, memory := range []string{"lots", "-128Mi", "0", "128MB", "128 Mi", "Mi", "1e99", "0x10", "NaN", "inf"} {
		if _, err := ParseLimits(&types.FunctionResources{Memory: memory}); err == nil {
			t.Errorf("memory %q was accepted", memory)
		}
	}
	for _, cpu := range []string{"0", "1m", "-1", "half", "5000", "1u"} {
		if _, err := ParseLimits(&types.FunctionResources{CPU: cpu}); err == nil {
			t.Errorf("cpu %q was accepted", cpu)
		}
	}
}

func TestADeploymentThatCannotBeHonouredIsRefusedWithStatus400(t *testing.T) {
	two := map[string]string{minScaleLabel: "2"}
	bad := map[string]types.FunctionDeployment{
		"no service":  {Image: "i"},
		"no image":    {Service: "a"},
		"bad image":   {Service: "a", Image: "A b"},
		"bad name":    {Service: "a--b", Image: "i"},
		"bad secret":  {Service: "a", Image: "i", Secrets: []string{"../../etc/shadow"}},
		"bad env":     {Service: "a", Image: "i", EnvVars: map[string]string{"A=B": "c"}},
		"bad limit":   {Service: "a", Image: "i", Limits: &types.FunctionResources{CPU: "x"}},
		"two at once": {Service: "a", Image: "i", Labels: &two},
	}
	var set defects.Set
	f := New(&machine.Machine{Defects: &set}, t.TempDir())
	for what, d := range bad {
		err, ok := f.validate(d).(*Error)
		if !ok || err.Status != 400 {
			t.Errorf("%s: %v", what, err)
		}
	}
	if err := f.validate(types.FunctionDeployment{Service: "a", Image: "i"}); err != nil {
		t.Error(err)
	}
	if err := set.Add(defects.IgnoreLimits); err != nil {
		t.Fatal(err)
	}
	unread := types.FunctionDeployment{Service: "a", Image: "i", Limits: &types.FunctionResources{CPU: "x", Memory: "lots"}}
	if err := f.validate(unread); err != nil {
		t.Errorf("with the defect that ignores them: %v", err)
	}
}

func TestFprocessComesAfterTheVariablesAndWins(t *testing.T) {
	got := environment(types.FunctionDeployment{EnvProcess: "cat", EnvVars: map[string]string{"b": "2", "a": "1"}})
	if strings.Join(got, " ") != "a=1 b=2 fprocess=cat" {
		t.Error(got)
	}
}
