package machine

import (
	"bufio"
	"context"
	"io"
	"os"
	"sync"

	"github.com/containerd/containerd/runtime/v2/logging"
)

// By these words a program of ours is a log collector; the path of the log follows.
const (
	CollectAll = "collect-logs"
	// CollectLines is the defect long-line-blocks.
	CollectLines = "collect-lines"
)

// CollectLogs is the process behind the defect log-collector: the shim starts it with the task's output on its pipes.
func CollectLogs(how, path string) {
	logging.Run(func(_ context.Context, config *logging.Config, ready func() error) error {
		file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := ready(); err != nil {
			return err
		}
		collect := copyAll
		if how == CollectLines {
			collect = copyLines
		}
		var both sync.WaitGroup
		for _, from := range []io.Reader{config.Stdout, config.Stderr} {
			both.Add(1)
			go func() {
				defer both.Done()
				collect(file, from)
			}()
		}
		both.Wait()
		return nil
	})
}

func copyAll(to io.Writer, from io.Reader) { _, _ = io.Copy(to, from) }

// copyLines ends at a line that its buffer of 64 KiB does not hold, and what is written after it stays in the pipe.
func copyLines(to io.Writer, from io.Reader) {
	for lines := bufio.NewScanner(from); lines.Scan(); {
		if _, err := to.Write(append(lines.Bytes(), '\n')); err != nil {
			return
		}
	}
}
