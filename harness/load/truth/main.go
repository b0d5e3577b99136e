// truth is a server whose answers take a known time: it keeps a log of its own of every request, against which load
// generators are held. It ends when its standard input does, and writes the log to standard output then; GET /truth
// gives it meanwhile.
package main

import (
	"encoding/json"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"os"
	"syscall"
)

func main() {
	if err := run(os.Args[1:], os.Stdin, os.Stdout); err != nil {
		log.SetFlags(0)
		log.Print(err)
		os.Exit(2)
	}
}

// run listens, says where in one JSON line, serves until the input ends, and writes the log.
func run(args []string, in io.Reader, out io.Writer) error {
	flags := flag.NewFlagSet("truth", flag.ContinueOnError)
	listen := flags.String("listen", "127.0.0.1:0", "address and port; port 0 takes a free one")
	p := profileFlags(flags)
	if err := flags.Parse(args); err != nil {
		return err
	}
	if flags.NArg() > 0 {
		return fmt.Errorf("unknown word %q", flags.Arg(0))
	}
	if err := p.check(); err != nil {
		return err
	}
	listener, err := net.Listen("tcp", *listen)
	if err != nil {
		return err
	}
	defer listener.Close()
	if p.acceptDelay > 0 {
		if err := setBacklog(listener, p.backlog); err != nil {
			return err
		}
	}
	s := &server{profile: p, log: newLog()}
	go s.accept(listener)
	if err := json.NewEncoder(out).Encode(map[string]string{"address": listener.Addr().String()}); err != nil {
		return err
	}
	if _, err := io.Copy(io.Discard, in); err != nil {
		return err
	}
	return s.log.write(out)
}

// setBacklog bounds how many connections the kernel keeps until they are accepted: on Linux, listen(2) may be repeated.
func setBacklog(listener net.Listener, backlog int) error {
	tcp, ok := listener.(*net.TCPListener)
	if !ok {
		return fmt.Errorf("no TCP listener: %s", listener.Addr())
	}
	raw, err := tcp.SyscallConn()
	if err != nil {
		return err
	}
	var failed error
	if err := raw.Control(func(fd uintptr) { failed = syscall.Listen(int(fd), backlog) }); err != nil {
		return err
	}
	return failed
}
