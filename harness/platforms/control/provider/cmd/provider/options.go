package main

import (
	"errors"
	"flag"
	"fmt"
	"strings"
	"time"

	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/functions"
)

type options struct {
	listen, containerd, namespace               string
	cniBin, cniConfDir                          string
	secretsDir, authDir, logsDir                string
	readyTimeout, drainTimeout, functionTimeout time.Duration
	defects                                     defects.Set
	listDefects, showVersion, help              bool
}

func parse(args []string) (options, error) {
	var o options
	f := flag.NewFlagSet("givre-provider", flag.ContinueOnError)
	f.StringVar(&o.listen, "listen", "127.0.0.1:8081", "address of the API")
	f.StringVar(&o.containerd, "containerd", "/run/containerd/containerd.sock", "containerd's socket")
	f.StringVar(&o.namespace, "namespace", "openfaas-fn", "containerd namespace of functions that name none")
	f.StringVar(&o.cniBin, "cni-bin", "/opt/cni/bin", "folder of CNI plugins")
	f.StringVar(&o.cniConfDir, "cni-conf-dir", "/etc/cni/net.d", "folder that receives the CNI configuration")
	f.StringVar(&o.secretsDir, "secrets-dir", "/var/lib/givre/function-secrets", "folder of functions' secrets")
	f.StringVar(&o.authDir, "auth-dir", "", "folder with basic-auth-user and basic-auth-password; empty: no authentication")
	f.StringVar(&o.logsDir, "logs-dir", "/var/log/givre/functions", "folder of functions' logs")
	f.DurationVar(&o.readyTimeout, "ready-timeout", 30*time.Second, "how long a started function may take to listen")
	f.DurationVar(&o.drainTimeout, "drain-timeout", 10*time.Second, "how long a function may take to end before it is killed")
	f.DurationVar(&o.functionTimeout, "function-timeout", 60*time.Second, "how long one invocation may take")
	f.Func("defect", "show this deviation: NAME or NAME=value; repeatable", o.defects.Add)
	f.Func("like", "show every deviation known of this platform: faasd", o.defects.Like)
	f.BoolVar(&o.listDefects, "list-defects", false, "print the table of defects as JSON and exit")
	f.BoolVar(&o.showVersion, "version", false, "print the version and exit")
	var complaint strings.Builder
	f.SetOutput(&complaint)
	switch err := f.Parse(args); {
	case errors.Is(err, flag.ErrHelp):
		fmt.Print(complaint.String())
		o.help = true
		return o, nil
	case err != nil:
		return o, fmt.Errorf("%w (--help lists the options)", err)
	case f.NArg() > 0:
		return o, fmt.Errorf("unexpected argument %q (--help lists the options)", f.Arg(0))
	}
	if !functions.ValidName(o.namespace) {
		return o, fmt.Errorf("namespace %q is not valid", o.namespace)
	}
	for name, d := range map[string]time.Duration{"ready": o.readyTimeout, "drain": o.drainTimeout, "function": o.functionTimeout} {
		if d <= 0 {
			return o, fmt.Errorf("--%s-timeout must be above 0", name)
		}
	}
	return o, nil
}
