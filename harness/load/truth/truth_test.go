package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net"
	"net/http"
	"sort"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"
)

// started is the program as it runs, with its two streams.
type started struct {
	t     *testing.T
	url   string
	input io.Closer
	lines *bufio.Scanner
	ended chan error
}

func start(t *testing.T, args ...string) *started {
	t.Helper()
	in, input := io.Pipe()
	output, out := io.Pipe()
	s := &started{t: t, input: input, lines: bufio.NewScanner(output), ended: make(chan error, 1)}
	go func() {
		err := run(args, in, out)
		out.CloseWithError(err)
		s.ended <- err
	}()
	if !s.lines.Scan() {
		t.Fatalf("it says nothing: %v", s.lines.Err())
	}
	var said struct{ Address string }
	if err := json.Unmarshal(s.lines.Bytes(), &said); err != nil {
		t.Fatal(err)
	}
	s.url = "http://" + said.Address + "/"
	return s
}

// stop ends the input and reads the log.
func (s *started) stop() (headLine, []seen) {
	s.t.Helper()
	s.input.Close()
	head, entries := readLog(s.t, s.lines)
	if err := <-s.ended; err != nil {
		s.t.Fatal(err)
	}
	return head, entries
}

type seen struct {
	entryLine
	arrived, took time.Duration
}

func readLog(t *testing.T, lines *bufio.Scanner) (headLine, []seen) {
	t.Helper()
	var head headLine
	lines.Scan()
	if err := json.Unmarshal(lines.Bytes(), &head); err != nil {
		t.Fatal(err)
	}
	var entries []seen
	for lines.Scan() {
		var e entryLine
		if err := json.Unmarshal(lines.Bytes(), &e); err != nil {
			t.Fatal(err)
		}
		arrived, _ := strconv.ParseInt(e.ArrivedNs, 10, 64)
		ended, _ := strconv.ParseInt(e.EndedNs, 10, 64)
		entries = append(entries, seen{e, time.Duration(arrived), time.Duration(ended - arrived)})
	}
	if head.Requests != len(entries) {
		t.Fatalf("%d requests announced, %d in the log", head.Requests, len(entries))
	}
	return head, entries
}

// send asks at a fixed spacing, whatever the answers do, and says how many failed.
func (s *started) send(client *http.Client, count int, every time.Duration) int {
	var group sync.WaitGroup
	var mutex sync.Mutex
	failed := 0
	begin := time.Now()
	for i := range count {
		time.Sleep(time.Until(begin.Add(time.Duration(i) * every)))
		group.Add(1)
		go func() {
			defer group.Done()
			if err := ask(client, s.url, fmt.Sprint("t-", i)); err != nil {
				mutex.Lock()
				failed++
				mutex.Unlock()
			}
		}()
	}
	group.Wait()
	return failed
}

func ask(client *http.Client, url, id string) error {
	request, err := http.NewRequest("GET", url, nil)
	if err != nil {
		return err
	}
	request.Header.Set(requestHeader, id)
	response, err := client.Do(request)
	if err != nil {
		return err
	}
	defer response.Body.Close()
	body, err := io.ReadAll(response.Body)
	if err == nil && (response.StatusCode != 200 || string(body) != "ok") {
		err = fmt.Errorf("status %d, body %q", response.StatusCode, body)
	}
	return err
}

func newClient() *http.Client {
	return &http.Client{Transport: &http.Transport{MaxIdleConnsPerHost: 100}, Timeout: 10 * time.Second}
}

func quantile(entries []seen, p float64) time.Duration {
	all := make([]time.Duration, 0, len(entries))
	for _, e := range entries {
		all = append(all, e.took)
	}
	sort.Slice(all, func(i, j int) bool { return all[i] < all[j] })
	return all[min(len(all)-1, int(p*float64(len(all))))]
}

func between(t *testing.T, what string, d, low, high time.Duration) {
	t.Helper()
	if d < low || d > high {
		t.Errorf("%s: %s, not between %s and %s", what, d, low, high)
	}
}

