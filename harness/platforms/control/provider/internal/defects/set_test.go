package defects

import (
	"reflect"
	"strings"
	"testing"
	"time"
)

func TestAnUnknownDefectIsRefusedWithTheListOfKnownOnes(t *testing.T) {
	var s Set
	err := s.Add("no-such-thing")
	if err == nil {
		t.Fatal("it was accepted")
	}
	for _, d := range All() {
		if !strings.Contains(err.Error(), d.Name) {
			t.Errorf("the message does not name %s: %v", d.Name, err)
		}
	}
}

func TestADelayHasADefaultAndTakesAValue(t *testing.T) {
	var s Set
	if err := s.Add(DelayCNI); err != nil {
		t.Fatal(err)
	}
	if got := s.Delay(DelayCNI); got != 20*time.Millisecond {
		t.Errorf("default: %s", got)
	}
	if err := s.Add(DelayCNI + "=35ms"); err != nil {
		t.Fatal(err)
	}
	if got := s.Delay(DelayCNI); got != 35*time.Millisecond {
		t.Errorf("given: %s", got)
	}
	if s.Has(DelayStart) || s.Delay(DelayStart) != 0 {
		t.Error("another defect is on too")
	}
}

func TestAWrongValueIsRefused(t *testing.T) {
	for _, text := range []string{"slow-status=", "slow-status=20", "slow-status=-1s", "slow-status=0s", "slow-status=2m", "leak-cni=1"} {
		var s Set
		if err := s.Add(text); err == nil {
			t.Errorf("%s was accepted", text)
		}
		if len(s.Names()) != 0 {
			t.Errorf("%s was refused and is on: %v", text, s.Names())
		}
	}
}

func TestLikeFaasdSwitchesOnWhatTheTableSays(t *testing.T) {
	var s Set
	if err := s.Like("faasd"); err != nil {
		t.Fatal(err)
	}
	for _, d := range All() {
		if s.Has(d.Name) != d.LikeFaasd {
			t.Errorf("%s: on=%v, table says %v", d.Name, s.Has(d.Name), d.LikeFaasd)
		}
	}
	for _, name := range []string{NoReadiness, LeakCNI, LogCollector, PullAlways} {
		if !s.Has(name) {
			t.Errorf("%s is off", name)
		}
	}
	if err := s.Like("kubernetes"); err == nil {
		t.Error("a platform of which nothing is known was accepted")
	}
}

func TestANilSetShowsNoDefect(t *testing.T) {
	var s *Set
	if s.Has(NoReadiness) || s.Delay(DelayCNI) != 0 || s.Names() != nil {
		t.Error("a nil set shows defects")
	}
	s.Sleep(DelayCNI)
}

func TestNamesAreSortedAndCarryTheirValues(t *testing.T) {
	var s Set
	for _, text := range []string{"slow-status=30ms", "leak-cni"} {
		if err := s.Add(text); err != nil {
			t.Fatal(err)
		}
	}
	if got := s.Names(); !reflect.DeepEqual(got, []string{"leak-cni", "slow-status=30ms"}) {
		t.Error(got)
	}
}

func TestEveryDefectSaysWhatItDoesAndWhatItMirrors(t *testing.T) {
	seen := map[string]bool{}
	for _, d := range All() {
		if seen[d.Name] || d.Does == "" || d.Mirrors == "" || (d.Unit == "") != (d.Default == "") {
			t.Errorf("incomplete or double: %+v", d)
		}
		seen[d.Name] = true
	}
}

func TestEveryNameStandsInTheTableOnce(t *testing.T) {
	names := []string{
		NoReadiness, LeakCNI, SlowStatus, LostTask, LogCollector,
		PullAlways, LookupPerCall, Proxy500, IgnoreLimits, IgnoreMemory,
		FunctionLimit, IgnoreScale, UpdateRemoves, CoreInContainers, FrontProxyDies,
		PlainSuccess, CoarseRefusals, LossyStatus, DeployLeaves, BodyOnly, ZeroResumes, Drain500,
		LooseSecrets, StrictNamespaces, OpenNamespaces, Proxy503, StoppedIsGateway, JournalLogs, LongLineBlocks,
		DelayRemains, DelayNewTask, DelayCNI, DelayStart, DelayReady,
	}
	var listed []string
	for _, d := range All() {
		listed = append(listed, d.Name)
		if d.Does == "" || d.Mirrors == "" {
			t.Errorf("%s says too little about itself", d.Name)
		}
	}
	if !reflect.DeepEqual(names, listed) {
		t.Errorf("the code knows %v, the table lists %v", names, listed)
	}
}
