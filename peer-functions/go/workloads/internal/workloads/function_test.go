package workloads

import (
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"reflect"
	"strings"
	"testing"

	"givre.dev/peer-functions/go/workloads/internal/serving"
)

const plain = "text/plain; charset=utf-8"

type answer struct {
	status      int
	contentType string
	body        string
}

// start serves a workload on a free port and returns its URL.
func start(t *testing.T, name string) string {
	t.Helper()
	workload, err := New(name)
	if err != nil {
		t.Fatal(err)
	}
	server := httptest.NewServer(serving.Handler(workload))
	t.Cleanup(server.Close)
	return server.URL
}

func ask(t *testing.T, method, url string, body io.Reader) answer {
	t.Helper()
	request, err := http.NewRequest(method, url, body)
	if err != nil {
		t.Fatal(err)
	}
	return send(t, request)
}

func send(t *testing.T, request *http.Request) answer {
	t.Helper()
	response, err := http.DefaultTransport.RoundTrip(request)
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	content, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return answer{response.StatusCode, response.Header.Get("Content-Type"), string(content)}
}

// post sends a text once with its length and once chunked, and insists on the same answer.
func post(t *testing.T, url, text string) answer {
	t.Helper()
	whole := ask(t, "POST", url, strings.NewReader(text))
	// A reader of a type that net/http does not know has no known size.
	chunked := ask(t, "POST", url, io.MultiReader(strings.NewReader(text)))
	if whole != chunked {
		t.Errorf("%s: %d %.100q with a length, %d %.100q chunked", url, whole.status, whole.body, chunked.status, chunked.body)
	}
	return whole
}

func expectText(t *testing.T, got answer, text string) {
	t.Helper()
	if want := (answer{http.StatusOK, plain, text}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}

func expectJSON(t *testing.T, got answer, text string) {
	t.Helper()
	if got.status != http.StatusOK || got.contentType != "application/json" || !reflect.DeepEqual(parsed(t, got.body), parsed(t, text)) {
		t.Errorf("got %+v, want %s", got, text)
	}
}

func parsed(t *testing.T, text string) (value any) {
	t.Helper()
	if err := json.Unmarshal([]byte(text), &value); err != nil {
		t.Fatalf("%v: %.200q", err, text)
	}
	return value
}

// expectRefusal wants one sentence, a line of its own, with the word in it.
func expectRefusal(t *testing.T, got answer, status int, word string) {
	t.Helper()
	sentence, ended := strings.CutSuffix(got.body, ".\n")
	if got.status != status || got.contentType != plain || !ended || strings.Contains(sentence, "\n") || !strings.Contains(sentence, word) {
		t.Errorf("got %+v, want %d with a sentence about %q", got, status, word)
	}
}
