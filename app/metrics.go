package app

import (
	"strconv"

	"github.com/gin-gonic/gin"
	"github.com/prometheus/client_golang/prometheus"
	"github.com/prometheus/client_golang/prometheus/collectors"
)

// metrics are counted by route pattern, never by address: addresses hold ids.
type metrics struct {
	registry *prometheus.Registry
	requests *prometheus.HistogramVec
}

func newMetrics() metrics {
	m := metrics{
		registry: prometheus.NewRegistry(),
		requests: prometheus.NewHistogramVec(prometheus.HistogramOpts{
			Name: "loket_request_seconds", Help: "How long requests took.",
			Buckets: []float64{.001, .0025, .005, .01, .025, .05, .1, .25, .5, 1, 2.5, 5},
		}, []string{"method", "route", "status"}),
	}
	m.registry.MustRegister(m.requests, collectors.NewGoCollector(), collectors.NewProcessCollector(collectors.ProcessCollectorOpts{}))
	return m
}

// count notes the route and status of each request; timing needs the real
// clock, which is the server's, not the site's.
func (a *App) count(c *gin.Context) {
	if a.Config.Metrics == "" {
		c.Next()
		return
	}
	start := prometheus.NewTimer(prometheus.ObserverFunc(func(seconds float64) {
		route := c.FullPath()
		if route == "" {
			route = "none"
		}
		a.metrics.requests.WithLabelValues(c.Request.Method, route, strconv.Itoa(c.Writer.Status())).Observe(seconds)
	}))
	defer start.ObserveDuration()
	c.Next()
}
