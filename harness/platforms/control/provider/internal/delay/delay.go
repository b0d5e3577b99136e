// Package delay is a CNI plugin that does nothing but wait. It uses the standard library only, so that starting it costs
// next to nothing beside what it waits.
package delay

import (
	"encoding/json"
	"fmt"
	"io"
	"time"
)

// Run speaks the CNI plugin protocol: it waits on ADD and hands the previous result on.
func Run(command string, in io.Reader, out io.Writer) error {
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
