package machine

import (
	"bytes"
	"context"
	"fmt"
	"io"
	"os"
	"time"
)

// FunctionPort is where every OpenFaaS function listens.
const FunctionPort = 8080

const listenPoll = 400 * time.Microsecond

// listenTables are one process's views of its network namespace's TCP sockets. They are opened once: re-reading an
// open file is a third of the cost, and the open files outlive the process.
type listenTables struct {
	files  []*os.File
	buffer []byte
}

func openListenTables(pid uint32) *listenTables {
	t := &listenTables{buffer: make([]byte, 16<<10)}
	for _, name := range []string{"tcp", "tcp6"} {
		if f, err := os.Open(fmt.Sprintf("/proc/%d/net/%s", pid, name)); err == nil {
			t.files = append(t.files, f)
		}
	}
	return t
}

func (t *listenTables) close() {
	for _, f := range t.files {
		f.Close()
	}
}

func (t *listenTables) listening() bool {
	for _, f := range t.files {
		n, err := f.ReadAt(t.buffer, 0)
		if err != nil && err != io.EOF {
			continue
		}
		if listens(t.buffer[:n], FunctionPort) {
			return true
		}
	}
	return false
}

// listens looks in the text of /proc/PID/net/tcp or tcp6 for a listening socket that can be reached from outside:
// one bound to the loopback alone does not count.
func listens(table []byte, port uint16) bool {
	suffix := fmt.Appendf(nil, ":%04X", port)
	for len(table) > 0 {
		var line []byte
		line, table, _ = bytes.Cut(table, []byte("\n"))
		fields := bytes.Fields(line)
		if len(fields) < 4 || !bytes.Equal(fields[3], []byte("0A")) || !bytes.HasSuffix(fields[1], suffix) {
			continue
		}
		address := fields[1][:len(fields[1])-len(suffix)]
		v4Loopback := len(address) == 8 && bytes.HasSuffix(address, []byte("7F"))
		v6Loopback := bytes.Equal(address, []byte("00000000000000000000000001000000"))
		if !v4Loopback && !v6Loopback {
			return true
		}
	}
	return false
}

// waitListening returns when the process listens, has exited, or the context ends.
func waitListening(ctx context.Context, pid uint32, exited <-chan struct{}) error {
	tables := openListenTables(pid)
	defer tables.close()
	tick := time.NewTicker(listenPoll)
	defer tick.Stop()
	for {
		if tables.listening() {
			return nil
		}
		select {
		case <-exited:
			return ErrExited
		case <-ctx.Done():
			return ErrNotListening
		case <-tick.C:
		}
	}
}
