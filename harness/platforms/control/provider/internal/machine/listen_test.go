package machine

import (
	"context"
	"errors"
	"fmt"
	"net"
	"os"
	"testing"
	"time"
)

const head = "  sl  local_address rem_address   st tx_queue rx_queue tr tm->when retrnsmt   uid  timeout inode\n"

func TestOnlyAListenerThatCanBeReachedCounts(t *testing.T) {
	cases := []struct {
		what, table string
		want        bool
	}{
		{"any address", head + "   0: 00000000:1F90 00000000:0000 0A 00000000:00000000 00:00000000 0 0 1\n", true},
		{"any address, IPv6", head + "   0: 00000000000000000000000000000000:1F90 00000000000000000000000000000000:0000 0A 0\n", true},
		{"second line", head + "   0: 00000000:0050 00000000:0000 0A 0\n   1: 0100A8C0:1F90 00000000:0000 0A 0\n", true},
		{"loopback", head + "   0: 0100007F:1F90 00000000:0000 0A 0\n", false},
		{"loopback, IPv6", head + "   0: 00000000000000000000000001000000:1F90 00000000000000000000000000000000:0000 0A 0\n", false},
		{"another port", head + "   0: 00000000:1F91 00000000:0000 0A 0\n", false},
		{"a connection", head + "   0: 00000000:1F90 0100007F:C350 01 0\n", false},
		{"the peer's port", head + "   0: 00000000:0050 00000000:1F90 0A 0\n", false},
		{"nothing", head, false},
		{"empty", "", false},
		{"cut line", head + "   0: 00000000:1F90", false},
	}
	for _, c := range cases {
		if got := listens([]byte(c.table), 8080); got != c.want {
			t.Errorf("%s: %v", c.what, got)
		}
	}
}

func TestAListenerOfThisProcessIsSeenInTheKernelsTable(t *testing.T) {
	l, err := net.Listen("tcp4", "0.0.0.0:0")
	if err != nil {
		t.Fatal(err)
	}
	port := uint16(l.Addr().(*net.TCPAddr).Port)
	read := func() []byte {
		table, err := os.ReadFile(fmt.Sprintf("/proc/%d/net/tcp", os.Getpid()))
		if err != nil {
			t.Fatal(err)
		}
		return table
	}
	if !listens(read(), port) {
		t.Error("the listener is not seen")
	}
	l.Close()
	if listens(read(), port) {
		t.Error("a closed listener is still seen")
	}
}

func TestWaitingEndsWithTheReason(t *testing.T) {
	ended := make(chan struct{})
	close(ended)
	// Process 0 does not exist, so nothing listens.
	if err := waitListening(context.Background(), 0, ended); !errors.Is(err, ErrExited) {
		t.Errorf("a process that ended: %v", err)
	}
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Millisecond)
	defer cancel()
	if err := waitListening(ctx, 0, nil); !errors.Is(err, ErrNotListening) {
		t.Errorf("time is up: %v", err)
	}
}
