package workloads

import (
	"bytes"
	"io"
	"net"
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestEchoAnswersWithTheSameBytesAndType(t *testing.T) {
	url := start(t, "echo")
	for _, text := range []string{"", "x", "\x00\xff\r\n0\r\n\r\n", strings.Repeat("0123456789", 1<<20)} {
		if got := post(t, url, text); got != (answer{http.StatusOK, "application/octet-stream", text}) {
			t.Errorf("%.20q: got %d %s %.20q", text, got.status, got.contentType, got.body)
		}
	}
	request, _ := http.NewRequest("PUT", url, strings.NewReader("{}"))
	request.Header.Set("Content-Type", "application/x-odd; a=b")
	if got := send(t, request); got != (answer{http.StatusOK, "application/x-odd; a=b", "{}"}) {
		t.Errorf("got %+v", got)
	}
}

func TestEchoBeginsWhenTheBodyHasEnded(t *testing.T) {
	body, writer := io.Pipe()
	url := start(t, "echo")
	answered := make(chan answer, 1)
	go func() { answered <- ask(t, "POST", url, body) }()
	_, _ = io.WriteString(writer, "first, ")
	select {
	case early := <-answered:
		t.Fatalf("got %+v before the body's end", early)
	case <-time.After(200 * time.Millisecond):
	}
	_, _ = io.WriteString(writer, "second")
	writer.Close()
	if got := <-answered; got != (answer{http.StatusOK, "application/octet-stream", "first, second"}) {
		t.Errorf("got %+v", got)
	}
}

func TestEchoBelievesNoPromiseOfAHugeBody(t *testing.T) {
	url := start(t, "echo")
	connection, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	_, _ = io.WriteString(connection, "POST / HTTP/1.1\r\nHost: x\r\nContent-Length: 9000000000000000000\r\n\r\nx")
	time.Sleep(100 * time.Millisecond)
	connection.Close()
	if got := post(t, url, "alive"); got.body != "alive" {
		t.Errorf("got %+v", got)
	}
}

func TestEchoCarriesFiftyMebibytes(t *testing.T) {
	body := bytes.Repeat([]byte("givre\x00"), 50<<20/6)
	if got := ask(t, "POST", start(t, "echo"), io.MultiReader(bytes.NewReader(body))); got.body != string(body) {
		t.Errorf("%d of %d bytes", len(got.body), len(body))
	}
}
