// givre-core runs the control's core services where faasd has them, in containers on the bridge, and forwards the
// machine's ports to them.
package main

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"log"
	"net"
	"os"
	"os/signal"
	"syscall"
	"time"

	"github.com/containerd/containerd"

	"givre.dev/provider/internal/core"
	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/frontproxy"
	"givre.dev/provider/internal/machine"
	"givre.dev/provider/internal/network"
)

// fewDescriptors is what faasd's front proxy is left with where a service has the usual limit.
const fewDescriptors = 1024

type options struct {
	services                            string
	folder, logsDir, containerd, cniBin string
	providerHost, gatewayAddress        string
	defects                             defects.Set
}

func main() {
	// containerd's shim starts the log collector this way.
	if len(os.Args) == 3 && os.Args[1] == machine.CollectAll {
		machine.CollectLogs(os.Args[1], os.Args[2])
		return
	}
	log.SetFlags(log.LstdFlags | log.Lmicroseconds | log.LUTC)
	o, err := parse(os.Args[1:])
	if err != nil {
		fmt.Fprintln(os.Stderr, "givre-core:", err)
		os.Exit(2)
	}
	if err := run(o); err != nil {
		fmt.Fprintln(os.Stderr, "givre-core:", err)
		os.Exit(4)
	}
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("givre-core", flag.ContinueOnError)
	f.StringVar(&o.services, "services", "/var/lib/givre/services.json", "compose file, written as JSON")
	f.StringVar(&o.folder, "folder", "/var/lib/givre", "folder of the services' own files")
	f.StringVar(&o.logsDir, "logs-dir", "/var/log/givre", "folder that receives NAME.log of each service")
	f.StringVar(&o.containerd, "containerd", "/run/containerd/containerd.sock", "containerd's socket")
	f.StringVar(&o.cniBin, "cni-bin", "/opt/cni/bin", "folder of CNI plugins")
	f.StringVar(&o.providerHost, "provider-host", "provider", "name by which services find the machine itself")
	f.StringVar(&o.gatewayAddress, "gateway-address", "10.62.0.1", "the machine's address on the bridge")
	f.Func("defect", "show this deviation: NAME; repeatable", o.defects.Add)
	f.Func("like", "show every deviation known of this platform: faasd", o.defects.Like)
	if err := f.Parse(args); err != nil {
		return o, err
	}
	if f.NArg() > 0 {
		return o, fmt.Errorf("unexpected argument %q (--help lists the options)", f.Arg(0))
	}
	return o, nil
}

func run(o options) error {
	stopped, stop := signal.NotifyContext(context.Background(), syscall.SIGTERM, syscall.SIGINT)
	defer stop()
	if o.defects.Has(defects.FrontProxyDies) {
		limit := syscall.Rlimit{Cur: fewDescriptors, Max: fewDescriptors}
		if err := syscall.Setrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
			return fmt.Errorf("cannot limit descriptors: %w", err)
		}
	}
	services, err := core.Read(o.services)
	if err != nil {
		return err
	}
	client, err := containerd.New(o.containerd, containerd.WithDefaultNamespace(core.Namespace), containerd.WithTimeout(10*time.Second))
	if err != nil {
		return fmt.Errorf("containerd does not answer at %s: %w", o.containerd, err)
	}
	defer client.Close()
	// The provider writes the configuration; both use the same network.
	attached, err := network.Open(network.Options{BinDir: o.cniBin, LeaveConfig: true})
	if err != nil {
		return err
	}
	c := &core.Core{Client: client, Network: attached, Folder: o.folder, LogsDir: o.logsDir,
		ProviderHost: o.providerHost, GatewayAddress: o.gatewayAddress}
	defer func() {
		grace, cancel := context.WithTimeout(context.Background(), 30*time.Second)
		defer cancel()
		c.Stop(grace)
	}()
	ports, err := c.Start(stopped, services)
	if err != nil {
		return err
	}
	if err := forward(ports, o.defects.Has(defects.FrontProxyDies)); err != nil {
		return err
	}
	log.Printf("givre-core runs %d services", len(services))
	<-stopped.Done()
	return nil
}

// forward serves every port until the process ends. One that dies stays dead, and the process lives on: from outside
// only the closed port is seen.
func forward(ports []core.Port, dies bool) error {
	for _, port := range ports {
		listener, err := net.Listen("tcp", port.Listen)
		if err != nil {
			return fmt.Errorf("cannot listen: %w", err)
		}
		proxy := &frontproxy.Proxy{Listener: listener, Target: port.Target, DiesAtFailure: dies}
		log.Printf("%s is forwarded to %s", port.Listen, port.Target)
		go func() {
			if err := proxy.Serve(); err != nil && !errors.Is(err, net.ErrClosed) {
				log.Printf("front proxy on %s ended: %v", port.Listen, err)
			}
		}()
	}
	return nil
}
