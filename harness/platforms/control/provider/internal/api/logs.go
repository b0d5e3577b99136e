package api

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"time"

	"github.com/openfaas/faas-provider/logs"

	"givre.dev/provider/internal/functions"
)

const (
	logStreamLimit = time.Hour
	// A longer line is cut into pieces of this size, so that no function can fill this process's memory.
	logLineBytes  = 16 << 10
	logFollowPoll = 100 * time.Millisecond
)

// logQuery answers the SDK's log requests from one file a function. The files hold no times: a line that was there
// already carries the time of the file's last write, one that arrives while following the time it was seen.
type logQuery struct {
	file      func(namespace, name string) string
	namespace string
}

// Query streams messages until the file ends, or, when following, until the context does.
func (q logQuery) Query(ctx context.Context, r logs.Request) (<-chan logs.Message, error) {
	if r.Namespace == "" {
		r.Namespace = q.namespace
	}
	messages := make(chan logs.Message, 64)
	if !functions.ValidName(r.Name) || !functions.ValidName(r.Namespace) {
		return nil, fmt.Errorf("function %q in namespace %q is no valid name", r.Name, r.Namespace)
	}
	file, err := os.Open(q.file(r.Namespace, r.Name))
	if errors.Is(err, os.ErrNotExist) {
		close(messages)
		return messages, nil
	}
	if err != nil {
		return nil, err
	}
	go func() {
		defer close(messages)
		defer file.Close()
		(&logReader{request: r, out: messages, from: bufio.NewReaderSize(file, logLineBytes)}).run(ctx, file)
	}()
	return messages, nil
}

type logReader struct {
	request logs.Request
	out     chan<- logs.Message
	from    *bufio.Reader
	partial []byte
}

func (l *logReader) run(ctx context.Context, file *os.File) {
	info, err := file.Stat()
	if err != nil {
		return
	}
	if l.request.Since == nil || !info.ModTime().Before(*l.request.Since) {
		for _, text := range l.history() {
			if !l.send(ctx, text, info.ModTime()) {
				return
			}
		}
	} else if _, err := file.Seek(0, io.SeekEnd); err != nil {
		return
	}
	for l.request.Follow {
		text, ok := l.line()
		if !ok {
			select {
			case <-ctx.Done():
				return
			case <-time.After(logFollowPoll):
			}
			rewindIfCut(file, l.from)
			continue
		}
		if !l.send(ctx, text, time.Now()) {
			return
		}
	}
}

// history reads what is there, keeping only the last lines where a tail was asked for.
func (l *logReader) history() []string {
	var lines []string
	keep := func(text string) {
		lines = append(lines, text)
		if tail := l.request.Tail; tail > 0 && len(lines) > tail {
			lines = lines[1:]
		}
	}
	for {
		text, ok := l.line()
		if !ok {
			break
		}
		keep(text)
	}
	if !l.request.Follow && len(l.partial) > 0 {
		keep(string(l.partial))
	}
	return lines
}

// line returns the next whole line, or a piece of one that is too long; ok is false at the end of the file.
func (l *logReader) line() (text string, ok bool) {
	piece, err := l.from.ReadSlice('\n')
	l.partial = append(l.partial, piece...)
	if err != nil && len(l.partial) < logLineBytes {
		return "", false
	}
	if err == nil {
		l.partial = l.partial[:len(l.partial)-1]
	}
	text, l.partial = string(l.partial), l.partial[:0]
	return text, true
}

func (l *logReader) send(ctx context.Context, text string, at time.Time) bool {
	m := logs.Message{Name: l.request.Name, Namespace: l.request.Namespace, Instance: l.request.Name, Timestamp: at.UTC(), Text: text}
	select {
	case l.out <- m:
		return true
	case <-ctx.Done():
		return false
	}
}

// rewindIfCut starts over when the file was cut because it had grown too long.
func rewindIfCut(file *os.File, from *bufio.Reader) {
	info, err := file.Stat()
	at, seekErr := file.Seek(0, io.SeekCurrent)
	if err == nil && seekErr == nil && info.Size() < at {
		if _, err := file.Seek(0, io.SeekStart); err == nil {
			from.Reset(file)
		}
	}
}