// inTime is an attempt at times that a busy machine makes longer, never shorter: too early is an error at once, too late
// only when each attempt of a minute was. What is wrong is so each time.
func inTime(t *testing.T, attempt func(within func(what string, d, low, high time.Duration))) {
	t.Helper()
	for deadline := time.Now().Add(time.Minute); ; {
		var late []string
		attempt(func(what string, d, low, high time.Duration) {
			t.Helper()
			if d < low {
				t.Errorf("%s: %s, less than %s", what, d, low)
			}
			if d > high {
				late = append(late, fmt.Sprintf("%s: %s, more than %s", what, d, high))
			}
		})
		if len(late) == 0 || t.Failed() {
			return
		}
		if time.Now().After(deadline) {
			t.Fatal(strings.Join(late, "\n"))
		}
	}
}

func TestConstantAnswersEachRequestAfterTheSameTimeAndLogsItOnce(t *testing.T) {
	inTime(t, func(within func(what string, d, low, high time.Duration)) {
		s := start(t, "--service", "5ms")
		if failed := s.send(newClient(), 40, 4*time.Millisecond); failed > 0 {
			t.Errorf("%d failed", failed)
		}
		head, entries := s.stop()
		ids := map[string]bool{}
		for _, e := range entries {
			ids[e.ID] = true
			if e.took < 5*time.Millisecond || e.Outcome != "answered" {
				t.Errorf("%+v", e)
			}
		}
		if len(ids) != 40 || len(entries) != 40 || head.Connections == 0 {
			t.Errorf("%d ids, %d entries, %d connections", len(ids), len(entries), head.Connections)
		}
		t.Logf("waits of 5 ms end after p50 %s, p90 %s", quantile(entries, 0.5), quantile(entries, 0.9))
		within("median", quantile(entries, 0.5), 5*time.Millisecond, 7*time.Millisecond)
	})
}

func TestTheLogCanBeReadWhileTheServerRuns(t *testing.T) {
	s := start(t)
	s.send(newClient(), 3, time.Millisecond)
	response, err := http.Get(s.url + "truth")
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	if _, entries := readLog(t, bufio.NewScanner(response.Body)); len(entries) != 3 {
		t.Errorf("%d entries", len(entries))
	}
	if _, entries := s.stop(); len(entries) != 3 {
		t.Errorf("%d entries at the end: reading the log counts as a request", len(entries))
	}
}

func TestARequestArrivesWithItsFirstByteNotWithItsBody(t *testing.T) {
	s := start(t, "--service", "0s")
	connection, err := net.Dial("tcp", strings.Trim(strings.TrimPrefix(s.url, "http://"), "/"))
	if err != nil {
		t.Fatal(err)
	}
	defer connection.Close()
	fmt.Fprintf(connection, "POST / HTTP/1.1\r\nHost: x\r\nX-Givre-Request: slow-1\r\nContent-Length: 4\r\n\r\n")
	time.Sleep(50 * time.Millisecond)
	fmt.Fprint(connection, "body")
	if _, err := bufio.NewReader(connection).ReadString('\n'); err != nil {
		t.Fatal(err)
	}
	_, entries := s.stop()
	if len(entries) != 1 || entries[0].ID != "slow-1" {
		t.Fatalf("%+v", entries)
	}
	between(t, "service", entries[0].took, 45*time.Millisecond, 200*time.Millisecond)
}

func TestLognormalAndBimodalSpreadAsTheirParametersSay(t *testing.T) {
	inTime(t, func(within func(what string, d, low, high time.Duration)) {
		s := start(t, "--profile", "lognormal", "--service", "4ms", "--sigma", "0.8", "--seed", "3")
		s.send(newClient(), 200, 2*time.Millisecond)
		_, entries := s.stop()
		within("median", quantile(entries, 0.5), 3*time.Millisecond, 7*time.Millisecond)
		// exp(0.8 × 1.28) = 2.8 times the median.
		within("p90", quantile(entries, 0.9), 8*time.Millisecond, 20*time.Millisecond)
	})
	inTime(t, func(within func(what string, d, low, high time.Duration)) {
		s := start(t, "--profile", "bimodal", "--service", "2ms", "--slow", "30ms", "--slow-share", "0.3", "--seed", "3")
		s.send(newClient(), 200, 2*time.Millisecond)
		_, entries := s.stop()
		// From 40 to 80 of 200 are slow, about 60.
		within("the 120th of 200", quantile(entries, 0.595), 2*time.Millisecond, 25*time.Millisecond)
		within("the 161st of 200", quantile(entries, 0.805), 25*time.Millisecond, time.Hour)
	})
}

