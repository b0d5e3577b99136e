package workloads

import (
	"bytes"
	"compress/gzip"
	"io"
	"net/http"
	"strings"
	"testing"

	"github.com/klauspost/compress/zstd"
)

func TestCompressIsUndoneByDecompressing(t *testing.T) {
	url := start(t, "compress")
	for _, text := range []string{"", "x", strings.Repeat("givre ", 1<<18)} {
		for query, format := range map[string]string{"": "gzip", "?format=gzip": "gzip", "?format=zstd": "zstd"} {
			got := post(t, url+query, text)
			if got.status != http.StatusOK || got.contentType != "application/"+format {
				t.Errorf("%s: got %d %s", query, got.status, got.contentType)
			}
			if plain := decompressed(t, format, got.body); plain != text {
				t.Errorf("%s: %d of %d bytes", query, len(plain), len(text))
			}
			if len(text) > 1000 && len(got.body) > len(text)/100 {
				t.Errorf("%s: %d bytes of %d", query, len(got.body), len(text))
			}
		}
	}
}

func TestCompressRefusesOtherFormatsAndLargerBodies(t *testing.T) {
	url := start(t, "compress")
	for _, format := range []string{"", "GZIP", "br", "gzip,zstd"} {
		expectRefusal(t, post(t, url+"?format="+format, "x"), http.StatusBadRequest, "format")
	}
	tooLarge := bytes.NewReader(make([]byte, compressLimit+1))
	expectRefusal(t, ask(t, "POST", url, tooLarge), http.StatusRequestEntityTooLarge, "larger")
}

func decompressed(t *testing.T, format, body string) string {
	t.Helper()
	var reader io.Reader
	var err error
	if format == "gzip" {
		reader, err = gzip.NewReader(strings.NewReader(body))
	} else {
		reader, err = zstd.NewReader(strings.NewReader(body))
	}
	if err != nil {
		t.Fatal(err)
	}
	plain, err := io.ReadAll(reader)
	if err != nil {
		t.Fatal(err)
	}
	return string(plain)
}
