package workloads

import (
	"net/http"

	"givre.dev/peer-functions/go/workloads/internal/serving"
)

const (
	maxAllocMb = 1024
	pageBytes  = 4096
	// What is written to a page is its number modulo this.
	pageModulus = 251
)

type allocated struct {
	Mb       int `json:"mb"`
	Pages    int `json:"pages"`
	Checksum int `json:"checksum"`
}

func alloc() serving.Workload {
	return serving.Workload{Answer: answerAlloc}
}

func answerAlloc(w http.ResponseWriter, r *http.Request) error {
	parameters := serving.ParametersOf(r)
	mb := parameters.Integer("mb", 16, 0, maxAllocMb)
	holdMs := parameters.Integer("hold_ms", 0, 0, maxWaitMs)
	if err := parameters.Err(); err != nil {
		return err
	}
	if err := serving.DropBody(r); err != nil {
		return err
	}
	memory := make([]byte, mb<<20)
	for at := 0; at < len(memory); at += pageBytes {
		memory[at] = byte(at / pageBytes % pageModulus)
	}
	wait(r.Context(), holdMs)
	checksum := 0
	for at := 0; at < len(memory); at += pageBytes {
		checksum += int(memory[at])
	}
	return serving.JSON(w, allocated{mb, len(memory) / pageBytes, checksum})
}
