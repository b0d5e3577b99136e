package api

import (
	"context"
	"errors"
	"io"
	"net/http"
	"net/url"
	"strings"

	"github.com/gorilla/mux"
	"github.com/openfaas/faas-provider/proxy"
	"github.com/openfaas/faas-provider/types"

	"givre.dev/provider/internal/defects"
	"givre.dev/provider/internal/functions"
)

// internalHeader is how the SDK's proxy marks an answer that is its own and not the function's.
const internalHeader = "X-OpenFaaS-Internal"

// Resolve finds a function by NAME or NAME.NAMESPACE, for the SDK's proxy.
func (a api) Resolve(name string) (url.URL, error) {
	address, err := a.address(name)
	return url.URL{Scheme: "http", Host: address}, err
}

func (a api) address(name string) (string, error) {
	ctx := context.Background()
	address, err := a.Functions.Address(ctx, functions.Key{Namespace: a.Namespace, Name: name})
	var refusal *functions.Error
	dot := strings.LastIndexByte(name, '.')
	if dot < 0 || !errors.As(err, &refusal) || refusal.Status != http.StatusNotFound {
		return address, err
	}
	return a.Functions.Address(ctx, functions.Key{Namespace: name[dot+1:], Name: name[:dot]})
}

// proxy is the SDK's proxy with its own errors made precise: 404 for an unknown function and 503 for a stopped one,
// where the SDK says 503 for both, and 502 for one that cannot be reached, where it says 500, or nothing at all for an
// event stream.
func (a api) proxy() http.HandlerFunc {
	next := proxy.NewHandlerFunc(types.FaaSConfig{ReadTimeout: a.FunctionTimeout}, a, false)
	plain, vague := a.Defects.Has(defects.Proxy500), a.Defects.Has(defects.Proxy503)
	return func(w http.ResponseWriter, r *http.Request) {
		name := mux.Vars(r)["name"]
		precise := &preciseWriter{ResponseWriter: w, plain: plain, refusal: func() error {
			_, err := a.address(name)
			var refusal *functions.Error
			if vague && errors.As(err, &refusal) && refusal.Status == http.StatusNotFound {
				return nil
			}
			return err
		}, fail: a.fail}
		next(precise, r)
		if !precise.wrote && !plain && r.Context().Err() == nil {
			w.Header().Set(internalHeader, "proxy")
			http.Error(w, "Can't reach service for: "+name+".", http.StatusBadGateway)
		}
	}
}

type preciseWriter struct {
	http.ResponseWriter
	refusal func() error
	fail    func(http.ResponseWriter, error)
	plain   bool
	wrote   bool
	// replaced: the SDK's own text is not sent, because a better one was.
	replaced bool
}

func (p *preciseWriter) WriteHeader(status int) {
	if p.wrote {
		return
	}
	// 1xx is not the answer yet.
	p.wrote = status >= 200
	if p.Header().Get(internalHeader) != "proxy" {
		p.ResponseWriter.WriteHeader(status)
		return
	}
	switch {
	case status == http.StatusServiceUnavailable:
		if err := p.refusal(); err != nil {
			p.replaced = true
			p.fail(p.ResponseWriter, err)
			return
		}
	case status == http.StatusInternalServerError && !p.plain:
		status = http.StatusBadGateway
	}
	p.ResponseWriter.WriteHeader(status)
}

func (p *preciseWriter) Write(b []byte) (int, error) {
	if p.replaced {
		return len(b), nil
	}
	p.wrote = true
	return p.ResponseWriter.Write(b)
}

// ReadFrom keeps the standard library's fast path for copying a body.
func (p *preciseWriter) ReadFrom(from io.Reader) (int64, error) {
	p.wrote = true
	return io.Copy(p.ResponseWriter, from)
}

// Unwrap lets http.ResponseController flush through this writer: event streams depend on it.
func (p *preciseWriter) Unwrap() http.ResponseWriter { return p.ResponseWriter }
