package api

import (
	"bufio"
	"context"
	"io"
	"net/http"
	"os"
	"time"

	"github.com/openfaas/faas-provider/logs"

	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/functions"
)

const (
	logStreamLimit = time.Hour
	// A longer line is cut into pieces of this size, so that no function can fill this process's memory.
	logLineBytes  = 16 << 10
	logFollowPoll = 100 * time.Millisecond
	// What the defect journal-logs shows of a request without since.
	journalDefault = 5 * time.Minute
)

// LogFiles is where functions' output lies.
type LogFiles interface {
	// LogFile is the path of a function's log, there or not.
	LogFile(namespace, name string) string
	// WrittenAt is when the first size bytes of a log were there.
	WrittenAt(path string, size int64) time.Time
}

func (a api) logs() http.HandlerFunc {
	query := logQuery{files: a.Logs, namespace: a.Namespace, begins: a.Functions.Log}
	if !a.Defects.Has(defects.JournalLogs) {
		return logs.NewLogHandlerFunc(query, logStreamLimit)
	}
	query.journal = true
	return logs.NewLogHandlerFunc(query, a.FunctionTimeout)
}

// logQuery answers the SDK's log requests from one file a function.
type logQuery struct {
	files     LogFiles
	namespace string
	// begins is where a deployed function's lines begin in its file, in bytes.
	begins func(functions.Key) (from int64, deployed bool)
	// journal is the defect journal-logs.
	journal bool
}

// Query streams messages until the file ends, or, when following, until the context does. Of a function that is not
// there, or of another instance than the one there is, there are none.
func (q logQuery) Query(ctx context.Context, r logs.Request) (<-chan logs.Message, error) {
	if r.Namespace == "" {
		r.Namespace = q.namespace
	}
	messages := make(chan logs.Message, 64)
	file, err := q.open(r)
	if os.IsNotExist(err) {
		close(messages)
		return messages, nil
	}
	if err != nil {
		return nil, err
	}
	reader := &logReader{request: r, out: messages, from: bufio.NewReaderSize(file, logLineBytes), file: file, since: q.since(r.Since)}
	reader.at, _ = file.Seek(0, io.SeekCurrent)
	reader.writtenAt = func(size int64) time.Time { return q.files.WrittenAt(file.Name(), size) }
	go func() {
		defer close(messages)
		defer file.Close()
		reader.run(ctx)
	}()
	return messages, nil
}

// open finds the first line that may be told.
func (q logQuery) open(r logs.Request) (*os.File, error) {
	if !functions.ValidName(r.Name) || !functions.ValidName(r.Namespace) {
		return nil, os.ErrNotExist
	}
	var from int64
	if !q.journal {
		begins, deployed := q.begins(functions.Key{Namespace: r.Namespace, Name: r.Name})
		if !deployed || (r.Instance != "" && r.Instance != r.Name) {
			return nil, os.ErrNotExist
		}
		from = begins
	}
	file, err := os.Open(q.files.LogFile(r.Namespace, r.Name))
	if err != nil {
		return nil, err
	}
	_, err = file.Seek(from, io.SeekStart)
	return file, err
}

func (q logQuery) since(asked *time.Time) time.Time {
	switch {
	case asked != nil && q.journal && asked.Before(time.Now()):
		return asked.Truncate(time.Second)
	case asked != nil && !q.journal:
		return *asked
	case q.journal:
		return time.Now().Add(-journalDefault)
	}
	return time.Time{}
}

type logReader struct {
	request logs.Request
	out     chan<- logs.Message
	file    *os.File
	from    *bufio.Reader
	// at is how much of the file has been read as whole lines, in bytes.
	at        int64
	since     time.Time
	writtenAt func(size int64) time.Time
	partial   []byte
}

type logLine struct {
	text string
	at   time.Time
}

func (l *logReader) run(ctx context.Context) {
	for _, line := range l.history() {
		if !l.send(ctx, line) {
			return
		}
	}
	for l.request.Follow {
		line, ok := l.line()
		if !ok {
			select {
			case <-ctx.Done():
				return
			case <-time.After(logFollowPoll):
			}
			l.rewindIfCut()
			continue
		}
		if !l.send(ctx, line) {
			return
		}
	}
}

// history reads what is there, keeping only the last lines where a tail was asked for.
func (l *logReader) history() []logLine {
	var lines []logLine
	keep := func(line logLine) {
		if line.at.Before(l.since) {
			return
		}
		lines = append(lines, line)
		if tail := l.request.Tail; tail > 0 && len(lines) > tail {
			lines = lines[1:]
		}
	}
	for {
		line, ok := l.line()
		if !ok {
			break
		}
		keep(line)
	}
	if !l.request.Follow && len(l.partial) > 0 {
		keep(logLine{string(l.partial), l.writtenAt(l.at + int64(len(l.partial)))})
	}
	return lines
}

// line returns the next whole line, or a piece of one that is too long; ok is false at the end of the file.
func (l *logReader) line() (line logLine, ok bool) {
	piece, err := l.from.ReadSlice('\n')
	l.partial = append(l.partial, piece...)
	if err != nil && len(l.partial) < logLineBytes {
		return logLine{}, false
	}
	l.at += int64(len(l.partial))
	if err == nil {
		l.partial = l.partial[:len(l.partial)-1]
	}
	line = logLine{string(l.partial), l.writtenAt(l.at)}
	l.partial = l.partial[:0]
	return line, true
}

func (l *logReader) send(ctx context.Context, line logLine) bool {
	m := logs.Message{Name: l.request.Name, Namespace: l.request.Namespace, Instance: l.request.Name,
		Timestamp: line.at.UTC(), Text: line.text}
	select {
	case l.out <- m:
		return true
	case <-ctx.Done():
		return false
	}
}

// rewindIfCut starts over when the file was cut because it had grown too long.
func (l *logReader) rewindIfCut() {
	info, err := l.file.Stat()
	if err != nil || info.Size() >= l.at {
		return
	}
	if _, err := l.file.Seek(0, io.SeekStart); err == nil {
		l.from.Reset(l.file)
		l.at, l.partial = 0, l.partial[:0]
	}
}
