package machine

import (
	"fmt"
	"log"
	"os"
	"path/filepath"
	"time"

	"github.com/containerd/containerd/cio"

	"givre.dev/provider/internal/defects"
)

// logLimitBytes bounds a function's log file: it is cut at a start when it has grown beyond this.
const logLimitBytes = 16 << 20

// LogFile is where the unit's output goes.
func (m *Machine) LogFile(namespace, name string) string {
	return filepath.Join(m.LogsDir, namespace, name+".log")
}

// LogSize is how much output there is, in bytes.
func (m *Machine) LogSize(namespace, name string) int64 {
	info, err := os.Stat(m.LogFile(namespace, name))
	if err != nil {
		return 0
	}
	return info.Size()
}

// WrittenAt is when the first `size` bytes of a log file were there.
func (m *Machine) WrittenAt(path string, size int64) time.Time { return m.LogTimes.At(path, size) }

// FollowLog remembers from now on when the unit's output comes.
func (m *Machine) FollowLog(namespace, name string) {
	if err := m.LogTimes.Follow(m.LogFile(namespace, name)); err != nil {
		log.Printf("%s: its log will have no times: %v", name, err)
	}
}

// output lets the shim write to a file: no process of ours sits between a function and its log.
func (m *Machine) output(u *Unit) (cio.Creator, error) {
	path := m.LogFile(u.Namespace, u.Name)
	if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
		return nil, fmt.Errorf("cannot make the log folder: %w", err)
	}
	if m.LogSize(u.Namespace, u.Name) > logLimitBytes {
		if err := os.Truncate(path, 0); err != nil {
			return nil, err
		}
	}
	m.FollowLog(u.Namespace, u.Name)
	if !m.Defects.Has(defects.LogCollector) {
		return cio.LogFile(path), nil
	}
	self, err := os.Executable()
	if err != nil {
		return nil, err
	}
	how := CollectAll
	if m.Defects.Has(defects.LongLineBlocks) {
		how = CollectLines
	}
	return cio.BinaryIO(self, map[string]string{how: path}), nil
}
