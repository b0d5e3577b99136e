package serving

import (
	"encoding/json"
	"net/http"
	"strconv"
)

// Text answers with plain text.
func Text(w http.ResponseWriter, status int, text string) {
	write(w, status, "text/plain; charset=utf-8", []byte(text))
}

// JSON answers 200 with a value that encoding/json can write.
func JSON(w http.ResponseWriter, value any) error {
	body, err := json.Marshal(value)
	if err != nil {
		return err
	}
	Bytes(w, "application/json", body)
	return nil
}

// Bytes answers 200 with a body of any type.
func Bytes(w http.ResponseWriter, contentType string, body []byte) {
	write(w, http.StatusOK, contentType, body)
}

func write(w http.ResponseWriter, status int, contentType string, body []byte) {
	header := w.Header()
	header.Set("Content-Type", contentType)
	// With the length given, the answer leaves in one piece instead of as a chunked one.
	header.Set("Content-Length", strconv.Itoa(len(body)))
	w.WriteHeader(status)
	// A failed write means that the client has gone: there is nobody left to tell.
	_, _ = w.Write(body)
}
