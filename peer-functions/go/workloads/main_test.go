package main

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptrace"
	"os"
	"os/exec"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"
)

// patience is how long anything may take before a test gives up.
const patience = 30 * time.Second

// drain is how long requests in flight may take after SIGTERM: whoever has none must not wait for it.
const drain = 3 * time.Second

var nextPort atomic.Int64

// The test binary is the function, too: so the tests meet a process of its own, with signals and an exit code.
func TestMain(m *testing.M) {
	if os.Getenv("GIVRE_TEST_AS_FUNCTION") != "" {
		main()
		return
	}
	os.Exit(m.Run())
}

// startProcess returns the running function and its URL, once it answers.
func startProcess(t *testing.T, log io.Writer, environment ...string) (*exec.Cmd, string) {
	t.Helper()
	address := freeAddress(t)
	function := exec.Command(os.Args[0])
	function.Env = append(os.Environ(), "GIVRE_TEST_AS_FUNCTION=1", "PORT="+address[strings.LastIndex(address, ":")+1:])
	function.Env = append(function.Env, environment...)
	function.Stderr = log
	if err := function.Start(); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() { _ = function.Process.Kill() })
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if connection, err := net.Dial("tcp", address); err == nil {
			connection.Close()
			return function, "http://" + address
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

// freeAddress gives each out once. The kernel takes the ports of connections from 32768 on, so that none of them can take
// this one before it is listened on; tests of other packages, which run at the same time, begin at other ones.
func freeAddress(t *testing.T) string {
	t.Helper()
	for {
		address := fmt.Sprint("127.0.0.1:", 10_000+(os.Getpid()*101+int(nextPort.Add(1)))%20_000)
		if listener, err := net.Listen("tcp4", address); err == nil {
			listener.Close()
			return address
		}
	}
}

// get keeps no connection, so that each request shows whether a new one is taken.
func get(url string) (string, error) {
	client := http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get(url)
	if err != nil {
		return "", err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	return string(body), err
}

// beginPost returns when the function asks for the body: it has the request then, and answers when finish sends the rest.
func beginPost(t *testing.T, url string) (finish func() (answer string)) {
	t.Helper()
	body, writer := io.Pipe()
	t.Cleanup(func() { writer.Close() })
	asked := make(chan struct{})
	trace := httptrace.WithClientTrace(context.Background(), &httptrace.ClientTrace{Got100Continue: func() { close(asked) }})
	request, err := http.NewRequestWithContext(trace, "POST", url, body)
	if err != nil {
		t.Fatal(err)
	}
	request.Header.Set("Expect", "100-continue")
	answered := make(chan string, 1)
	go func() {
		client := http.Client{Transport: &http.Transport{ExpectContinueTimeout: patience, DisableKeepAlives: true}}
		response, err := client.Do(request)
		if err != nil {
			answered <- err.Error()
			return
		}
		defer response.Body.Close()
		content, _ := io.ReadAll(response.Body)
		answered <- string(content)
	}()
	select {
	case <-asked:
	case <-time.After(patience):
		t.Fatal("the function does not ask for the body")
	}
	return func() string {
		writer.Close()
		return <-answered
	}
}

func TestItEndsAtOnceAndWellWhenNothingIsInFlight(t *testing.T) {
	function, url := startProcess(t, os.Stderr, "WORKLOAD=sleep")
	if body, err := get(url + "?ms=0"); err != nil || body != "slept 0 ms\n" {
		t.Fatalf("%q %v", body, err)
	}
	begin := time.Now()
	_ = function.Process.Signal(syscall.SIGTERM)
	if err := function.Wait(); err != nil || time.Since(begin) >= drain {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
}

func TestARequestInFlightFinishesAndNoNewConnectionIsTaken(t *testing.T) {
	function, url := startProcess(t, os.Stderr, "WORKLOAD=sleep")
	finish := beginPost(t, url+"?ms=0")
	_ = function.Process.Signal(syscall.SIGTERM)
	for deadline := time.Now().Add(patience); ; time.Sleep(10 * time.Millisecond) {
		if _, err := get(url); errors.Is(err, syscall.ECONNREFUSED) {
			break
		} else if time.Now().After(deadline) {
			t.Fatalf("a new connection: %v", err)
		}
	}
	if answer := finish(); answer != "slept 0 ms\n" {
		t.Errorf("got %q", answer)
	}
	if err := function.Wait(); err != nil {
		t.Error(err)
	}
}

func TestItEndsWithinFiveSecondsWhateverIsInFlight(t *testing.T) {
	function, url := startProcess(t, os.Stderr, "WORKLOAD=sleep")
	beginPost(t, url)
	begin := time.Now()
	_ = function.Process.Signal(syscall.SIGTERM)
	if err := function.Wait(); err != nil || time.Since(begin) > 5*time.Second {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
}

func TestAnUnknownWorkloadEndsTheProcessWithAReason(t *testing.T) {
	function := exec.Command(os.Args[0])
	function.Env = append(os.Environ(), "GIVRE_TEST_AS_FUNCTION=1", "PORT=0", "WORKLOAD=hallo")
	output, err := function.CombinedOutput()
	if err == nil || !strings.Contains(string(output), `WORKLOAD is "hallo"`) {
		t.Errorf("%v: %s", err, output)
	}
}

func TestAStoreThatCannotBeReachedIsNoReasonToWriteLogLines(t *testing.T) {
	var log bytes.Buffer
	function, url := startProcess(t, &log, "WORKLOAD=kv", "KV_ADDRESS=127.0.0.1:1")
	for range 3 {
		if body, err := get(url); err != nil || !strings.Contains(body, "server") {
			t.Fatalf("%q %v", body, err)
		}
	}
	_ = function.Process.Signal(syscall.SIGTERM)
	if err := function.Wait(); err != nil || log.Len() > 0 {
		t.Errorf("%v: %s", err, log.String())
	}
}

func TestBehindTheClassicWatchdogARefusalIsAnExitCodeAndALineOfLog(t *testing.T) {
	ask := func(body string) (answer, log string, err error) {
		var stdout, stderr bytes.Buffer
		function := exec.Command(os.Args[0], "once")
		function.Env = append(os.Environ(), "GIVRE_TEST_AS_FUNCTION=1", "WORKLOAD=json")
		function.Stdin, function.Stdout, function.Stderr = strings.NewReader(body), &stdout, &stderr
		err = function.Run()
		return stdout.String(), stderr.String(), err
	}
	if answer, log, err := ask(`{"items":[]}`); err != nil || log != "" || !strings.HasPrefix(answer, `{"count":0,`) {
		t.Errorf("got %q, %q, %v", answer, log, err)
	}
	for _, body := range []string{"nonsense", strings.Repeat(" ", 2<<20+1)} {
		answer, log, err := ask(body)
		var exit *exec.ExitError
		if !errors.As(err, &exit) || exit.ExitCode() != 1 || answer != "" || strings.Count(log, "\n") != 1 {
			t.Errorf("got %q, %q, %v", answer, log, err)
		}
	}
}
