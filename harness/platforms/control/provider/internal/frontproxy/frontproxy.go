// Package frontproxy forwards connections from the machine's own address to a core service inside the bridge's network.
package frontproxy

import (
	"fmt"
	"io"
	"log"
	"net"
	"sync"
	"time"
)

const (
	dialTimeout = 5 * time.Second
	// pauseAfterRefusal keeps a process without descriptors from asking for them all the time.
	pauseAfterRefusal = 20 * time.Millisecond
)

// Proxy forwards what comes to Listener.
type Proxy struct {
	Listener net.Listener
	// Target is where connections go, host:port.
	Target string
	// DiesAtFailure ends Serve at the first connection that cannot be taken or passed on, as faasd 0.19.0 does. Without
	// it that one connection is closed and the next one is served.
	DiesAtFailure bool
}

// Serve returns when the listener is closed, or, if it is to die so, at the first failure; the listener is closed then.
func (p *Proxy) Serve() error {
	defer p.Listener.Close()
	for {
		client, err := p.Listener.Accept()
		if err != nil {
			if p.DiesAtFailure || !isTemporary(err) {
				return fmt.Errorf("cannot accept on %s: %w", p.Listener.Addr(), err)
			}
			time.Sleep(pauseAfterRefusal)
			continue
		}
		service, err := net.DialTimeout("tcp", p.Target, dialTimeout)
		if err != nil {
			client.Close()
			if p.DiesAtFailure {
				return fmt.Errorf("cannot dial %s: %w", p.Target, err)
			}
			log.Printf("cannot dial %s: %v", p.Target, err)
			continue
		}
		go join(client, service)
	}
}

// isTemporary: too many open files, or a client that has gone before it was accepted.
func isTemporary(err error) bool {
	temporary, ok := err.(interface{ Temporary() bool })
	return ok && temporary.Temporary()
}

// join copies both ways; the end of one direction is passed on, so that the other may still be answered.
func join(a, b net.Conn) {
	var both sync.WaitGroup
	for _, pair := range [][2]net.Conn{{a, b}, {b, a}} {
		both.Add(1)
		go func() {
			defer both.Done()
			_, _ = io.Copy(pair[1], pair[0])
			if half, ok := pair[1].(interface{ CloseWrite() error }); ok {
				_ = half.CloseWrite()
			}
		}()
	}
	both.Wait()
	a.Close()
	b.Close()
}
