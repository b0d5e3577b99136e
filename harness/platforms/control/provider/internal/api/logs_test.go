package api

import (
	"context"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"github.com/openfaas/faas-provider/logs"
)

func query(t *testing.T, path string, r logs.Request) (<-chan logs.Message, context.CancelFunc) {
	t.Helper()
	ctx, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	q := logQuery{file: func(_, _ string) string { return path }, namespace: "openfaas-fn"}
	r.Name = "hello"
	messages, err := q.Query(ctx, r)
	if err != nil {
		t.Fatal(err)
	}
	return messages, cancel
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

func TestAPathIsNoFunctionName(t *testing.T) {
	q := logQuery{file: func(n, f string) string { return n + f }, namespace: "openfaas-fn"}
	for _, name := range []string{"", "../../etc/passwd", "a/b"} {
		if _, err := q.Query(context.Background(), logs.Request{Name: name}); err == nil {
			t.Errorf("%q was accepted", name)
		}
	}
}
