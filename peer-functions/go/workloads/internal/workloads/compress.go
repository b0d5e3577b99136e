package workloads

import (
	"bytes"
	"compress/gzip"
	"net/http"

	"github.com/klauspost/compress/zstd"

	"givre.dev/peer-functions/go/workloads/internal/serving"
)

const (
	compressLimit = 16 << 20
	gzipLevel     = 6
	zstdLevel     = 3
)

func compress() serving.Workload {
	return serving.Workload{BodyLimit: compressLimit, Answer: answerCompress}
}

func answerCompress(w http.ResponseWriter, r *http.Request) error {
	parameters := serving.ParametersOf(r)
	format := parameters.Choice("format", "gzip", "zstd")
	if err := parameters.Err(); err != nil {
		return err
	}
	body, err := serving.ReadBody(r)
	if err != nil {
		return err
	}
	compressed, err := compressors[format](body)
	if err != nil {
		return err
	}
	serving.Bytes(w, "application/"+format, compressed)
	return nil
}

var compressors = map[string]func([]byte) ([]byte, error){
	"gzip": gzipped,
	"zstd": zstandard,
}

func gzipped(body []byte) ([]byte, error) {
	var compressed bytes.Buffer
	writer, err := gzip.NewWriterLevel(&compressed, gzipLevel)
	if err != nil {
		return nil, err
	}
	if _, err := writer.Write(body); err != nil {
		return nil, err
	}
	err = writer.Close()
	return compressed.Bytes(), err
}

func zstandard(body []byte) ([]byte, error) {
	// Of one thread, as the other languages' are; klauspost's would start as many as there are cores.
	encoder, err := zstd.NewWriter(nil, zstd.WithEncoderLevel(zstd.EncoderLevelFromZstd(zstdLevel)), zstd.WithEncoderConcurrency(1))
	if err != nil {
		return nil, err
	}
	defer encoder.Close()
	return encoder.EncodeAll(body, nil), nil
}
