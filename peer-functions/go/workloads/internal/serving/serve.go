// Package serving is what all workloads share: the life of the server, bodies, parameters, answers and errors.
package serving

import (
	"context"
	"errors"
	"net"
	"net/http"
	"time"
)

const (
	// How long requests in flight may take to finish after the signal to stop.
	drain = 3 * time.Second
	// Longer than any proxy in front keeps its connections, so that it is never this side that ends one.
	idleTimeout = 2 * time.Minute
	// Heads only: a body may take as long as it likes.
	readHeaderTimeout = 10 * time.Second
)

// Serve answers until stop is done, then takes no new connection and lets requests in flight finish.
func Serve(stop context.Context, listener net.Listener, handler http.Handler) error {
	server := &http.Server{Handler: handler, IdleTimeout: idleTimeout, ReadHeaderTimeout: readHeaderTimeout}
	failed := make(chan error, 1)
	go func() { failed <- server.Serve(listener) }()
	select {
	case err := <-failed:
		return err
	case <-stop.Done():
	}
	deadline, cancel := context.WithTimeout(context.Background(), drain)
	defer cancel()
	if err := server.Shutdown(deadline); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
