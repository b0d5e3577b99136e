// givre-floor measures the floor of a machine: the same containerd and CNI calls as a start by the provider, with no
// gateway and no API, until the first correct answer of a server that does nothing. It is one long-running process that
// speaks JSON lines on stdin and stdout, so that no process start falls into a measurement.
package main

import (
	"bufio"
	"context"
	"encoding/json"
	"errors"
	"flag"
	"fmt"
	"io"
	"log"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/containerd/containerd"

	"givre.dev/provider/internal/machine"
	"givre.dev/provider/internal/network"
)

// Set by -ldflags "-X main.version=…".
var version = "dev"

type request struct {
	ID     int64           `json:"id"`
	Method string          `json:"method"`
	Params json.RawMessage `json:"params"`
}

type response struct {
	ID     int64    `json:"id"`
	Result any      `json:"result,omitempty"`
	Error  *failure `json:"error,omitempty"`
}

// failure is an error with a code that a program can read.
type failure struct {
	Code    string `json:"code"`
	Message string `json:"message"`
}

func (f *failure) Error() string { return f.Message }

func failed(code, format string, args ...any) *failure {
	return &failure{Code: code, Message: fmt.Sprintf(format, args...)}
}

func main() {
	socket := flag.String("containerd", "/run/containerd/containerd.sock", "containerd's socket")
	cniBin := flag.String("cni-bin", "/opt/cni/bin", "folder of CNI plugins")
	cniConfDir := flag.String("cni-conf-dir", "/etc/cni/net.d", "folder that receives the CNI configuration")
	logsDir := flag.String("logs-dir", "/var/log/givre/functions", "folder of the server's log")
	showVersion := flag.Bool("version", false, "print the version and exit")
	flag.Parse()
	if *showVersion {
		fmt.Println("givre-floor", version)
		return
	}
	log.SetFlags(log.LstdFlags | log.Lmicroseconds | log.LUTC)
	client, err := containerd.New(*socket, containerd.WithTimeout(10*time.Second))
	if err != nil {
		log.Printf("containerd does not answer at %s: %v", *socket, err)
		os.Exit(4)
	}
	defer client.Close()
	net, err := network.Open(network.Options{BinDir: *cniBin, ConfDir: *cniConfDir, LeaveConfig: true})
	if err != nil {
		log.Print(err)
		os.Exit(4)
	}
	f := &floor{machine: &machine.Machine{Client: client, Network: net,
		ReadyTimeout: 10 * time.Second, DrainTimeout: 2 * time.Second, LogsDir: *logsDir}}
	if err := serve(f, os.Stdin, os.Stdout); err != nil {
		log.Print(err)
		os.Exit(4)
	}
}

// serve answers requests in order until the input ends or a signal comes, and then leaves nothing behind.
func serve(f *floor, in io.Reader, out io.Writer) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	defer func() {
		if err := f.teardown(context.Background()); err != nil {
			log.Printf("teardown: %v", err)
		}
	}()
	lines := make(chan []byte)
	go readLines(in, lines)
	encoder := json.NewEncoder(out)
	for {
		select {
		case <-ctx.Done():
			return nil
		case line, more := <-lines:
			if !more {
				return nil
			}
			// A signal does not cut a request off half-way: its end is awaited, and then everything is removed.
			bounded, cancel := context.WithTimeout(context.Background(), time.Minute)
			err := encoder.Encode(f.answer(bounded, line))
			cancel()
			if err != nil {
				return err
			}
		}
	}
}

func readLines(in io.Reader, lines chan<- []byte) {
	defer close(lines)
	scanner := bufio.NewScanner(in)
	for scanner.Scan() {
		if len(scanner.Bytes()) > 0 {
			lines <- append([]byte(nil), scanner.Bytes()...)
		}
	}
}

func (f *floor) answer(ctx context.Context, line []byte) response {
	var r request
	if err := json.Unmarshal(line, &r); err != nil {
		return response{Error: failed("bad-request", "the line is no request: %v", err)}
	}
	result, err := f.call(ctx, r)
	if err == nil {
		return response{ID: r.ID, Result: result}
	}
	var known *failure
	if !errors.As(err, &known) {
		known = failed("failed", "%v", err)
	}
	return response{ID: r.ID, Error: known}
}

func (f *floor) call(ctx context.Context, r request) (any, error) {
	var params struct {
		Image string `json:"image"`
		Level string `json:"level"`
	}
	if len(r.Params) > 0 {
		if err := json.Unmarshal(r.Params, &params); err != nil {
			return nil, failed("bad-request", "the params cannot be read: %v", err)
		}
	}
	switch r.Method {
	case "version":
		return map[string]string{"name": "givre-floor", "version": version}, nil
	case "setup":
		return map[string]string{"image": params.Image}, f.setup(ctx, params.Image)
	case "start":
		return f.start(ctx, params.Level)
	case "teardown":
		return map[string]bool{"done": true}, f.teardown(ctx)
	}
	return nil, failed("unknown-method", "unknown method %q; known: version, setup, start, teardown", r.Method)
}
