// The workload hello: the same short answer to every request, after reading all of it.
package main

import (
	"context"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"
)

const (
	greeting    = "Hello from givre\n"
	defaultPort = "8080"
	// How long requests in flight may take to finish after SIGTERM.
	drain = 3 * time.Second
)

func main() {
	if len(os.Args) == 2 && os.Args[1] == "once" {
		once(os.Stdin, os.Stdout)
		return
	}
	// Before anything else: the first request may be on its way already, and nobody retries it.
	listener, err := net.Listen("tcp4", "0.0.0.0:"+port())
	if err != nil {
		log.Fatal(err)
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	if err := serve(stop, listener); err != nil {
		log.Fatal(err)
	}
}

// once is for the classic watchdog: a process a request.
func once(body io.Reader, answer io.Writer) {
	if _, err := io.Copy(io.Discard, body); err != nil {
		log.Fatal(err)
	}
	if _, err := io.WriteString(answer, greeting); err != nil {
		log.Fatal(err)
	}
}

// serve answers until stop is done, then lets requests in flight finish.
func serve(stop context.Context, listener net.Listener) error {
	server := &http.Server{Handler: http.HandlerFunc(answer)}
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

// answer does its own routing: http.ServeMux would redirect paths with // or .. in them.
func answer(w http.ResponseWriter, r *http.Request) {
	switch r.URL.Path {
	case "/_/health", "/_/ready":
		text(w, http.StatusOK, "ok\n")
		return
	}
	if _, err := io.Copy(io.Discard, r.Body); err != nil {
		text(w, http.StatusBadRequest, "The request body ended early.\n")
		return
	}
	text(w, http.StatusOK, greeting)
}

func text(w http.ResponseWriter, status int, body string) {
	w.Header().Set("Content-Type", "text/plain; charset=utf-8")
	w.WriteHeader(status)
	// A failed write means that the client has gone: there is nobody left to tell.
	_, _ = io.WriteString(w, body)
}

func port() string {
	if port := os.Getenv("PORT"); port != "" {
		return port
	}
	return defaultPort
}
