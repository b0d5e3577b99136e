package api

import (
	"bytes"
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openfaas/faas-provider/logs"

	"givre.dev/provider/internal/functions"
)

// oneLog is the log of the function hello, each line of which was written a minute after the one before.
type oneLog struct {
	path  string
	began time.Time
}

func (l oneLog) LogFile(_, _ string) string { return l.path }

func (l oneLog) WrittenAt(path string, size int64) time.Time {
	content, _ := os.ReadFile(path)
	before := content[:min(size, int64(len(content)))]
	return l.began.Add(time.Duration(bytes.Count(before, []byte("\n"))) * time.Minute)
}

func query(t *testing.T, path string, r logs.Request) (<-chan logs.Message, context.CancelFunc) {
	t.Helper()
	return ask(t, logQuery{files: oneLog{path: path}, namespace: "openfaas-fn", begins: deployedAt(0)}, r)
}

func ask(t *testing.T, q logQuery, r logs.Request) (<-chan logs.Message, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	r.Name = "hello"
	messages, err := q.Query(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	return messages, cancel
}

func deployedAt(from int64) func(functions.Key) (int64, bool) {
	return func(functions.Key) (int64, bool) { return from, true }
}

func texts(messages <-chan logs.Message) []string {
	var all []string
	for m := range messages {
		all = append(all, m.Text)
	}
	return all
}

func TestTheLastLinesAreReadAndALongLineIsCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	long := strings.Repeat("x", 5*logLineBytes+10)
	if err := os.WriteFile(path, []byte("one\n\n"+long+"\nlast, no newline"), 0o644); err != nil {
		t.Fatal(err)
	}
	messages, cancel := query(t, path, logs.Request{})
	defer cancel()
	all := texts(messages)
	if len(all) != 9 || all[0] != "one" || all[1] != "" || all[8] != "last, no newline" {
		t.Fatalf("%d lines", len(all))
	}
	if strings.Join(all[2:8], "") != long {
		t.Error("the long line's pieces do not make it up")
	}
	messages, cancel = query(t, path, logs.Request{Tail: 2})
	defer cancel()
	if all := texts(messages); len(all) != 2 || all[1] != "last, no newline" {
		t.Errorf("tail: %d lines", len(all))
	}
}

func TestFollowingSeesNewLinesAndAFileThatWasCut(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("an old line\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	messages, cancel := query(t, path, logs.Request{Follow: true})
	defer cancel()
	expect := func(want string) {
		t.Helper()
		if m := <-messages; m.Text != want {
			t.Fatalf("%q, want %q", m.Text, want)
		}
	}
	expect("an old line")
	file, err := os.OpenFile(path, os.O_APPEND|os.O_WRONLY, 0)
	if err != nil {
		t.Fatal(err)
	}
	defer file.Close()
	if _, err := file.WriteString("hal"); err != nil {
		t.Fatal(err)
	}
	time.Sleep(3 * logFollowPoll / 2)
	if _, err := file.WriteString("ves\n"); err != nil {
		t.Fatal(err)
	}
	expect("halves")
	if err := file.Truncate(0); err != nil {
		t.Fatal(err)
	}
	time.Sleep(3 * logFollowPoll / 2)
	if _, err := file.WriteString("new\n"); err != nil {
		t.Fatal(err)
	}
	expect("new")
}

func TestEachLineHasItsOwnTimeAndSinceTakesThoseFromThenOn(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("one\ntwo\nthree\nfour\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	began := time.Date(2026, 1, 2, 3, 4, 5, 600_000_000, time.UTC)
	exact := began.Add(3 * time.Minute)
	later := exact.Add(300 * time.Millisecond)
	right := logQuery{files: oneLog{path, began}, namespace: "openfaas-fn", begins: deployedAt(0)}
	journal := right
	journal.journal = true
	cases := []struct {
		what  string
		query logQuery
		asked logs.Request
		want  string
	}{
		{"all", right, logs.Request{}, "one two three four"},
		{"from a line's own time", right, logs.Request{Since: &exact}, "three four"},
		{"from a moment after it", right, logs.Request{Since: &later}, "four"},
		{"the last of those", right, logs.Request{Since: &exact, Tail: 1}, "four"},
		{"a journal's, to the whole second", journal, logs.Request{Since: &later}, "three four"},
		{"a journal's without since: nothing is that young", journal, logs.Request{}, ""},
		{"its own instance", right, logs.Request{Instance: "hello", Tail: 1}, "four"},
		{"another instance", right, logs.Request{Instance: "other"}, ""},
		{"another instance of a journal", journal, logs.Request{Instance: "other", Since: &exact}, "three four"},
	}
	for _, c := range cases {
		messages, cancel := ask(t, c.query, c.asked)
		var got []string
		for m := range messages {
			got = append(got, m.Text)
			if m.Text == "three" && !m.Timestamp.Equal(exact) {
				t.Errorf("%s: three was written at %s", c.what, m.Timestamp)
			}
		}
		cancel()
		if strings.Join(got, " ") != c.want {
			t.Errorf("%s: %q, want %q", c.what, got, c.want)
		}
	}
}

func TestLinesOfAnEarlierDeploymentAreNotTold(t *testing.T) {
	path := filepath.Join(t.TempDir(), "log")
	if err := os.WriteFile(path, []byte("earlier\nnow\n"), 0o644); err != nil {
		t.Fatal(err)
	}
	q := logQuery{files: oneLog{path: path, began: time.Now()}, namespace: "openfaas-fn", begins: deployedAt(8)}
	messages, cancel := ask(t, q, logs.Request{})
	defer cancel()
	if got := texts(messages); len(got) != 1 || got[0] != "now" {
		t.Errorf("%q", got)
	}
	q.begins = func(functions.Key) (int64, bool) { return 0, false }
	messages, cancel = ask(t, q, logs.Request{})
	defer cancel()
	if got := texts(messages); len(got) != 0 {
		t.Errorf("of a function that is gone: %q", got)
	}
	q.journal = true
	messages, cancel = ask(t, q, logs.Request{})
	defer cancel()
	if got := texts(messages); len(got) != 2 {
		t.Errorf("of a journal: %q", got)
	}
}

func TestAPathIsNoFunctionName(t *testing.T) {
	q := logQuery{files: oneLog{path: "/etc/passwd"}, namespace: "openfaas-fn", begins: deployedAt(0)}
	for _, name := range []string{"", "../../etc/passwd", "a/b"} {
		messages, err := q.Query(context.Background(), logs.Request{Name: name})
		if err != nil {
			t.Fatal(err)
		}
		if got := texts(messages); len(got) != 0 {
			t.Errorf("%q has lines: %q", name, got)
		}
	}
}
