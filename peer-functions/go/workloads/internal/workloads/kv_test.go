package workloads

import (
	"net/http"
	"strings"
	"testing"
	"time"
)

func TestKvAnswersWithTheValueThatIsStored(t *testing.T) {
	store := startStore(t)
	t.Setenv("KV_ADDRESS", store.address)
	url := start(t, "kv")
	for _, value := range []string{"", "first", "\x00\xff\r\n$-1\r\n", strings.Repeat("x", kvLimit)} {
		want := answer{http.StatusOK, "application/octet-stream", value}
		if got := post(t, url+"?key=a:b.C_9-", value); got != want {
			t.Errorf("got %.100q, want %.100q", got.body, value)
		}
		if got := ask(t, "GET", url+"?key=a:b.C_9-", nil); got != want {
			t.Errorf("GET: got %.100q, want %.100q", got.body, value)
		}
	}
	expectRefusal(t, ask(t, "GET", url, nil), http.StatusNotFound, "givre")
	if got := ask(t, "PUT", url, strings.NewReader("by default")); got.body != "by default" {
		t.Errorf("got %+v", got)
	}
	if connections := store.connections.Load(); connections != 1 {
		t.Errorf("%d connections", connections)
	}
}

func TestKvRefusesKeysAndValuesOutOfTheirRange(t *testing.T) {
	t.Setenv("KV_ADDRESS", startStore(t).address)
	url := start(t, "kv")
	for _, key := range []string{"", "a%20b", "a/b", "%C3%A9", "a%0A", "%zz", strings.Repeat("k", 257)} {
		expectRefusal(t, post(t, url+"?key="+key, "value"), http.StatusBadRequest, "key")
	}
	expectRefusal(t, post(t, url, strings.Repeat("x", kvLimit+1)), http.StatusRequestEntityTooLarge, "larger")
}

func TestKvConnectsAgainAfterTheServerHasClosedTheConnection(t *testing.T) {
	store := startStore(t)
	t.Setenv("KV_ADDRESS", store.address)
	url := start(t, "kv")
	for range 3 {
		if got := post(t, url, "value"); got.status != http.StatusOK {
			t.Errorf("got %+v", got)
		}
		store.closeConnections()
	}
}

func TestKvSaysWithinTwoSecondsThatTheServerDoesNotAnswer(t *testing.T) {
	store := startStore(t)
	t.Setenv("KV_ADDRESS", store.address)
	url := start(t, "kv")
	for range 2 {
		store.silent.Store(true)
		begin := time.Now()
		expectRefusal(t, ask(t, "GET", url, nil), http.StatusServiceUnavailable, "server")
		if took := time.Since(begin); took > 2*time.Second {
			t.Errorf("took %v", took)
		}
		store.silent.Store(false)
		if got := ask(t, "POST", url, strings.NewReader("back")); got.body != "back" {
			t.Errorf("got %+v", got)
		}
	}
	t.Setenv("KV_ADDRESS", "127.0.0.1:1")
	begin := time.Now()
	expectRefusal(t, ask(t, "POST", start(t, "kv"), nil), http.StatusServiceUnavailable, "server")
	if took := time.Since(begin); took > 2*time.Second {
		t.Errorf("took %v", took)
	}
}
