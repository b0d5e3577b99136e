package workloads

import (
	"bytes"
	"io"
	"math/rand/v2"
	"net"
	"net/http"
	"runtime"
	"strings"
	"testing"
	"time"
)

func TestAnUnknownWorkloadIsRefusedWithTheNamesOfThoseThereAre(t *testing.T) {
	if _, err := New("hallo"); err == nil || !strings.Contains(err.Error(), `"hallo"`) || !strings.Contains(err.Error(), "echo, hash") {
		t.Errorf("got %v", err)
	}
}

func TestEveryWorkloadAnswersHealthAndReady(t *testing.T) {
	for name := range byName {
		url := start(t, name)
		for _, path := range []string{"/_/health", "/_/ready?x=1"} {
			expectText(t, ask(t, "GET", url+path, nil), "ok\n")
		}
	}
}

func TestEveryMethodAndPathReachesTheWorkload(t *testing.T) {
	url := start(t, "sleep")
	for _, method := range []string{"GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "ODD"} {
		for _, path := range []string{"/", "/deep/er", "//double/../dots", "/_/healthy"} {
			expectText(t, ask(t, method, url+path+"?ms=0", strings.NewReader("dropped")), "slept 0 ms\n")
		}
	}
}

func TestOfAParameterGivenTwiceTheFirstCountsAndAnUnknownOneIsIgnored(t *testing.T) {
	url := start(t, "sleep")
	expectText(t, ask(t, "GET", url+"?other=%zz&ms=1&ms=x&&=&MS=x", nil), "slept 1 ms\n")
	expectText(t, ask(t, "GET", url+"?%6ds=%30%31", nil), "slept 1 ms\n")
}

func TestIntegersAreAsciiDigitsWithinTheirRange(t *testing.T) {
	url := start(t, "sleep")
	for _, value := range []string{
		"", "-1", "%2B1", "+1", "1+", "1e2", "0x1", "1_0", "1.0", "60001", "%zz", "%D9%A1", strings.Repeat("9", 400),
	} {
		expectRefusal(t, ask(t, "GET", url+"?ms="+value, nil), http.StatusBadRequest, "ms")
	}
	expectRefusal(t, ask(t, "GET", url+"?ms", nil), http.StatusBadRequest, "ms")
}

func TestABodyOverTheLimitIsRefusedAfterAllOfItIsRead(t *testing.T) {
	url := start(t, "json")
	body := strings.Repeat(" ", jsonLimit)
	expectRefusal(t, post(t, url, body), http.StatusBadRequest, "JSON")
	expectRefusal(t, post(t, url, body+" "), http.StatusRequestEntityTooLarge, "larger")
	expectRefusal(t, post(t, url, strings.Repeat(body, 4)), http.StatusRequestEntityTooLarge, "larger")
}

func TestABodyFarOverTheLimitIsRefusedBeforeItsEnd(t *testing.T) {
	url := start(t, "json")
	body, writer := io.Pipe()
	go func() {
		// Ends with an error when the function has closed the connection; it would never end by itself.
		for piece := make([]byte, 1<<20); ; {
			if _, err := writer.Write(piece); err != nil {
				return
			}
		}
	}()
	expectRefusal(t, ask(t, "POST", url, body), http.StatusRequestEntityTooLarge, "larger")
}

func TestABodyThatIsMalformedOrCutShortIsRefused(t *testing.T) {
	url := start(t, "hash")
	connection, err := net.Dial("tcp", strings.TrimPrefix(url, "http://"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	_, _ = io.WriteString(connection, "POST / HTTP/1.1\r\nHost: x\r\nTransfer-Encoding: chunked\r\n\r\n4\r\nabcd\r\nzz\r\n")
	_ = connection.SetReadDeadline(time.Now().Add(5 * time.Second))
	got := make([]byte, 12)
	if _, err := io.ReadFull(connection, got); err != nil || string(got) != "HTTP/1.1 400" {
		t.Errorf("%q %v", got, err)
	}
}

func TestTenThousandMalformedBodiesNeitherEndNorSwellTheFunction(t *testing.T) {
	random := rand.New(rand.NewPCG(42, 42))
	for _, name := range []string{"json", "template", "thumbnail"} {
		url := start(t, name)
		sendMalformed(t, url, random, 100)
		memory, goroutines := inUse()
		sendMalformed(t, url, random, 10_000)
		memoryAfter, goroutinesAfter := inUse()
		if memoryAfter > memory+4<<20 || goroutinesAfter > goroutines+5 {
			t.Errorf("%s: %d bytes and %d goroutines, %d and %d before", name, memoryAfter, goroutinesAfter, memory, goroutines)
		}
	}
}

func sendMalformed(t *testing.T, url string, random *rand.Rand, times int) {
	t.Helper()
	pieces := []string{"{", "}", "[", "]", `"items"`, `"username"`, ":", ",", "null", "1e999", `"\u`, "\xff", "\x89PNG\r\n\x1a\n", "\xff\xd8\xff"}
	for range times {
		var body bytes.Buffer
		for range random.IntN(20) {
			body.WriteString(pieces[random.IntN(len(pieces))])
		}
		if got := ask(t, "POST", url, &body); got.status != http.StatusBadRequest {
			t.Fatalf("got %+v", got)
		}
	}
}

func inUse() (memory uint64, goroutines int) {
	runtime.GC()
	var stats runtime.MemStats
	runtime.ReadMemStats(&stats)
	return stats.HeapAlloc, runtime.NumGoroutine()
}
