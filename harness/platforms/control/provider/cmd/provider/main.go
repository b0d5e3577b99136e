// givre-provider is the control of the experiment: an OpenFaaS provider on containerd and CNI that does it right, and
// that can be told to do single things wrong.
package main

import (
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"log"
	"net"
	"net/http"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/containerd/containerd"
	"github.com/openfaas/faas-provider/auth"
	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/api"
	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/functions"
	"givre.dev/provider/internal/logtimes"
	"givre.dev/provider/internal/machine"
	"givre.dev/provider/internal/network"
)

// Set by -ldflags "-X main.version=… -X main.commit=…".
var (
	version = "dev"
	commit  = "unknown"
)

const exitUsage = 2

func main() {
	// containerd's shim starts the log collector this way.
	if len(os.Args) == 3 && (os.Args[1] == machine.CollectAll || os.Args[1] == machine.CollectLines) {
		machine.CollectLogs(os.Args[1], os.Args[2])
		return
	}
	o, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "givre-provider:", err)
		os.Exit(exitUsage)
	}
	switch {
	case o.help:
	case o.showVersion:
		fmt.Printf("givre-provider %s (%s)\n", version, commit)
	case o.listDefects:
		listDefects()
	default:
		log.SetFlags(log.LstdFlags | log.Lmicroseconds | log.LUTC)
		if err := run(o); err != nil {
			fmt.Fprintln(os.Stderr, "givre-provider:", err)
			os.Exit(4)
		}
	}
}

func listDefects() {
	encoder := json.NewEncoder(os.Stdout)
	encoder.SetIndent("", "  ")
	_ = encoder.Encode(defects.All())
}

func run(o options) error {
	ctx, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	credentials, err := readCredentials(o.authDir)
	if err != nil {
		return err
	}
	client, err := containerd.New(o.containerd, containerd.WithDefaultNamespace(o.namespace), containerd.WithTimeout(10*time.Second))
	if err != nil {
		return fmt.Errorf("containerd does not answer at %s: %w", o.containerd, err)
	}
	defer client.Close()
	net, err := network.Open(network.Options{
		BinDir: o.cniBin, ConfDir: o.cniConfDir, Delay: o.defects.Delay(defects.DelayCNI),
	})
	if err != nil {
		return err
	}
	logTimes, err := logtimes.Open()
	if err != nil {
		return err
	}
	defer logTimes.Close()
	m := &machine.Machine{Client: client, Network: net, Defects: &o.defects,
		ReadyTimeout: o.readyTimeout, DrainTimeout: o.drainTimeout, LogsDir: o.logsDir, LogTimes: logTimes}
	state := functions.New(m, o.secretsDir)
	if err := takeOver(ctx, client, state, o.namespace); err != nil {
		return err
	}
	handler := api.Handler(api.Config{
		Functions: state, Client: client, Defects: &o.defects, Namespace: o.namespace, SecretsDir: o.secretsDir,
		Logs: m, Version: types.VersionInfo{Release: version, SHA: commit}, Credentials: credentials,
		FunctionTimeout: o.functionTimeout,
	})
	return serve(ctx, o, handler)
}

func readCredentials(dir string) (*auth.BasicAuthCredentials, error) {
	if dir == "" {
		return nil, nil
	}
	reader := auth.ReadBasicAuthFromDisk{SecretMountPath: dir}
	credentials, err := reader.Read()
	if err != nil {
		return nil, fmt.Errorf("cannot read the basic auth files: %w", err)
	}
	if credentials.User == "" || credentials.Password == "" {
		return nil, fmt.Errorf("a basic auth file in %s is empty", dir)
	}
	return credentials, nil
}

// takeOver makes the default namespace and loads the functions of all of them.
func takeOver(ctx context.Context, client *containerd.Client, state *functions.Functions, namespace string) error {
	store := client.NamespaceService()
	if _, err := store.Labels(ctx, namespace); err != nil {
		if err := store.Create(ctx, namespace, nil); err != nil {
			return fmt.Errorf("cannot make containerd namespace %s: %w", namespace, err)
		}
	}
	names, err := api.Namespaces(ctx, store, namespace)
	if err != nil {
		return err
	}
	for _, name := range names {
		if err := state.Load(ctx, name); err != nil {
			return err
		}
	}
	return nil
}

// serve ends on a signal. Functions keep running: the next provider takes them over.
func serve(ctx context.Context, o options, handler http.Handler) error {
	listener, err := net.Listen("tcp", o.listen)
	if err != nil {
		return fmt.Errorf("cannot listen: %w", err)
	}
	server := &http.Server{Handler: handler, ReadHeaderTimeout: 10 * time.Second}
	log.Printf("givre-control %s listens on %s, defects: %v", version, listener.Addr(), o.defects.Names())
	ended := make(chan error, 1)
	go func() { ended <- server.Serve(listener) }()
	select {
	case err := <-ended:
		return err
	case <-ctx.Done():
	}
	grace, cancel := context.WithTimeout(context.Background(), 5*time.Second)
	defer cancel()
	if err := server.Shutdown(grace); err != nil && !errors.Is(err, context.DeadlineExceeded) {
		return err
	}
	return nil
}
