// One image for all of Go's workloads but hello; WORKLOAD chooses. All of them are linked into the binary, but pages of
// a program that nobody touches are never loaded, and a workload is constructed only when it is the chosen one.
package main

import (
	"context"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"

	"givre.dev/peer-functions/go/workloads/internal/serving"
	"givre.dev/peer-functions/go/workloads/internal/workloads"
)

const defaultPort = "8080"

func main() {
	if len(os.Args) == 2 && os.Args[1] == "once" {
		once()
		return
	}
	// Before anything else: the first request may be on its way already, and nobody retries it.
	listener, err := net.Listen("tcp4", "0.0.0.0:"+port())
	if err != nil {
		log.Fatal(err)
	}
	stop, cancel := signal.NotifyContext(context.Background(), syscall.SIGTERM, os.Interrupt)
	defer cancel()
	workload, err := workloads.New(os.Getenv("WORKLOAD"))
	if err != nil {
		log.Fatal(err)
	}
	if err := serving.Serve(stop, listener, serving.Handler(workload)); err != nil {
		log.Fatal(err)
	}
}

// once is for the classic watchdog: a process a request.
func once() {
	workload, err := workloads.New(os.Getenv("WORKLOAD"))
	if err == nil {
		err = serving.Once(workload, os.Stdin, os.Stdout)
	}
	if err != nil {
		log.SetFlags(0)
		log.Fatal(err)
	}
}

func port() string {
	if port := os.Getenv("PORT"); port != "" {
		return port
	}
	return defaultPort
}
