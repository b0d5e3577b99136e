package defects

import (
	"fmt"
	"sort"
	"strings"
	"time"
)

// Set is the choice of defects for one process. The zero value is a provider that does it right.
type Set struct {
	delays map[string]time.Duration
}

// Has says whether the defect is switched on. It is false on a nil Set.
func (s *Set) Has(name string) bool {
	if s == nil {
		return false
	}
	_, on := s.delays[name]
	return on
}

// Delay is the value of a defect whose unit is a duration; 0 when it is off.
func (s *Set) Delay(name string) time.Duration {
	if s == nil {
		return 0
	}
	return s.delays[name]
}

// Sleep waits as long as the defect says; it returns at once when the defect is off.
func (s *Set) Sleep(name string) {
	if d := s.Delay(name); d > 0 {
		time.Sleep(d)
	}
}

// Names of the defects that are on, sorted, with values: "slow-status=20ms".
func (s *Set) Names() []string {
	var names []string
	if s == nil {
		return names
	}
	for name, d := range s.delays {
		if d > 0 {
			name += "=" + d.String()
		}
		names = append(names, name)
	}
	sort.Strings(names)
	return names
}

// Add switches a defect on from its command line form NAME or NAME=value.
func (s *Set) Add(text string) error {
	name, value, hasValue := strings.Cut(text, "=")
	defect, err := find(name)
	if err != nil {
		return err
	}
	if s.delays == nil {
		s.delays = map[string]time.Duration{}
	}
	if defect.Unit == "" {
		if hasValue {
			return fmt.Errorf("defect %s takes no value, %q was given", name, value)
		}
		s.delays[name] = 0
		return nil
	}
	if !hasValue {
		value = defect.Default
	}
	d, err := time.ParseDuration(value)
	if err != nil || d <= 0 || d > time.Minute {
		return fmt.Errorf("defect %s needs a duration above 0 and up to 1m, such as %s=%s: %q was given",
			name, name, defect.Default, value)
	}
	s.delays[name] = d
	return nil
}

// Like switches on every deviation that is known of the named platform.
func (s *Set) Like(platform string) error {
	if platform != "faasd" {
		return fmt.Errorf("nothing is known about platform %q; --like takes: faasd", platform)
	}
	for _, d := range table {
		if !d.LikeFaasd {
			continue
		}
		if err := s.Add(d.Name); err != nil {
			return err
		}
	}
	return nil
}

func find(name string) (Defect, error) {
	names := make([]string, 0, len(table))
	for _, d := range table {
		if d.Name == name {
			return d, nil
		}
		names = append(names, d.Name)
	}
	return Defect{}, fmt.Errorf("unknown defect %q; known: %s", name, strings.Join(names, ", "))
}
