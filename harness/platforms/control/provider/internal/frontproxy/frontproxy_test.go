package frontproxy

import (
	"io"
	"net"
	"strings"
	"testing"
	"time"
)

func listen(t *testing.T) net.Listener {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { l.Close() })
	return l
}

// shouting answers each connection with what it got, once the client has said all.
func shouting(t *testing.T, l net.Listener) {
	t.Helper()
	go func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			go func() {
				defer c.Close()
				said, _ := io.ReadAll(c)
				_, _ = io.WriteString(c, strings.ToUpper(string(said)))
			}()
		}
	}()
}

func ask(t *testing.T, address string) string {
	t.Helper()
	c, err := net.DialTimeout("tcp", address, time.Second)
	if err != nil {
		return "refused"
	}
	defer c.Close()
	_ = c.SetDeadline(time.Now().Add(5 * time.Second))
	_, _ = io.WriteString(c, "hello")
	_ = c.(*net.TCPConn).CloseWrite()
	answer, _ := io.ReadAll(c)
	return string(answer)
}

func proxyTo(t *testing.T, target string, dies bool) (address string, ended chan error) {
	t.Helper()
	l := listen(t)
	ended = make(chan error, 1)
	go func() { ended <- (&Proxy{Listener: l, Target: target, DiesAtFailure: dies}).Serve() }()
	return l.Addr().String(), ended
}

func TestAnswersGoThroughAfterTheClientHasSaidAll(t *testing.T) {
	service := listen(t)
	shouting(t, service)
	address, _ := proxyTo(t, service.Addr().String(), true)
	for range 3 {
		if got := ask(t, address); got != "HELLO" {
			t.Fatalf("answered %q", got)
		}
	}
}

func TestAServiceThatWasAwayIsReachedWhenItIsBack(t *testing.T) {
	service := listen(t)
	target := service.Addr().String()
	service.Close()
	address, ended := proxyTo(t, target, false)
	if got := ask(t, address); got != "" {
		t.Fatalf("answered %q while nobody was there", got)
	}
	back, err := net.Listen("tcp", target)
	if err != nil {
		t.Skip("the port was taken meanwhile")
	}
	defer back.Close()
	shouting(t, back)
	if got := ask(t, address); got != "HELLO" {
		t.Fatalf("answered %q", got)
	}
	select {
	case err := <-ended:
		t.Fatalf("ended: %v", err)
	default:
	}
}

func TestTheDefectEndsItAtTheFirstFailedDialForGood(t *testing.T) {
	service := listen(t)
	target := service.Addr().String()
	service.Close()
	address, ended := proxyTo(t, target, true)
	_ = ask(t, address)
	select {
	case err := <-ended:
		if !strings.Contains(err.Error(), "cannot dial "+target) {
			t.Fatalf("ended with %v", err)
		}
	case <-time.After(5 * time.Second):
		t.Fatal("still serves")
	}
	if got := ask(t, address); got != "refused" {
		t.Fatalf("answered %q", got)
	}
}
