package workloads

import (
	"cmp"
	"io"
	"net/http"
	"strconv"

	"givre.dev/peer-functions/go/workloads/internal/serving"
)

// Large enough that a large body is not sent in too many small writes, small enough for many requests at a time.
const echoBuffer = 32 << 10

func echo() serving.Workload {
	return serving.Workload{Answer: answerEcho}
}

// answerEcho sends each piece on before it waits for the next.
func answerEcho(w http.ResponseWriter, r *http.Request) error {
	connection := http.NewResponseController(w)
	// Otherwise net/http swallows what is left of the body when the answer begins. HTTP/1 only, which is all there is.
	if err := connection.EnableFullDuplex(); err != nil {
		return err
	}
	buffer := make([]byte, echoBuffer)
	for begun := false; ; begun = true {
		n, err := r.Body.Read(buffer)
		if err != nil && err != io.EOF {
			if !begun {
				return err
			}
			// Too late for an error that the client could read: it must not take this for a whole answer.
			panic(http.ErrAbortHandler)
		}
		if !begun {
			beginEcho(w, r)
		}
		if _, failed := w.Write(buffer[:n]); failed != nil || err == io.EOF {
			return nil
		}
		if connection.Flush() != nil {
			return nil
		}
	}
}

func beginEcho(w http.ResponseWriter, r *http.Request) {
	header := w.Header()
	header.Set("Content-Type", cmp.Or(r.Header.Get("Content-Type"), "application/octet-stream"))
	if r.ContentLength >= 0 {
		header.Set("Content-Length", strconv.FormatInt(r.ContentLength, 10))
	}
	w.WriteHeader(http.StatusOK)
}
