package serving

import (
	"errors"
	"net/http"
)

// Workload is what a function computes.
type Workload struct {
	// BodyLimit is the largest request body in bytes; 0 is no limit.
	BodyLimit int64
	// Answer writes the answer, or returns an error before it has written anything.
	Answer func(w http.ResponseWriter, r *http.Request) error
}

// Handler does its own routing: http.ServeMux would redirect paths with // or .. in them.
func Handler(workload Workload) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		switch r.URL.Path {
		case "/_/health", "/_/ready":
			Text(w, http.StatusOK, "ok\n")
			return
		}
		body := &limitedBody{source: r.Body, limit: workload.BodyLimit}
		// A copy: from the body of its own request net/http learns that a connection has to be closed gently.
		limited := r.WithContext(r.Context())
		limited.Body = body
		if err := workload.Answer(w, limited); err != nil {
			refuse(w, body, err)
		}
	})
}

// refuse answers with a problem, once the client has sent all of its body: many clients read nothing before that.
func refuse(w http.ResponseWriter, body *limitedBody, err error) {
	var problem *Problem
	if !errors.As(err, &problem) {
		problem = &Problem{http.StatusInternalServerError, "The function failed."}
	}
	if drained := body.drain(); errors.Is(drained, errTooLarge) {
		// What is left of the body stays unread, and with it the connection is of no further use.
		w.Header().Set("Connection", "close")
		problem = errTooLarge
	}
	Text(w, problem.Status, problem.Sentence+"\n")
}
