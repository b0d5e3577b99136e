package api

import (
	"net/http"
	"strconv"
	"time"

	"github.com/openfaas/faas-provider/httputil"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
	"github.com/prometheus/client_golang/prometheus/promhttp"
)

// requestMetrics counts and times management calls under the names that the SDK's own server gives them.
type requestMetrics struct {
	registry *prometheus.Registry
	total    *prometheus.CounterVec
	seconds  *prometheus.HistogramVec
}

func newRequestMetrics() requestMetrics {
	labels := []string{"code", "method", "path"}
	m := requestMetrics{
		registry: prometheus.NewRegistry(),
		total: prometheus.NewCounterVec(prometheus.CounterOpts{
			Name: "provider_http_requests_total", Help: "Management calls."}, labels),
		seconds: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "provider_http_request_duration_seconds", Help: "How long they took."}, labels),
	}
	m.registry.MustRegister(m.total, m.seconds, collectors.NewGoCollector(),
		collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

func (m requestMetrics) handler() http.Handler {
	return promhttp.HandlerFor(m.registry, promhttp.HandlerOpts{})
}

// around measures a handler. Paths that end in a function's name are counted under `path`, others by themselves.
func (m requestMetrics) around(next http.HandlerFunc, path string) http.HandlerFunc {
	return func(w http.ResponseWriter, r *http.Request) {
		begun := time.Now()
		seen := httputil.NewHttpWriteInterceptor(w)
		next(seen, r)
		counted := path
		if counted == "" {
			counted = r.URL.Path
		}
		labels := prometheus.Labels{"code": strconv.Itoa(seen.Status()), "method": r.Method, "path": counted}
		m.total.With(labels).Inc()
		m.seconds.With(labels).Observe(time.Since(begun).Seconds())
	}
}
