package network

import (
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"time"
)

// IsDelayPlugin says whether this process was started by CNI as the plugin that waits.
func IsDelayPlugin(argv0 string) bool { return filepath.Base(argv0) == delayPlugin }

// RunDelayPlugin speaks the CNI plugin protocol: it waits on ADD and hands the previous result on.
func RunDelayPlugin(command string, in io.Reader, out io.Writer) error {
	if command == "VERSION" {
		_, err := fmt.Fprintln(out, `{"cniVersion":"0.4.0","supportedVersions":["0.3.0","0.3.1","0.4.0","1.0.0"]}`)
		return err
	}
	var config struct {
		Delay      string          `json:"delay"`
		PrevResult json.RawMessage `json:"prevResult"`
	}
	if err := json.NewDecoder(in).Decode(&config); err != nil {
		return fmt.Errorf("cannot read the plugin configuration: %w", err)
	}
	if command != "ADD" {
		return nil
	}
	delay, err := time.ParseDuration(config.Delay)
	if err != nil {
		return fmt.Errorf("the delay is no duration: %w", err)
	}
	time.Sleep(delay)
	_, err = out.Write(config.PrevResult)
	return err
}

// installDelayPlugin copies this program to where CNI looks for plugins, and returns what starting it costs in the
// median, so that the wait can be shortened by that much.
func installDelayPlugin(binDir string) (time.Duration, error) {
	self, err := os.Executable()
	if err != nil {
		return 0, err
	}
	target := filepath.Join(binDir, delayPlugin)
	_ = os.Remove(target)
	if err := os.Link(self, target); err != nil {
		content, err := os.ReadFile(self)
		if err == nil {
			err = os.WriteFile(target, content, 0o755)
		}
		if err != nil {
			return 0, fmt.Errorf("cannot install the CNI plugin %s: %w", delayPlugin, err)
		}
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
