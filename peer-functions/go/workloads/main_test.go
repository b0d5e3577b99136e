package main

import (
	"bytes"
	"errors"
	"io"
	"net"
	"net/http"
	"os"
	"os/exec"
	"strings"
	"syscall"
	"testing"
	"time"
)

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
	for deadline := time.Now().Add(5 * time.Second); ; time.Sleep(10 * time.Millisecond) {
		if connection, err := net.Dial("tcp", address); err == nil {
			connection.Close()
			return function, "http://" + address
		} else if time.Now().After(deadline) {
			t.Fatal(err)
		}
	}
}

func freeAddress(t *testing.T) string {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer listener.Close()
	return listener.Addr().String()
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

func TestItEndsAtOnceAndWellWhenNothingIsInFlight(t *testing.T) {
	function, url := startProcess(t, os.Stderr, "WORKLOAD=sleep")
	if body, err := get(url + "?ms=0"); err != nil || body != "slept 0 ms\n" {
		t.Fatalf("%q %v", body, err)
	}
	begin := time.Now()
	_ = function.Process.Signal(syscall.SIGTERM)
	if err := function.Wait(); err != nil || time.Since(begin) > time.Second {
		t.Errorf("%v after %v", err, time.Since(begin))
	}
}

func TestARequestInFlightFinishesAndNoNewConnectionIsTaken(t *testing.T) {
	function, url := startProcess(t, os.Stderr, "WORKLOAD=sleep")
	answered := make(chan string, 1)
	go func() {
		body, err := get(url + "?ms=1000")
		answered <- body + errorText(err)
	}()
	time.Sleep(300 * time.Millisecond)
	_ = function.Process.Signal(syscall.SIGTERM)
	time.Sleep(200 * time.Millisecond)
	if _, err := get(url); !errors.Is(err, syscall.ECONNREFUSED) {
		t.Errorf("a new connection: %v", err)
	}
	if answer := <-answered; answer != "slept 1000 ms\n" {
		t.Errorf("got %q", answer)
	}
	if err := function.Wait(); err != nil {
		t.Error(err)
	}
}

func TestItEndsWithinFiveSecondsWhateverIsInFlight(t *testing.T) {
	function, url := startProcess(t, os.Stderr, "WORKLOAD=sleep")
	go func() { _, _ = get(url + "?ms=60000") }()
	time.Sleep(300 * time.Millisecond)
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

func errorText(err error) string {
	if err == nil {
		return ""
	}
	return err.Error()
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
