package machine

import (
	"context"
	"io"
	"os"
	"sync"

	"github.com/containerd/containerd/runtime/v2/logging"
)

// CollectLogs is the process behind the defect log-collector: the shim starts it with the task's output on its pipes.
func CollectLogs(path string) {
	logging.Run(func(_ context.Context, config *logging.Config, ready func() error) error {
		file, err := os.OpenFile(path, os.O_APPEND|os.O_CREATE|os.O_WRONLY, 0o644)
		if err != nil {
			return err
		}
		defer file.Close()
		if err := ready(); err != nil {
			return err
		}
		var both sync.WaitGroup
		for _, from := range []io.Reader{config.Stdout, config.Stderr} {
			both.Add(1)
			go func() {
				defer both.Done()
				_, _ = io.Copy(file, from)
			}()
		}
		both.Wait()
		return nil
	})
}
