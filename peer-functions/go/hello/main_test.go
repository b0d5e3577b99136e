package main

import (
	"context"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

// start serves on a free port and returns its URL, and a function that stops it and waits.
func start(t *testing.T) (url string, stop func() error) {
	t.Helper()
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	ctx, cancel := context.WithCancel(context.Background())
	done := make(chan error, 1)
	go func() { done <- serve(ctx, listener) }()
	t.Cleanup(cancel)
	return "http://" + listener.Addr().String(), func() error {
		cancel()
		select {
		case err := <-done:
			return err
		case <-time.After(drain + time.Second):
			return context.DeadlineExceeded
		}
	}
}

func ask(t *testing.T, method, url string, body io.Reader) (status int, contentType, answer string) {
	t.Helper()
	request, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return response.StatusCode, response.Header.Get("Content-Type"), string(content)
}

func TestEveryMethodAndPathGetsTheGreeting(t *testing.T) {
	url, _ := start(t)
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ODD"} {
		for _, path := range []string{"/", "/deep/er?x=1", "//double/../dots"} {
			// A reader without a known size is sent chunked.
			body := io.MultiReader(strings.NewReader(strings.Repeat("x", 1<<20)))
			status, contentType, answer := ask(t, method, url+path, body)
			if status != 200 || answer != greeting || contentType != "text/plain; charset=utf-8" {
				t.Errorf("%s %s: %d %q %q", method, path, status, contentType, answer)
			}
		}
	}
}

func TestHealthAndReadyAnswerOk(t *testing.T) {
	url, _ := start(t)
	for _, path := range []string{"/_/health", "/_/ready"} {
		if status, _, answer := ask(t, "GET", url+path, nil); status != 200 || answer != "ok\n" {
			t.Errorf("%s: %d %q", path, status, answer)
		}
	}
}

func TestBehindTheClassicWatchdogItGreetsOnce(t *testing.T) {
	body := strings.NewReader("dropped")
	var answer strings.Builder
	once(body, &answer)
	if answer.String() != greeting || body.Len() != 0 {
		t.Errorf("got %q, with %d bytes unread", answer.String(), body.Len())
	}
}

func TestARequestInFlightIsAnsweredWhenTheServerStops(t *testing.T) {
	url, stop := start(t)
	body, bodyWriter := io.Pipe()
	answered := make(chan string, 1)
	go func() {
		_, _, answer := ask(t, "POST", url, body)
		answered <- answer
	}()
	// Larger than all socket buffers together: when it is written, the handler is reading.
	_, _ = bodyWriter.Write(make([]byte, 32<<20))
	go func() {
		time.Sleep(100 * time.Millisecond)
		_, _ = bodyWriter.Write([]byte("rest"))
		bodyWriter.Close()
	}()
	if err := stop(); err != nil {
		t.Fatal(err)
	}
	if answer := <-answered; answer != greeting {
		t.Errorf("got %q", answer)
	}
}
