package serving

import (
	"fmt"
	"io"
	"net/http"
	"strings"
)

// Once answers a POST of / with that body; an answer that is no success is an error of its sentence.
func Once(workload Workload, body io.Reader, answer io.Writer) error {
	request, err := http.NewRequest(http.MethodPost, "/", body)
	if err != nil {
		return err
	}
	written := &written{header: http.Header{}}
	Handler(workload).ServeHTTP(written, request)
	if written.status != http.StatusOK {
		return fmt.Errorf("%s", strings.TrimSuffix(string(written.body), "\n"))
	}
	_, err = answer.Write(written.body)
	return err
}

// written is an answer that is kept, because its status decides where its body goes.
type written struct {
	header http.Header
	status int
	body   []byte
}

func (w *written) Header() http.Header { return w.header }

func (w *written) WriteHeader(status int) { w.status = status }

func (w *written) Write(piece []byte) (int, error) {
	w.body = append(w.body, piece...)
	return len(piece), nil
}
