package delay

import (
	"bytes"
	"strings"
	"testing"
	"time"
)

func TestTheDelayPluginWaitsOnAddAndHandsTheResultOn(t *testing.T) {
	const config = `{"cniVersion":"0.4.0","delay":"30ms","prevResult":{"ips":[{"address":"10.62.0.2/16"}]}}`
	var out bytes.Buffer
	begin := time.Now()
	if err := Run("ADD", strings.NewReader(config), &out); err != nil {
		t.Fatal(err)
	}
	if took := time.Since(begin); took < 30*time.Millisecond {
		t.Errorf("it took %s", took)
	}
	if out.String() != `{"ips":[{"address":"10.62.0.2/16"}]}` {
		t.Error(out.String())
	}
	out.Reset()
	begin = time.Now()
	if err := Run("DEL", strings.NewReader(config), &out); err != nil || out.Len() != 0 {
		t.Errorf("DEL: %v %q", err, out.String())
	}
	if took := time.Since(begin); took > 20*time.Millisecond {
		t.Errorf("DEL took %s", took)
	}
}
