package workloads

import (
	"crypto/sha256"
	"encoding/hex"
	"io"
	"net/http"

	"givre.dev/peer-functions/go/workloads/internal/serving"
)

const (
	maxRounds   = 1_000_000
	maxHashSize = 64 << 20
	// Bytes of the generated input run through the numbers below this one.
	inputPeriod = 251
)

func hash() serving.Workload {
	return serving.Workload{BodyLimit: maxHashSize, Answer: answerHash}
}

func answerHash(w http.ResponseWriter, r *http.Request) error {
	parameters := serving.ParametersOf(r)
	rounds := parameters.Integer("rounds", 1, 1, maxRounds)
	size := parameters.Integer("size", 0, 0, maxHashSize)
	if err := parameters.Err(); err != nil {
		return err
	}
	digest := sha256.New()
	// The body is hashed while it arrives: nothing keeps all of it.
	if _, err := io.Copy(digest, r.Body); err != nil {
		return err
	}
	if parameters.Has("size") {
		digest.Reset()
		writePattern(digest, size)
	}
	sum := [sha256.Size]byte(digest.Sum(nil))
	for range rounds - 1 {
		sum = sha256.Sum256(sum[:])
	}
	serving.Text(w, http.StatusOK, hex.EncodeToString(sum[:])+"\n")
	return nil
}

// writePattern writes size bytes, the one at i being i mod 251.
func writePattern(to io.Writer, size int) {
	pattern := make([]byte, min(size, 256*inputPeriod))
	for i := range pattern {
		pattern[i] = byte(i % inputPeriod)
	}
	for left := size; left > 0; left -= len(pattern) {
		// A hash.Hash never fails to take what is written.
		_, _ = to.Write(pattern[:min(left, len(pattern))])
	}
}
