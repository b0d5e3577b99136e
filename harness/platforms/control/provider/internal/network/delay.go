package network

import (
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// installDelayPlugin copies givre-delay, which lies beside this program, to where CNI looks for plugins, and returns what starting it costs in the
// median, so that the wait can be shortened by that much.
func installDelayPlugin(binDir string) (time.Duration, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	target := filepath.Join(binDir, delayPlugin)
	_ = os.Remove(target)
	content, err := os.ReadFile(filepath.Join(filepath.Dir(self), delayPlugin))
	if err == nil {
		err = os.WriteFile(target, content, 0o755)
	}
	if err != nil {
		return 0, fmt.Errorf("cannot install the CNI plugin %s: %w", delayPlugin, err)
	}
	var costs []time.Duration
	for range 15 {
		begin := time.Now()
		command := exec.Command(target)
		command.Env = []string{"CNI_COMMAND=VERSION"}
		if err := command.Run(); err != nil {
			return 0, fmt.Errorf("the CNI plugin %s does not run: %w", delayPlugin, err)
		}
		costs = append(costs, time.Since(begin))
	}
	slices.Sort(costs)
	return costs[len(costs)/2], nil
}
