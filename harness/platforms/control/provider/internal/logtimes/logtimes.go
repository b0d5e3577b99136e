// Package logtimes remembers when each part of a log file was written, while others write it: the shim writes a
// function's output straight into its file, without a time for each line.
package logtimes

import (
	"encoding/binary"
	"fmt"
	"os"
	"path/filepath"
	"sort"
	"strings"
	"sync"
	"time"

	"golang.org/x/sys/unix"
)

const (
	// settle is waited after a write, so that a function which writes all the time costs few looks. A time may be that
	// much too late, and is never too early: what was written after a moment is never left out as older.
	settle = 5 * time.Millisecond
	// mostMarks bounds what is kept of one file; of older ones every second is forgotten when there are more.
	mostMarks = 8192
)

// Times of the files that were named to Follow. A nil Times knows nothing.
type Times struct {
	events  *os.File
	mu      sync.Mutex
	folders map[int32]string
	files   map[string][]mark
}

// mark: the file had this size at that time.
type mark struct {
	size int64
	at   time.Time
}

// Open begins to listen for changes, until Close.
func Open() (*Times, error) {
	fd, err := unix.InotifyInit1(unix.IN_CLOEXEC | unix.IN_NONBLOCK)
	if err != nil {
		return nil, fmt.Errorf("cannot watch log files: %w", err)
	}
	t := &Times{events: os.NewFile(uintptr(fd), "inotify"), folders: map[int32]string{}, files: map[string][]mark{}}
	go t.run()
	return t, nil
}

// Close ends it.
func (t *Times) Close() error {
	if t == nil {
		return nil
	}
	return t.events.Close()
}

// Follow marks the times of a file from now on; its folder exists, the file need not. What is in it already counts as
// written when it was last changed.
func (t *Times) Follow(path string) error {
	if t == nil {
		return nil
	}
	t.mu.Lock()
	defer t.mu.Unlock()
	folder := filepath.Dir(path)
	connection, err := t.events.SyscallConn()
	if err != nil {
		return err
	}
	var watch int
	var watchErr error
	err = connection.Control(func(fd uintptr) {
		watch, watchErr = unix.InotifyAddWatch(int(fd), folder, unix.IN_MODIFY|unix.IN_CREATE)
	})
	if err != nil || watchErr != nil {
		return fmt.Errorf("cannot watch %s: %w", folder, firstOf(err, watchErr))
	}
	t.folders[int32(watch)] = folder
	if _, known := t.files[path]; known {
		return nil
	}
	t.files[path] = nil
	if info, err := os.Stat(path); err == nil && info.Size() > 0 {
		t.files[path] = []mark{{info.Size(), info.ModTime()}}
	}
	return nil
}

func firstOf(errs ...error) error {
	for _, err := range errs {
		if err != nil {
			return err
		}
	}
	return nil
}

// At is when the first `size` bytes of a file were there; now for what was not seen coming yet.
func (t *Times) At(path string, size int64) time.Time {
	if t != nil {
		t.mu.Lock()
		defer t.mu.Unlock()
		marks := t.files[path]
		if i := sort.Search(len(marks), func(i int) bool { return marks[i].size >= size }); i < len(marks) {
			return marks[i].at
		}
	}
	return time.Now()
}

func (t *Times) run() {
	buffer := make([]byte, 64<<10)
	for {
		n, err := t.events.Read(buffer)
		if err != nil {
			return
		}
		time.Sleep(settle)
		for _, path := range t.changed(buffer[:n]) {
			t.look(path)
		}
	}
}

// changed reads events: what each is about, without repetition. Format: inotify(7).
func (t *Times) changed(events []byte) []string {
	t.mu.Lock()
	defer t.mu.Unlock()
	var paths []string
	seen := map[string]bool{}
	for len(events) >= unix.SizeofInotifyEvent {
		watch := int32(binary.NativeEndian.Uint32(events))
		length := int(binary.NativeEndian.Uint32(events[12:]))
		name := strings.TrimRight(string(events[unix.SizeofInotifyEvent:unix.SizeofInotifyEvent+length]), "\x00")
		events = events[unix.SizeofInotifyEvent+length:]
		path := filepath.Join(t.folders[watch], name)
		if _, followed := t.files[path]; followed && !seen[path] {
			seen[path] = true
			paths = append(paths, path)
		}
	}
	return paths
}

func (t *Times) look(path string) {
	info, err := os.Stat(path)
	if err != nil {
		return
	}
	at := time.Now()
	t.mu.Lock()
	defer t.mu.Unlock()
	marks := t.files[path]
	if n := len(marks); n > 0 && info.Size() < marks[n-1].size {
		marks = nil // It was cut.
	} else if n > 0 && info.Size() == marks[n-1].size {
		return
	}
	t.files[path] = thinned(append(marks, mark{info.Size(), at}))
}

// thinned forgets every second mark of the older half when there are too many; the later one of two is kept.
func thinned(marks []mark) []mark {
	if len(marks) <= mostMarks {
		return marks
	}
	half := len(marks) / 2
	var kept []mark
	for i := 1; i < half; i += 2 {
		kept = append(kept, marks[i])
	}
	return append(kept, marks[half:]...)
}
