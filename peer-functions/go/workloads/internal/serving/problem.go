package serving

import (
	"fmt"
	"net/http"
)

// Problem is an error that the client is told of.
type Problem struct {
	Status int
	// Sentence is in English and ends in a full stop, not in a line feed.
	Sentence string
}

func (p *Problem) Error() string { return p.Sentence }

// BadRequest is the answer to malformed input.
func BadRequest(format string, arguments ...any) error {
	return &Problem{http.StatusBadRequest, fmt.Sprintf(format, arguments...)}
}

// NotFound is the answer where there is nothing of the name asked for.
func NotFound(format string, arguments ...any) error {
	return &Problem{http.StatusNotFound, fmt.Sprintf(format, arguments...)}
}

// TooLarge is the answer to input beyond what the workload takes.
func TooLarge(format string, arguments ...any) error {
	return &Problem{http.StatusRequestEntityTooLarge, fmt.Sprintf(format, arguments...)}
}

// Unavailable is the answer while something that the workload needs cannot be reached.
func Unavailable(format string, arguments ...any) error {
	return &Problem{http.StatusServiceUnavailable, fmt.Sprintf(format, arguments...)}
}
