package workloads

import (
	"net/http"
	"testing"
	"time"
)

func TestSleepAnswersAfterTheTimeAskedFor(t *testing.T) {
	url := start(t, "sleep")
	for query, want := range map[string]string{"": "slept 100 ms\n", "?ms=250": "slept 250 ms\n"} {
		begin := time.Now()
		expectText(t, ask(t, "POST", url+query, nil), want)
		if took := time.Since(begin); took < 100*time.Millisecond || took > 2*time.Second {
			t.Errorf("%s took %v", query, took)
		}
	}
}

func TestAllocCountsWhatItWroteToEachPage(t *testing.T) {
	url := start(t, "alloc")
	expectJSON(t, post(t, url, "dropped"), `{"mb":16,"pages":4096,"checksum":505160}`)
	expectJSON(t, post(t, url+"?mb=0", ""), `{"mb":0,"pages":0,"checksum":0}`)
	expectJSON(t, post(t, url+"?mb=1", ""), `{"mb":1,"pages":256,"checksum":31385}`)
	expectRefusal(t, post(t, url+"?mb=1025", ""), http.StatusBadRequest, "mb")
}

func TestAllocHoldsForAsLongAsAskedFor(t *testing.T) {
	url := start(t, "alloc")
	begin := time.Now()
	expectJSON(t, ask(t, "GET", url+"?mb=1&hold_ms=200", nil), `{"mb":1,"pages":256,"checksum":31385}`)
	if took := time.Since(begin); took < 200*time.Millisecond {
		t.Errorf("took %v", took)
	}
	expectRefusal(t, post(t, url+"?hold_ms=60001", ""), http.StatusBadRequest, "hold_ms")
}