func TestEqualSeedsGiveEqualSequences(t *testing.T) {
	sequence := func(seed string) string {
		s := start(t, "--profile", "drop", "--service", "0s", "--probability", "0.5", "--seed", seed)
		client := newClient()
		for i := range 40 {
			_ = ask(client, s.url, fmt.Sprint("t-", i))
		}
		var all strings.Builder
		// Of several entries with one id (the client asked again) each has drawn a number.
		_, entries := s.stop()
		for _, e := range entries[:40] {
			all.WriteString(e.Outcome[:1])
		}
		return all.String()
	}
	first, again, other := sequence("5"), sequence("5"), sequence("6")
	if first != again || first == other {
		t.Errorf("\n%s\n%s\n%s", first, again, other)
	}
}

func TestStallHoldsEverythingUntilItsEnd(t *testing.T) {
	inTime(t, func(within func(what string, d, low, high time.Duration)) {
		s := start(t, "--profile", "stall", "--stall-after", "200ms", "--stall", "300ms")
		if failed := s.send(newClient(), 70, 10*time.Millisecond); failed > 0 {
			t.Errorf("%d failed", failed)
		}
		_, entries := s.stop()
		for _, e := range entries {
			at := e.arrived - entries[0].arrived
			wanted := 5 * time.Millisecond
			if at > 200*time.Millisecond && at < 500*time.Millisecond {
				wanted = 505*time.Millisecond - at
			}
			if at < 190*time.Millisecond || at > 200*time.Millisecond {
				within(fmt.Sprint("arrived after ", at), e.took, wanted-time.Millisecond, wanted+20*time.Millisecond)
			}
		}
	})
}

func TestDropClosesConnectionsWithoutAnAnswer(t *testing.T) {
	s := start(t, "--profile", "drop", "--probability", "0.3", "--seed", "2")
	// A connection of its own for each: nothing is asked again then.
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	failed := s.send(client, 60, 2*time.Millisecond)
	_, entries := s.stop()
	if n := countCut(entries); n != failed || n < 8 || n > 30 || len(entries) != 60 {
		t.Errorf("%d of %d cut, %d failed", n, len(entries), failed)
	}
}

func countCut(entries []seen) int {
	n := 0
	for _, e := range entries {
		if e.Outcome == "cut" {
			n++
		}
	}
	return n
}

func TestRetryBaitIsAskedAgainAndTheClientTellsNobody(t *testing.T) {
	s := start(t, "--profile", "retry-bait", "--probability", "0.3", "--service", "1ms")
	client := newClient()
	for i := range 60 {
		if err := ask(client, s.url, fmt.Sprint("t-", i)); err != nil {
			t.Errorf("request %d: %v", i, err)
		}
	}
	_, entries := s.stop()
	if n := countCut(entries); n == 0 || len(entries) != 60+n {
		t.Errorf("%d entries for 60 requests, %d of them cut", len(entries), n)
	}
}

func TestSlowAcceptLetsConnectionsWait(t *testing.T) {
	s := start(t, "--profile", "slow-accept", "--accept-delay", "50ms", "--service", "0s", "--backlog", "100")
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	begin := time.Now()
	if failed := s.send(client, 10, 0); failed > 0 {
		t.Errorf("%d failed", failed)
	}
	between(t, "ten connections", time.Since(begin), 450*time.Millisecond, 2*time.Second)
	// By the server's own view each was fast: only the arrivals tell.
	_, entries := s.stop()
	for i, e := range entries[1:] {
		between(t, "between two arrivals", e.arrived-entries[i].arrived, 40*time.Millisecond, 300*time.Millisecond)
	}
}

func TestDriftMakesTheServiceSlowerAndSlower(t *testing.T) {
	inTime(t, func(within func(what string, d, low, high time.Duration)) {
		s := start(t, "--profile", "drift", "--service", "2ms", "--growth", "40ms")
		s.send(newClient(), 50, 10*time.Millisecond)
		_, entries := s.stop()
		for _, e := range entries {
			wanted := 2*time.Millisecond + time.Duration((e.arrived-entries[0].arrived).Seconds()*40e6)
			within("service", e.took, wanted, wanted+15*time.Millisecond)
		}
	})
}

func TestMistakesInTheWordsAreSaid(t *testing.T) {
	for _, args := range [][]string{{"--profile", "sine"}, {"--probability", "2"}, {"--service", "-1ms"}, {"word"}} {
		if err := run(args, strings.NewReader(""), io.Discard); err == nil {
			t.Errorf("%v is taken", args)
		}
	}
}
