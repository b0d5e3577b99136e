package main

import (
	"bufio"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"strings"
	"time"
)

const (
	requestHeader = "X-Givre-Request"
	truthPath     = "/truth"
	// After a failure, such as too many open files.
	acceptAgain = 10 * time.Millisecond
	answer      = "HTTP/1.1 200 OK\r\nContent-Type: text/plain\r\nContent-Length: 2\r\n\r\nok"
)

// server speaks just enough HTTP/1.1 to know the moment of each byte; a framework would read a request some time before
// it tells of it.
type server struct {
	profile *profile
	log     *requestLog
}

func (s *server) accept(listener net.Listener) {
	for {
		time.Sleep(s.profile.acceptDelay)
		connection, err := listener.Accept()
		if errors.Is(err, net.ErrClosed) {
			return
		}
		if err != nil {
			log.Printf("accept: %v", err)
			time.Sleep(acceptAgain)
			continue
		}
		go s.serve(connection)
	}
}

// arrivals notes when the first bytes of a request were there.
type arrivals struct {
	net.Conn
	first time.Time
}

func (a *arrivals) Read(p []byte) (int, error) {
	n, err := a.Conn.Read(p)
	if n > 0 && a.first.IsZero() {
		a.first = time.Now()
	}
	return n, err
}

func (s *server) serve(connection net.Conn) {
	defer connection.Close()
	in := &arrivals{Conn: connection}
	reader := bufio.NewReader(in)
	number := s.log.connection()
	for reused := false; ; reused = true {
		in.first = time.Time{}
		if reader.Buffered() > 0 {
			in.first = time.Now()
		}
		request, err := http.ReadRequest(reader)
		if err != nil {
			return
		}
		if request.URL.Path == truthPath {
			_, _ = io.WriteString(connection, "HTTP/1.1 200 OK\r\nConnection: close\r\nContent-Type: application/x-ndjson\r\n\r\n")
			_ = s.log.write(connection)
			return
		}
		if !s.answer(connection, request, in.first, number, reused) || request.Close {
			return
		}
	}
}

// idOf is what the client calls the request; who cannot set headers, such as OpenFaaS' callbacks, calls it by the path.
func idOf(request *http.Request) string {
	if id := request.Header.Get(requestHeader); id != "" {
		return id
	}
	return strings.TrimPrefix(request.URL.Path, "/")
}

// answer says whether the connection may be used again.
func (s *server) answer(out io.Writer, request *http.Request, arrived time.Time, number int32, reused bool) bool {
	e := s.log.begin(idOf(request), number, arrived)
	if _, err := io.Copy(io.Discard, request.Body); err != nil {
		s.log.end(e, cut, time.Now())
		return false
	}
	v := s.profile.judge(arrived, reused)
	sleepUntil(v.until)
	if v.cut {
		s.log.end(e, cut, time.Now())
		return false
	}
	// Before the bytes are handed to the kernel: afterwards the client may have them, and run, already.
	s.log.end(e, answered, time.Now())
	if _, err := io.WriteString(out, answer); err != nil {
		s.log.end(e, cut, time.Now())
		return false
	}
	return true
}
