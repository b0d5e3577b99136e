package serving

import (
	"bytes"
	"errors"
	"io"
	"net/http"
)

// A body up to this many times its limit is read to its end before it is refused; of a larger one the rest is not worth
// reading.
const drainFactor = 4

var (
	errTooLarge = &Problem{http.StatusRequestEntityTooLarge, "The request body is larger than this function takes."}
	errBroken   = &Problem{http.StatusBadRequest, "The request body is malformed or ended early."}
)

// limitedBody fails with errTooLarge past the limit, and with errBroken where the client's own framing is wrong.
type limitedBody struct {
	source io.ReadCloser
	limit  int64
	read   int64
}

func (b *limitedBody) Read(into []byte) (int, error) {
	n, err := b.source.Read(into)
	b.read += int64(n)
	if b.limit > 0 && b.read > b.limit {
		return 0, errTooLarge
	}
	if err != nil && err != io.EOF {
		err = errBroken
	}
	return n, err
}

func (b *limitedBody) Close() error { return b.source.Close() }

// drain reads on to the end, whatever the limit, and says errTooLarge where it has given up.
func (b *limitedBody) drain() error {
	if b.limit == 0 {
		_, err := io.Copy(io.Discard, b.source)
		return err
	}
	left := drainFactor*b.limit - b.read
	n, err := io.CopyN(io.Discard, b.source, left+1)
	if n > left {
		return errTooLarge
	}
	if errors.Is(err, io.EOF) {
		return nil
	}
	return err
}

// ReadBody returns all of the request's body.
func ReadBody(r *http.Request) ([]byte, error) {
	var buffer bytes.Buffer
	if body, ok := r.Body.(*limitedBody); ok && r.ContentLength > 0 && r.ContentLength <= body.limit {
		// One byte more than announced, where ReadFrom looks for the end; otherwise it would double the buffer.
		buffer.Grow(int(r.ContentLength) + bytes.MinRead)
	}
	if _, err := buffer.ReadFrom(r.Body); err != nil {
		return nil, err
	}
	return buffer.Bytes(), nil
}

// DropBody reads all of the request's body and keeps none of it.
func DropBody(r *http.Request) error {
	_, err := io.Copy(io.Discard, r.Body)
	return err
}
