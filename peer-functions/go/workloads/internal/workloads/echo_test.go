package workloads

import (
	"bytes"
	"io"
	"net/http"
	"strings"
	"testing"
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

func TestEchoSendsEachPieceOnBeforeTheNextArrives(t *testing.T) {
	body, writer := io.Pipe()
	request, _ := http.NewRequest("POST", start(t, "echo"), body)
	go func() { _, _ = io.WriteString(writer, "first") }()
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	for _, piece := range []string{"first", "second", "third"} {
		got := make([]byte, len(piece))
		if _, err := io.ReadFull(response.Body, got); err != nil || string(got) != piece {
			t.Fatalf("%q %v", got, err)
		}
		// The next piece leaves only now, when the one before has come back.
		go func() { _, _ = io.WriteString(writer, map[string]string{"first": "second", "second": "third"}[piece]) }()
	}
	writer.Close()
	if rest, err := io.ReadAll(response.Body); err != nil || len(rest) > 0 {
		t.Errorf("%q %v", rest, err)
	}
}

func TestEchoCarriesFiftyMebibytes(t *testing.T) {
	body := bytes.Repeat([]byte("givre\x00"), 50<<20/6)
	if got := ask(t, "POST", start(t, "echo"), io.MultiReader(bytes.NewReader(body))); got.body != string(body) {
		t.Errorf("%d of %d bytes", len(got.body), len(body))
	}
}

func TestEchoBreaksOffWhereTheBodyIsCutShort(t *testing.T) {
	body, writer := io.Pipe()
	request, _ := http.NewRequest("POST", start(t, "echo"), body)
	go func() {
		_, _ = io.WriteString(writer, "first")
		writer.CloseWithError(io.ErrUnexpectedEOF)
	}()
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		return
	}
	defer response.Body.Close()
	if got, err := io.ReadAll(response.Body); err == nil {
		t.Errorf("%q looks like a whole answer", got)
	}
}
