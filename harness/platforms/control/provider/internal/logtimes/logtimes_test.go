package logtimes

import (
	"os"
	"path/filepath"
	"testing"
	"time"
)

// patience is far more than a look takes on a busy machine.
const patience = 5 * time.Second

func appendTo(t *testing.T, path, text string) {
	t.Helper()
	file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString(text); err != nil {
		t.Fatal(err)
	}
}

// seen waits until a file is known to have this size.
func (t *Times) seen(test *testing.T, path string, size int64) {
	test.Helper()
	for end := time.Now().Add(patience); time.Now().Before(end); time.Sleep(time.Millisecond) {
		t.mu.Lock()
		marks := t.files[path]
		known := len(marks) > 0 && marks[len(marks)-1].size == size
		t.mu.Unlock()
		if known {
			return
		}
	}
	test.Fatalf("%s was not seen to get %d bytes", path, size)
}

func opened(t *testing.T) *Times {
	t.Helper()
	times, err := Open()
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = times.Close() })
	return times
}

func TestEachPartOfAFileHasTheTimeAtWhichItCame(t *testing.T) {
	times := opened(t)
	path := filepath.Join(t.TempDir(), "a.log")
	if err := times.Follow(path); err != nil {
		t.Fatal(err)
	}
	before := time.Now()
	appendTo(t, path, "one\n")
	times.seen(t, path, 4)
	between := time.Now()
	time.Sleep(2 * settle)
	appendTo(t, path, "two\n")
	times.seen(t, path, 8)
	one, two := times.At(path, 4), times.At(path, 8)
	if one.Before(before) || one.After(between) || two.Before(between) || two.After(time.Now()) {
		t.Errorf("before %s, one %s, between %s, two %s", before, one, between, two)
	}
	if at := times.At(path, 2); !at.Equal(one) {
		t.Errorf("half of the first line: %s, not %s", at, one)
	}
}

func TestWhatWasThereBeforeWasWrittenWhenTheFileLastChanged(t *testing.T) {
	times := opened(t)
	path := filepath.Join(t.TempDir(), "a.log")
	appendTo(t, path, "one\n")
	old := time.Now().Add(-time.Hour).Truncate(time.Second)
	if err := os.Chtimes(path, old, old); err != nil {
		t.Fatal(err)
	}
	if err := times.Follow(path); err != nil {
		t.Fatal(err)
	}
	if at := times.At(path, 4); !at.Equal(old) {
		t.Errorf("%s, not %s", at, old)
	}
}

func TestAFileThatWasCutBeginsAnew(t *testing.T) {
	times := opened(t)
	path := filepath.Join(t.TempDir(), "a.log")
	if err := times.Follow(path); err != nil {
		t.Fatal(err)
	}
	appendTo(t, path, "a long line\n")
	times.seen(t, path, 12)
	cut := time.Now()
	if err := os.Truncate(path, 0); err != nil {
		t.Fatal(err)
	}
	appendTo(t, path, "new\n")
	times.seen(t, path, 4)
	if at := times.At(path, 4); at.Before(cut) {
		t.Errorf("the new line is as old as the file: %s, cut at %s", at, cut)
	}
}

func TestTooManyMarksAreThinnedFromTheOldEnd(t *testing.T) {
	var marks []mark
	for i := range int64(mostMarks + 1) {
		marks = append(marks, mark{i, time.Unix(i, 0)})
	}
	kept := thinned(marks)
	if len(kept) > mostMarks*4/5 || kept[len(kept)-1] != marks[len(marks)-1] || kept[0] != marks[1] {
		t.Errorf("%d are kept, the first of size %d", len(kept), kept[0].size)
	}
}

func TestWithoutTimesEverythingIsNew(t *testing.T) {
	var none *Times
	if err := none.Follow("/nonexistent/a.log"); err != nil {
		t.Error(err)
	}
	if at := none.At("/nonexistent/a.log", 1); time.Since(at) > patience {
		t.Error(at)
	}
}
