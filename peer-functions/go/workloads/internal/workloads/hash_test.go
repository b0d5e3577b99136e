package workloads

import (
	"crypto/sha256"
	"fmt"
	"net/http"
	"strings"
	"testing"
)

func TestHashIsTheSha256OfTheBody(t *testing.T) {
	url := start(t, "hash")
	// The examples of FIPS 180-4.
	expectText(t, post(t, url, "abc"), "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad\n")
	expectText(t, post(t, url, ""), "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855\n")
}

func TestHashFurtherRoundsHashTheBytesBefore(t *testing.T) {
	sum := sha256.Sum256([]byte("abc"))
	for range 2 {
		sum = sha256.Sum256(sum[:])
	}
	expectText(t, post(t, start(t, "hash")+"?rounds=3", "abc"), fmt.Sprintf("%x\n", sum))
}

func TestHashOfASizeIsThatOfAPatternInsteadOfTheBody(t *testing.T) {
	url := start(t, "hash")
	for _, size := range []int{0, 1, 251, 252, 64256, 64257, 1_000_000} {
		pattern := make([]byte, size)
		for i := range pattern {
			pattern[i] = byte(i % 251)
		}
		expectText(t, post(t, fmt.Sprintf("%s?size=%d", url, size), "other"), fmt.Sprintf("%x\n", sha256.Sum256(pattern)))
	}
}

func TestHashRefusesParametersOutOfTheirRange(t *testing.T) {
	url := start(t, "hash")
	expectRefusal(t, post(t, url+"?rounds=0", strings.Repeat("x", 1<<20)), http.StatusBadRequest, "rounds")
	expectRefusal(t, post(t, url+"?rounds=1000001", ""), http.StatusBadRequest, "rounds")
	expectRefusal(t, post(t, url+"?size=67108865", ""), http.StatusBadRequest, "size")
}
